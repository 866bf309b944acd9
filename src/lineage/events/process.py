"""What has happened to a long-running process that counts items (process summary).

A process keeps its counts in memory and records them together, so an event whose time
matters carries it: `occurred_at` is when it happened, the envelope says when it was recorded.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, NonNegativeFloat, PositiveFloat

from lineage.events.base import Event, JsonField, JsonObject

MAX_COUNT = 2**63 - 1
"""Most that a process can count: the catalog keeps its counts in 64 bits."""

Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
"""A number of things, of seconds or of microseconds."""

AlertMeasure = Literal["error_count", "failed_percent"]
"""What a threshold is set on."""


class ProcessStarted(Event):
    """A session of a process began.

    Attributes:
        run_name: The pipeline run it belongs to ("harvard_2024").
        process_name: "collect", "sync", ...
        session_id: Seconds since 1970 at the start of its first session.
        occurred_at: When the session began, timezone-aware.
    """

    TOPIC: ClassVar[str] = "process.started"
    run_name: str
    process_name: str
    session_id: Count
    occurred_at: AwareDatetime


class ProcessCounted(Event):
    """Work was done and items were counted since the last count of the session.

    Attributes:
        processed: Items handled.
        successful: Of these, successful.
        failed: Of these, failed.
        retried: Attempts repeated.
        bytes_processed: Bytes moved.
        worked_us: Microseconds of work in that time, by the monotonic clock.
    """

    TOPIC: ClassVar[str] = "process.counted"
    processed: Count
    successful: Count
    failed: Count
    retried: Count
    bytes_processed: Count
    worked_us: Count


class ProcessErrorRecorded(Event):
    """Errors of one type occurred since the last count.

    Attributes:
        error_type: Name of the type, in the caller's words.
        count: How many.
        message: What the last one said, in the caller's words; it may quote data.
        occurred_at: When the last one occurred, timezone-aware.
    """

    TOPIC: ClassVar[str] = "process.error_recorded"
    error_type: str
    count: Count
    message: str
    occurred_at: AwareDatetime


class ProcessProgressed(Event):
    """The process reported its progress.

    Attributes:
        message: What it said.
        context: What it added.
        occurred_at: When it said so, timezone-aware.
    """

    TOPIC: ClassVar[str] = "process.progressed"
    message: str
    context: JsonObject = {}
    occurred_at: AwareDatetime


class ProcessMetricSet(Event):
    """A custom metric got a value.

    Attributes:
        key: Its name.
        value: Its value.
    """

    TOPIC: ClassVar[str] = "process.metric_set"
    key: str
    value: JsonField


class ProcessCheckpointed(Event):
    """The process showed that it is alive.

    Attributes:
        occurred_at: When, timezone-aware.
    """

    TOPIC: ClassVar[str] = "process.checkpointed"
    occurred_at: AwareDatetime


class ProcessInterrupted(Event):
    """A session was found to have been silent for too long without an end.

    Attributes:
        silent_s: Seconds between its last sign of life and the discovery.
        occurred_at: When it was discovered, timezone-aware.
    """

    TOPIC: ClassVar[str] = "process.interrupted"
    silent_s: NonNegativeFloat
    occurred_at: AwareDatetime


class ProcessEnded(Event):
    """A process ended.

    Attributes:
        occurred_at: When, timezone-aware.
    """

    TOPIC: ClassVar[str] = "process.ended"
    occurred_at: AwareDatetime


class ProcessAlertRaised(Event):
    """A measure of a process reached a threshold that somebody set.

    Attributes:
        measure: "error_count" or "failed_percent" (of the items processed).
        error_type: The type of error that was counted; None for all.
        threshold: The value at which to alert.
        measured: What it was.
    """

    TOPIC: ClassVar[str] = "process.alert_raised"
    measure: AlertMeasure
    error_type: str | None
    threshold: PositiveFloat
    measured: NonNegativeFloat
