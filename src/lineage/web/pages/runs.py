"""The runs, newest first, by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.upkeep import liveness
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Choice, Strip, Words, time_of
from lineage.web.filters import TIME_HINT, Field
from lineage.web.filters import Choice as Chosen
from lineage.web.once import Remembered
from lineage.web.page import Page
from projections.documents.run_list import (
    RunFilter,
    build_latest_runs,
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

NO_RUNS: Final = "There are no runs yet: `lineage run TASK` starts one."

MOST_IN_STRIP: Final = 14
"""Runs of a task that are drawn side by side, the latest."""

USES: Final = ("read", "wrote")
"""What a run may have done with a file."""

_FILTERS: Final = ("task", "status", "since", "until", "text", "file", "use", "tag")
_HEADINGS: Final = ("run", "task", "status", "started", "seconds", "messages", "note")

_open: Remembered[list[dict[str, Any]]] = Remembered()
_choices: Remembered[dict[str, Any]] = Remembered()


def runs(asked: Asked) -> Page:
    """Show the runs that match, a page of them."""
    filters = {name: asked.text(name) for name in _FILTERS}
    document = find(asked, filters, before=asked.number("before"))
    listed = document["runs"]
    strip = build_latest_runs(
        asked.catalog, [filters["task"]] if filters["task"] else [], most=MOST_IN_STRIP
    )
    return Page(
        title="Runs",
        document=document,
        template="runs.html",
        sections=[],
        values={
            "said": Words(_said(asked, document, filters)),
            "strip": Strip(strip.get(filters["task"] or "", ())),
            "trends": filters["task"] and links.trends(filters["task"]),
            "runs_table": _table_to_choose_from(listed),
            "fields": _fields(filters, _choices_of(asked)),
            "older": document["next_before"]
            and links.address("runs", **filters, before=document["next_before"]),
        },
    )


def _fields(
    filters: Mapping[str, str | None], choices: Mapping[str, Sequence[str]]
) -> list[Field | Chosen]:
    statuses, uses = ({name: name for name in names} for names in (STATUSES, USES))
    fields: dict[str, Field | Chosen] = {
        "task": Field(name="task", label="Task", proposals=choices["tasks"]),
        "status": Chosen(name="status", label="Status", options=statuses),
        "since": Field(name="since", label="Since", hint=TIME_HINT, size=14),
        "until": Field(name="until", label="Until", hint=TIME_HINT, size=14),
        "file": Field(name="file", label="File", proposals=choices["files"]),
        "use": Chosen(name="use", label="which it", options=uses, otherwise="read or wrote"),
        "tag": Field(name="tag", label="Tag", size=12, proposals=choices["tags"]),
        "text": Field(name="text", label="Text"),
    }
    return [replace(one, value=filters[name]) for name, one in fields.items()]


def _choices_of(asked: Asked) -> dict[str, Any]:
    """Return what the fields propose; of the present it is found once for each position."""

    def choices() -> dict[str, Any]:
        return build_run_choices(asked.catalog, most=MOST_CHOICES)

    if asked.moment is not None:
        return choices()
    return _choices.get(asked.project, asked.catalog.position, choices)


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
        filters: task, status, since, until, text, file, use ("read" or "wrote": what was done with
            the file) and tag, each of which may be absent or None.
        before: Only runs that began before this position; all when None.
        limit: At most so many runs.

    Raises:
        ConfigurationError: A status, time or use is none.
    """
    status, use, file = (filters.get(name) for name in ("status", "use", "file"))
    for name, given, known in (("status", status, STATUSES), ("use", use, USES)):
        if given is not None and given not in known:
            raise ConfigurationError(name, found=given, expected="one of " + ", ".join(known))
    looked = {} if asked.moment is not None else seen(asked)
    document = build_run_list(
        asked.catalog,
        task_id=filters.get("task"),
        status=status,
        also=RunFilter(
            since=asked.time("since") if filters.get("since") else None,
            until=asked.time("until") if filters.get("until") else None,
            text=filters.get("text"),
            **({"file" if use is None else use: file} if file is not None else {}),
            tag=filters.get("tag"),
        ),
        before=before,
        limit=limit,
        interrupted=[run_id for run_id, one in looked.items() if one.status == "interrupted"],
    )
    counts = count_messages(asked.catalog, [run["run_id"] for run in document["runs"]])
    for run in document["runs"]:
        run["warnings"], run["errors"] = counts.get(run["run_id"], (0, 0))
    return _marked(document, looked)


def with_liveness(asked: Asked, document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of runs with what is seen of the open ones now."""
    return _marked(document, seen(asked))


def is_running(run: Mapping[str, Any]) -> bool:
    """Tell whether a run of such a document is under way, as far as is seen."""
    return bool((run["liveness"] or run)["status"] == "running")


def _marked(document: dict[str, Any], looked: Mapping[str, liveness.Liveness]) -> dict[str, Any]:
    listed = [
        run | {"liveness": None if one is None else {"status": one.status, "detail": one.detail}}
        for run in document["runs"]
        for one in (looked.get(run["run_id"]),)
    ]
    return {**document, "runs": listed}


def seen(asked: Asked) -> dict[str, liveness.Liveness]:
    """Return what is seen of the open runs; which ones are open is found once a position."""
    found = _open.get(
        asked.project, asked.catalog.position, lambda: liveness.open_runs(asked.catalog)
    )
    return liveness.of_runs(asked.project, found)


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


def _said(asked: Asked, document: Mapping[str, Any], filters: Mapping[str, str | None]) -> str:
    """Say how many runs match; that none does never reads like that there are none."""
    total, chosen = document["total"], [*_chosen(filters)]
    if total:
        with_these = f" with {', '.join(chosen)}" if chosen else ""
        return f"{counted(total, 'run')}{with_these}, newest first."
    others = build_run_list(asked.catalog, limit=0)["total"] if chosen else 0
    if not others:
        return NO_RUNS
    are = "is" if others == 1 else "are"
    return f"No run matches {', '.join(chosen)}; {counted(others, 'other')} {are} on record."


def _chosen(filters: Mapping[str, str | None]) -> Iterator[str]:
    for name, value in filters.items():
        if value is not None and not (name == "use" and filters["file"]):
            use = filters["use"] if name == "file" else None
            yield f"{f'file {use}' if use else name} {value}"
