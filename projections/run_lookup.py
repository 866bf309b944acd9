"""Find the run that a person means."""

from __future__ import annotations

from typing import Final

from lineage.kernel.errors import RunNotFoundError
from projections.catalog import Catalog

SHORTEST_PREFIX: Final = 4


def find_run(catalog: Catalog, name: str, *, include_refused: bool = True) -> str:
    """Return the id of a run.

    Args:
        catalog: Where it is recorded.
        name: A run id, at least 4 leading characters of one, or a task id for its latest run.
        include_refused: Whether a refused run counts as the latest of its task.

    Raises:
        RunNotFoundError: No run answers to the name, or several do.
    """
    latest = catalog.value(
        """
        select max_by(run_id, started_position)
        from runs
        where task_id = $name and ($include_refused or status <> 'refused')
        """,
        {"name": name, "include_refused": include_refused},
    )
    if latest is not None:
        return str(latest)
    found = _by_prefix(catalog, name) if len(name) >= SHORTEST_PREFIX else []
    if len(found) != 1:
        raise RunNotFoundError(
            f"run {name!r}",
            found=f"{len(found)} runs",
            expected="a run id, at least 4 leading characters of one, or a task id",
            remedy="`lineage runs` lists them",
        )
    return found[0]


def _by_prefix(catalog: Catalog, prefix: str) -> list[str]:
    rows = catalog.rows(
        "select run_id from runs where starts_with(run_id, ?) order by run_id", [prefix]
    )
    return [row["run_id"] for row in rows]
