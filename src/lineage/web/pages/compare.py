"""What differs between runs: two of them, or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from projections.documents.run_diff import PARTS, build_run_comparison, build_run_diff
from projections.documents.run_lookup import find_run, run_before
from projections.pages.cells import Code, Status, Table, table_of
from projections.pages.section import Section, counted, value_text

MOST_RUNS: Final = 100
MOST_ROWS: Final = 200
"""Differences of a part."""


def compare(asked: Asked) -> Page:
    """Show only what is not the same in all chosen runs; of one run, since the one before it."""
    names = asked.every("run")
    if len(names) > MOST_RUNS:
        raise ConfigurationError(
            "runs", found=len(names), expected=f"at most {MOST_RUNS} to compare"
        )
    runs = list(dict.fromkeys(find_run(asked.catalog, name) for name in names))
    if len(runs) == 1 and (before := run_before(asked.catalog, runs[0])) is not None:
        runs.insert(0, before)
    match runs:
        case [] | [_]:
            return _nothing_to_compare(runs)
        case [left, right]:
            return _of_two(build_run_diff(asked.catalog, left, right))
        case _:
            return _of_many(build_run_comparison(asked.catalog, runs))


def _nothing_to_compare(runs: Sequence[str]) -> Page:
    said = (
        f"Run {runs[0][: links.SHORT]} is the first of its task: there is none before it."
        if runs
        else "Choose two runs or more to compare: tick them on the page of the runs."
    )
    return Page(
        title="Compare runs",
        lead=said,
        document={"runs": [*runs], "differs": None},
        sections=[
            Section(title="Choose", notes=(links.Link("All runs", links.address("runs")),)),
        ],
    )


def _of_two(document: Mapping[str, Any]) -> Page:
    runs = [document["left"], document["right"]]
    headings = ("what", "before", "after", "difference")
    tables = {part: [_row_of_two(change) for change in document[part]] for part in PARTS}
    return _page(document, runs, headings, tables)


def _of_many(document: Mapping[str, Any]) -> Page:
    runs = document["runs"]
    headings = ("what", *(run["run_id"][: links.SHORT] for run in runs))
    tables = {
        part: [(one["what"], *map(_cell, one["values"])) for one in document[part]]
        for part in PARTS
    }
    return _page(document, runs, headings, tables)


def _page(
    document: Mapping[str, Any],
    runs: Sequence[Mapping[str, Any]],
    headings: Sequence[str],
    tables: Mapping[str, Sequence[tuple[object, ...]]],
) -> Page:
    differing = [part for part, rows in tables.items() if rows]
    same = [part for part in PARTS if part not in differing]
    rows = [
        (
            links.run(run["run_id"]),
            links.task(run["task_id"]),
            Status(run["status"]),
            time_of(run["started_at"]),
            run["duration_s"],
        )
        for run in runs
    ]
    chosen = Table(headings=("run", "task", "status", "started", "seconds"), rows=rows)
    return Page(
        title=f"Compare {counted(len(runs), 'run')}",
        lead=f"They differ in {', '.join(differing)}."
        if differing
        else "They do not differ, durations aside.",
        document=document,
        sections=[
            Section(title="Runs", texts=document["notes"], tables=[chosen]),
            *(
                Section(title=part.capitalize(), tables=_table(headings, tables[part]))
                for part in differing
            ),
            Section(title="The same in all", texts=(", ".join(same) or "Nothing.",)),
        ],
    )


def _table(headings: Sequence[str], rows: Sequence[tuple[object, ...]]) -> list[Table]:
    hidden = len(rows) - MOST_ROWS
    more = f"and {hidden:,} more: this page as JSON has all" if hidden > 0 else ""
    return table_of(headings, rows[:MOST_ROWS], more=more)


def _row_of_two(change: Mapping[str, Any]) -> tuple[object, ...]:
    difference = change.get("difference")
    return (
        change["what"],
        None if change["change"] == "added" else _cell(change["left"]),
        None if change["change"] == "removed" else _cell(change["right"]),
        change["change"] if difference is None else difference,
    )


def _cell(value: Any) -> object:
    """Return a value for a reader; for a file, its short digest and row count."""
    match value:
        case None | bool() | int() | float():
            return value
        case [dict() as version]:
            return _cell(version)
        case {"sha256": sha256, "row_count": row_count}:
            rows = "" if row_count is None else f", {counted(row_count, 'row')}"
            return Code(f"{(sha256 or 'unknown')[: links.SHORT]}{rows}", sha256 or "")
    return value_text(value)
