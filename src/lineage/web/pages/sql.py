"""Questions in SQL: the cookbook, one locked and limited query at a time, and its rows."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError, QueryError
from lineage.kernel.plain import plain_lines
from lineage.kernel.values import to_json
from lineage.web import links
from lineage.web.asked import AT, Asked
from lineage.web.page import Download, Page
from lineage.web.pages import querying
from lineage.web.parts.cells import time_of
from lineage.web.parts.charts import KINDS, Chart, Kind, chart_of_rows
from projections.catalog.answer import Answer
from projections.catalog.limits import QUERY_LIMITS, limiting_process
from projections.examples.cookbook import examples
from projections.pages.cells import Table
from projections.pages.section import counted, value_text

LIMITS: Final = replace(QUERY_LIMITS, timeout_s=20)
MOST_ROWS: Final = 200
"""Rows of a table on the page; the next ones are asked for by page."""

MOST_SKIPPED: Final = 1_000_000
"""Rows before those of a page; whoever wants more takes the file, or asks more narrowly."""

MOST_FILE_ROWS: Final = 200_000
"""Rows of a file."""

MOST_LETTERS: Final = 20_000
"""Letters of a query."""

WAIT_S: Final = 30
"""Seconds that a query waits for the one before it."""

_RECORDED: Final = "What you ask is kept on record with your name: name no person in it."
_CLOSED: Final = (
    "This server only reads and cannot record what you ask, so columns that may hold values, SQL "
    "or code are left out."
)

_one_at_a_time = Lock()


def console(asked: Asked) -> Page:
    """Show the field for a query, with a question of the cookbook in it if one is asked for."""
    number = asked.number("example")
    chosen = next((one for one in examples() if one.number == number), None)
    if number is not None and chosen is None:
        raise ConfigurationError(f"example {number}", problem="the cookbook has none")
    past = asked.number("past")
    own = None if past is None else querying.statement_of(asked, past)
    if past is not None and own is None:
        raise ConfigurationError(f"question {past:,}", problem="you asked none there")
    text = (chosen or examples()[0]).sql if own is None else plain_lines(own)
    return _page(text, _Result(), _ChosenChart(), asked)


def answer(asked: Asked) -> Page | Download:
    """Answer a query: its rows on the page, or as a file; an error is on the page, too."""
    sql = asked.parameters.get("sql", "").strip()
    wanted = asked.parameters.get("format", "table")
    if len(sql) > MOST_LETTERS:
        raise ConfigurationError(
            "query", found=f"{len(sql):,} letters", expected=f"at most {MOST_LETTERS:,}"
        )
    try:
        with _limited(asked, sql) as found:
            if wanted == "table":
                return _page(sql, _rows(found, _skipped(asked)), _chosen_chart(asked), asked)
            from lineage.web.pages.query_files import file_of  # noqa: PLC0415  # start-up time

            return file_of(found, wanted, MOST_FILE_ROWS)
    except QueryError as error:
        said = querying.explained(asked, sql, error)
        return _page(sql, _Result(error=said), _ChosenChart(), asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What came of a query: nothing yet, rows, or an error.

    Attributes:
        names: Of the columns.
        rows: Those of the page.
        skipped: How many rows come before these.
        has_more: Whether there are rows after these.
        error: Why there are none.
    """

    names: Sequence[str] = ()
    rows: Sequence[Mapping[str, Any]] | None = None
    skipped: int = 0
    has_more: bool = False
    error: QueryError | None = None

    def document(self) -> dict[str, Any] | None:
        if self.rows is None:
            return None
        return {
            "names": [*self.names],
            "rows": to_json([*self.rows]),
            "skipped": self.skipped,
            "has_more": self.has_more,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChosenChart:
    """What is to be drawn: a kind, and the columns that lie across and up."""

    kind: Kind | None = None
    across: str | None = None
    up: str | None = None


@contextmanager
def _limited(asked: Asked, sql: str) -> Iterator[Answer]:
    """Yield the answer to a query, alone and within the limits.

    Raises:
        QueryError: Another query takes too long.
    """
    if not _one_at_a_time.acquire(timeout=WAIT_S):
        raise QueryError(
            "query", problem="another query is still running", remedy="try again when it has ended"
        )
    try:
        with limiting_process(LIMITS):
            yield querying.ask(asked, asked.catalog.limit(LIMITS), sql)
    finally:
        _one_at_a_time.release()


def _rows(found: Answer, skipped: int) -> _Result:
    """Return a page of rows; those before it are passed over, not kept."""
    left = skipped
    shown: list[dict[str, Any]] = []
    with found.stream() as rows:
        for batch in rows.batches():
            here, left = batch[left:], max(left - len(batch), 0)
            shown += rows.records(here[: MOST_ROWS + 1 - len(shown)])
            if len(shown) > MOST_ROWS:
                break
        return _Result(
            names=rows.names,
            rows=shown[:MOST_ROWS],
            skipped=skipped,
            has_more=len(shown) > MOST_ROWS,
        )


def _skipped(asked: Asked) -> int:
    skipped = asked.number("skip") or 0
    if skipped > MOST_SKIPPED:
        raise ConfigurationError("skip", found=skipped, expected=f"at most {MOST_SKIPPED:,} rows")
    return skipped


def _chosen_chart(asked: Asked) -> _ChosenChart:
    kind = next((one for one in KINDS if one == asked.text("chart")), None)
    return _ChosenChart(kind=kind, across=asked.text("across"), up=asked.text("up"))


def _page(sql: str, result: _Result, chosen: _ChosenChart, asked: Asked) -> Page:
    past = querying.history(asked)
    topics: dict[str, list[links.Link]] = {}
    for one in examples():
        if not one.needs:
            link = links.Link(one.question, links.address("sql", example=one.number), one.note)
            topics.setdefault(one.topic, []).append(link)
    return Page(
        title="SQL",
        lead="One statement that reads the catalog: it can neither write nor reach outside.",
        document={
            "sql": sql,
            "answer": result.document(),
            "error": None if result.error is None else str(result.error),
            "history": past,
        },
        template="sql.html",
        values={
            "sql": sql,
            "result": result,
            "said": _said(result),
            "rows": _table(result),
            "marked": _marked(result.error),
            "topics": topics,
            "limits": _limits(),
            "record": _RECORDED if not asked.showing.is_read_only else _CLOSED,
            "past": [(link, time_of(at)) for link, at in querying.links_to(past)],
            "action": links.address("sql"),
            "command": _command(sql, asked),
            "kinds": KINDS,
            "chosen": chosen,
            "chart": _chart(result, chosen),
            "earlier": max(result.skipped - MOST_ROWS, 0) if result.skipped else None,
            "later": result.skipped + MOST_ROWS if result.has_more else None,
        },
    )


def _said(result: _Result) -> str:
    if result.rows is None:
        return ""
    count, skipped = len(result.rows), result.skipped
    if not count:
        return f"There are no rows after the first {skipped:,}." if skipped else "No row."
    if not skipped and not result.has_more:
        return f"{counted(count, 'row')}, all of them."
    more = "there are more" if result.has_more else "these are the last"
    order = "" if not skipped else " Without an order of its own a query may mix its rows anew."
    return f"Rows {skipped + 1:,} to {skipped + count:,}; {more}.{order}"


def _chart(result: _Result, chosen: _ChosenChart) -> Chart | None:
    """Return a chart of the rows of the page; None without columns to draw."""
    known = {name: name for name in result.names}
    across, up = known.get(chosen.across or ""), known.get(chosen.up or "")
    if not result.rows or chosen.kind is None or across is None or up is None:
        return None
    return chart_of_rows(result.rows, chosen.kind, across, up)


def _command(sql: str, asked: Asked) -> str:
    """Return what asks the same in a terminal."""
    words = ["lineage", "query", sql]
    if asked.moment is not None:
        words += ["--as-of", str(asked.parameters[AT])]
    return shlex.join(words)


def _table(result: _Result) -> Table | None:
    if not result.rows:
        return None
    rows = [tuple(_cell(value) for value in row.values()) for row in result.rows]
    return Table(headings=[*result.names], rows=rows)


def _cell(value: Any) -> object:
    if isinstance(value, str | list | dict):
        return value_text(to_json(value))
    return value


def _marked(error: QueryError | None) -> str:
    """Return the line of a query that is wrong, with marks under the error."""
    if error is None or error.place is None:
        return ""
    place = error.place
    return f"{place.text}\n{' ' * (place.column - 1)}{'^' * place.length}"


def _limits() -> str:
    memory_gib = (LIMITS.memory_bytes or 0) / 2**30
    return (
        f"It is stopped after {LIMITS.timeout_s:.0f} seconds or {memory_gib:g} GiB. The page shows "
        f"{MOST_ROWS:,} rows, a file has at most {MOST_FILE_ROWS:,}."
    )
