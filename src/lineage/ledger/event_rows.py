"""A few events as rows; `arrow` gives tables."""

from __future__ import annotations

from typing import NamedTuple, cast

from eventsourcing.persistence import Notification

from lineage.events import EventTypes
from lineage.kernel.errors import LedgerError
from lineage.ledger.envelope import RecordNotification


class EventRow(NamedTuple):
    """An event with the columns of `arrow.ARROW_SCHEMA`, its time in microseconds since 1970.

    The payload is null where it is encrypted and cannot be read.
    """

    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    recorded_at_us: int
    actor: str
    run: str | None
    task: str | None
    causation: int | None
    payload: str | None


def row_of(stored: Notification, event_types: EventTypes) -> EventRow:
    """Return a stored event with the payload that its type's present version would have stored.

    Raises:
        UnknownEventError: It is of a newer release.
        LedgerError: It is damaged.
    """
    record = cast("RecordNotification", stored)  # our recorders give nothing else
    return EventRow(
        position=record.id,
        stream=str(record.originator_id),
        version=record.originator_version,
        type=record.topic,
        schema_version=record.schema_version,
        recorded_at_us=record.recorded_at_us,
        actor=record.actor,
        run=record.run,
        task=record.task,
        causation=record.causation,
        payload=_payload(record, event_types),
    )


def is_unreadable(stored: Notification) -> bool:
    """Tell whether the payload of an event is locked or erased."""
    return cast("RecordNotification", stored).unreadable in {"locked", "erased"}


def _payload(record: RecordNotification, event_types: EventTypes) -> str | None:
    if record.unreadable == "damaged":
        from lineage.ledger.encryption.vault import unreadable  # noqa: PLC0415  # a rare path

        raise unreadable(f"event at position {record.id}", "damaged")
    if record.unreadable is not None:
        return None
    payload = event_types.upcast_payload(record.topic, record.schema_version, record.state)
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise LedgerError(
            f"payload of the event at position {record.id}",
            problem="malformed",
            remedy="restore the ledger from a backup; `lineage doctor --deep` names the events "
            "that cannot be read",
        ) from error
