"""The execution log: all runs of a project, as the JSON document of its tasks and executions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lineage.kernel.values import JsonValue
from projections.catalog import Catalog

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

_IN_ORDER = "select * from execution_log order by position"


def build_execution_log(catalog: Catalog) -> dict[str, JsonValue]:
    """Return the execution log of a project.

    Returns:
        A document with the keys tasks (per task its type, time, status, report and run of the
        last execution), executions (oldest first, by the position of their end), timestamp,
        version and last_modified. Archived runs are left out.
    """
    rows = catalog.rows(_IN_ORDER)
    modified_at = catalog.value(
        "select max(recorded_at) from events where run_id is not null and position <= ?",
        [catalog.position],
    )
    return {
        "tasks": {row["task_id"]: _summary(row) for row in rows},
        "executions": [execution_record(row) for row in rows],
        "timestamp": _time(modified_at),
        "version": LOG_VERSION,
        "last_modified": _time(modified_at),
    }


def execution_record(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return a row of the view `execution_log` as an execution record.

    Keys that were annotated and are no column of the view stand after the others.
    """
    record: dict[str, JsonValue] = {key: row[key] for key in RECORD_KEYS}
    record["timestamp"] = _time(row["timestamp"])
    annotations: dict[str, JsonValue] = row["annotations"] or {}
    return record | {key: value for key, value in annotations.items() if key not in record}


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
