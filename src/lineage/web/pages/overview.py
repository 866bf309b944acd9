"""What ran, what failed, what is under way, and what wants attention."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.policies import dictionary
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from lineage.web.pages import runs
from lineage.web.standing import standing
from projections.documents.privacy.proposals import build_classification_proposals
from projections.documents.run_list import build_run_list
from projections.documents.task_list import build_task_list
from projections.pages.cells import Status, Table, table_of
from projections.pages.section import Section, counted
from projections.privacy.release_list import build_release_list

LATEST: Final = 10
MOST_TASKS: Final = 100


def overview(asked: Asked) -> Page:
    """Show the latest runs, the tasks, the releases, and what somebody should look at."""
    latest = runs.find(asked, {}, limit=LATEST)
    tasks = build_task_list(asked.catalog)
    releases = build_release_list(asked.catalog)
    failed = build_run_list(asked.catalog, status="failed", limit=0)["total"]
    attention = [*_attention(asked, latest, tasks)]
    document = {
        "runs": latest["total"],
        "failed_runs": failed,
        "latest_runs": latest["runs"],
        "tasks": tasks,
        "releases": len(releases),
        "attention": [text for text, _ in attention],
    }
    wants = Table(headings=("what", "where"), rows=attention)
    return Page(
        title="Overview",
        lead=f"{counted(latest['total'], 'run')} of {counted(len(tasks), 'task')}, "
        f"{failed:,} failed; {counted(len(releases), 'release')} asked for.",
        document=document,
        sections=[
            Section(
                title="Wants attention",
                texts=() if attention else ("Nothing that the record shows.",),
                tables=[wants] if attention else [],
            ),
            Section(
                title="Latest runs",
                tables=[runs.table_of_runs(latest["runs"])] if latest["runs"] else [],
                notes=(links.Link("All runs", links.address("runs")),),
            ),
            Section(title="Tasks", tables=_tasks(tasks)),
        ],
    )


def _attention(
    asked: Asked, latest: Mapping[str, Any], tasks: list[dict[str, Any]]
) -> Iterator[tuple[str, object]]:
    for task in tasks:
        if task["status"] in {"failed", "interrupted"}:
            text = f"The latest run of {task['task_id']} ended as {task['status']}."
            yield text, links.run(task["run_id"])
    for run in latest["runs"]:
        if (run["liveness"] or {}).get("status") == "interrupted":
            yield (
                f"A process of {run['task_id']} died: {run['liveness']['detail']}.",
                links.run(run["run_id"]),
            )
    proposed = build_classification_proposals(
        asked.catalog,
        dictionary.declared(asked.project, asked.catalog, is_past=asked.moment is not None),
    )
    waiting = sum(one["state"] == "open" for one in proposed)
    if waiting:
        yield (
            f"{counted(waiting, 'column')} proposed as personal data, not decided.",
            links.Link("Proposals", links.address("proposals")),
        )
    found = standing(asked.project)
    if found.head > found.until + 1:
        text = f"{counted(found.head - found.until, 'event')} not under a signed head."
        yield text, links.Link("Proof", links.address("proof"))


def _tasks(tasks: list[dict[str, Any]]) -> list[Table]:
    rows = [
        (
            links.task(task["task_id"]),
            task["description"],
            task["status"] and Status(task["status"]),
            time_of(task["started_at"]),
            task["run_id"] and links.run(task["run_id"]),
        )
        for task in tasks[:MOST_TASKS]
    ]
    more = len(tasks) - MOST_TASKS
    return table_of(
        ("task", "what it does", "latest run", "started", "run"),
        rows,
        more=f"and {more:,} more: lineage tasks" if more > 0 else "",
    )
