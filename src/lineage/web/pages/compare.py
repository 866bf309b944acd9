"""What differs between runs: two of them, or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from lineage.web.pages import run_table
from lineage.web.pages.run_table import cell
from projections.documents.run_diff import PARTS, build_run_comparison, build_run_diff
from projections.documents.run_list import build_run_list
from projections.documents.run_lookup import find_runs, run_before
from projections.pages.cells import Status, Table, table_of
from projections.pages.section import Section, counted

MOST_RUNS: Final = 500
LATEST: Final = 100
"""Runs of a task that are compared, unless another number is asked for."""

MOST_ROWS: Final = 200
"""Differences of a part."""

FEW: Final = 6
"""Runs that are columns, with a row for each difference; of more, each run is a row."""


def compare(asked: Asked) -> Page:
    """Show only what is not the same in all chosen runs; of one run, since the one before it."""
    runs = _chosen(asked)
    match runs:
        case [] | [_]:
            return _nothing_to_compare(runs)
        case [left, right]:
            return _of_two(build_run_diff(asked.catalog, left, right))
    document = build_run_comparison(asked.catalog, runs)
    if len(runs) <= FEW:
        return _of_few(document)
    return run_table.page(asked, document)


def _chosen(asked: Asked) -> list[str]:
    """Return the runs that the address names, or the latest of a task.

    Raises:
        ConfigurationError: They are too many.
    """
    names, task = asked.every("run"), asked.text("task")
    count = len(names) if task is None else asked.number("latest") or LATEST
    if count > MOST_RUNS:
        raise ConfigurationError("runs", found=count, expected=f"at most {MOST_RUNS} to compare")
    if task is not None:
        listed = build_run_list(asked.catalog, task_id=task, limit=count)
        return [run["run_id"] for run in listed["runs"]]
    runs = find_runs(asked.catalog, names)
    if len(runs) == 1 and (before := run_before(asked.catalog, runs[0])) is not None:
        runs.insert(0, before)
    return runs


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


def _of_few(document: Mapping[str, Any]) -> Page:
    runs = document["runs"]
    headings = ("what", *(run["run_id"][: links.SHORT] for run in runs))
    tables = {
        part: [(cell(one["what"]), *map(cell, one["values"])) for one in document[part]]
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
        cell(change["what"]),
        None if change["change"] == "added" else cell(change["left"]),
        None if change["change"] == "removed" else cell(change["right"]),
        change["change"] if difference is None else difference,
    )
