"""Find the run that a person means."""

from __future__ import annotations

from typing import Final

from lineage.kernel.errors import RunNotFoundError
from projections.catalog.catalog import Catalog

SHORTEST_PREFIX: Final = 4


MOST_NAMED: Final = 5
"""Runs that an error lists when a name means several."""

_CANDIDATES: Final = """
select run_id, task_id, status, run_id = $name as is_whole
from runs
where length($name) >= $shortest and starts_with(run_id, $name)
union
select max_by(run_id, started_position), task_id, max_by(status, started_position), false
from runs
where task_id = $name and ($include_refused or status <> 'refused')
group by task_id
order by is_whole desc, run_id
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
    values = {"name": name, "shortest": SHORTEST_PREFIX, "include_refused": include_refused}
    found = {row.pop("run_id"): row for row in reversed(catalog.rows(_CANDIDATES, values))}
    whole = [run_id for run_id, row in found.items() if row["is_whole"]]
    if len(found) == 1 or whole:
        return str(whole[0] if whole else next(iter(found)))
    raise RunNotFoundError(
        f"run {name!r}",
        found=f"{len(found)} runs",
        expected="a run id, at least 4 leading characters of one, or a task id",
        remedy=f"give more of one: {_listed(found)}" if found else "`lineage runs` lists them",
    )


def _listed(found: dict[str, dict[str, str]]) -> str:
    texts = [
        f"{run_id} ({row['task_id']}, {row['status']})" for run_id, row in sorted(found.items())
    ]
    more = len(texts) - MOST_NAMED
    return ", ".join(texts[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
