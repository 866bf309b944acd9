"""The resume state of a run: its operations with inputs and outputs, and its checkpoint."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from projections.catalog.catalog import Catalog
from projections.documents.reuse import RunTable, rows_behind

_SQL: Final = statements(__name__)


def build_resume_state(catalog: Catalog, run_id: str) -> dict[str, JsonValue]:
    """Return what is needed to resume a run.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        run_id: Id of the run.

    Returns:
        A document with run_id, task_id, task_version, status, config_sha256, can_resume (whether
        the run failed or was interrupted and has not been resumed), operations and checkpoint
        (name, operation, state, config_sha256 of the last one; None without one). For each
        operation: operation, name, status, run_id and source_operation (where its result was
        recorded: in another run if it was reused), code_version, parameters, seed, key, in_memory,
        inputs (name, uri, sha256), artifacts (rows of that table) and metrics (name to value).

    Raises:
        RunNotFoundError: No such run.
    """
    run = catalog.row("select * from runs where run_id = ?", [run_id])
    if run is None:
        raise RunNotFoundError(f"run {run_id!r}", problem="not recorded")
    return {
        "run_id": run_id,
        "task_id": run["task_id"],
        "task_version": run["task_version"],
        "config_sha256": run["config_sha256"],
        "status": run["status"],
        "can_resume": run["status"] in {"failed", "interrupted"} and run["resumed_by"] is None,
        "operations": _operations(catalog, run_id),
        "checkpoint": _checkpoint(catalog, run_id),
    }


def python_version(catalog: Catalog, run_id: str) -> str | None:
    """Return the version of Python that executed a run; None if it is not recorded."""
    version: str | None = catalog.value(_SQL["python"], [run_id])
    return version


def unfinished_runs(catalog: Catalog) -> list[dict[str, str]]:
    """Return the latest run of each task, of those executed here, if it did not succeed.

    Returns:
        Objects with task_id, run_id and status, newest first.
    """
    return catalog.rows(_SQL["unfinished"])


def _operations(catalog: Catalog, run_id: str) -> list[JsonValue]:
    inputs = _by_operation(catalog, "inputs", run_id)
    artifacts = _by_operation(catalog, "artifacts", run_id)
    metrics = _by_operation(catalog, "metrics", run_id)
    return [
        row
        | {
            "inputs": [
                {key: read[key] for key in ("name", "uri", "sha256")}
                for read in inputs.get(row["operation"], [])
            ],
            "artifacts": artifacts.get(row["operation"], []),
            "metrics": {m["name"]: m["value"] for m in metrics.get(row["operation"], [])},
        }
        for row in catalog.rows(_SQL["operations"], [run_id])
    ]


def _by_operation(catalog: Catalog, table: RunTable, run_id: str) -> dict[int, list[Any]]:
    rows: dict[int, list[Any]] = {}
    for row in rows_behind(catalog, table, run_id):
        rows.setdefault(row["operation"], []).append(row)
    return rows


def _checkpoint(catalog: Catalog, run_id: str) -> dict[str, Any] | None:
    return catalog.row(_SQL["checkpoint"], [run_id])
