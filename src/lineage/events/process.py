"""What has happened to a long-running process that counts items (process summary)."""

from __future__ import annotations

from typing import ClassVar

from pydantic import NonNegativeFloat, NonNegativeInt

from lineage.events.base import Event, JsonField, JsonObject


class ProcessStarted(Event):
    """A session of a process began.

    Attributes:
        run_name: The pipeline run it belongs to ("harvard_2024").
        process_name: "collect", "sync", ...
        session_id: Seconds since 1970 at the start of its first session.
    """

    TOPIC: ClassVar[str] = "process.started"
    run_name: str
    process_name: str
    session_id: int


class ProcessCounted(Event):
    """Items were counted since the last count.

    Attributes:
        processed: Items handled.
        successful: Of these, done.
        failed: Of these, given up.
        retried: Attempts repeated.
        bytes_processed: Bytes moved.
    """

    TOPIC: ClassVar[str] = "process.counted"
    processed: NonNegativeInt
    successful: NonNegativeInt
    failed: NonNegativeInt
    retried: NonNegativeInt
    bytes_processed: NonNegativeInt


class ProcessErrorRecorded(Event):
    """Errors of one type occurred since the last count.

    Attributes:
        error_type: Name of the type.
        count: How many.
        message: What the last one said.
    """

    TOPIC: ClassVar[str] = "process.error_recorded"
    error_type: str
    count: NonNegativeInt
    message: str


class ProcessProgressed(Event):
    """The process said how far it is.

    Attributes:
        message: What it said.
        elapsed_s: Seconds since its session began.
        context: What it added.
    """

    TOPIC: ClassVar[str] = "process.progressed"
    message: str
    elapsed_s: NonNegativeFloat
    context: JsonObject = {}


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
        elapsed_s: Seconds since its session began.
    """

    TOPIC: ClassVar[str] = "process.checkpointed"
    elapsed_s: NonNegativeFloat


class ProcessInterrupted(Event):
    """A session was found to have stopped without an end.

    Attributes:
        silent_s: Seconds between its last sign of life and the discovery.
    """

    TOPIC: ClassVar[str] = "process.interrupted"
    silent_s: NonNegativeFloat


class ProcessEnded(Event):
    """A session reached its end.

    Attributes:
        duration_s: Seconds it took, over all sessions.
    """

    TOPIC: ClassVar[str] = "process.ended"
    duration_s: NonNegativeFloat
