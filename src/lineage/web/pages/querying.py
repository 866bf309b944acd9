"""Ask the catalog what a person typed: on record, or without the columns that are withheld."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from lineage.domain import DISCLOSURE
from lineage.domain.disclosure import Disclose
from lineage.events import QueryAsked, streams
from lineage.kernel.errors import QueryError
from lineage.ledger import Session
from lineage.ledger.acting import acting
from lineage.web import links
from lineage.web.asked import Asked
from projections.catalog.answer import Answer
from projections.catalog.catalog import Catalog
from projections.privacy.disclosure_list import build_query_list
from projections.withholding import closed_columns

MOST: Final = 50
"""Questions of the history, the latest."""

_LETTERS: Final = 120


def ask(asked: Asked, catalog: Catalog, sql: str) -> Answer:
    """Return the answer to a statement, which is on record from now on if anything may be.

    On a server that only reads, the answer lacks the columns that may hold values.

    Args:
        asked: The request.
        catalog: What is asked.
        sql: The statement.

    Raises:
        QueryError: It could reach what is withheld.
        LedgerError: It cannot be recorded; nothing is answered.
    """
    if asked.showing.is_read_only:
        return catalog.sql(closed_columns.close(catalog, sql))
    if sql.strip():
        _record(asked, sql)
    return catalog.sql(sql)


def explained(asked: Asked, sql: str, error: QueryError) -> QueryError:
    """Return why a statement failed, or that it names what this server withholds."""
    if not asked.showing.is_read_only:
        return error
    return closed_columns.explained(asked.catalog, sql, error)


def history(asked: Asked) -> list[dict[str, Any]]:
    """Return what the reader asked before, the latest first and each statement once."""
    found = build_query_list(asked.catalog, actor_of(asked), limit=MOST, is_own=True)
    return [*{one["statement"]: one for one in reversed(found)}.values()][::-1]


def statement_of(asked: Asked, position: int) -> str | None:
    """Return what the reader asked at a position; None if they asked nothing there."""
    return next((one["statement"] for one in history(asked) if one["position"] == position), None)


def links_to(past: list[dict[str, Any]]) -> list[tuple[links.Link, str]]:
    """Return a link to each statement of a history, and when it was asked."""
    found = []
    for one in past:
        text = " ".join(one["statement"].split())
        shown = text if len(text) <= _LETTERS else f"{text[:_LETTERS]}…"
        address = links.address("sql", past=one["position"])
        found.append((links.Link(shown, address, is_code=True), one["recorded_at"]))
    return found


def actor_of(asked: Asked) -> str:
    """Return who is on record for what the reader does."""
    with acting(asked.user):
        return asked.project.ledger.actor


def _record(asked: Asked, sql: str) -> None:
    """Record a statement, unless the reader asked it just before: another page or file of it."""
    project = asked.project
    with project.catalog() as catalog:
        last = build_query_list(catalog, actor_of(asked), limit=1, is_own=True)
    if last and last[0]["statement"] == sql:
        age = project.clock.now() - datetime.fromisoformat(last[0]["recorded_at"])
        if timedelta(0) <= age < timedelta(minutes=project.settings.disclosure_minutes):
            return
    with acting(asked.user):
        stream = streams.query(project.ids.new())
        session = Session(project.ledger, DISCLOSURE, stream, is_new=True)
        session.handle(Disclose(said=QueryAsked(query=sql)))
