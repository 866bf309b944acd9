"""Retries and timeouts are written in few words, and mistakes in them are named."""

from __future__ import annotations

from typing import Any

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.tasks import RetryPolicy
from lineage.tasks.limits import Limits


@pytest.mark.parametrize(
    ("retry", "policy"),
    [
        (None, None),
        (0, RetryPolicy(max_retries=0)),
        (5, RetryPolicy(max_retries=5)),
        (RetryPolicy(max_wait=1), RetryPolicy(max_wait=1)),
        ({}, RetryPolicy()),
        ({"max_retries": 2, "jitter": False}, RetryPolicy(max_retries=2, jitter=False)),
    ],
)
def test_retry_is_a_number_a_policy_or_its_fields(retry: Any, policy: RetryPolicy | None) -> None:
    """What a task file can hold means the same as a policy in Python."""
    assert Limits.of(retry=retry, timeout=2) == Limits(retry=policy, timeout=2)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"retries": 3}, r"no 'retries' \(did you mean 'retry'\?\), expected retry, timeout"),
        ({"retry": True}, "retry of an operation: found True, expected a number of retries"),
        ({"retry": "3"}, "retry of an operation: found '3'"),
        ({"retry": 2.5}, "retry of an operation: found 2.5"),
        ({"retry": -1}, "max_retries of a retry: found -1"),
        ({"retry": {"max_retry": 3}}, r"no 'max_retry' \(did you mean 'max_retries'\?\)"),
        ({"retry": {"max_wait": "1"}}, "max_wait of a retry: found '1', expected a number"),
        ({"retry": {"initial_wait": None}}, "initial_wait of a retry: found None"),
        ({"retry": {"jitter": "no"}}, "jitter of a retry: found 'no', expected true or false"),
        ({"timeout": 0}, "timeout of an operation: found 0, expected a positive number of sec"),
        ({"timeout": "60"}, "timeout of an operation: found '60'"),
        ({"timeout": True}, "timeout of an operation: found True"),
        ({"timeout": float("inf")}, "timeout of an operation: found inf"),
    ],
)
def test_wrong_limits_are_refused(values: dict[str, object], said: str) -> None:
    """The error names the value and what it should be."""
    with pytest.raises(ConfigurationError, match=said):
        Limits.read(values)


def test_limits_leave_open_what_they_do_not_say() -> None:
    """A timeout of one place and a retry of another hold together."""
    both = Limits(timeout=1).over(Limits(retry=RetryPolicy(), timeout=2))
    assert both == Limits(retry=RetryPolicy(), timeout=1)
