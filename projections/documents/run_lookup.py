"""Find the run that a name refers to, and the names that begin with what somebody has typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.packages.statements import statements
from lineage.kernel.plain import listed
from projections.catalog.catalog import Catalog, open_in_place
from projections.catalog.opening import CATALOG_FILE
from projections.catalog.run_ids import runs_called

MOST_NAMED: Final = 5
"""Runs that an error message lists for an ambiguous name."""

MOST_PROPOSED: Final = 50
"""Names that are still a help to whoever types one."""

Kind = Literal["tasks", "runs", "files", "metrics"]

_SQL: Final = statements(__name__)
_NAMES: Final[dict[Kind, str]] = {
    "tasks": _SQL["tasks"],
    "runs": _SQL["runs"],
    "files": _SQL["files"],
    "metrics": _SQL["metrics"],
}


def find_run(catalog: Catalog, name: str, *, include_refused: bool = True) -> str:
    """Return the id of a run.

    A complete id means its run, even if a task has the same name. A name that is both a task and
    the beginning of an id is ambiguous.

    Args:
        catalog: The catalog to search.
        name: A run id, at least 4 leading characters of one, or a task id for its latest run.
        include_refused: Whether a refused run counts as the latest of its task.

    Raises:
        RunNotFoundError: The name is unknown, or ambiguous: its runs are listed.
    """
    if catalog.value(_SQL["recorded"], [name]) is not None:  # the usual case, and the quickest
        return name
    found = set(runs_called(catalog, name))
    exact = [run_id for run_id in found if run_id.lower() == name.lower()]
    if len(exact) == 1:
        return exact[0]
    wanted = {"task": name, "include_refused": include_refused}
    found |= {row["run_id"] for row in catalog.rows(_SQL["latest_of_task"], wanted)}
    if len(found) == 1:
        return found.pop()
    if found:
        raise RunNotFoundError(
            f"run {name!r}",
            problem=f"ambiguous, {len(found)} runs match",
            remedy=f"give more characters of one: {_listed(catalog, found)}",
        )
    raise RunNotFoundError(
        f"run {name!r}",
        problem="no run or task of that name",
        expected="a run id (4 characters are enough) or a task id",
        remedy="`lineage runs` lists them",
    )


def find_runs(catalog: Catalog, names: Sequence[str]) -> list[str]:
    """Return the ids of several runs, each once, in the order of their names.

    Args:
        catalog: The catalog to search.
        names: What each is called, see `find_run`.

    Raises:
        RunNotFoundError: A name is unknown, or ambiguous.
    """
    known = {row["run_id"] for row in catalog.rows(_SQL["recorded_of"], [[*names]])}
    found = (name if name in known else find_run(catalog, name) for name in names)
    return list(dict.fromkeys(found))


def run_before(catalog: Catalog, run_id: str) -> str | None:
    """Return the run of the same task that began before a run; None if it is the first."""
    found = catalog.value(_SQL["before"], {"run": run_id})
    return None if found is None else str(found)


def task_of(catalog: Catalog, run_id: str) -> str:
    """Return the task of a recorded run."""
    return str(catalog.value("select task_id from run_beginnings where run_id = ?", [run_id]))


def names_beginning(root: Path, kind: Kind, typed: str) -> list[str]:
    """Return names as the published catalog has them, the latest first; it creates nothing.

    Args:
        root: The project.
        kind: What is named.
        typed: The beginning of the names.

    Raises:
        LineageError: The catalog cannot be read.
    """
    catalog = open_in_place(root / CATALOG_FILE)
    if catalog is None:
        return []
    with catalog:
        rows = catalog.rows(_NAMES[kind], {"typed": typed, "most": MOST_PROPOSED})
    return [row["name"] for row in rows]


def _listed(catalog: Catalog, run_ids: Iterable[str]) -> str:
    rows = catalog.rows(_SQL["described"], [list(run_ids)])
    texts = [f"{row['run_id']} ({row['task_id']}, {row['status']})" for row in rows]
    return listed(texts, MOST_NAMED)
