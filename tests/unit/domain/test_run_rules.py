"""What may happen to a run, and what may not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import scenarios

from lineage.domain import RUN
from lineage.domain.run import (
    IDENTITY_FIELDS,
    AddFiles,
    AnnotateRun,
    ArchiveRun,
    BeginOperation,
    BeginRun,
    Dependency,
    DiscardCheckpoints,
    EndOperation,
    EndRun,
    ImportRun,
    Observe,
    RecordCheckpoint,
    RestoreRun,
    ResumeRun,
    RunCommand,
    RunStatus,
    SkipOperation,
)
from lineage.events import (
    CheckpointDiscarded,
    CheckpointRecorded,
    ErrorFact,
    Event,
    JsonObject,
    MetricRecorded,
    OperationFailed,
    OperationSkipped,
    OperationStarted,
    OperationSucceeded,
    RunAnnotated,
    RunArchived,
    RunFailed,
    RunImported,
    RunInterrupted,
    RunRefused,
    RunRestored,
    RunResumed,
    RunStarted,
    RunSucceeded,
    WarningRaised,
)
from lineage.kernel.errors import (
    CommandRejectedError,
    OperationNotStartedError,
    OperationOpenError,
    ResumeInProgressError,
    RunClosedError,
    RunExistsError,
    RunNotStartedError,
)

given = scenarios.of(RUN)

STARTED = RunStarted(
    task_type="profiling",
    description="",
    task_version="1",
    product_version="1",
    script_path="task.py",
    report_path="report.json",
    host="host",
    pid=1,
    process_started_at=1.0,
)
ERROR = ErrorFact(error_type="builtins.OSError", message="full", traceback=())
METRIC = MetricRecorded(operation=None, category=None, name="rows", value=1)
SUCCEEDED = RunSucceeded(duration_s=1, peak_memory_mb=None)
FAILED = RunFailed(duration_s=1, peak_memory_mb=None, error=ERROR)
INTERRUPTED = RunInterrupted(reason="signal", detail="SIGTERM")
REFUSED = RunRefused(
    task_type="profiling",
    description="",
    report_path="report.json",
    reason="dependency",
    message="task 'a' has never run",
    depends_on="a",
    depends_on_run=None,
)
IMPORTED = RunImported(
    occurred_at=datetime(2026, 1, 1, tzinfo=UTC), is_success=False, record={}, source="log.json"
)
ENDS: list[tuple[Event, ...]] = [
    (STARTED, SUCCEEDED),
    (STARTED, FAILED),
    (STARTED, INTERRUPTED),
    (REFUSED,),
    (IMPORTED,),
]
BEGIN = BeginOperation(name="a", class_name="A", code_version="1", parameters={"k": 5}, seed=7)
SKIP = SkipOperation(name="a", reason="reused", reused_run="1", reused_operation=2)
WHILE_OPEN: list[RunCommand] = [
    BEGIN,
    SKIP,
    EndOperation(outcome=OperationFailed(operation=1, duration_s=1, error=ERROR)),
    Observe(facts=(METRIC,)),
    EndRun(outcome=SUCCEEDED),
]
LATER: list[RunCommand] = [
    ResumeRun(by="2"),
    AnnotateRun(changes={"a": 1}),
    ArchiveRun(reason="test"),
    RestoreRun(reason="mistake"),
]


def begun(number: int) -> OperationStarted:
    """Return the start of an operation."""
    return OperationStarted(
        operation=number, name="a", class_name="A", code_version="1", parameters={"k": 5}, seed=7
    )


def ended(number: int) -> OperationSucceeded:
    """Return the success of an operation."""
    return OperationSucceeded(operation=number, status="success", duration_s=1, key="0" * 64)


def named(value: Any) -> str:
    """Return a name for a case."""
    return "-".join(e.TOPIC for e in value) if isinstance(value, tuple) else type(value).__name__


def test_first_command_begins_the_run() -> None:
    """A run that nobody has begun can be begun."""
    given().when(BeginRun(started=STARTED)).then(STARTED)


@pytest.mark.parametrize("history", [(STARTED,), *ENDS], ids=named)
def test_second_beginning_is_refused(history: tuple[Event, ...]) -> None:
    """A run id is taken once and for all, also by a refused run."""
    given(*history).when(BeginRun(started=STARTED)).refuses(
        RunExistsError, match="the id is already in use"
    )


@pytest.mark.parametrize("command", [*WHILE_OPEN, *LATER], ids=named)
def test_command_to_a_run_that_has_not_begun_is_refused(command: RunCommand) -> None:
    """Nothing can be said of a run before it has begun."""
    given().when(command).refuses(RunNotStartedError, match="not started; start it")


@pytest.mark.parametrize("command", WHILE_OPEN, ids=named)
@pytest.mark.parametrize("history", ENDS, ids=named)
def test_fact_after_the_end_is_refused(history: tuple[Event, ...], command: RunCommand) -> None:
    """After its terminal event a run takes no fact."""
    given(*history).when(command).refuses(RunClosedError, match="expected an open run")


def test_met_dependency_lets_the_run_begin() -> None:
    """A dependency whose latest run succeeded stands in nobody's way."""
    met = Dependency(task="a", run="1", status=RunStatus.SUCCEEDED)

    given().when(BeginRun(started=STARTED, dependencies=(met,))).then(STARTED)


@pytest.mark.parametrize(
    ("dependency", "message"),
    [
        (Dependency(task="a", run=None, status=RunStatus.ABSENT), "task 'a' has never run"),
        *(
            (
                Dependency(task="a", run="7", status=status),
                f"the latest run of task 'a' (7) is {status.value}",
            )
            for status in (RunStatus.FAILED, RunStatus.RUNNING, RunStatus.INTERRUPTED)
        ),
    ],
    ids=["never run", "failed", "running", "interrupted"],
)
def test_unmet_dependency_refuses_the_run_with_the_reason(
    dependency: Dependency, message: str
) -> None:
    """The refusal is recorded, and says which task and which run stood in the way."""
    refused = REFUSED.model_copy(update={"message": message, "depends_on_run": dependency.run})

    given().when(BeginRun(started=STARTED, dependencies=(dependency,))).then(refused)


def test_first_unmet_dependency_is_the_one_that_is_named() -> None:
    """Met dependencies are passed over."""
    met = Dependency(task="b", run="1", status=RunStatus.SUCCEEDED)
    never = Dependency(task="a", run=None, status=RunStatus.ABSENT)
    failed = Dependency(task="c", run="2", status=RunStatus.FAILED)

    given().when(BeginRun(started=STARTED, dependencies=(met, never, failed))).then(REFUSED)


def test_unmet_dependencies_become_warnings_under_continue_on_error() -> None:
    """With `continue_on_error` the run begins, and says what it did without."""
    unmet = (
        Dependency(task="a", run=None, status=RunStatus.ABSENT),
        Dependency(task="b", run="7", status=RunStatus.FAILED),
    )
    messages = ("task 'a' has never run", "the latest run of task 'b' (7) is failed")

    given().when(BeginRun(started=STARTED, dependencies=unmet, continue_on_error=True)).then(
        STARTED,
        *(WarningRaised(operation=None, name="dependencies", message=m) for m in messages),
    )


def test_operations_are_numbered_in_the_order_they_begin() -> None:
    """The number is the rules' to give, from 1."""
    given(STARTED).when(BEGIN).then(begun(1))
    given(STARTED, begun(1)).when(BEGIN).then(begun(2))


def test_skipped_operation_takes_a_number() -> None:
    """A skipped operation has its place among the others."""
    skipped = OperationSkipped(
        operation=1, name="a", reason="reused", reused_run="1", reused_operation=2
    )

    given(STARTED).when(SKIP).then(skipped)
    given(STARTED, skipped).when(BEGIN).then(begun(2))


def test_operation_ends_with_its_facts_before_the_outcome() -> None:
    """What an operation did stands before how it ended."""
    given(STARTED, begun(1)).when(EndOperation(outcome=ended(1), facts=(METRIC,))).then(
        METRIC, ended(1)
    )


def test_operations_under_way_end_in_any_order() -> None:
    """Operations may overlap."""
    given(STARTED, begun(1), begun(2), ended(2)).when(EndOperation(outcome=ended(1))).then(ended(1))


@pytest.mark.parametrize(
    "history",
    [
        (STARTED,),
        (STARTED, begun(1), ended(1)),
        (STARTED, begun(1), OperationFailed(operation=1, duration_s=1, error=ERROR)),
        (STARTED, begun(1), ended(1), begun(2)),
        (STARTED, OperationSkipped(operation=1, name="a", reason="reused")),
    ],
    ids=["not begun", "succeeded", "failed", "another one begun", "skipped"],
)
def test_end_of_an_operation_not_under_way_is_refused(history: tuple[Event, ...]) -> None:
    """An operation ends once, and only if it began."""
    given(*history).when(EndOperation(outcome=ended(1))).refuses(
        OperationNotStartedError, match="found 1, expected one that is running"
    )


def test_facts_are_recorded_as_they_come() -> None:
    """An open run takes facts at any time, in order."""
    given(STARTED).when(Observe(facts=(METRIC, METRIC))).then(METRIC, METRIC)


def test_no_facts_record_nothing() -> None:
    """Nothing observed is nothing recorded."""
    given(STARTED).when(Observe(facts=())).then()


@pytest.mark.parametrize("outcome", [SUCCEEDED, FAILED, INTERRUPTED], ids=named)
def test_run_ends_with_its_facts_before_the_outcome(
    outcome: RunSucceeded | RunFailed | RunInterrupted,
) -> None:
    """The terminal event is the last fact."""
    given(STARTED).when(EndRun(outcome=outcome, facts=(METRIC,))).then(METRIC, outcome)


def test_run_with_an_operation_under_way_has_not_succeeded() -> None:
    """A success speaks for every operation; the one without an end is named."""
    ended = OperationFailed(operation=1, duration_s=1, error=ERROR)

    given(STARTED, begun(1), begun(2), ended).when(EndRun(outcome=SUCCEEDED)).refuses(
        OperationOpenError, match="operation 2 is still running"
    )
    given(STARTED, begun(1), ended).when(EndRun(outcome=SUCCEEDED)).then(SUCCEEDED)


@pytest.mark.parametrize("outcome", [FAILED, INTERRUPTED], ids=named)
def test_run_that_stops_may_leave_operations_without_an_end(
    outcome: RunFailed | RunInterrupted,
) -> None:
    """What broke off is recorded as it was."""
    given(STARTED, begun(1), begun(2)).when(EndRun(outcome=outcome)).then(outcome)


@pytest.mark.parametrize("outcome", [FAILED, INTERRUPTED], ids=named)
def test_run_that_stopped_can_be_resumed(outcome: RunFailed | RunInterrupted) -> None:
    """A failed or interrupted run can be taken up by another one."""
    given(STARTED, outcome).when(ResumeRun(by="2")).then(RunResumed(resumed_by="2"))


@pytest.mark.parametrize("history", [(STARTED,), (STARTED, SUCCEEDED), (REFUSED,)], ids=named)
def test_run_that_did_not_stop_cannot_be_resumed(history: tuple[Event, ...]) -> None:
    """An open, successful or refused run is not taken up."""
    given(*history).when(ResumeRun(by="2")).refuses(
        CommandRejectedError, match="expected a failed or interrupted run; start a new run"
    )


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.SUCCEEDED])
def test_second_resume_while_the_first_is_open_or_done_is_refused(status: RunStatus) -> None:
    """One run at a time takes another one up, and none does after it succeeded."""
    resume = ResumeRun(by="3", earlier="2", earlier_status=status)

    given(STARTED, FAILED, RunResumed(resumed_by="2")).when(resume).refuses(
        ResumeInProgressError, match=rf"already resumed by run 2 \({status.value}\)"
    )


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.ABSENT])
def test_resume_after_a_resume_that_stopped_is_recorded(status: RunStatus) -> None:
    """When the run that took it up has stopped as well, or never began, another one may."""
    resume = ResumeRun(by="3", earlier="2", earlier_status=status)

    given(STARTED, FAILED, RunResumed(resumed_by="2")).when(resume).then(RunResumed(resumed_by="3"))


@pytest.mark.parametrize(
    "looked_up",
    [
        ResumeRun(by="3"),
        ResumeRun(by="3", earlier="1", earlier_status=RunStatus.FAILED),
    ],
    ids=["nobody had", "an earlier one had"],
)
def test_resume_that_another_one_forestalled_is_refused(looked_up: ResumeRun) -> None:
    """A resume decided on an old look at the run loses to the one that came first."""
    given(STARTED, FAILED, RunResumed(resumed_by="2")).when(looked_up).refuses(
        ResumeInProgressError, match=r"already resumed by run 2 \(just now\)"
    )


@pytest.mark.parametrize("history", [(STARTED,), *ENDS], ids=named)
def test_run_can_be_annotated_at_any_time(history: tuple[Event, ...]) -> None:
    """The description may be corrected while the run is open and after its end."""
    given(*history).when(AnnotateRun(changes={"description": "x"})).then(
        RunAnnotated(changes={"description": "x"})
    )


@pytest.mark.parametrize("field", sorted(IDENTITY_FIELDS))
def test_identity_field_cannot_be_annotated(field: str) -> None:
    """Which run it is and when it was cannot be rewritten; the message says which fields."""
    given(STARTED).when(AnnotateRun(changes={"a": 1, field: "x"})).refuses(
        CommandRejectedError, match=rf"found \['{field}'\].*task_id, task_run_id, timestamp"
    )


def test_identity_of_a_run_is_three_fields() -> None:
    """These are the fields of an execution record that say which run it is."""
    assert {"task_id", "task_run_id", "timestamp"} == IDENTITY_FIELDS


def test_run_is_archived_once() -> None:
    """Archiving what is archived records nothing."""
    archive = ArchiveRun(reason="test")

    given(STARTED).when(archive).then(RunArchived(reason="test"))
    given(STARTED, RunArchived(reason="test")).when(archive).then()


def test_archived_run_is_restored_once() -> None:
    """Restoring what is in view records nothing, and a restored run can be archived again."""
    hidden = (STARTED, RunArchived(reason="test"))

    given(STARTED).when(RestoreRun(reason="mistake")).then()
    given(*hidden).when(RestoreRun(reason="mistake")).then(RunRestored(reason="mistake"))
    given(*hidden, RunRestored(reason="mistake")).when(ArchiveRun(reason="again")).then(
        RunArchived(reason="again")
    )


def test_unknown_run_can_be_imported_once() -> None:
    """A run recorded elsewhere is taken over; the second time nothing is recorded."""
    given().when(ImportRun(imported=IMPORTED)).then(IMPORTED)
    given(IMPORTED).when(ImportRun(imported=IMPORTED)).then()


@pytest.mark.parametrize("history", [(STARTED,), *ENDS], ids=named)
def test_import_never_touches_a_run_that_is_known(history: tuple[Event, ...]) -> None:
    """What was recorded here outweighs what a file says."""
    given(*history).when(ImportRun(imported=IMPORTED)).then()


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((), RunStatus.ABSENT),
        ((STARTED,), RunStatus.RUNNING),
        *zip(
            ENDS,
            (
                RunStatus.SUCCEEDED,
                RunStatus.FAILED,
                RunStatus.INTERRUPTED,
                RunStatus.REFUSED,
                RunStatus.FAILED,
            ),
            strict=True,
        ),
    ],
)
def test_history_tells_how_the_run_stands(history: tuple[Event, ...], status: RunStatus) -> None:
    """The status follows from the events alone."""
    state = given(*history).state

    assert (state.status, state.version) == (status, len(history))


def test_open_operation_is_known_by_the_version_of_its_start() -> None:
    """What happens during an operation is caused by the event that began it."""
    state = given(STARTED, METRIC, begun(1), begun(2), ended(1)).state

    assert (state.version_of(1), state.version_of(2), state.version_of(None)) == (None, 4, None)


def keep(name: str | None = None, **changes: Any) -> RecordCheckpoint:
    """Return the command that keeps a state."""
    values: dict[str, Any] = {"kind": "automatic", "state": {"i": 1}, "sha256": "a" * 64}
    return RecordCheckpoint(name=name, size_bytes=7, **values | changes)


def kept(name: str, operation: int | None = None, **changes: Any) -> CheckpointRecorded:
    """Return what is recorded of it under `STARTED`."""
    values: dict[str, Any] = {"kind": "automatic", "state": {"i": 1}, "sha256": "a" * 64}
    return CheckpointRecorded(
        name=name,
        operation=operation,
        size_bytes=7,
        is_encrypted=False,
        task_version=STARTED.task_version,
        config_sha256=STARTED.config_sha256,
        **values | changes,
    )


def test_checkpoint_that_nobody_names_gets_the_next_name() -> None:
    """Names come from the run's sequence, so two in one moment differ."""
    given(STARTED).when(keep()).then(kept("automatic-1"))
    given(STARTED).when(keep("cp1", kind="named"), keep()).then(kept("automatic-2"))
    given(STARTED).when(keep(), keep(kind="error")).then(kept("error-2", kind="error"))


def test_checkpoint_takes_the_place_of_older_ones_in_one_step() -> None:
    """What is given up for a checkpoint is recorded with it."""
    gone = CheckpointDiscarded(run="r0", name="automatic-1", reason="limit")

    given(STARTED).when(keep(discarded=(gone,))).then(kept("automatic-1"), gone)


@pytest.mark.parametrize("name", ["automatic-1", "automatic-", "error-x"])
def test_given_name_cannot_be_taken(name: str) -> None:
    """A name of the framework's would collide with one it gives later."""
    given(STARTED).when(keep(name, kind="named")).refuses(
        CommandRejectedError, match="name of a checkpoint: found .*choose another"
    )


def test_ended_run_takes_no_checkpoint_but_gives_up_its_own() -> None:
    """The state of an ended run is fixed; to discard one is housekeeping."""
    gone = CheckpointDiscarded(run="r", name="automatic-1", reason="limit")
    ended = given(STARTED, kept("automatic-1"), SUCCEEDED)

    ended.when(keep()).refuses(RunClosedError, match="an open run")
    ended.when(DiscardCheckpoints(discarded=(gone,))).then(gone)
    given().when(DiscardCheckpoints(discarded=(gone,))).refuses(
        RunNotStartedError, match="not started"
    )


A, B, C = ({"path": f"{name}.csv"} for name in "abc")


def add(*files: JsonObject, known: tuple[JsonObject, ...] | None = None) -> AddFiles:
    """Return the command that adds input files."""
    return AddFiles(key="input_files", facts=(METRIC,), files=files, known=known)


def listed(*files: JsonObject) -> RunAnnotated:
    """Return that the list of input files was changed."""
    return RunAnnotated(changes={"input_files": [*files]})


def test_files_of_an_open_run_are_facts() -> None:
    """A run that is at work takes files as what they are, whatever was read of its list."""
    given(STARTED).when(add(A)).then(METRIC)
    given(STARTED).when(add(A, known=(B,))).then(METRIC)


def test_files_of_an_ended_run_are_added_to_its_list() -> None:
    """What a run recorded is fixed; its list of files gets the ones it lacks."""
    given(STARTED, SUCCEEDED).when(add(A, B, known=(B,))).then(listed(B, A))
    given(STARTED, SUCCEEDED).when(add(B, known=(B,))).then()


def test_files_that_another_writer_has_added_stay() -> None:
    """The list as it was changed last counts, not the one that was read before."""
    ended = given(STARTED, SUCCEEDED, listed(B, C))

    ended.when(add(A, C, known=(B,))).then(listed(B, C, A))
    given(STARTED, SUCCEEDED, RunAnnotated(changes={"input_files": None})).when(
        add(A, known=(B,))
    ).then(listed(A))


def test_files_for_a_run_that_ended_meanwhile_are_refused() -> None:
    """A list that was read while the run was open may lack what it read at its end."""
    given(STARTED, SUCCEEDED).when(add(A)).refuses(RunClosedError, match="succeeded")
    given().when(add(A)).refuses(RunNotStartedError, match="not started")
