"""One run in detail: its inputs, operations, outputs, metrics and messages."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.reuse import RunTable, rows_behind
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_run_details(catalog: Catalog, run_id: str) -> Document:
    """Return one run with its parts.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        run_id: Id of the run.

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
    own = {
        "operations": catalog.rows(_SQL["operations"], [run_id]),
        "imports": catalog.rows(_SQL["imports"], [run_id]),
    }
    parts: dict[str, RunTable] = {
        "inputs": "inputs",
        "artifacts": "artifacts",
        "metrics": "metric_values",
        "messages": "messages",
    }
    behind = {key: rows_behind(catalog, table, run_id) for key, table in parts.items()}
    rows = {key: [_part(row) for row in rows] for key, rows in (own | behind).items()}
    return plain(run) | {"annotations": annotations_of(catalog, run_id), **rows}


def annotations_of(catalog: Catalog, run_id: str) -> Document:
    """Return what was added to a run after its end: key to latest value; empty if nothing."""
    found = catalog.row(_SQL["annotations"], [run_id])
    return {} if found is None else found["annotations"]


def _part(row: Document) -> Document:
    """Leave out the keys that all parts of a run share."""
    return plain({key: value for key, value in row.items() if key not in {"run_id", "task_id"}})
