"""The resume state of a run: what is done, with which inputs and outputs, and what was kept."""

from __future__ import annotations

from typing import Any

from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.values import JsonValue
from projections.catalog import Catalog


def build_resume_state(catalog: Catalog, run_id: str) -> dict[str, JsonValue]:
    """Return what a resume needs to know of a run.

    Args:
        catalog: Where the run is; `Projector.of_run` is enough.
        run_id: Id of the run.

    Returns:
        A document with run_id, task_id, status, can_resume (whether the run failed or was
        interrupted and nobody has taken it up), operations (each with operation, name, status,
        key, inputs and artifacts as objects of uri and sha256) and checkpoint (name, operation,
        state, config_sha256 of the last one; None without one).

    Raises:
        RunNotFoundError: No such run.
    """
    run = catalog.row("select * from runs where run_id = ?", [run_id])
    if run is None:
        raise RunNotFoundError(f"run {run_id!r}", expected="a recorded run")
    return {
        "run_id": run_id,
        "task_id": run["task_id"],
        "status": run["status"],
        "can_resume": run["status"] in {"failed", "interrupted"} and run["resumed_by"] is None,
        "operations": _operations(catalog, run_id),
        "checkpoint": _checkpoint(catalog, run_id),
    }


def _operations(catalog: Catalog, run_id: str) -> list[JsonValue]:
    inputs = _files(catalog, "inputs", run_id)
    artifacts = _files(catalog, "artifacts", run_id)
    rows = catalog.rows(
        """
        select operation, name, status, code_version, parameters, seed, key
        from operations
        where run_id = ? and operation is not null
        order by operation
        """,
        [run_id],
    )
    return [
        row
        | {
            "inputs": inputs.get(row["operation"], []),
            "artifacts": artifacts.get(row["operation"], []),
        }
        for row in rows
    ]


def _files(catalog: Catalog, table: str, run_id: str) -> dict[int, list[JsonValue]]:
    files: dict[int, list[JsonValue]] = {}
    for row in catalog.rows(
        f"select operation, uri, sha256 from {table} where run_id = ? order by position",  # noqa: S608  # table names stand in this module
        [run_id],
    ):
        files.setdefault(row.pop("operation"), []).append(row)
    return files


def _checkpoint(catalog: Catalog, run_id: str) -> dict[str, Any] | None:
    return catalog.row(
        """
        select name, operation, state, config_sha256
        from checkpoints
        where run_id = ?
        order by position desc
        limit 1
        """,
        [run_id],
    )
