"""Everything about one run that fits on a screen: what it was, read, did, wrote and measured."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lineage.kernel.errors import RunNotFoundError
from projections.catalog import Catalog

Document = dict[str, Any]


def build_run_details(catalog: Catalog, run_id: str) -> Document:
    """Return one run with its parts.

    Args:
        catalog: Where it is recorded; `Projector.of_run` is enough.
        run_id: Id of the run.

    Returns:
        The row of the view `runs` with the keys operations, inputs, imports, artifacts, metrics
        and messages added: rows of the views of these names (metrics: of `metric_values`), in
        the order they were recorded. Times are ISO 8601 in UTC.

    Raises:
        RunNotFoundError: No such run.
    """
    run = catalog.row("select * from runs where run_id = ?", [run_id])
    if run is None:
        raise RunNotFoundError(f"run {run_id!r}", expected="a recorded run")
    parts = {
        "operations": ("operations", "started_position"),
        "inputs": ("inputs", "position"),
        "imports": ("imports", "position"),
        "artifacts": ("artifacts", "position"),
        "metrics": ("metric_values", "position"),
        "messages": ("messages", "position"),
    }
    rows = {key: _rows(catalog, view, order, run_id) for key, (view, order) in parts.items()}
    return _plain(run) | rows


def _rows(catalog: Catalog, view: str, order: str, run_id: str) -> list[Document]:
    sql = f"select * exclude (run_id, task_id) from {view} where run_id = ? order by {order}"  # noqa: S608  # names stand in this module
    return [_plain(row) for row in catalog.rows(sql, [run_id])]


def _plain(row: Document) -> Document:
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
    }
