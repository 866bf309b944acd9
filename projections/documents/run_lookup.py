"""Find the run that a person means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lineage.kernel.errors import RunNotFoundError
from projections.catalog.catalog import Catalog
from projections.catalog.run_ids import runs_called

MOST_NAMED: Final = 5
"""Runs that an error lists when a name means several."""

_LATEST_OF_TASK: Final = """
select run_id
from runs
where task_id = $task and ($include_refused or status <> 'refused')
order by started_position desc
limit 1
"""
_TOLD: Final = """
select run_id, task_id, status
from runs
where run_id in (select unnest(?::varchar[]))
order by run_id
"""


def find_run(catalog: Catalog, name: str, *, include_refused: bool = True) -> str:
    """Return the id of a run.

    A whole id means its run, also where a task is called like it. A name that could be a task
    as well as the beginning of an id means neither.

    Args:
        catalog: Where it is recorded.
        name: A run id, at least 4 leading characters of one, or a task id for its latest run.
        include_refused: Whether a refused run counts as the latest of its task.

    Raises:
        RunNotFoundError: No run answers to the name, or several do; these are listed.
    """
    found = set(runs_called(catalog, name))
    if name in found:
        return name
    wanted = {"task": name, "include_refused": include_refused}
    found |= {row["run_id"] for row in catalog.rows(_LATEST_OF_TASK, wanted)}
    if len(found) == 1:
        return found.pop()
    raise RunNotFoundError(
        f"run {name!r}",
        found=f"{len(found)} runs",
        expected="a run id, at least 4 leading characters of one, or a task id",
        remedy=f"give more of one: {_listed(catalog, found)}"
        if found
        else "`lineage runs` lists them",
    )


def task_of(catalog: Catalog, run_id: str) -> str:
    """Return the task of a run that is recorded."""
    return str(catalog.value("select task_id from run_beginnings where run_id = ?", [run_id]))


def _listed(catalog: Catalog, run_ids: Iterable[str]) -> str:
    rows = catalog.rows(_TOLD, [list(run_ids)])
    texts = [f"{row['run_id']} ({row['task_id']}, {row['status']})" for row in rows]
    more = len(texts) - MOST_NAMED
    return ", ".join(texts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
