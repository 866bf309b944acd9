"""Operations that read or write beside the record, and what a run says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_tasks import (
    NO_DATA,
    CallOperation,
    CopyOperation,
    SmallTask,
    last,
    make_project,
    recorded,
)

from lineage.events import ColumnsAssumed, RunFailed, RunSucceeded, WarningRaised
from lineage.kernel.errors import OperationError
from lineage.project import Project
from ops import Artifact, BaseOperation, DataSource, DataWriter, OperationResult
from ops import OperationStatus as Status

UNSEEN = "took no dataset and handed back no file: what it reads and writes is not recorded"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with the dataset people.csv."""
    with make_project(tmp_path) as opened:
        yield opened


def warnings(project: Project) -> list[str]:
    """What was warned of."""
    return [event.message for event in recorded(project, WarningRaised.TOPIC)]


def run(project: Project, *operations: BaseOperation, is_strict: bool = False) -> SmallTask:
    """Run a task of these operations."""
    task = SmallTask(*operations, project=project)
    task.is_strict = is_strict
    task.run()
    return task


def reading_behind(**_: object) -> OperationResult:
    """Read a file that nobody is told of."""
    return OperationResult(metrics={"rows": 2})


def writing_behind(data_source: DataSource, task_dir: Path, **_: object) -> None:
    """Write a file that nobody is told of."""
    data_source.get_table("people")
    (task_dir / "output/behind.csv").write_text("name\nAda\n")


def left_in_memory(data_source: DataSource, **_: object) -> None:
    """Take a dataset and leave another in memory."""
    data_source.add_dataframe("more", data_source.get_dataframe("people"))


def test_operation_that_shows_nothing_is_a_warning(project: Project) -> None:
    """It works, but the record would look as if it had done nothing."""
    task = run(project, CallOperation(reading_behind))

    assert task.error is None
    assert warnings(project) == [f"operation 'CallOperation' {UNSEEN}"]


@pytest.mark.parametrize(
    "operation",
    [
        CopyOperation(),
        CallOperation(lambda data_source, **_: data_source.get_table("people") and None),
        CallOperation(left_in_memory),
        CallOperation(lambda **_: OperationResult(status=Status.ERROR, error_message="no")),
        CallOperation(lambda **_: None, NO_DATA),
    ],
    ids=["copy", "metrics of a dataset", "in memory", "failed", "declares no data"],
)
def test_operation_that_shows_what_it_does_is_none(
    project: Project, operation: BaseOperation
) -> None:
    """Metrics of a dataset, frames in memory, failures, and no data by intention."""
    run(project, operation)

    assert not any(UNSEEN in message for message in warnings(project))


def test_file_that_nobody_handed_back_is_named_at_the_end(project: Project) -> None:
    """The run succeeds and says which file it is."""
    run(project, CallOperation(writing_behind))

    assert last(project, RunSucceeded)
    assert warnings(project) == [
        "new or changed, but handed back by no operation: DATA/processed/t_one/output/behind.csv"
    ]


def test_file_of_a_failed_operation_is_named_too(project: Project) -> None:
    """What a failed operation left behind lies in the folder like a result."""

    def write_and_fail(task_dir: Path, **_: object) -> None:
        (task_dir / "output/half.csv").write_text("x")
        raise ValueError

    run(project, CallOperation(write_and_fail))

    assert last(project, RunFailed)
    assert "output/half.csv" in warnings(project)[-1]


def test_files_of_the_product_are_none(project: Project) -> None:
    """Reports, logs, checkpoints, imports, temporary files and what a task reports itself."""

    class Busy(SmallTask):
        def configure_operations(self) -> None:
            self.directory_manager.import_external_file(project.root / "DATA/raw/people.csv")
            for subdir in ("temp", "logs", "output"):
                (self.directory_manager.get_directory(subdir) / "own.txt").write_text("x")
            own = self.directory_manager.get_directory("output") / "own.txt"
            self.reporter.add_artifact("txt", own, "said by the task")
            self.context_manager.save_execution_state({"n": 1})
            super().configure_operations()

    assert Busy(CopyOperation(), project=project).run()
    assert warnings(project) == []


@pytest.mark.parametrize("act", [reading_behind, writing_behind])
def test_strict_run_fails_with_the_reason(
    project: Project, act: Callable[..., OperationResult]
) -> None:
    """The run that worked beside its record is no success."""
    task = run(project, CallOperation(act), is_strict=True)

    assert isinstance(task.error, OperationError)
    reason = warnings(project)[-1]
    assert reason in str(task.error)
    assert reason in last(project, RunFailed).error.message


def test_strict_run_that_shows_everything_succeeds(project: Project) -> None:
    """A warning of another kind does not fail it."""

    def warn(data_source: DataSource, **_: object) -> OperationResult:
        data_source.get_table("people")
        result = OperationResult()
        result.warn("odd")
        return result

    assert run(project, CopyOperation(), CallOperation(warn), is_strict=True).error is None


@pytest.mark.parametrize("columns", [["name"], ["age"], ["name", "age"], None])
def test_undeclared_output_is_a_warning_and_assumed(
    project: Project, columns: list[str] | None
) -> None:
    """Whichever columns were read, in one reading or several, those are assumed."""

    def copy(data_source: DataSource, task_dir: Path, **_: object) -> OperationResult:
        for column in columns or ["age", "name"]:
            data_source.get_table("people", [column])
        table = data_source.get_table("people", columns)
        result = OperationResult()
        result.add_file(DataWriter(task_dir).write_dataframe(table, "copy"))
        return result

    run(project, CallOperation(copy))

    assumed = {column.column for column in last(project, ColumnsAssumed).columns}
    assert assumed == set(columns or ["name", "age"])
    assert "declared no source of its columns" in warnings(project)[0]


def test_file_of_another_writer_is_assumed_of_nothing(project: Project) -> None:
    """Where types are not known, nothing is assumed; the warning stays."""

    def write(data_source: DataSource, task_dir: Path, **_: object) -> OperationResult:
        data_source.get_table("people")
        path = task_dir / "output/own.csv"
        path.write_text("name\nAda\n")
        artifact = Artifact(path=path, artifact_type="csv", columns=("name",))
        return OperationResult(artifacts=[artifact])

    run(project, CallOperation(write))

    assert recorded(project, ColumnsAssumed.TOPIC) == []
    assert "origin unknown: name" in warnings(project)[0]
