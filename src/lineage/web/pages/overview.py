"""What ran, what failed, what is under way, and what wants attention."""

from __future__ import annotations

from typing import Any, Final

from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Strip, Words, time_of
from lineage.web.once import Remembered
from lineage.web.page import Page
from lineage.web.pages import attention, runs
from projections.pages.cells import Status, Table, table_of
from projections.pages.section import Section, counted
from projections.privacy.release_list import build_release_list

LATEST: Final = 10
_latest: Remembered[dict[str, Any]] = Remembered()


def overview(asked: Asked) -> Page:
    """Show what somebody should look at, what is under way, the latest runs and the tasks."""
    latest = _latest_runs(asked)
    history = attention.known(asked)
    wanted = [*attention.wanted(asked)]
    releases = build_release_list(asked.catalog)
    failed = history.found["failed_runs"]
    running = [one for one in latest["runs"] if runs.is_running(one)]
    document = {
        "runs": latest["total"],
        "failed_runs": failed,
        "latest_runs": latest["runs"],
        "tasks": history.tasks,
        "releases": len(releases),
        "attention": [one.plain() for one in wanted],
    }
    return Page(
        title="Overview",
        lead=f"{counted(latest['total'], 'run')} of {counted(len(history.tasks), 'task')}, "
        f"{failed:,} failed; {counted(len(releases), 'release')} asked for.",
        document=document,
        sections=[
            Section(
                title="Wants attention",
                texts=() if wanted else ("Nothing that the record shows.",),
                tables=attention.table(wanted),
            ),
            *(
                [Section(title="Under way", tables=[runs.table_of_runs(running)])]
                if running
                else []
            ),
            Section(
                title="Latest runs",
                texts=() if latest["runs"] else (Words(runs.NO_RUNS),),
                tables=[runs.table_of_runs(latest["runs"])] if latest["runs"] else [],
                notes=(links.Link("All runs", links.address("runs")),),
            ),
            Section(title="Tasks", tables=_tasks(history)),
        ],
    )


def _latest_runs(asked: Asked) -> dict[str, Any]:
    """Return the latest runs; of the present they are found once for each position."""
    if asked.moment is not None:
        return runs.find(asked, {}, limit=LATEST)
    found = _latest.get(
        asked.project, asked.catalog.position, lambda: runs.find(asked, {}, limit=LATEST)
    )
    return runs.with_liveness(asked, found)


def _tasks(history: attention.Known) -> list[Table]:
    rows = [
        (
            links.task(task["task_id"]),
            task["description"],
            Strip(history.latest.get(task["task_id"], ())),
            task["status"] and Status(task["status"]),
            time_of(task["started_at"]),
            task["run_id"] and links.run(task["run_id"]),
        )
        for task in history.tasks[: attention.MOST_TASKS]
    ]
    more = len(history.tasks) - attention.MOST_TASKS
    return table_of(
        ("task", "what it does", "latest runs", "the last", "started", "run"),
        rows,
        more=f"and {more:,} more: lineage tasks" if more > 0 else "",
    )
