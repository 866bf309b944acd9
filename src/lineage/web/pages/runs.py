"""The runs, newest first, by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.upkeep import liveness
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Choice, time_of
from lineage.web.page import Page
from projections.catalog import moments
from projections.documents.run_list import (
    RunFilter,
    build_run_choices,
    build_run_list,
    count_messages,
)
from projections.pages.cells import Status, Table
from projections.pages.section import counted

STATUSES: Final = ("running", "succeeded", "failed", "interrupted", "refused")
ON_A_PAGE: Final = 50
MOST_CHOICES: Final = 200
"""Names of tasks, files and tags that the fields propose."""

_FILTERS: Final = ("task", "status", "since", "text", "file", "tag")
_HEADINGS: Final = ("run", "task", "status", "started", "seconds", "messages", "note")

_none_open_at: WeakKeyDictionary[Project, int] = WeakKeyDictionary()
_lock = Lock()


def runs(asked: Asked) -> Page:
    """Show the runs that match, a page of them."""
    filters = {name: asked.text(name) for name in _FILTERS}
    document = find(asked, filters, before=asked.number("before"))
    listed = document["runs"]
    return Page(
        title="Runs",
        lead=_lead(document, is_filtered=any(filters.values())),
        document=document,
        template="runs.html",
        sections=[],
        values={
            "runs_table": _table_to_choose_from(listed),
            "filters": filters,
            "statuses": STATUSES,
            "choices": build_run_choices(asked.catalog, most=MOST_CHOICES),
            "older": document["next_before"]
            and links.address("runs", **filters, before=document["next_before"]),
        },
    )


def find(
    asked: Asked,
    filters: Mapping[str, str | None],
    *,
    before: int | None = None,
    limit: int = ON_A_PAGE,
) -> dict[str, Any]:
    """Return the document of a page of runs, with messages counted and what is seen of open ones.

    Args:
        asked: The request.
        filters: task, status, since, text, file and tag, each of which may be absent or None.
        before: Only runs that began before this position; all when None.
        limit: At most so many runs.

    Raises:
        ConfigurationError: A status or time is none.
    """
    status, since = filters.get("status"), filters.get("since")
    if status is not None and status not in STATUSES:
        raise ConfigurationError("status", found=status, expected="one of " + ", ".join(STATUSES))
    seen = {} if asked.moment is not None else _seen(asked)
    document = build_run_list(
        asked.catalog,
        task_id=filters.get("task"),
        status=status,
        also=RunFilter(
            since=None if since is None else _time(asked, since),
            text=filters.get("text"),
            file=filters.get("file"),
            tag=filters.get("tag"),
        ),
        before=before,
        limit=limit,
        interrupted=[run_id for run_id, one in seen.items() if one.status == "interrupted"],
    )
    counts = count_messages(asked.catalog, [run["run_id"] for run in document["runs"]])
    for run in document["runs"]:
        run["warnings"], run["errors"] = counts.get(run["run_id"], (0, 0))
        one = seen.get(run["run_id"])
        run["liveness"] = None if one is None else {"status": one.status, "detail": one.detail}
    return document


def _seen(asked: Asked) -> dict[str, liveness.Liveness]:
    """Return what is seen of the open runs; that there are none is found once for each position."""
    with _lock:
        is_known = _none_open_at.get(asked.project) == asked.catalog.position
    if is_known:
        return {}
    seen = liveness.of_open_runs(asked.project, asked.catalog)
    if not seen:
        with _lock:
            _none_open_at[asked.project] = asked.catalog.position
    return seen


def table_of_runs(listed: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of runs as `find` returns them."""
    return Table(headings=_HEADINGS, rows=[_row(run) for run in listed])


def _table_to_choose_from(listed: Sequence[Mapping[str, Any]]) -> Table:
    """Return the table with a box for each run."""
    rows = [
        (*_row(run), Choice("run", run["run_id"], f"compare {run['run_id'][: links.SHORT]}"))
        for run in listed
    ]
    return Table(headings=(*_HEADINGS, "compare"), rows=rows)


def _row(run: Mapping[str, Any]) -> tuple[object, ...]:
    seen = run["liveness"] or {"status": run["status"], "detail": None}
    said = [
        counted(count, noun)
        for count, noun in ((run["errors"], "error"), (run["warnings"], "warning"))
        if count
    ]
    return (
        links.run(run["run_id"]),
        links.task(run["task_id"]),
        Status(seen["status"]),
        time_of(run["started_at"]),
        run["duration_s"],
        ", ".join(said),
        seen["detail"] or run["message"] or ("imported" if run["is_imported"] else ""),
    )


def _lead(document: Mapping[str, Any], *, is_filtered: bool) -> str:
    total = document["total"]
    if total:
        return f"{counted(total, 'run')}{' match' if is_filtered else ''}, newest first."
    if is_filtered:
        return "No run matches; there are others."
    return "There are no runs yet: start one with `lineage run TASK`."


def _time(asked: Asked, text: str) -> datetime:
    moment = moments.parse(text, asked.project.clock.now())
    if isinstance(moment, int):
        raise ConfigurationError("since", found=text, expected="a time, as 2026-01-31 or 2h")
    return moment
