"""Retry an operation until it succeeds, fails for good, or has failed too often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lineage.kernel import errors
from lineage.kernel.chance import Chance
from lineage.kernel.clock import Clock
from lineage.kernel.secrets.redaction import masked
from lineage.tasks.execution.attempt import Outcome, failure
from lineage.tasks.execution.cancellation import CancellationToken
from lineage.tasks.limits import RetryPolicy

OnRetry: TypeAlias = Callable[[Exception, int, float], object]
"""Called for each retry: the error, which attempt failed (from 1), seconds until the next."""


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
        """Attempt until there is a final outcome.

        Args:
            act: One attempt.
            name: What the operation is called.

        Returns:
            The outcome of the last attempt. When no retries are left, its exception is a
            `MaxRetriesExceededError` whose cause is the last failure.
        """
        attempt = 0
        while True:
            attempt += 1
            outcome = act()
            if not outcome.is_retriable or self.token.is_cancelled:
                return outcome
            if attempt > self.policy.max_retries:
                return _exceeded(outcome, attempt, name)
            wait_s = self.policy.wait_s(attempt, self.chance)
            self.record(outcome, attempt, wait_s)
            objection = self._objection(outcome, attempt, wait_s)
            if objection is None and self.token.wait(wait_s, self.clock):
                objection = errors.OperationCancelledError("retry", problem="cancelled")
            if objection is not None:
                return failure(objection)

    def _objection(self, outcome: Outcome, attempt: int, wait_s: float) -> Exception | None:
        """Call `on_retry`, and return what it raises to stop the retry."""
        if self.on_retry is None or outcome.exception is None:
            return None
        try:
            self.on_retry(outcome.exception, attempt, wait_s)
        except Exception as error:  # noqa: BLE001  # a caller's function may raise anything
            return error
        return None


def _exceeded(outcome: Outcome, attempt: int, name: str) -> Outcome:
    last = outcome.exception
    said = masked(errors.safe_message(last)) if last is not None else ""
    error = errors.MaxRetriesExceededError(
        f"operation {name!r}",
        problem=f"attempt {attempt} of {attempt} failed: {said}",
        remedy="remove the cause, or allow more retries",
    )
    error.__cause__ = last
    return failure(error.with_traceback(last.__traceback__ if last is not None else None))
