"""The warnings and errors of a run, a page of them."""

from __future__ import annotations

from typing import Any, Final, Literal

from projections.catalog.catalog import Catalog
from projections.documents.reuse import rows_behind
from projections.documents.rows import plain

Document = dict[str, Any]
Level = Literal["error", "warning"]

_OF_A_MESSAGE: Final = (
    *("level", "operation", "name", "message", "details"),
    *("traceback", "recorded_at", "position", "reused_run"),
)


def build_run_messages(
    catalog: Catalog,
    run_id: str,
    *,
    level: Level | None = None,
    after: int = 0,
    before: int | None = None,
    is_backwards: bool = False,
    are_errors_first: bool = False,
    limit: int | None = None,
) -> Document:
    """Return messages of a run, in the order in which they were recorded.

    Args:
        catalog: The catalog to query.
        run_id: Id of the run.
        level: Only those of a level; all when None.
        after: Only those after this position.
        before: Only those before this position; all when None.
        is_backwards: Whether the last ones are wanted, if there are more than `limit`.
        are_errors_first: Whether errors go before warnings, for a page that shows only a few.
        limit: At most so many; all when None.

    Returns:
        A document with run_id, errors and warnings (how many there are in all), first_error (its
        position; None without one), has_earlier and has_later (whether there are more on either
        side) and messages. Each has number (from 1, of those of the level), level, operation,
        name, message, details, traceback, recorded_at, position, and reused_run: the run that
        recorded it, if the operation was reused.
    """
    rows = rows_behind(catalog, "messages", run_id)
    errors = [row["position"] for row in rows if row["level"] == "error"]
    numbered = [*enumerate((row for row in rows if level in {None, row["level"]}), 1)]
    within = [
        (number, row)
        for number, row in numbered
        if row["position"] > after and (before is None or row["position"] < before)
    ]
    if are_errors_first:
        within.sort(key=lambda one: one[1]["level"] != "error")
    if limit is not None:
        within = within[-limit:] if is_backwards else within[:limit]
    return {
        "run_id": run_id,
        "errors": len(errors),
        "warnings": len(rows) - len(errors),
        "first_error": min(errors, default=None),
        "has_earlier": bool(within) and within[0][0] > 1,
        "has_later": bool(within) and within[-1][0] < len(numbered),
        "messages": [
            {"number": number, **plain({key: row[key] for key in _OF_A_MESSAGE})}
            for number, row in within
        ],
    }
