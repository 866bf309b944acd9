"""Operations that work in processes of their own."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pandas as pd
import psutil
import pytest
from bench import Bench, NoChance
from process_operations import EndingOperation, FieldOperation
from small_tasks import CallOperation, CopyOperation, last, make_project, recorded

from lineage.events import (
    ArtifactWritten,
    DatasetRead,
    OperationFailed,
    OperationStarted,
    OperationSucceeded,
)
from lineage.kernel.errors import (
    ConfigurationError,
    OperationCancelledError,
    OperationError,
    OperationTimeoutError,
)
from lineage.project import Project
from lineage.tasks import RetryPolicy, TaskOperationExecutor, TaskProgressManager
from ops import BaseOperation, OperationResult, OperationStatus

FAST = RetryPolicy(max_retries=1, initial_wait=0.001)


@pytest.fixture
def execute(project: Project) -> Bench:
    """A run that has begun, with the dataset "people"."""
    return Bench(project, retry_policy=FAST, chance=NoChance())


def processes(execute: Bench, *operations: BaseOperation, **options: Any) -> list[OperationResult]:
    """Execute operations in processes and return their results in order."""
    return list(execute.parallel(*operations, use_processes=True, **options).values())


def ending(execute: Bench, how: str) -> EndingOperation:
    """Return an operation that ends in some way."""
    return EndingOperation(ending=how, began=execute.task_dir / f"{how}.pid")


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# what comes of it


def test_three_operations_in_processes_give_three_results_and_outputs(
    execute: Bench, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 46: in other processes too; only this one writes history, which is whole."""
    (project.root / "DATA/raw/people.csv").write_text("name,age,zip\nAda,36,1\n")
    logger = logging.getLogger("task.processes")
    manager = TaskProgressManager("t_one", "test", logger)
    execute.executor = TaskOperationExecutor(execute.recorder, progress_manager=manager)
    operations = [FieldOperation(field=field) for field in ("name", "age", "zip")]

    with caplog.at_level(logging.INFO, "task.processes"):
        results = execute.parallel(*operations, max_workers=2, use_processes=True)

    assert list(results) == ["FieldOperation", "FieldOperation#2", "FieldOperation#3"]
    pids = {result.metrics["pid"] for result in results.values()}
    assert os.getpid() not in pids
    assert all(is_gone(int(str(pid))) for pid in pids)
    by_number = {w.operation: w.uri for w in recorded(project, ArtifactWritten.TOPIC)}
    assert [by_number[n].rpartition("_")[2] for n in (1, 2, 3)] == [
        "name.csv",
        "age.csv",
        "zip.csv",
    ]
    assert {read.operation for read in recorded(project, DatasetRead.TOPIC)} == {1, 2, 3}
    assert "only_zip" in execute.source
    assert caplog.messages.count("FieldOperation: 1 of 1") == 3
    assert {"wrote name", "wrote age", "wrote zip"} <= set(caplog.messages)


def test_work_in_a_process_has_the_key_it_has_here(execute: Bench) -> None:
    """An operation is the same work wherever it is done."""
    here = execute.key(CopyOperation(seed=1))

    processes(execute, CopyOperation(seed=1))

    assert last(execute.project, OperationSucceeded).key == here


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Operations that end in every way short of a signal: name of the ending to its facts."""
    with make_project(tmp_path_factory.mktemp("ended")) as project:
        execute = Bench(project)
        how = ["raises", "dies", "lambda", "homesick", "succeeds"]
        results = processes(
            execute, *(ending(execute, e) for e in how), max_workers=1, continue_on_error=True
        )
        failed = {f.operation: f for f in recorded(project, OperationFailed.TOPIC)}
        yield {
            name: {"result": result, "failed": failed.get(number)}
            for number, (name, result) in enumerate(zip(how, results, strict=True), 1)
        } | {"executor": execute.executor}


def test_exception_of_a_process_is_on_record_without_its_text(ended: dict[str, Any]) -> None:
    """Behaviour 45: type and frames come back, even of an error that cannot be pickled."""
    error = ended["raises"]["failed"].error

    assert error.error_type == "process_operations.UnpicklableError"
    assert any(frame.endswith("_raise") for frame in error.traceback)
    assert "Zaphod" not in error.message + ended["raises"]["result"].error_message
    assert isinstance(ended["executor"].last_exception, OperationError)


def test_process_that_ends_is_the_failure_of_its_operation(ended: dict[str, Any]) -> None:
    """os._exit, a crash or the killer of the kernel: the operation failed, the others go on."""
    message = ended["dies"]["failed"].error.message

    assert "'EndingOperation': its process died (exit code 7)" in message
    assert ended["succeeds"]["result"].status is OperationStatus.SUCCESS


@pytest.mark.parametrize("how", ["lambda", "homesick"])
def test_result_that_does_not_come_back_fails_the_operation(
    ended: dict[str, Any], how: str
) -> None:
    """A result that cannot be pickled, or unpickled, fails the operation; the others go on."""
    assert ended[how]["result"].status is OperationStatus.ERROR
    assert "Zaphod" not in ended[how]["failed"].error.message
    assert ended["succeeds"]["result"].status is OperationStatus.SUCCESS


def test_retries_of_a_process_are_those_of_the_parent(execute: Bench) -> None:
    """A connection error in a process is retried, with its reason on record here."""
    operation = ending(execute, "connection")

    (result,) = processes(execute, operation, use_retry=True)

    assert len(operation.pids()) == 2
    assert "attempt 2 of 2" in str(result.error_message)
    assert execute.topics() == [
        "operation.started",
        "operation.retry_scheduled",
        "operation.failed",
    ]


# the end of a process


@pytest.mark.parametrize("how", ["works", "grandchild"])
def test_late_process_is_ended_with_all_it_started(execute: Bench, how: str) -> None:
    """After its timeout a process is gone, whatever it did, and so are its children."""
    operation = ending(execute, how)

    (result,) = processes(execute, operation, timeout=1)

    assert result.status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, OperationTimeoutError)
    assert all(is_gone(pid) for pid in operation.pids())
    assert psutil.Process().children(recursive=True) == _helpers()


def _helpers() -> list[psutil.Process]:
    """Return the processes that multiprocessing and `warm` keep for themselves."""
    children = psutil.Process().children(recursive=True)
    kept = ("resource_tracker", "forkserver", "warm.py")
    return [child for child in children if any(name in " ".join(child.cmdline()) for name in kept)]


def test_timeout_of_a_process_is_retried(execute: Bench) -> None:
    """Nothing of a late attempt goes on, so another one may follow, in a new process."""
    operation = ending(execute, "sleeps")

    processes(execute, operation, timeout=0.5, use_retry=True)

    assert len(set(operation.pids())) == 2
    assert "operation.retry_scheduled" in execute.topics()


def test_cancelling_ends_processes(execute: Bench) -> None:
    """`cancel` ends an operation in a process at once; it failed by that."""
    operation, waiting = ending(execute, "sleeps"), Event()

    def cancel_when_begun() -> None:
        while not operation.began.exists():
            waiting.wait(0.01)
        execute.executor.cancel()

    Thread(target=cancel_when_begun).start()
    (result,) = processes(execute, operation)

    assert result.status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, OperationCancelledError)
    assert all(is_gone(pid) for pid in operation.pids())


@pytest.mark.parametrize(("how", "left"), [("interrupt", KeyboardInterrupt), ("exit", SystemExit)])
def test_operation_that_leaves_its_process_leaves_the_program(
    execute: Bench, how: str, left: type[BaseException]
) -> None:
    """Behaviour 44: an interrupt in a process passes through, as it does here; so does exit."""
    sleeper = ending(execute, "sleeps")

    with pytest.raises(left, match=r"^3?$"):
        processes(execute, sleeper, ending(execute, how), max_workers=2)

    assert all(is_gone(pid) for pid in sleeper.pids())
    assert execute.topics() == ["operation.started"] * 2


# before anything begins


class Local(BaseOperation):
    """An operation in a module that a new process cannot find."""

    def execute(self) -> OperationResult:  # type: ignore[override]  # takes nothing
        """Succeed."""
        return OperationResult()


def test_operation_that_cannot_be_pickled_is_refused_before_any_begins(execute: Bench) -> None:
    """An operation with a function of its own is named; the one before it has not begun."""
    with pytest.raises(ConfigurationError, match="operation 'CallOperation' for a process"):
        processes(execute, CopyOperation(), CallOperation(lambda **_: None))

    assert recorded(execute.project, OperationStarted.TOPIC) == []


@pytest.mark.parametrize(
    ("name", "subject"), [("lock", "parameter 'lock'"), ("data_source", "data source")]
)
def test_arguments_that_cannot_be_pickled_are_refused(
    execute: Bench, name: str, subject: str
) -> None:
    """An argument or a data source that cannot be sent is named, with a remedy."""
    unsendable = execute.source.fork()
    unsendable.add_dataframe("x", pd.DataFrame({"x": [(number for number in ())]}))

    with pytest.raises(ConfigurationError, match=rf"{subject} for a process.*threads"):
        execute.executor.execute_operations_parallel(
            [ending(execute, "sleeps")], execute.params(**{name: unsendable}), use_processes=True
        )


def test_class_that_a_process_cannot_import_is_refused(
    execute: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class that pickles here and is unknown there is found before anything begins."""
    monkeypatch.setattr(Local, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "Local", Local, raising=False)

    with pytest.raises(ConfigurationError, match=r"operation 'Local'.*AttributeError"):
        processes(execute, Local())

    assert recorded(execute.project, OperationStarted.TOPIC) == []
    assert psutil.Process().children(recursive=True) == _helpers()


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({}, "here"),
        ({"backend": "threads"}, "here"),
        ({"backend": "processes"}, "elsewhere"),
        ({"backend": "processes", "use_processes": True}, "elsewhere"),
        ({"use_processes": True}, "elsewhere"),
    ],
    ids=repr,
)
def test_backend_says_where_operations_work(
    execute: Bench, options: dict[str, Any], place: str
) -> None:
    """A backend is chosen by its name; `use_processes` stands for that of processes."""
    (result,) = execute.parallel(FieldOperation(field="name"), **options).values()

    assert ("here" if result.metrics["pid"] == os.getpid() else "elsewhere") == place


@pytest.mark.parametrize(
    "options", [{"backend": "dask"}, {"backend": "threads", "use_processes": True}], ids=repr
)
def test_backend_that_there_is_not_is_refused(execute: Bench, options: dict[str, Any]) -> None:
    """An unknown backend, or two at once, are refused before anything begins."""
    with pytest.raises(ConfigurationError, match="one of threads, processes"):
        execute.parallel(CopyOperation(), **options)

    assert execute.topics() == []


def test_no_operations_need_no_process(execute: Bench) -> None:
    """Nothing to do is done without a process."""
    assert processes(execute) == []
