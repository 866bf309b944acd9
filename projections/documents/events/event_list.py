"""The events of the ledger by time and type, and how many there were a day."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What events have to match; None for anything.

    Attributes:
        type: Their type word.
        text: It is in their stream, their task or who recorded them, in capitals or not.
        since: They were recorded then or later.
        until: They were recorded before.
    """

    type: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def build_event_list(
    catalog: Catalog, wanted: EventFilter, *, before: int | None = None, limit: int
) -> Document:
    """Return events, the latest first, without what they say.

    Args:
        catalog: The catalog to query.
        wanted: What they have to match.
        before: Only list events before this position, `next_before` of the page before; all when
            None. They are counted all the same.
        limit: Maximum number of events to list.

    Returns:
        A document with events (position, type, recorded_at as ISO 8601 in UTC, actor, stream,
        run_id and task_id, None where none is concerned), total (number of matching events) and
        next_before (None on the last page).
    """
    values = asdict(wanted)
    rows = catalog.rows(_SQL["page"], values | {"before": before, "limit": limit + 1})
    listed = rows[:limit]
    return {
        "events": [plain(row) for row in listed],
        "total": catalog.value(_SQL["total"], values),
        "next_before": listed[-1]["position"] if len(rows) > limit > 0 else None,
    }


def build_event_days(catalog: Catalog, *, days: int) -> list[Document]:
    """Return how many events there were on each of the last days up to the last event.

    Args:
        catalog: The catalog to query.
        days: Number of days.

    Returns:
        Objects with day (as 2026-01-31, in UTC), events, and failures (runs that failed, were
        interrupted or refused), the oldest day first; nothing without events.
    """
    return catalog.rows(_SQL["days"], {"days": days}) if catalog.position else []


def build_event_types(catalog: Catalog) -> list[Document]:
    """Return type and number of events (events) of each type that is on record, by type."""
    return catalog.rows(_SQL["types"])
