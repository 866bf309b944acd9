"""The execution log: all runs of a project, as the JSON document of its tasks and executions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lineage.kernel.values import JsonValue
from projections.catalog.catalog import Catalog

LOG_VERSION: Final = "1.0.0"
"""Version of the document's format."""

RECORD_KEYS: Final = (
    "task_id",
    "task_type",
    "task_run_id",
    "timestamp",
    "success",
    "execution_time",
    "report_path",
    "input_files",
    "output_files",
    "hostname",
    "status",
)
"""Keys of one execution record, in order."""

_IN_ORDER = "select * from execution_log order by happened_order"


def build_execution_log(catalog: Catalog) -> dict[str, JsonValue]:
    """Return the execution log of a project.

    Returns:
        A document with the keys tasks (per task its type, time, status, report and run of the
        last execution), executions (oldest first), timestamp, version and last_modified.
        Archived runs are left out.
    """
    rows = catalog.rows(_IN_ORDER)
    modified_at = catalog.value(
        "select max(recorded_at) from events where run_id is not null and position <= ?",
        [catalog.position],
    )
    return {
        "tasks": _task_summaries(catalog, rows),
        "executions": [execution_record(row) for row in rows],
        "timestamp": _time(modified_at),
        "version": LOG_VERSION,
        "last_modified": _time(modified_at),
    }


def execution_record(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return a row of the view `execution_log` as an execution record.

    An imported record is given as it was. Keys that were changed later have their new value;
    those that are no column of the view stand after the others. A run of which files were
    refused has the key warnings, a list of texts.
    """
    record: dict[str, JsonValue] = dict(row["imported_record"] or _native(row))
    return record | (row["annotations"] or {})


def _native(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    record: dict[str, JsonValue] = {key: row[key] for key in RECORD_KEYS}
    record["timestamp"] = _time(row["timestamp"])
    return record if row["warnings"] is None else record | {"warnings": row["warnings"]}


def _task_summaries(catalog: Catalog, rows: Sequence[Mapping[str, Any]]) -> dict[str, JsonValue]:
    """Return task to summary; an imported one stands while it tells of the task's last run."""
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
    rows = catalog.rows(
        """
        select i.task_id, i.summary, coalesce(r.is_archived, false) as is_hidden
        from imported_tasks i
        left join runs r on r.run_id = i.summary->>'$.last_task_run_id'
        order by try_cast(i.summary->>'$.last_execution' as double) nulls first, i.position
        """
    )
    found: dict[str, tuple[JsonValue, dict[str, JsonValue]]] = {}
    for row in rows:
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
