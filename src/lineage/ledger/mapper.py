"""Map events with their envelope to what a recorder stores, and back."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from pydantic_core import PydanticSerializationError

from lineage.events import Event, EventTypes
from lineage.kernel.errors import LedgerError
from lineage.ledger.envelope import (
    NewEvents,
    RecordedEvent,
    Row,
    StoredRecord,
    from_microseconds,
    to_microseconds,
)

if TYPE_CHECKING:
    from lineage.ledger.encryption.payloads import Why

# The bulk reader separates columns with control characters, so no envelope text may hold one.
_CONTROL: Final = re.compile(r"[\x00-\x1f]")


class EventMapper(Mapper[str]):
    """Stores payloads as JSON under their type word, and the envelope beside them.

    Args:
        event_types: Maps a type word to its class.
    """

    def __init__(self, event_types: EventTypes) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self.event_types = event_types

    def to_rows(self, new: NewEvents, recorded_at: datetime, actor: str) -> list[Row]:
        """Return what a recorder stores for events.

        Raises:
            LedgerError: A text of the envelope is empty or holds a control character, or a
                text of envelope or payload cannot be stored as UTF-8.
        """
        if new.events:
            _check_envelope(new.stream, actor, new.run, new.task)
        stream, run, task, moment = new.stream, new.run, new.task, to_microseconds(recorded_at)
        causes = new.causations or [None] * len(new.events)
        numbered = enumerate(zip(new.events, causes, strict=True), new.expected_version + 1)
        return [
            (
                stream,
                version,
                event.TOPIC,
                _payload(event),
                event.SCHEMA_VERSION,
                moment,
                actor,
                run,
                task,
                cause,
            )
            for version, (event, cause) in numbered
        ]

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event that was stored, in its present version.

        Raises:
            UnknownEventError: This release does not know its type or version.
            LedgerLockedError: Its payload is encrypted, and no master key is set.
            ErasedError: Its payload was erased.
            LedgerError: Its envelope or payload is damaged.
        """
        stored = cast("StoredRecord", stored_event)  # our recorders give nothing else
        position = getattr(stored, "id", None)
        why = getattr(stored, "unreadable", None)
        if why is not None:
            raise _unreadable(stored, position, why)
        try:
            return RecordedEvent(
                stream=str(stored.originator_id),
                version=stored.originator_version,
                event=self.event_types.load(stored.topic, stored.schema_version, stored.state),
                recorded_at=from_microseconds(stored.recorded_at_us),
                actor=stored.actor,
                run=stored.run,
                task=stored.task,
                causation=stored.causation,
                position=position,
            )
        except (ValueError, TypeError, OverflowError) as error:
            raise LedgerError(
                f"envelope of the event at position {position}",
                problem=f"cannot be read ({type(error).__name__})",
                remedy="restore the ledger from a backup",
            ) from error


@lru_cache
def _check_envelope(*texts: str | None) -> None:
    for text in texts:
        if text is not None and (not text or _CONTROL.search(text) or not _is_utf8(text)):
            raise LedgerError(
                "envelope of an event",
                found=text,
                expected="a text that is not empty, has no control characters and is valid UTF-8",
            )


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unreadable(stored: StoredRecord, position: int | None, why: Why) -> LedgerError:
    from lineage.ledger.encryption.vault import unreadable  # noqa: PLC0415  # a rare path

    subject = f"event {stored.originator_version} of stream {str(stored.originator_id)!r}"
    return unreadable(f"{subject} at position {position}", why)


def _payload(event: Event) -> bytes:
    try:
        return event.to_payload()
    except PydanticSerializationError as error:
        raise LedgerError(
            f"payload of event type {event.TOPIC!r}",
            expected="valid UTF-8",
            remedy="rename files and columns whose names are not",
        ) from error
