"""What becomes history when an operation is executed."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from bench import Bench
from small_tasks import (
    PEOPLE,
    CallOperation,
    CopyOperation,
    CountingTracker,
    failing,
    last,
    make_project,
    raising,
    recorded,
)

from lineage.events import (
    ArtifactWritten,
    ColumnsDerived,
    DatasetRead,
    MetricRecorded,
    OperationFailed,
    OperationStarted,
    OperationSucceeded,
    WarningRaised,
)
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import (
    ConfigurationError,
    LedgerUnavailableError,
    OperationError,
    ReportingError,
)
from lineage.project import Project
from lineage.tasks import TaskOperationExecutor, TaskProgressManager
from ops import (
    BaseOperation,
    DataSource,
    OperationResult,
    OperationStatus,
    ProgressTracker,
)


class TakesMore(CopyOperation):
    """Takes further arguments, and needs none."""

    name = "CopyOperation"

    def execute(self, data_source: DataSource, task_dir: Path, **_: Any) -> OperationResult:  # type: ignore[override]  # takes more
        """Copy."""
        return super().execute(data_source, task_dir)


@pytest.fixture
def execute(project: Project) -> Bench:
    """A run that has begun, with the dataset "people"."""
    return Bench(project)


def test_everything_an_operation_did_is_recorded_in_one_transaction(
    execute: Bench, project: Project
) -> None:
    """Reads, files, columns, metrics and outcome have one time of recording; the start its own."""
    execute(CopyOperation())

    stream = project.ledger.read_stream(f"run:{execute.recorder.run_id}")
    topics = [r.event.TOPIC for r in stream[3:]]
    assert topics == [
        "operation.started",
        "dataset.read",
        "artifact.written",
        "columns.derived",
        "metric.recorded",
        "operation.succeeded",
    ]
    assert len({r.recorded_at for r in stream[4:]}) == 1
    assert [r.causation for r in stream[4:]] == [stream[3].version] * 5


def test_start_is_on_record_before_the_operation_works(execute: Bench, project: Project) -> None:
    """While an operation works the ledger says that it does."""
    seen: list[Any] = []

    execute(CallOperation(lambda **_: seen.extend(recorded(project, OperationStarted.TOPIC))))

    assert [started.name for started in seen] == ["CallOperation"]


def test_read_version_and_written_version_are_recorded(execute: Bench, project: Project) -> None:
    """Digest, length, rows and columns of input and output are on record."""
    result = execute(CopyOperation())

    read = last(project, DatasetRead)
    written = last(project, ArtifactWritten)
    assert (read.uri, read.sha256) == ("DATA/raw/people.csv", sha256_bytes(PEOPLE.encode()))
    assert (read.rows, read.columns) == (2, ("name", "age"))
    assert written.uri == "DATA/processed/t_one/output/copy.csv"
    assert written.sha256 == sha256_bytes(result.artifacts[0].path.read_bytes())
    assert (written.operation, written.rows) == (1, 2)


def test_column_lineage_names_source_and_output_versions(execute: Bench, project: Project) -> None:
    """A derived column points at the digests of what it came from and stands in."""
    execute(CopyOperation())

    derived = last(project, ColumnsDerived)
    assert derived.sha256 == last(project, ArtifactWritten).sha256
    assert derived.columns[0].source_uri == "DATA/raw/people.csv"
    assert derived.columns[0].source_sha256 == last(project, DatasetRead).sha256


def test_output_is_a_dataset_for_the_next_operation(execute: Bench, project: Project) -> None:
    """A written table can be read under its file's name without suffix."""
    execute(CopyOperation(output="one"))

    execute(CopyOperation(dataset="one", output="two"))

    assert last(project, DatasetRead).uri == "DATA/processed/t_one/output/one.csv"
    assert last(project, DatasetRead).operation == 2


def test_output_of_a_failed_operation_is_no_dataset(execute: Bench) -> None:
    """What a failed operation left behind is not offered to the next one."""

    def write_and_fail(data_source: DataSource, task_dir: Path, **_: object) -> OperationResult:
        result = CopyOperation(output="half").execute(data_source, task_dir)
        result.status = OperationStatus.ERROR
        return result

    execute(CallOperation(write_and_fail))

    assert "half" not in execute.source


def test_raised_exception_becomes_an_error_result(execute: Bench, project: Project) -> None:
    """Behaviour 45: an unexpected exception becomes an ERROR result, without its text."""
    result = execute(raising(ValueError("Zaphod")))

    failed = last(project, OperationFailed)
    assert result.status is OperationStatus.ERROR
    assert failed.error.error_type == "ValueError"
    assert "Zaphod" not in failed.error.message + str(result.error_message)
    assert isinstance(execute.executor.last_exception, ValueError)


def test_returned_error_is_recorded_as_the_operation_says(execute: Bench, project: Project) -> None:
    """A returned ERROR is recorded with its message; a password in it is masked."""
    execute(failing("no answer from ftp://ada:hush@host"))

    failed = last(project, OperationFailed)
    assert failed.error.message == "no answer from ftp://ada:***@host"
    assert execute.executor.last_exception is None


def test_reads_of_a_failed_operation_are_recorded(execute: Bench, project: Project) -> None:
    """What an operation had read before it failed is on record."""

    def read_and_fail(data_source: DataSource, **_: object) -> None:
        data_source.get_table("people")
        raise RuntimeError

    execute(CallOperation(read_and_fail))

    assert last(project, DatasetRead).operation == 1


def test_operation_that_writes_outside_of_the_project_fails(
    execute: Bench, project: Project, tmp_path: Path
) -> None:
    """A file outside the project fails the operation and is not recorded."""
    outside = tmp_path / "outside.csv"
    outside.write_text("x")

    def act(**_: object) -> OperationResult:
        result = OperationResult()
        result.register_artifact(outside)
        return result

    result = execute(CallOperation(act))

    assert result.status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, ReportingError)
    assert recorded(project, ArtifactWritten.TOPIC) == []
    assert "outside.csv" in last(project, OperationFailed).error.message


@pytest.mark.parametrize("returned", [None, 5, {"status": "success"}, "done"])
def test_operation_that_returns_something_else_fails(
    execute: Bench, project: Project, returned: object
) -> None:
    """An operation that returns no OperationResult fails, and the error says what to return."""

    class Careless(BaseOperation):
        def execute(self, **_: object) -> Any:  # type: ignore[override]  # takes anything
            return returned

    assert execute(Careless()).status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, OperationError)
    assert "OperationResult" in last(project, OperationFailed).error.message


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda r: r.artifacts.append("file.csv"), id="text as artifact"),
        pytest.param(lambda r: r.warn("name \udce4"), id="text that cannot be stored"),
        pytest.param(lambda r: r.column_edges.append(None), id="None as column edge"),
        pytest.param(lambda r: setattr(r, "metrics", None), id="None as metrics"),
    ],
)
def test_result_that_cannot_be_recorded_fails_the_operation(
    execute: Bench, project: Project, spoil: Any
) -> None:
    """A result with parts that no event can hold fails the operation, not the program."""

    def act(**_: object) -> OperationResult:
        result = OperationResult()
        spoil(result)
        return result

    execute(CallOperation(act))

    stream = project.ledger.read_stream(f"run:{execute.recorder.run_id}")
    assert stream[-1].event.TOPIC in {"operation.failed", "operation.succeeded"}
    assert execute.recorder.state.open_operations == ()


def test_skipped_work_is_told_as_a_warning(execute: Bench, project: Project) -> None:
    """An operation that says SKIPPED is not recorded as plain success."""
    execute(CallOperation(lambda **_: OperationResult(status=OperationStatus.SKIPPED)))

    assert last(project, OperationSucceeded).status == "warning"
    assert "skipped" in last(project, WarningRaised).message


def test_warnings_are_recorded_with_the_operation(execute: Bench, project: Project) -> None:
    """A warning carries operation, text and details, secrets hidden."""

    def act(**_: object) -> OperationResult:
        result = OperationResult()
        result.warn("many values are unique", columns=["email"], password="hush")  # noqa: S106  # to be hidden
        return result

    execute(CallOperation(act))

    warning = last(project, WarningRaised)
    assert (warning.operation, warning.name) == (1, "CallOperation")
    assert warning.details == {"columns": ["email"], "password": "***"}
    assert last(project, OperationSucceeded).status == "warning"


def test_metrics_with_any_keys_are_recorded(execute: Bench, project: Project) -> None:
    """Behaviour 27: tuples and numbers as names of metrics lose nothing."""
    metrics: dict[Any, object] = {("a", 1): 1, np.int64(2): np.float32(0.5), None: float("nan")}

    execute(CallOperation(lambda **_: OperationResult(metrics=metrics)))

    told = {m.name: m.value for m in recorded(project, MetricRecorded.TOPIC)}
    assert told == {'["a",1]': 1, "2": 0.5, "null": "NaN"}


def test_same_metric_of_two_operations_is_told_apart(execute: Bench, project: Project) -> None:
    """Two operations of one name have their metrics under headings of their own."""
    for n in (1, 2):
        execute(CallOperation(lambda n=n, **_: OperationResult(metrics={"rows": n})))

    told = [(m.operation, m.value) for m in recorded(project, MetricRecorded.TOPIC)]
    assert told == [(1, 1), (2, 2)]


def test_operation_gets_only_what_it_takes(execute: Bench) -> None:
    """An operation without data source and progress is called without them."""

    class Narrow(BaseOperation):
        def execute(self, task_dir: Path) -> OperationResult:  # type: ignore[override]  # less
            return OperationResult(metrics={"name": task_dir.name})

    assert execute(Narrow()).metrics == {"name": "t_one"}
    assert execute(Narrow(), reporter=None).metrics == {"name": "t_one"}


def test_argument_that_no_operation_takes_is_refused(execute: Bench) -> None:
    """A misspelt argument would be dropped silently; one that a neighbour takes may stay."""
    least = CallOperation(lambda **_: None)
    params = execute.params(treshold=3)

    execute.executor.execute_operations([CopyOperation(), least], params)
    for method in (
        execute.executor.execute_operations,
        execute.executor.execute_operations_parallel,
        lambda operations, given: execute.executor.execute_operation(operations[0], given),
        lambda operations, given: execute.executor.execute_with_retry(operations[0], given),
    ):
        with pytest.raises(ConfigurationError, match="arguments of execute: treshold: CopyOper"):
            method([CopyOperation()], params)

    assert len(recorded(execute.project, OperationStarted.TOPIC)) == 2


def test_operation_that_takes_anything_gets_everything(execute: Bench) -> None:
    """An operation with **kwargs gets all parameters, a tracker and a token."""
    seen: dict[str, object] = {}

    execute(CallOperation(lambda **given: seen.update(given)), k=5)

    own = {"progress_tracker", "cancellation_token"}
    assert seen.keys() == {"data_source", "task_dir", "k", *own}
    assert seen["k"] == 5


def test_operation_without_params_fails_by_name(execute: Bench, project: Project) -> None:
    """An operation that lacks an argument fails; nothing escapes."""
    result = execute.executor.execute_operation(CopyOperation())

    assert result.status is OperationStatus.ERROR
    assert last(project, OperationFailed).error.error_type == "TypeError"


def test_given_tracker_is_used(execute: Bench) -> None:
    """A tracker of the caller is told of progress, with all it can do, and is no parameter."""
    tracker = CountingTracker()

    def act(progress_tracker: Any, **_: object) -> None:
        progress_tracker.update(3)
        progress_tracker.describe("half done")

    execute.executor.execute_operation(CallOperation(act), progress_tracker=tracker)

    assert (tracker.moved, tracker.said) == (3, "half done")
    assert last(execute.project, OperationStarted).parameters == {}


def test_progress_manager_draws_a_bar_for_each_operation(
    execute: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """With a progress manager an operation's steps are shown."""
    manager = TaskProgressManager("t_one", "test", logging.getLogger("task.t_one"))
    execute.executor = TaskOperationExecutor(execute.recorder, progress_manager=manager)

    def act(progress_tracker: ProgressTracker, **_: object) -> None:
        progress_tracker.update(1)

    with caplog.at_level(logging.INFO):
        execute(CallOperation(act))

    assert "CallOperation: 1 of 1" in caplog.messages


def test_parameters_are_recorded_without_secrets_and_data(execute: Bench, project: Project) -> None:
    """Parameters of operation and call are on record; secrets and cells are not."""
    frame = pd.DataFrame({"name": ["Zaphod"]})

    execute(TakesMore(password="hush"), k=5, df=frame, api_key="hush")  # noqa: S106  # to be hidden

    parameters = last(project, OperationStarted).parameters
    assert {parameters["password"], parameters["api_key"]} == {"***"}
    assert (parameters["k"], parameters["output"]) == (5, "copy")
    assert "Zaphod" not in json.dumps(parameters)


def test_seed_is_recorded_whatever_its_type(execute: Bench, project: Project) -> None:
    """A numpy seed is a seed, a boolean is none."""
    execute(CopyOperation(seed=np.int64(7)))  # type: ignore[arg-type]  # people do that
    assert last(project, OperationStarted).seed == 7

    execute(CopyOperation(seed=True))
    assert last(project, OperationStarted).seed is None


def test_key_is_equal_for_equal_work(execute: Bench) -> None:
    """Name, code, parameters, seed and inputs alike give the same key."""
    assert execute.key(CopyOperation(seed=1)) == execute.key(CopyOperation(seed=1))


def test_key_changes_with_a_parameter(execute: Bench) -> None:
    """Another parameter, of the operation or of the call, gives another key."""
    keys = {
        execute.key(CopyOperation()),
        execute.key(CopyOperation(output="other")),
        execute.key(TakesMore(), k=5),
        execute.key(TakesMore(), k=6),
        execute.key(CopyOperation(seed=1)),
        execute.key(CopyOperation(seed=2)),
    }

    assert len(keys) == 6


def test_key_changes_with_a_byte_of_the_input(execute: Bench, project: Project) -> None:
    """One other byte in a file that was read gives another key; the old byte the old one."""
    people = project.root / "DATA/raw/people.csv"
    before = execute.key(CopyOperation())

    people.write_text(PEOPLE.replace("36", "37"))
    changed = execute.key(CopyOperation())
    people.write_text(PEOPLE)

    assert changed != before
    assert execute.key(CopyOperation()) == before


def test_key_changes_with_the_code_version(execute: Bench) -> None:
    """A raised version gives another key."""

    class Newer(CopyOperation):
        name = "CopyOperation"
        version = "2"

    assert execute.key(Newer()) != execute.key(CopyOperation())


def test_key_does_not_change_with_the_place_of_the_project(execute: Bench, tmp_path: Path) -> None:
    """The same work in a copy of the project elsewhere has the same key."""
    with make_project(tmp_path / "elsewhere") as other:
        assert Bench(other).key(CopyOperation()) == execute.key(CopyOperation())


def test_key_is_of_the_parameters_as_they_were_at_the_start(execute: Bench) -> None:
    """An operation that changes its attributes while it works has the key it began with."""

    class Restless(BaseOperation):
        def __init__(self) -> None:
            super().__init__(calls=0)
            self.calls = 0

        def execute(self, **_: object) -> OperationResult:  # type: ignore[override]  # takes anything
            self.calls += int.from_bytes(os.urandom(4))
            return OperationResult()

    assert execute.key(Restless()) == execute.key(Restless())


def test_interrupt_leaves_the_operation_without_an_end(execute: Bench, project: Project) -> None:
    """Behaviour 44: Ctrl-C passes through; the ledger shows the operation as not ended."""
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        execute(raising(KeyboardInterrupt()))

    assert recorded(project, OperationFailed.TOPIC) == []
    assert [number for number, _ in execute.recorder.state.open_operations] == [1]


def test_ledger_that_cannot_be_written_is_an_error_of_its_own(
    execute: Bench, project: Project
) -> None:
    """When the end cannot be recorded, the caller is told instead of a result."""

    def lose_the_table(**_: object) -> None:
        with project.ledger._recorder.datastore.transaction(commit=True) as cursor:  # type: ignore[attr-defined]  # SQLite's
            cursor.execute("alter table events rename to lost")

    with pytest.raises(LedgerUnavailableError, match="ledger"):
        execute(CallOperation(lose_the_table))


def test_execution_time_is_measured(execute: Bench) -> None:
    """The result says how long the operation took, in seconds."""
    result = execute(CopyOperation())

    assert result.execution_time is not None
    assert result.execution_time > 0


def test_file_removed_by_the_operation_is_recorded_without_size(
    execute: Bench, project: Project
) -> None:
    """An artifact that is not there is on record with what the operation said of it."""

    def act(task_dir: Path, **_: object) -> OperationResult:
        result = OperationResult()
        result.register_artifact(task_dir / "gone.json", description="was there")
        return result

    execute(CallOperation(act))

    written = last(project, ArtifactWritten)
    assert (written.size_bytes, written.sha256, written.artifact_type) == (None, None, "json")
