"""The report of one run, as the JSON document that people and auditors read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Final

from lineage.events import streams
from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from lineage.ledger import Ledger
from projections.catalog.catalog import Catalog
from projections.catalog.projector import Projector
from projections.documents.report_rows import ReportRows, Row, rows_of_events
from projections.documents.reuse import rows_behind

FOLDED_UP_TO: Final = 1_000
"""Events of a run up to which they are folded without a database."""

_STATUS = {"succeeded": "completed"}

_SQL: Final = statements(__name__)


def build_report(catalog: Catalog, run_id: str) -> dict[str, JsonValue]:
    """Return the report of a run.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        run_id: Id of the run.

    Returns:
        A document with the keys task_id, task_description, task_type, script_path,
        system_info, start_time, end_time, execution_time_seconds, status, operations,
        artifacts, artifact_groups, imported_files, metrics, errors, warnings, memory_usage_mb,
        run_id and ledger_position (of the last event it was built from); code (kind, path, sha256,
        git_commit, git_is_dirty) if it was noted. Times are ISO 8601 in UTC.

    Raises:
        RunNotFoundError: No such run.
    """
    return report_of(_rows(catalog, run_id), run_id)


def build_true_report(
    catalog: Catalog, ledger: Ledger, projector: Projector, run_id: str
) -> dict[str, JsonValue]:
    """Build the report as `build_report` does, from the events of the run if none came later.

    Args:
        catalog: A history that shows what the ledger holds.
        ledger: The ledger.
        projector: Folds a run that is long.
        run_id: Id of the run.

    Raises:
        RunNotFoundError: No such run.
        LedgerError: The ledger cannot be read.
        ProjectionError: An event cannot be folded.
    """
    rows = report_rows(ledger, projector, run_id)
    if rows.position is not None and rows.position <= catalog.position:
        return report_of(rows, run_id)
    return build_report(catalog, run_id)


def report_rows(ledger: Ledger, projector: Projector, run_id: str) -> ReportRows:
    """Return what the report of a run is made of; the cost does not depend on other runs.

    Raises:
        RunNotFoundError: No such run.
        LedgerError: The ledger cannot be read.
        ProjectionError: An event cannot be folded.
    """
    recorded = list(islice(ledger.iter_stream(streams.run(run_id)), FOLDED_UP_TO + 1))
    folded = rows_of_events(recorded) if len(recorded) <= FOLDED_UP_TO else None
    if folded is not None:
        return folded
    with projector.of_run(run_id) as catalog:
        return _rows(catalog, run_id)


def report_of(rows: ReportRows, run_id: str) -> dict[str, JsonValue]:
    """Return the report that rows of a run make; see `build_report`."""
    run = rows.run
    return {
        "task_id": run["task_id"],
        "task_description": run["description"],
        "task_type": run["task_type"],
        "script_path": run["script_path"],
        "system_info": _system_info(rows.environment),
        **_code(rows.code),
        "start_time": _time(run["started_at"]),
        "end_time": _time(run["ended_at"]),
        "execution_time_seconds": run["duration_s"],
        "status": _status(run),
        "operations": [_operation(row) for row in rows.operations],
        "artifacts": [_artifact(row) for row in rows.artifacts],
        "artifact_groups": _groups(rows, run_id),
        "imported_files": [_import(row) for row in rows.imports],
        "metrics": _metrics(rows.metrics, rows.operations),
        "errors": [_message(row) for row in rows.messages if row["level"] == "error"],
        "warnings": [_message(row) for row in rows.messages if row["level"] == "warning"],
        "memory_usage_mb": run["peak_memory_mb"],
        "run_id": run_id,
        "ledger_position": rows.position,
    }


def reported_runs(catalog: Catalog) -> dict[str, str]:
    """Return report path to the run it shows, the latest to begin; the latest run first.

    Only runs executed here count: the report of a run that was imported or recorded after the
    fact was written by another program.
    """
    rows = catalog.rows(_SQL["reported_runs"])
    return {row["report_path"]: row["run_id"] for row in rows}


def _rows(catalog: Catalog, run_id: str) -> ReportRows:
    run = catalog.row("select * from runs where run_id = ?", [run_id])
    if run is None:
        raise RunNotFoundError(f"run {run_id!r}", problem="not recorded")
    artifacts = rows_behind(catalog, "artifacts", run_id)
    grouped = (row for row in artifacts if row["artifact_group"] is not None)
    runs = {run_id, *(row["reused_run"] or run_id for row in grouped)}
    return ReportRows(
        run=run,
        environment=catalog.row(_SQL["environment"], [run_id]),
        code=catalog.row(_SQL["code"], [run_id]),
        operations=catalog.rows(_SQL["operations"], [run_id]),
        artifacts=artifacts,
        groups=catalog.rows(_SQL["groups"], [sorted(runs)]),
        imports=catalog.rows(_SQL["imports"], [run_id]),
        metrics=rows_behind(catalog, "metrics", run_id),
        messages=rows_behind(catalog, "messages", run_id),
        position=catalog.value(_SQL["ledger_position"], [run_id]),
    )


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _status(run: Row) -> str:
    if run["operations_failed"]:
        return "completed_with_errors"
    status: str = run["status"]
    return _STATUS.get(status, status)


def _system_info(last: Row | None) -> dict[str, JsonValue]:
    if last is None:
        return {}
    return {
        "os": last["os"],
        "python_version": last["python_version"],
        "user": last["user_name"],
        "machine": last["machine"],
        "cpu_count": last["cpu_count"],
        "pamola_version": last["product_version"],
        "lineage_version": last["product_version"],
        "packages": last["packages"],
    }


def _code(last: Row | None) -> dict[str, JsonValue]:
    """Return the key "code"; none for a run of an earlier release, whose report stays as it is."""
    if last is None:
        return {}
    code: dict[str, JsonValue] = {
        "kind": last["code_kind"],
        "path": last["code_path"],
        "sha256": last["code_sha256"],
        "git_commit": last["git_commit"],
        "git_is_dirty": last["git_is_dirty"],
    }
    return {"code": code}


def _operation(row: Row) -> dict[str, JsonValue]:
    details = dict(row["details"] or {})
    if row["duration_s"] is not None:
        details.setdefault("execution_time", row["duration_s"])
    if row["message"] is not None:
        details.setdefault("message", row["message"])
    elif row["reason"] is not None:
        details["reason"] = row["reason"]
    if row["reused_run"] is not None:
        details |= {"reused_run": row["reused_run"], "reused_operation": row["reused_operation"]}
    return {
        "operation": row["name"],
        "timestamp": _time(row["ended_at"] or row["started_at"]),
        "status": row["status"],
        "details": details,
    }


def _artifact(row: Row) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = {
        "type": row["artifact_type"],
        "path": row["uri"],
        "filename": row["uri"].rsplit("/", 1)[-1],
        "description": row["description"],
        "category": row["category"],
        "tags": list(row["tags"]),
        "size_bytes": row["size_bytes"],
        "timestamp": _time(row["modified_at"] or row["recorded_at"]),
        "metadata": row["metadata"],
        "sha256": row["sha256"],
        "rows": row["row_count"],
        "columns": list(row["columns"]),
    }
    if row["reused_run"] is not None:
        document["reused_run"] = row["reused_run"]
    return document


def _import(row: Row) -> dict[str, JsonValue]:
    return {
        "path": row["uri"],
        "source": row["source_uri"],
        "sha256": row["sha256"],
        "size_bytes": row["size_bytes"],
        "timestamp": _time(row["recorded_at"]),
    }


def _groups(rows: ReportRows, run_id: str) -> dict[str, JsonValue]:
    members: dict[str, list[JsonValue]] = {}
    for row in rows.artifacts:
        if row["artifact_group"] is not None:
            members.setdefault(row["artifact_group"], []).append(_artifact(row))
    groups: dict[str, dict[str, JsonValue]] = {}
    for row in rows.groups:
        name = row["artifact_group"]
        if row["run_id"] != run_id and name not in members:
            continue
        group = groups.setdefault(
            name,
            {
                "name": name,
                "description": "",
                "artifacts": members.get(name, []),
                "created_at": _time(row["created_at"]),
                "count": len(members.get(name, [])),
            },
        )
        group["description"] = row["description"] or group["description"]
    return dict(groups)


def _metrics(measured: Iterable[Row], operations: Iterable[Row]) -> dict[str, JsonValue]:
    """Nest metrics under their category, and those of an operation under its name."""
    headings = _operation_headings(operations)
    latest: dict[tuple[str, ...], JsonValue] = {}
    for row in measured:
        above = (headings.get(row["operation"]), row["category"])
        path = (*(part for part in above if part is not None), row["name"])
        latest[path] = row["value"]
    metrics: dict[str, JsonValue] = {}
    for path, value in latest.items():
        _put(metrics, path, value)
    return metrics


def _put(metrics: dict[str, JsonValue], path: tuple[str, ...], value: JsonValue) -> None:
    """Put a value under its headings; one named like a heading goes inside it."""
    target = metrics
    for heading in path[:-1]:
        nested = target.setdefault(heading, {})
        target[heading] = target = nested if isinstance(nested, dict) else {"": nested}
    present = target.setdefault(path[-1], value)
    if present is not value and isinstance(present, dict):
        present.update(value if isinstance(value, dict) else {"": value})


def _operation_headings(operations: Iterable[Row]) -> dict[int, str]:
    """Return operation to heading; a name that occurs twice gets the operation's number."""
    numbered = [row for row in operations if row["operation"] is not None]
    names = [row["name"] for row in numbered]
    return {
        row["operation"]: row["name"]
        if names.count(row["name"]) == 1
        else f"{row['name']}#{row['operation']}"
        for row in numbered
    }


def _message(row: Row) -> dict[str, JsonValue]:
    return {
        "operation": row["name"],
        "timestamp": _time(row["recorded_at"]),
        "message": row["message"],
        "details": (row["details"] or {})
        | ({"traceback": list(row["traceback"])} if row["traceback"] else {}),
    }
