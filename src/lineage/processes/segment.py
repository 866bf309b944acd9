"""What a process has counted in memory since it last made facts of it."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lineage.domain.process import ProcessFact
from lineage.events import (
    ProcessCheckpointed,
    ProcessCounted,
    ProcessErrorRecorded,
    ProcessMetricSet,
)
from lineage.events.process import MAX_COUNT
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.secrets.redaction import masked, redacted_metrics
from lineage.kernel.values import JsonValue, to_json

MAX_TEXT: Final = 1_000
"""Characters of a message, or of the name of a type of error, that are kept."""


@dataclass(slots=True)
class _Errors:
    """The errors of one type."""

    count: int
    message: str
    occurred_at: datetime


class ProcessSegment:
    """Counts, errors, metrics and the checkpoint that go into the next events.

    A million counts cost one event, and so do a million errors of one type, settings of one
    metric or checkpoints: the last message, value and time are kept.

    Args:
        counted_before: Everything the process counted before, `ProcessState.total_count`.
    """

    __slots__ = (
        "_counted_before",
        "_errors",
        "bytes_processed",
        "checkpoint_at",
        "failed",
        "metrics",
        "processed",
        "retried",
        "successful",
        "total",
    )

    def __init__(self, counted_before: int) -> None:
        self.processed = 0
        self.successful = 0
        self.failed = 0
        self.retried = 0
        self.bytes_processed = 0
        self.total = counted_before
        self.metrics: dict[str, JsonValue] = {}
        self.checkpoint_at: datetime | None = None
        self._counted_before = counted_before
        self._errors: dict[str, _Errors] = {}

    @property
    def is_counted(self) -> bool:
        """Whether anything was counted or set."""
        return self.total > self._counted_before or bool(self._errors or self.metrics)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to record."""
        return not self.is_counted and self.checkpoint_at is None

    def count(
        self, processed: int, successful: int, failed: int, retried: int, bytes_processed: int
    ) -> None:
        """Add to the counts.

        Raises:
            CommandRejectedError: One is not a whole number of 0 or more, or together they
                exceed 64 bits.
        """
        added = processed + successful + failed + retried + bytes_processed
        # The bitwise or of whole numbers is below 0 if one of them is.
        if (
            type(added) is not int
            or (processed | successful | failed | retried | bytes_processed) < 0
        ):
            numbers = (processed, successful, failed, retried, bytes_processed)
            processed, successful, failed, retried, bytes_processed = map(_whole, numbers)
            added = processed + successful + failed + retried + bytes_processed
        total = self.total + added
        if total > MAX_COUNT:
            raise CommandRejectedError(
                "counts of a process", found=total, expected=f"at most {MAX_COUNT} in total"
            )
        self.total = total
        self.processed += processed
        self.successful += successful
        self.failed += failed
        self.retried += retried
        self.bytes_processed += bytes_processed

    def add_error(self, error_type: str, message: str, occurred_at: datetime) -> None:
        """Count an error of a type."""
        name = stated(error_type)
        earlier = self._errors.pop(name, None)
        count = 1 if earlier is None else earlier.count + 1
        # put back at the end: the last of these events has the last message
        self._errors[name] = _Errors(count, stated(message), occurred_at)

    def set_metric(self, key: str, value: object) -> None:
        """Note the value of a metric; text is "***" if its name sounds like a secret."""
        self.metrics |= redacted_metrics({key: value})

    def facts(self, worked_us: int) -> tuple[ProcessFact, ...]:
        """Return what happened as facts to record, the work itself first.

        Args:
            worked_us: Microseconds it took.
        """
        counted = ProcessCounted(
            processed=self.processed,
            successful=self.successful,
            failed=self.failed,
            retried=self.retried,
            bytes_processed=self.bytes_processed,
            worked_us=worked_us,
        )
        errors = (
            ProcessErrorRecorded(
                error_type=error_type,
                count=of_type.count,
                message=of_type.message,
                occurred_at=of_type.occurred_at,
            )
            for error_type, of_type in self._errors.items()
        )
        metrics = (ProcessMetricSet(key=key, value=value) for key, value in self.metrics.items())
        at = self.checkpoint_at
        checkpoints = () if at is None else (ProcessCheckpointed(occurred_at=at),)
        return (counted, *errors, *metrics, *checkpoints)


def stated(text: object) -> str:
    """Return a caller's text as it is recorded: passwords hidden, cut if too long."""
    whole = masked(str(to_json(str(text))))
    if len(whole) <= MAX_TEXT:
        return whole
    return f"{whole[:MAX_TEXT]}... ({len(whole) - MAX_TEXT} more characters)"


def _whole(number: int) -> int:
    try:
        whole = operator.index(number)
    except TypeError:
        whole = -1
    if not 0 <= whole <= MAX_COUNT:
        raise CommandRejectedError(
            "count of a process", found=number, expected=f"a whole number from 0 to {MAX_COUNT}"
        )
    return whole
