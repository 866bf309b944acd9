"""The execution log: all runs of a project, as a JSON document of tasks and executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

LOG_VERSION: Final = "1.0.0"
"""Version of the document's format."""

RECORD_KINDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "task_id": str,
    "task_type": str,
    "task_run_id": str,
    "timestamp": str,
    "success": bool,
    "execution_time": (int, float),
    "report_path": str,
    "input_files": list,
    "output_files": list,
    "hostname": str,
    "status": str,
}
"""Keys of one execution record, in order, and the types of their values."""

REQUIRED_KEYS: Final = ("task_id", "task_run_id", "timestamp", "success")
"""Keys that every record has; the values of the others may be None."""

_SQL: Final = statements(__name__)


def build_execution_log(catalog: Catalog) -> dict[str, JsonValue]:
    """Return the execution log of a project.

    Returns:
        A document with the keys tasks (per task its type, time, status, report and run of the
        last execution), executions (oldest first), timestamp, version and last_modified.
        Archived runs are left out.
    """
    rows = catalog.rows(_SQL["all"])
    modified_at = catalog.value(_SQL["modified_at"], [catalog.position])
    return {
        "tasks": _task_summaries(catalog, rows),
        "executions": [_record(row) for row in rows],
        "timestamp": _time(modified_at),
        "version": LOG_VERSION,
        "last_modified": _time(modified_at),
    }


def build_execution_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Return the execution log as one short row per run, in the order in which the runs ended.

    Returns:
        Objects with task_id, task_run_id, timestamp (when it began, ISO 8601 in UTC), success,
        execution_time (seconds), files_read and files_written (counts), report_path and
        imported (whether its record came from elsewhere).
    """
    return [plain(row) for row in catalog.rows(_SQL["list"])]


def execution_history(
    catalog: Catalog,
    *,
    task_id: str | None = None,
    success_only: bool = False,
    limit: int | None = None,
) -> list[dict[str, JsonValue]]:
    """Return the records of runs, latest start first.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough for one run.
        task_id: Only runs of this task; all when None.
        success_only: Only runs that succeeded.
        limit: Maximum number of records, latest first; all when None.
    """
    wanted = {"task": task_id, "success_only": success_only, "limit": limit}
    return [_record(row) for row in catalog.rows(_SQL["history"], wanted)]


def file_producers(catalog: Catalog, names: Sequence[str]) -> list[dict[str, JsonValue]]:
    """Return the records of all runs that wrote a file, latest start first.

    Args:
        catalog: The catalog to query.
        names: Names that the file may have in records.
    """
    return [_record(row) for row in catalog.rows(_SQL["producers"], {"names": list(names)})]


def surplus_runs(
    catalog: Catalog, *, max_per_task: int, max_age_days: int, now: datetime
) -> list[dict[str, str]]:
    """Return the ended runs in the log that exceed the maximum age, or number per task.

    Args:
        catalog: The catalog to query.
        max_per_task: Number of latest runs to keep per task.
        max_age_days: Maximum age of a run, in days since its start.
        now: The time to count back from, timezone-aware.

    Returns:
        Objects with task_id and task_run_id, earliest start first.
    """
    values = {"kept": max_per_task, "days": max_age_days, "now": now}
    return catalog.rows(_SQL["surplus"], values)


def _record(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return a row of the view `execution_log` as an execution record.

    An imported record is returned unchanged. Keys changed later have their new value; those that
    are not columns of the view come last. A run with refused files has the key warnings, a list
    of texts.
    """
    record: dict[str, JsonValue] = dict(row["imported_record"] or _native(row))
    return record | (row["annotations"] or {})


def _native(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    record: dict[str, JsonValue] = {key: row[key] for key in RECORD_KINDS}
    record["timestamp"] = _time(row["timestamp"])
    return record if row["warnings"] is None else record | {"warnings": row["warnings"]}


def _task_summaries(catalog: Catalog, rows: Sequence[Mapping[str, Any]]) -> dict[str, JsonValue]:
    """Return task to summary; an imported one is used while it describes the task's last run."""
    imported = _imported_summaries(catalog)
    summaries: dict[str, JsonValue] = {
        task: latest for task, (latest, _) in imported.items() if latest is not None
    }
    for row in rows:
        _, by_run = imported.get(row["task_id"], (None, {}))
        given = by_run.get(row["task_run_id"]) if row["annotations"] is None else None
        summaries[row["task_id"]] = given or _summary(row)
    return summaries


def _imported_summaries(
    catalog: Catalog,
) -> dict[str, tuple[JsonValue, dict[str, JsonValue]]]:
    """Return task to its newest imported summary, None if that run is hidden, and all by run."""
    found: dict[str, tuple[JsonValue, dict[str, JsonValue]]] = {}
    for row in catalog.rows(_SQL["imported_summaries"]):
        _, by_run = found.get(row["task_id"], (None, {}))
        by_run[str(row["summary"].get("last_task_run_id"))] = row["summary"]
        found[row["task_id"]] = (None if row["is_hidden"] else row["summary"], by_run)
    return found


def _summary(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    return {
        "task_type": row["task_type"],
        "last_execution": int(row["timestamp"].timestamp()),
        "last_status": "success" if row["success"] else row["status"],
        "last_report_path": row["report_path"],
        "last_task_run_id": row["task_run_id"],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
