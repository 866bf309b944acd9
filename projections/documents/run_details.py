"""One run in detail: its inputs, operations, outputs, metrics and messages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Literal, get_args

from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.reuse import RunTable, rows_behind
from projections.documents.rows import plain

Document = dict[str, Any]

Part = Literal["operations", "imports", "inputs", "artifacts", "metrics", "messages"]
"""What a run has many of."""

PARTS: Final[frozenset[Part]] = frozenset(get_args(Part))

_SQL: Final = statements(__name__)
_BEHIND: Final[dict[Part, RunTable]] = {
    "inputs": "inputs",
    "artifacts": "artifacts",
    "metrics": "metric_values",
    "messages": "messages",
}


def build_run_details(
    catalog: Catalog, run_id: str, *, parts: Collection[Part] = PARTS
) -> Document:
    """Return one run with its parts.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        run_id: Id of the run.
        parts: The parts that are wanted; the others are no keys of the document.

    Returns:
        The row of the view `runs` with the keys annotations (`annotations_of`), operations,
        inputs, imports, artifacts, metrics and messages added: rows of the views of these names
        (metrics: of `metric_values`), in recorded order, including those of reused operations
        (`reused_run` is their run). Times are ISO 8601 in UTC.

    Raises:
        RunNotFoundError: No such run.
    """
    run = catalog.row("select * from runs where run_id = ?", [run_id])
    if run is None:
        raise RunNotFoundError(f"run {run_id!r}", problem="not recorded")
    found = {
        key: catalog.rows(sql, [run_id])
        for key, sql in (("operations", _SQL["operations"]), ("imports", _SQL["imports"]))
        if key in parts
    }
    found |= {
        key: rows_behind(catalog, table, run_id) for key, table in _BEHIND.items() if key in parts
    }
    rows = {key: [_part(row) for row in rows] for key, rows in found.items()}
    return plain(run) | {"annotations": annotations_of(catalog, run_id), **rows}


def annotations_of(catalog: Catalog, run_id: str) -> Document:
    """Return what was added to a run after its end: key to latest value; empty if nothing."""
    found = catalog.row(_SQL["annotations"], [run_id])
    return {} if found is None else found["annotations"]


def _part(row: Document) -> Document:
    """Leave out the keys that all parts of a run share."""
    return plain({key: value for key, value in row.items() if key not in {"run_id", "task_id"}})
