"""What was measured of a claim is recorded once for the same files."""

from __future__ import annotations

from typing import Any

import pytest
import scenarios

from lineage.domain import CLAIM
from lineage.domain.claim import RecordClaim
from lineage.events import ClaimChecked
from lineage.kernel.errors import CommandRejectedError

given = scenarios.of(CLAIM)


def checked(**changes: Any) -> RecordClaim:
    """A claim that holds."""
    values: dict[str, Any] = {
        "uri": "out.csv",
        "sha256": "0" * 64,
        "column": "ssn",
        "effect": "masking",
        "source_uri": "raw.csv",
        "source_sha256": "1" * 64,
        "source_column": "ssn",
        "outcome": "holds",
        "measured": {"equal": 0.0},
        "reason": "",
    }
    return RecordClaim(checked=ClaimChecked(**values | changes))


def test_check_is_recorded_once() -> None:
    """The same figures again are no news; others, or another source, are."""
    first, other = checked(), checked(source_column="id")
    given().when(first).then(first.checked)
    given(first.checked).when(first).then()
    given(first.checked).when(other).then(other.checked)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"effect": "identity"}, "an effect that is made to hide"),
        ({"outcome": "false"}, "missing where it does not"),
        ({"reason": "since"}, "given where it holds"),
    ],
)
def test_check_that_says_nothing_is_refused(changes: dict[str, Any], words: str) -> None:
    """Only a claim can be checked, and what is false says why."""
    given().when(checked(**changes)).refuses(CommandRejectedError, match=words)
