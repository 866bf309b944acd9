"""Attempt an operation again until it succeeds, fails for good, or has failed too often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt

from lineage.kernel.chance import Chance
from lineage.kernel.clock import Clock
from lineage.kernel.errors import (
    MaxRetriesExceededError,
    OperationCancelledError,
    safe_message,
)
from lineage.kernel.redaction import masked
from lineage.tasks.execution.attempt import Outcome, failure
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.execution.retry_rules import RetryPolicy

OnRetry: TypeAlias = Callable[[Exception, int, float], object]
"""Told of each retry: the error, which attempt failed (from 1), seconds until the next."""


class _GivenUp(Exception):  # noqa: N818  # never leaves this module
    """No further attempt is made, for a reason of its own."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    """Repeats the attempts of one operation.

    Attributes:
        policy: How often and when.
        clock: Lets the waits pass.
        chance: Varies them.
        token: Cancelled, a wait ends at once and no attempt follows.
        record: Called with outcome, attempt and seconds before each wait.
        on_retry: Called after that; what it raises ends the operation as its failure.
    """

    policy: RetryPolicy
    clock: Clock
    chance: Chance
    token: CancellationToken
    record: Callable[[Outcome, int, float], None]
    on_retry: OnRetry | None = None

    def repeat(self, act: Callable[[], Outcome], name: str) -> Outcome:
        """Attempt until there is an end.

        Args:
            act: One attempt.
            name: What the operation is called.

        Returns:
            The outcome of the last attempt. When there may be no more, its exception is a
            `MaxRetriesExceededError` whose cause is the last failure.
        """
        retrying = Retrying(
            retry=retry_if_result(self._is_worth_another),
            wait=lambda state: self.policy.wait_s(state, self.chance),
            stop=stop_after_attempt(self.policy.max_retries + 1),
            before_sleep=self._announce,
            sleep=self._sleep,
            retry_error_callback=lambda state: _exceeded(state, name),
        )
        try:
            return retrying(act)
        except _GivenUp as given_up:
            return given_up.outcome

    def _is_worth_another(self, outcome: Outcome) -> bool:
        return outcome.is_retriable and not self.token.is_cancelled

    def _announce(self, state: RetryCallState) -> None:
        outcome, wait_s = _last(state), state.upcoming_sleep
        self.record(outcome, state.attempt_number, wait_s)
        if self.on_retry is None or outcome.exception is None:
            return
        try:
            self.on_retry(outcome.exception, state.attempt_number, wait_s)
        except Exception as error:
            raise _GivenUp(failure(error)) from error

    def _sleep(self, seconds: float) -> None:
        if self.token.wait(seconds, self.clock):
            stopped = OperationCancelledError("retry", found="a request to stop")
            raise _GivenUp(failure(stopped))


def _last(state: RetryCallState) -> Outcome:
    assert state.outcome is not None  # noqa: S101  # there was an attempt
    return cast("Outcome", state.outcome.result())


def _exceeded(state: RetryCallState, name: str) -> Outcome:
    last, number = _last(state).exception, state.attempt_number
    said = masked(safe_message(last)) if last is not None else ""
    error = MaxRetriesExceededError(
        f"operation {name!r}",
        found=f"attempt {number} of {number} failed: {said}",
        expected="one that succeeds",
        remedy="remove the cause, or allow more retries",
    )
    error.__cause__ = last
    return failure(error.with_traceback(last.__traceback__ if last is not None else None))
