"""The rows that a report is made of, folded from the events of one short run.

A database takes a hundred times as long to make as such a run takes to fold. What is rare is left
to the SQL of the catalog; a property keeps both alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Final

from lineage import events
from lineage.ledger.envelope import RecordedEvent

Row = Mapping[str, Any]

_NOT_SHOWN: Final = (
    events.BudgetSpent,
    events.CheckpointDiscarded,
    events.CheckpointRecorded,
    events.ClassificationProposed,
    events.ColumnsAssumed,
    events.ColumnsDerived,
    events.ColumnsObserved,
    events.DatasetRead,
    events.OperationProgressed,
    events.PurposeDeclared,
    events.RiskMeasured,
    events.RunAnnotated,
    events.RunArchived,
    events.RunRestored,
    events.RunResumed,
)
_MOST: Final = 2**63 - 1
"""The greatest whole number of a catalog; it holds none for a greater one."""

_BEGUN: Final = {
    "status": "running",
    "ended_at": None,
    "duration_s": None,
    "operations_failed": None,
    "peak_memory_mb": None,
}
_STATED: Final[Row] = {
    "operation": None,
    "ended_at": None,
    "duration_s": None,
    "details": None,
    "message": None,
    "reason": None,
    "reused_run": None,
    "reused_operation": None,
}


@dataclass(slots=True, kw_only=True)
class ReportRows:
    """What a report shows, each in the order of the report.

    Attributes:
        run: The run, with the columns of the view `runs` that a report needs.
        environment: Where it was executed last; None if that is not on record.
        code: Its code, as in the table `run_code`; None if that is not on record.
        operations: Its operations, as in the view of that name.
        artifacts: The files it and the operations it reused wrote, as in the table.
        groups: The groups of these, as in the view `artifact_groups`.
        imports: The files copied into the task's folder.
        metrics: What it and the operations it reused measured.
        messages: Their warnings and errors, as in the view.
        position: Position of its last event; None if it has none in the ledger.
    """

    run: Row = field(default_factory=dict)
    environment: Row | None = None
    code: Row | None = None
    operations: Sequence[Row] = ()
    artifacts: Sequence[Row] = ()
    groups: Sequence[Row] = ()
    imports: Sequence[Row] = ()
    metrics: Sequence[Row] = ()
    messages: Sequence[Row] = ()
    position: int | None = None


def rows_of_events(recorded: Sequence[RecordedEvent]) -> ReportRows | None:
    """Fold all events of a run; None if only the catalog can: reuse, retries, damage."""
    has_begun = recorded and isinstance(recorded[0].event, events.RunStarted)
    if not has_begun or not all(_is_usual(one.event) for one in recorded):
        return None
    fold = _Fold()
    for one in recorded:
        fold.add(one)
    if fold.is_damaged:
        return None
    return ReportRows(
        run=fold.run,
        environment=fold.environment,
        code=fold.code,
        operations=fold.operations,
        artifacts=fold.artifacts,
        groups=list(fold.groups.values()),
        imports=fold.imports,
        metrics=fold.metrics,
        messages=fold.messages,
        position=recorded[-1].position,
    )


@dataclass(slots=True)
class _Fold:
    """The rows after some events."""

    run: dict[str, Any] = field(default_factory=dict)
    environment: Row | None = None
    code: Row | None = None
    operations: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[Row] = field(default_factory=list)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    imports: list[Row] = field(default_factory=list)
    metrics: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    errors: list[events.ErrorFact] = field(default_factory=list)
    is_damaged: bool = False

    def add(self, recorded: RecordedEvent) -> None:
        """Fold one more event."""
        fold = _FOLDS.get(type(recorded.event))
        if fold is not None:
            fold(self, recorded.event, recorded)

    def begin(self, event: events.RunStarted, recorded: RecordedEvent) -> None:
        self.run = {**_BEGUN, **vars(event), "task_id": recorded.task}
        self.run["started_at"] = recorded.recorded_at

    def end(
        self,
        event: events.RunSucceeded | events.RunFailed | events.RunInterrupted,
        recorded: RecordedEvent,
    ) -> None:
        self.run |= {"operations_failed": 0, **vars(event), "ended_at": recorded.recorded_at}
        self.run["status"] = event.TOPIC.removeprefix("run.")
        for row in self.operations:
            if row["status"] == "running" and row["operation"] is not None:
                row["status"] = "interrupted"
        if isinstance(event, events.RunFailed) and not any(
            (error.error_type, error.message) == (event.error.error_type, event.error.message)
            for error in self.errors
        ):
            self._say_error("run", event.error, recorded)

    def capture(self, event: events.EnvironmentCaptured, _: RecordedEvent) -> None:
        self.environment = {**vars(event), "user_name": event.user}

    def capture_code(self, event: events.CodeCaptured, _: RecordedEvent) -> None:
        stated = {"code_kind": event.kind, "code_path": event.path, "code_sha256": event.sha256}
        self.code = {**vars(event), **stated}

    def begin_operation(self, event: events.OperationStarted, recorded: RecordedEvent) -> None:
        begun = {"status": "running", "started_at": recorded.recorded_at}
        self.operations.append({**_STATED, **vars(event), **begun})

    def end_operation(
        self, event: events.OperationSucceeded | events.OperationFailed, recorded: RecordedEvent
    ) -> None:
        row = next((row for row in self.operations if row["operation"] == event.operation), None)
        if row is None:  # no rule of a run allows that
            self.is_damaged = True
            return
        row |= {"duration_s": event.duration_s, "details": event.details}
        row["ended_at"] = recorded.recorded_at
        if isinstance(event, events.OperationFailed):
            row |= {"status": "error", "message": event.error.message}
            self.errors.append(event.error)
            self._say_error(row["name"], event.error, recorded)
        else:
            row["status"] = event.status

    def report(self, event: events.OperationReported, recorded: RecordedEvent) -> None:
        row = {**_STATED, **vars(event), "ended_at": recorded.recorded_at}
        self.operations.append(row)
        if event.status in {"warning", "error"}:
            message = row["message"] = event.details.get("message")
            stated = f"Unknown {event.status}" if message is None else message
            self._say(event.status, {**vars(event), "message": stated}, recorded)

    def write(self, event: events.ArtifactWritten, recorded: RecordedEvent) -> None:
        modified_at = event.modified_at
        columns = {
            "artifact_group": event.group,
            "row_count": event.rows,
            "modified_at": None if modified_at is None else modified_at.astimezone(UTC),
            "recorded_at": recorded.recorded_at,
            "reused_run": None,
        }
        self.artifacts.append({**vars(event), **columns})
        if event.group is not None:
            self._group(event.group, recorded)

    def group(self, event: events.ArtifactGrouped, recorded: RecordedEvent) -> None:
        self._group(event.group, recorded)["description"] = event.description

    def import_file(self, event: events.FileImported, recorded: RecordedEvent) -> None:
        self.imports.append({**vars(event), "recorded_at": recorded.recorded_at})

    def measure(self, event: events.MetricRecorded, _: RecordedEvent) -> None:
        self.metrics.append(vars(event))

    def warn(self, event: events.WarningRaised, recorded: RecordedEvent) -> None:
        self._say("warning", vars(event), recorded)

    def _group(self, name: str, recorded: RecordedEvent) -> dict[str, Any]:
        opened = {
            "artifact_group": name,
            "description": "",
            "created_at": recorded.recorded_at,
            "run_id": recorded.run,
        }
        return self.groups.setdefault(name, opened)

    def _say_error(self, name: str, error: events.ErrorFact, recorded: RecordedEvent) -> None:
        details = {"error_type": error.error_type}
        said = {"name": name, "message": error.message, "details": details}
        self._say("error", said | {"traceback": error.traceback}, recorded)

    def _say(self, level: str, said: Row, recorded: RecordedEvent) -> None:
        stated = {"level": level, "traceback": (), "recorded_at": recorded.recorded_at}
        self.messages.append({**stated, **said})


_FOLDS: Final[Mapping[type[events.Event], Callable[[_Fold, Any, RecordedEvent], None]]] = {
    events.ArtifactGrouped: _Fold.group,
    events.ArtifactWritten: _Fold.write,
    events.CodeCaptured: _Fold.capture_code,
    events.EnvironmentCaptured: _Fold.capture,
    events.FileImported: _Fold.import_file,
    events.MetricRecorded: _Fold.measure,
    events.OperationFailed: _Fold.end_operation,
    events.OperationReported: _Fold.report,
    events.OperationStarted: _Fold.begin_operation,
    events.OperationSucceeded: _Fold.end_operation,
    events.RunFailed: _Fold.end,
    events.RunInterrupted: _Fold.end,
    events.RunStarted: _Fold.begin,
    events.RunSucceeded: _Fold.end,
    events.WarningRaised: _Fold.warn,
}


def _is_usual(event: events.Event) -> bool:
    """Tell whether an event is folded as the catalog does, or not shown."""
    if any(isinstance(value, int) and value > _MOST for value in vars(event).values()):
        return False
    if isinstance(event, events.OperationReported):  # the catalog shows any message as text
        return isinstance(event.details.get("message", ""), str)
    return type(event) in _FOLDS or isinstance(event, _NOT_SHOWN)
