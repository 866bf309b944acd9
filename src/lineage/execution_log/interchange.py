"""Import execution logs written elsewhere, and check them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from lineage.domain import LOG_IMPORT
from lineage.domain.log_import import EarlierEntry, SetAside
from lineage.domain.run import AnnotateRun, ArchiveRun, ImportRun, RestoreRun
from lineage.domain.task import ImportTask
from lineage.events import RunImported, TaskImported, streams
from lineage.kernel import strict_json
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.secrets.redaction import hidden
from lineage.ledger import Session
from lineage.project import Project
from projections.catalog import Catalog
from projections.documents.execution_log import (
    RECORD_KINDS,
    REQUIRED_KEYS,
)
from projections.documents.log_imports import known_runs, set_aside_records

Record = Mapping[str, Any]

BATCH: Final = 1_000
"""Runs imported in one transaction; other writers wait for its end."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""No run began before; programs write year 1 where they know no time."""

CLOCKS_DIFFER_BY: Final = timedelta(days=1)
"""How far in the future a time may be, since clocks differ and some texts lack their offset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    """What a file holds: records to import, and faulty entries with the reason."""

    records: tuple[Record, ...]
    faulty: tuple[tuple[Any, str], ...]
    summaries: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLog:
    """What an import did.

    Attributes:
        added: Number of runs that are new in the ledger.
        known: Number of runs that the ledger had already.
        shown_again: How many of these were hidden, or changed later, and are as in the log now.
        hidden: Number of other runs that are hidden now.
        set_aside: Why each entry that cannot be imported is none.
    """

    added: int
    known: int
    shown_again: int
    hidden: int
    set_aside: tuple[str, ...]


def import_log(project: Project, path: Path, *, replace: bool) -> ImportedLog:
    """Import the runs of a log file; see `take_over`.

    Raises:
        ConfigurationError: The file is not an execution log.
        LedgerError: The history cannot be written.
    """
    subject = f"execution log {str(path)!r}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            subject,
            problem=error.strerror,
            expected="a file that `lineage log export` wrote",
            remedy="check the path",
        ) from error
    log = strict_json.parse(content, subject, fault=ConfigurationError, allow_nan=True)
    return take_over(project, log, source=path.name, replace=replace)


def take_over(project: Project, log: Any, *, source: str, replace: bool) -> ImportedLog:
    """Import the runs of a log document, each as an event with the record as it was.

    A run that the ledger has already is not recorded again; one that is hidden is shown again.
    What cannot be imported is recorded as set aside, until a later import corrects it: it has a
    run or task of that name, or replaces the log by one without the entry. Importing twice adds
    nothing. Run ids that differ in case only are one (RFC 9562), written in lower case.

    Args:
        project: Where they go.
        log: The document; must be an object with the list executions.
        source: What it is called in the history.
        replace: Hide every ended run that is not in it, and revert later changes to the
            others.

    Returns:
        What was done.

    Raises:
        ConfigurationError: It is not an execution log.
        LedgerError: The history cannot be written.
    """
    known = _known_runs(project)
    log = hidden(log)
    tasks = {run_id: run["task_id"] for run_id, run in known.items()}
    read = _read(log, source, tasks=tasks, now=project.clock.now())
    new = [record for record in read.records if record["task_run_id"] not in known]
    for first in range(0, len(new), BATCH):
        _take_over_runs(project, new[first : first + BATCH], source)
    present = [record for record in read.records if record["task_run_id"] in known]
    shown_again = sum(
        _restore_run(project, record, known[record["task_run_id"]], source, replace=replace)
        for record in present
    )
    for task_id, summary in read.summaries.items():
        imported = TaskImported(summary=summary, source=source)
        project.task_session(task_id).handle(ImportTask(imported=imported))
    _set_aside(project, read, replace=replace)
    kept = {e["task_run_id"].lower() for e in log["executions"] if _has_id(e)}
    return ImportedLog(
        added=len(new),
        known=len(present),
        shown_again=shown_again,
        hidden=_hide_others(project, kept) if replace else 0,
        set_aside=tuple(reason for _, reason in read.faulty),
    )


def faults(log: Record, *, now: datetime | None = None) -> list[str]:
    """Return one message for each fault in an execution log document, in its order.

    Args:
        log: The document.
        now: The time; runs that began later are faulty. None accepts any.
    """
    executions = log.get("executions")
    if not isinstance(executions, list):
        return ["the log has no list 'executions'"]
    counts = Counter(e["task_run_id"].lower() for e in executions if _has_id(e))
    found = [
        f"execution {i}: {f}" for i, e in enumerate(executions, 1) for f in _entry_faults(e, now)
    ]
    found += [f"run id {run_id!r} occurs {n} times" for run_id, n in counts.items() if n > 1]
    return found


def value_faults(record: Record) -> list[str]:
    """Return one message for each known key of a record whose value cannot be right."""
    faults = [
        f"{key} is of the wrong kind"
        for key in dict.fromkeys((*REQUIRED_KEYS, *RECORD_KINDS))
        if key in record and not _fits(record, key)
    ]
    duration = record.get("execution_time")
    if isinstance(duration, int | float) and duration < 0:
        faults.append("execution_time is negative: the run would have ended before it began")
    return faults


def set_aside(catalog: Catalog) -> list[str]:
    """Return one message for each entry that no import could read so far."""
    return [f"{row['source']}: {row['reason']}" for row in set_aside_records(catalog)]


_LOG_KEYS: Final = frozenset({"tasks", "executions", "timestamp", "version", "last_modified"})


def _read(log: Any, source: str, *, tasks: Mapping[str, str], now: datetime) -> _Import:
    if not isinstance(log, dict) or not isinstance(log.get("executions"), list):
        raise ConfigurationError(
            f"execution log {source!r}",
            found=type(log).__name__ if not isinstance(log, dict) else sorted(log),
            expected="an object with a list 'executions'",
        )
    records, faulty = _sorted_out(log["executions"], tasks, now)
    summaries, faulty_summaries = _sorted_out_summaries(log.get("tasks") or {})
    unknown = [({k: v}, f"unknown key {k!r}") for k, v in log.items() if k not in _LOG_KEYS]
    return _Import(
        records=tuple(records),
        faulty=(*faulty, *faulty_summaries, *unknown),
        summaries=summaries,
        source=source,
    )


def _sorted_out(
    entries: list[Any], tasks: Mapping[str, str], now: datetime
) -> tuple[list[Record], list[tuple[Any, str]]]:
    good: list[Record] = []
    faulty: list[tuple[Any, str]] = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        wrong = list(_entry_faults(entry, now))
        run_id = "" if wrong else entry["task_run_id"].lower()
        if run_id in seen:
            wrong = [f"run id {run_id!r} occurs more than once"]
        elif not wrong and tasks.get(run_id, entry["task_id"]) != entry["task_id"]:
            wrong = [f"run id {run_id!r} belongs to another task"]
        if wrong:
            faulty.append((entry, f"execution {number}: {'; '.join(wrong)}"))
        else:
            seen.add(run_id)
            good.append({**entry, "task_run_id": run_id})
    return good, faulty


def _sorted_out_summaries(tasks: Any) -> tuple[dict[str, Any], list[tuple[Any, str]]]:
    if not isinstance(tasks, dict):
        return {}, [({"tasks": tasks}, "tasks is not an object")]
    good = {
        k: _with_run_in_lower_case(v)
        for k, v in tasks.items()
        if isinstance(v, dict) and _is_label(k)
    }
    faulty = [
        ({"tasks": {k: v}}, f"task {k!r}: not an object, or not a usable name")
        for k, v in tasks.items()
        if k not in good
    ]
    return good, faulty


def _with_run_in_lower_case(summary: Record) -> Record:
    run_id = summary.get("last_task_run_id")
    return {**summary, "last_task_run_id": run_id.lower()} if isinstance(run_id, str) else summary


def _entry_faults(entry: Any, now: datetime | None) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"is not an object but of type {type(entry).__name__}"
        return
    yield from (f"{key} is missing" for key in REQUIRED_KEYS if key not in entry)
    yield from value_faults(entry)
    if isinstance(entry.get("timestamp"), str):
        yield from _time_faults(_moment(entry["timestamp"]), now)
    if isinstance(entry.get("task_run_id"), str) and not _is_uuid(entry["task_run_id"]):
        yield "task_run_id is not a UUID"
    if isinstance(entry.get("task_id"), str) and not _is_label(entry["task_id"]):
        yield "task_id is empty or contains control characters"


def _time_faults(moment: datetime | None, now: datetime | None) -> Iterator[str]:
    if moment is None:
        yield "timestamp is not an ISO 8601 time"
    elif moment < EARLIEST:
        yield f"timestamp is before {EARLIEST.year}"
    elif now is not None and moment > now + CLOCKS_DIFFER_BY:
        yield "timestamp is in the future"


def _fits(record: Record, key: str) -> bool:
    value = record[key]
    if value is None:
        return key not in REQUIRED_KEYS
    kind = RECORD_KINDS[key]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        return False
    match value:
        case float():
            return math.isfinite(value)
        case list():
            return all(isinstance(f, dict) and isinstance(f.get("path"), str) for f in value)
    return True


def _is_label(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("task_run_id"), str)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _moment(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
        aware = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _known_runs(project: Project) -> dict[str, Record]:
    """Return every run by its id in lower case, the oldest of those that differ in case."""
    with project.catalog() as catalog:
        runs = known_runs(catalog)
    return {run_id.lower(): run for run_id, run in reversed(runs.items())}


def _take_over_runs(project: Project, records: Sequence[Record], source: str) -> None:
    """Record runs that the history does not have, in one transaction."""
    sessions = [
        project.run_session(record["task_run_id"], record["task_id"], is_new=True)
        for record in records
    ]
    for session, record in zip(sessions, records, strict=True):
        session.handle(ImportRun(imported=_imported(record, source)), durably=False)
    Session.flush_all(sessions)


def _restore_run(
    project: Project, record: Record, known: Record, source: str, *, replace: bool
) -> bool:
    """Show a hidden run of the history again; revert changes to it on `replace`.

    Returns:
        Whether that changed anything.
    """
    if not known["is_archived"] and not (replace and known["annotations"]):
        return False
    session = project.run_session(known["run_id"], record["task_id"])
    is_changed = bool(session.handle(RestoreRun(reason=f"imported from {source}")))
    changed = (known["annotations"] or {}) if replace else {}
    earlier = {key: record.get(key) for key, value in changed.items() if record.get(key) != value}
    if earlier:
        session.handle(AnnotateRun(changes=earlier))
    return is_changed or bool(earlier)


def _imported(record: Record, source: str) -> RunImported:
    occurred_at = _moment(record["timestamp"])
    if occurred_at is None:
        raise ConfigurationError("timestamp of an imported run", expected="an ISO 8601 time")
    return RunImported(
        occurred_at=occurred_at, is_success=record["success"], record=record, source=source
    )


def _set_aside(project: Project, read: _Import, *, replace: bool) -> None:
    """Record entries that cannot be imported, and which earlier ones no longer count."""
    with project.catalog() as catalog:
        rows = set_aside_records(catalog)
    stream = streams.log_import(project.ids.new())
    Session(project.ledger, LOG_IMPORT, stream, is_new=True).handle(
        SetAside(
            source=read.source,
            faulty=read.faulty,
            earlier=tuple(
                EarlierEntry(position=row["position"], record=row["record"]) for row in rows
            ),
            run_ids=frozenset(record["task_run_id"] for record in read.records),
            task_ids=frozenset(read.summaries),
            replaces=replace,
        )
    )


def _hide_others(project: Project, kept: set[str]) -> int:
    """Hide the ended runs that are not kept, and return how many."""
    with project.catalog() as catalog:
        runs = known_runs(catalog)
    hidden_now = 0
    for run_id, run in runs.items():
        if not run["is_archived"] and run["status"] != "running" and run_id.lower() not in kept:
            session = project.run_session(run_id, run["task_id"])
            session.handle(ArchiveRun(reason="not in the imported log"))
            hidden_now += 1
    return hidden_now
