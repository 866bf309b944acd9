"""Who, when and where of an event: the part that the ledger adds to each payload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from eventsourcing.persistence import Notification, StoredEvent

from lineage.events import Event
from lineage.kernel.errors import LedgerError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvents:
    """What is to be appended to one stream.

    Attributes:
        stream: The aggregate the events belong to.
        events: What happened, in order.
        expected_version: Number of events the stream has now, as far as the caller knows.
        run: The run they concern.
        task: The task they concern.
        causations: For each event the version that led to it; None for no event.
    """

    stream: str
    events: Sequence[Event]
    expected_version: int
    run: str | None = None
    task: str | None = None
    causations: Sequence[int | None] | None = None


class RecordedEvent(NamedTuple):
    """An event with its envelope.

    Attributes:
        stream: The aggregate it belongs to, "run:<id>", "task:<id>", ...
        version: Its place in the stream, from 1 without gaps.
        event: What happened.
        recorded_at: When it was recorded, timezone-aware in UTC.
        actor: Who recorded it, "user@host", with LINEAGE_ACTOR before it if set.
        run: Id of the run it concerns, if any.
        task: Id of the task it concerns, if any.
        causation: Version, in the same stream, of the event that led to this one.
        position: Its place in the ledger, from 1 without gaps; None before it is appended.
    """

    stream: str
    version: int
    event: Event
    recorded_at: datetime
    actor: str
    run: str | None = None
    task: str | None = None
    causation: int | None = None
    position: int | None = None

    @property
    def originator_id(self) -> str:
        """The stream, under the name the `eventsourcing` library uses."""
        return self.stream

    @property
    def originator_version(self) -> int:
        """The version, under the name the `eventsourcing` library uses."""
        return self.version


@dataclass(frozen=True)
class _Columns:
    schema_version: int = 1
    recorded_at_us: int = 0
    actor: str = "unknown"
    run: str | None = None
    task: str | None = None
    causation: int | None = None


@dataclass(frozen=True)
class StoredRecord(_Columns, StoredEvent):
    """A stored event with its envelope, as a recorder takes and gives it."""


Row: TypeAlias = tuple[str, int, str, bytes, int, int, str, str | None, str | None, int | None]
"""The fields of a `StoredRecord`, in its order."""


@dataclass(frozen=True)
class RecordNotification(_Columns, Notification):
    """A stored event with its envelope and position (`id`).

    Attributes:
        unreadable: Why its payload is still as it is stored (`encryption.payloads.Why`); None if
            it is the JSON.
    """

    unreadable: str | None = None


def time_of(record: RecordNotification) -> datetime:
    """Return when a stored event was recorded.

    Raises:
        LedgerError: The time is damaged.
    """
    try:
        return from_microseconds(record.recorded_at_us)
    except (TypeError, OverflowError) as error:
        raise LedgerError(
            f"envelope of the event at position {record.id}",
            problem=f"cannot be read ({type(error).__name__})",
            remedy="restore the ledger from a backup",
        ) from error


def to_microseconds(moment: datetime) -> int:
    """Return a timezone-aware time as microseconds since 1970 in UTC, without rounding."""
    return (moment - _EPOCH) // _MICROSECOND


@lru_cache  # the events of one append share their time
def from_microseconds(microseconds: int) -> datetime:
    """Return microseconds since 1970 as a timezone-aware time in UTC."""
    return _EPOCH + microseconds * _MICROSECOND
