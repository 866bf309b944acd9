"""How often an operation is retried, and how long it may take."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Final, Self, TypeAlias

from lineage.kernel.chance import Chance
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import did_you_mean

JITTER: Final = 0.25
"""Share by which a wait is made shorter or longer at random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often to retry, and how long to wait before each retry.

    The wait before retry n is `initial_wait` x `backoff_factor`^(n - 1), made up to 25 % shorter
    or longer at random, and never longer than `max_wait`.

    Attributes:
        max_retries: Attempts after the first.
        backoff_factor: Factor by which each wait grows; at least 1.
        initial_wait: Seconds before the first retry.
        max_wait: Longest wait in seconds.
        jitter: Whether the waits vary.

    Raises:
        ConfigurationError: A number is out of range.
    """

    max_retries: int = 3
    backoff_factor: float = 2.0
    initial_wait: float = 1.0
    max_wait: float = 60.0
    jitter: bool = True

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        lowest = {"max_retries": 0, "backoff_factor": 1, "initial_wait": 0, "max_wait": 0}
        for name, least in lowest.items():
            value = getattr(self, name)
            if not (_is_number(value) and value >= least):
                raise ConfigurationError(
                    f"{name} of a retry", found=value, expected=f"a number of at least {least}"
                )
        if not isinstance(self.jitter, bool):
            raise ConfigurationError(
                "jitter of a retry", found=self.jitter, expected="true or false"
            )

    def wait_s(self, attempt: int, chance: Chance) -> float:
        """Return the seconds to wait after an attempt that failed.

        Args:
            attempt: Which one, from 1.
            chance: Varies the wait.
        """
        try:
            wait_s = min(self.initial_wait * self.backoff_factor ** (attempt - 1), self.max_wait)
        except OverflowError:
            wait_s = self.max_wait
        if self.jitter:
            wait_s *= chance.between(1 - JITTER, 1 + JITTER)
        return round(min(wait_s, self.max_wait), 6)


Retry: TypeAlias = "int | RetryPolicy | Mapping[str, object] | None"
"""A number of retries, a policy, or the fields of one by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What holds for the execution of one operation.

    Attributes:
        retry: When to retry; None if nothing is said.
        timeout: Seconds that one attempt may take; None if nothing is said.
    """

    retry: RetryPolicy | None = None
    timeout: float | None = None

    @classmethod
    def of(cls, *, retry: Retry = None, timeout: float | None = None) -> Self:
        """Return limits as they are written in a task and in its file.

        Args:
            retry: A number of retries, a policy, or the fields of one by name.
            timeout: Seconds that one attempt may take.

        Raises:
            ConfigurationError: A value is of another type or out of range.
        """
        if timeout is not None and not (_is_number(timeout) and timeout > 0):
            raise ConfigurationError(
                "timeout of an operation", found=timeout, expected="a positive number of seconds"
            )
        return cls(retry=_policy(retry), timeout=timeout)

    @classmethod
    def read(cls, values: Mapping[str, object]) -> Self:
        """Return the limits that a mapping names, as in a task's file.

        Raises:
            ConfigurationError: A key is unknown, or as for `of`.
        """
        _require_known("limits of an operation", values, [f.name for f in fields(cls)])
        return cls.of(**values)  # type: ignore[arg-type]  # checked there

    def over(self, others: Limits) -> Limits:
        """Return these limits, with the others for what they leave open."""
        return Limits(
            retry=others.retry if self.retry is None else self.retry,
            timeout=others.timeout if self.timeout is None else self.timeout,
        )


def _policy(given: Retry) -> RetryPolicy | None:
    if given is None or isinstance(given, RetryPolicy):
        return given
    if isinstance(given, Mapping):
        _require_known("retry of an operation", given, [f.name for f in fields(RetryPolicy)])
        return RetryPolicy(**given)  # type: ignore[arg-type]  # it checks its fields
    if isinstance(given, bool) or not isinstance(given, int):
        raise ConfigurationError(
            "retry of an operation",
            found=given,
            expected="a number of retries, or a mapping of the fields of a RetryPolicy",
        )
    return RetryPolicy(max_retries=given)


def _require_known(subject: str, given: Mapping[str, object], known: Collection[str]) -> None:
    for key in given:
        if key not in known:
            raise ConfigurationError(
                subject,
                problem=f"no {key!r}{did_you_mean(str(key), known)}",
                expected=", ".join(known),
            )


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)
