"""Several operations, one after the other or side by side in threads, and their timeouts."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from threading import Barrier, Event
from typing import Any

import pandas as pd
import pytest
from bench import Bench, NoChance
from hypothesis import given
from hypothesis import strategies as st
from process_operations import FieldOperation
from rich.console import Console
from small_tasks import (
    CallOperation,
    CopyOperation,
    CountingTracker,
    SmallTask,
    failing,
    last,
    raising,
    recorded,
)

from lineage.events import (
    ArtifactWritten,
    DatasetRead,
    OperationFailed,
    OperationStarted,
    OperationSucceeded,
    RunInterrupted,
)
from lineage.kernel.errors import (
    ConfigurationError,
    LedgerUnavailableError,
    OperationCancelledError,
    OperationTimeoutError,
)
from lineage.project import Project
from lineage.tasks import (
    CancellationToken,
    RetryPolicy,
    TaskProgressManager,
)
from lineage.tasks.execution.job import result_keys
from ops import BaseOperation, OperationResult, OperationStatus, ProgressTracker

WAIT_S = 60
"""How long a test waits for another thread before it fails."""

FAST = RetryPolicy(initial_wait=0.001)


@pytest.fixture
def execute(project: Project) -> Bench:
    """A run that has begun, with the dataset "people"."""
    return Bench(project, retry_policy=FAST, chance=NoChance())


Several = Callable[..., dict[str, OperationResult]]


@pytest.fixture(params=["batch", "parallel"])
def several(request: pytest.FixtureRequest, execute: Bench) -> Several:
    """Each way to execute several operations; side by side one at a time."""
    if request.param == "batch":
        return execute.batch
    return lambda *operations, **options: execute.parallel(
        *operations, **{"max_workers": 1, **options}
    )


class NamedOperation(BaseOperation):
    """Does nothing, under the name a test gives it."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)

    def execute(self) -> OperationResult:  # type: ignore[override]  # takes nothing
        """Succeed."""
        return OperationResult()


def statuses(results: dict[str, OperationResult]) -> list[str]:
    """Return how the operations ended, in the order of the results."""
    return [result.status.value for result in results.values()]


# results


def test_results_have_a_key_for_each_instance(several: Several) -> None:
    """Operations of one name are told apart by a number, in the order they were given."""
    names = ["a", "b", "a", "a"]

    results = several(*map(NamedOperation, names))

    assert list(results) == ["a", "b", "a#2", "a#3"]


@given(st.lists(st.sampled_from(["a", "a#2", "a#3", "b"])))
def test_keys_are_unique_and_begin_with_the_name(names: list[str]) -> None:
    """Whatever the names, even such as look like keys, no result takes another's place."""
    keys = result_keys(map(NamedOperation, names))

    assert len(set(keys)) == len(names)
    assert all(key.startswith(name) for key, name in zip(keys, names, strict=True))


def test_nothing_to_execute_gives_no_results(several: Several) -> None:
    """An empty list is executed at once."""
    assert several() == {}


def test_batch_stops_at_the_first_error(several: Several, execute: Bench) -> None:
    """Behaviour 45: after an operation that fails none begins."""
    results = several(CopyOperation(), failing("no"), CopyOperation(output="never"))

    assert statuses(results) == ["success", "error"]
    assert [s.name for s in recorded(execute.project, OperationStarted.TOPIC)] == list(results)


def test_batch_goes_on_under_continue_on_error(several: Several, execute: Bench) -> None:
    """Behaviour 45: with continue_on_error the others are executed, and the error is known."""
    error = ValueError("Zaphod")

    results = several(raising(error), CopyOperation(), raising(KeyError()), continue_on_error=True)

    assert statuses(results) == ["error", "success", "error"]
    assert execute.executor.last_exception is error


def test_unexpected_exception_becomes_an_error_result(several: Several, execute: Bench) -> None:
    """Behaviour 45: an exception is a result with status ERROR, on record without its text."""
    (result,) = several(raising(RuntimeError("Zaphod"))).values()

    assert result.status is OperationStatus.ERROR
    assert "Zaphod" not in str(result.error_message)
    assert last(execute.project, OperationFailed).error.error_type == "RuntimeError"


@pytest.mark.parametrize(
    "operation",
    [
        failing("no answer from ftp://ada:hush@host"),
        raising(OperationTimeoutError("password=hush")),
    ],
    ids=["returned", "raised"],
)
def test_secrets_in_messages_are_masked(
    several: Several, execute: Bench, operation: BaseOperation, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 45: neither result nor history nor log shows a secret in a message."""
    (result,) = several(operation).values()

    told = [result.error_message, last(execute.project, OperationFailed).error.message]
    assert all("***" in str(text) for text in told)
    assert not any("hush" in str(text) for text in (*told, *caplog.messages))


def test_retries_of_a_batch_end_in_an_error_result(several: Several, execute: Bench) -> None:
    """With use_retry an operation that always fails is a result, not an exception."""
    results = several(raising(ConnectionError()), CopyOperation(), use_retry=True)

    assert statuses(results) == ["error"]
    assert execute.topics().count("operation.retry_scheduled") == 3
    assert "attempt 4 of 4" in str(results["CallOperation"].error_message)


def test_batch_does_not_retry_unless_told(several: Several, execute: Bench) -> None:
    """Without use_retry an error that may pass fails the operation at once."""
    several(raising(ConnectionError()))

    assert execute.topics() == ["operation.started", "operation.failed"]


def test_interrupt_of_an_operation_propagates(several: Several, execute: Bench) -> None:
    """Behaviour 44: a KeyboardInterrupt in an operation ends the batch at once."""
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        several(CopyOperation(), raising(KeyboardInterrupt("SIGTERM")), CopyOperation())

    assert execute.topics()[-1] == "operation.started"
    assert len(recorded(execute.project, OperationStarted.TOPIC)) == 2


@pytest.mark.parametrize("method", ["execute_operations", "execute_operations_parallel"])
def test_interrupted_batch_leaves_an_interrupted_run(project: Project, method: str) -> None:
    """Behaviour 44: the run whose batch is interrupted is recorded as interrupted."""

    class Batch(SmallTask):
        def execute(self) -> bool:
            return bool(getattr(self.operation_executor, method)(self.operations))

    task = Batch(NamedOperation("a"), raising(KeyboardInterrupt()), project=project)

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        task.run()

    assert last(project, RunInterrupted).reason == "keyboard"


def test_ledger_that_cannot_be_written_ends_the_batch(several: Several, execute: Bench) -> None:
    """A history that cannot be written is an error of the batch, not of an operation."""

    def lose_the_table(**_: object) -> None:
        with execute.project.ledger._recorder.datastore.transaction(commit=True) as cursor:  # type: ignore[attr-defined]  # SQLite's
            cursor.execute("alter table events rename to lost")

    with pytest.raises(LedgerUnavailableError, match="ledger"):
        several(CallOperation(lose_the_table), CopyOperation())


def test_cancelling_during_a_batch_says_that_not_all_began(
    several: Several, execute: Bench
) -> None:
    """An operation that ends well although it was asked to stop did; the next does not begin."""
    cancelling = CallOperation(lambda **_: execute.executor.cancel())

    with pytest.raises(OperationCancelledError, match="cancelled"):
        several(cancelling, CopyOperation())

    assert execute.topics() == ["operation.started", "operation.succeeded"]


def test_batch_can_read_what_its_operations_wrote(execute: Bench) -> None:
    """In a batch an operation reads what the one before wrote."""
    results = execute.batch(CopyOperation(output="one"), CopyOperation(dataset="one", output="two"))

    assert statuses(results) == ["success", "success"]


def test_given_tracker_is_shown_the_whole_batch(execute: Bench) -> None:
    """One tracker of the caller is told of the steps of each operation of a batch."""
    tracker = CountingTracker()
    operation = CallOperation(lambda progress_tracker, **_: progress_tracker.update(2))

    execute.batch(operation, operation, progress_tracker=tracker)

    assert tracker.moved == 4


# side by side


@pytest.mark.parametrize("workers", [1, 3, None])
def test_three_operations_of_one_class_give_three_results_and_outputs(
    execute: Bench, workers: int | None
) -> None:
    """Behaviour 46: one class on three fields in parallel: three results, three files."""
    people = execute.project.root / "DATA/raw/people.csv"
    people.write_text("name,age,zip\nAda,36,1\n")

    results = execute.parallel(
        *(FieldOperation(field=field) for field in ("name", "age", "zip")), max_workers=workers
    )

    assert list(results) == ["FieldOperation", "FieldOperation#2", "FieldOperation#3"]
    assert statuses(results) == ["success"] * 3
    written = {
        w.operation: w.uri.rpartition("/")[2]
        for w in recorded(execute.project, ArtifactWritten.TOPIC)
    }
    assert written == {1: "only_name.csv", 2: "only_age.csv", 3: "only_zip.csv"}


def test_parallel_operations_work_at_the_same_time(execute: Bench) -> None:
    """Two operations that wait for each other both end."""
    both = Barrier(2, timeout=WAIT_S)
    meeting = CallOperation(lambda **_: both.wait() and None)

    assert statuses(execute.parallel(meeting, meeting, max_workers=2)) == ["success"] * 2


def test_parallel_operations_begin_in_their_order(execute: Bench) -> None:
    """Whatever thread is faster, the numbers of the operations follow the list."""
    names = [f"op {number}" for number in range(40)]

    execute.parallel(*map(NamedOperation, names), max_workers=8)

    begun = recorded(execute.project, OperationStarted.TOPIC)
    assert [(s.operation, s.name) for s in begun] == list(enumerate(names, 1))


def test_history_of_parallel_operations_is_whole(execute: Bench) -> None:
    """Each operation of a crowd has its start, its facts and its end, and nobody else's."""
    operations = [CopyOperation(output=f"copy{number}") for number in range(24)]

    execute.parallel(*operations, max_workers=8)

    stream = execute.project.ledger.read_stream(f"run:{execute.recorder.run_id}")
    of: dict[int, list[str]] = {}
    for r in stream[3:]:
        of.setdefault(r.event.operation, []).append(r.event.TOPIC)  # type: ignore[attr-defined]  # theirs
    expected = ["operation.started", "dataset.read", "artifact.written", "columns.derived"]
    assert list(of.values()) == [[*expected, "metric.recorded", "operation.succeeded"]] * 24
    assert [r.version for r in stream] == list(range(1, len(stream) + 1))


def test_reads_of_parallel_operations_are_told_apart(execute: Bench) -> None:
    """A dataset that two read at the same time is read by both, one of another by that one."""
    other = execute.project.root / "DATA/raw/other.csv"
    other.write_text("x\n1\n")
    execute.source.add_file("other", other)
    both = Barrier(2, timeout=WAIT_S)

    def read(name: str) -> BaseOperation:
        def act(data_source: Any, **_: object) -> None:
            both.wait()
            data_source.get_table(name)
            both.wait()

        return CallOperation(act)

    execute.parallel(read("people"), read("other"), max_workers=2)

    reads = recorded(execute.project, DatasetRead.TOPIC)
    assert {read.operation: read.name for read in reads} == {1: "people", 2: "other"}


def test_reads_before_a_parallel_execution_are_not_lost(execute: Bench) -> None:
    """What the task itself had read belongs to the first operation, as in a batch."""
    execute.source.get_table("people")

    execute.parallel(NamedOperation("a"), NamedOperation("b"))

    assert [read.operation for read in recorded(execute.project, DatasetRead.TOPIC)] == [1]
    assert execute.source.drain_reads() == []


def test_outputs_are_offered_after_all_have_ended(execute: Bench) -> None:
    """Operations side by side do not see each other's files, later ones do."""
    failing_reader = CopyOperation(dataset="one", output="two")
    results = execute.parallel(
        CopyOperation(output="one"), failing_reader, max_workers=1, continue_on_error=True
    )
    assert statuses(results) == ["success", "error"]

    assert execute(failing_reader).status is OperationStatus.SUCCESS


def test_running_operations_are_finished_when_one_fails(execute: Bench) -> None:
    """On the first error what is under way ends and is recorded; nothing more begins."""
    has_failed = Event()

    def fail(**_: object) -> None:
        raise ValueError

    def finish(**_: object) -> None:
        while "operation.failed" not in execute.topics():
            assert not has_failed.wait(0.01)

    results = execute.parallel(
        CallOperation(finish), CallOperation(fail), CopyOperation(), max_workers=2
    )

    assert statuses(results) == ["success", "error"]
    assert execute.topics()[2:] == ["operation.failed", "operation.succeeded"]


def test_late_end_of_an_abandoned_operation_is_not_recorded(execute: Bench) -> None:
    """After an interrupt a thread that still works is asked to stop, and its end is no fact."""
    has_begun, has_ended, released = Event(), Event(), Event()

    def act(cancellation_token: CancellationToken, **_: object) -> OperationResult:
        has_begun.set()
        assert cancellation_token.wait(WAIT_S)
        released.wait(WAIT_S)
        has_ended.set()
        return OperationResult()

    def interrupt(**_: object) -> None:
        assert has_begun.wait(WAIT_S)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        execute.parallel(CallOperation(act), CallOperation(interrupt), max_workers=2)
    released.set()
    assert has_ended.wait(WAIT_S)
    _join_threads()

    assert execute.topics() == ["operation.started", "operation.started"]


def test_cancelling_waits_for_operations_in_threads(execute: Bench) -> None:
    """`cancel` asks all of them, and those that obey are on record as failed by it."""
    both = Barrier(3, timeout=WAIT_S)

    def act(cancellation_token: CancellationToken, **_: object) -> None:
        both.wait()
        assert cancellation_token.wait(WAIT_S)
        cancellation_token.raise_if_cancelled()

    def cancel() -> None:
        both.wait()
        execute.executor.cancel()

    threading.Thread(target=cancel).start()
    results = execute.parallel(CallOperation(act), CallOperation(act), max_workers=2)

    assert statuses(results) == ["error", "error"]
    assert isinstance(execute.executor.last_exception, OperationCancelledError)


@pytest.mark.parametrize("workers", [0, -1])
def test_number_of_workers_must_be_positive(execute: Bench, workers: int) -> None:
    """No workers are refused before anything begins."""
    with pytest.raises(ConfigurationError, match="max_workers"):
        execute.parallel(CopyOperation(), max_workers=workers)

    assert execute.topics() == []


def test_bars_of_parallel_operations_do_not_disturb_each_other(project: Project) -> None:
    """Many threads that move many bars on a terminal leave it as it was."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    logger = logging.getLogger("task.bars")
    manager = TaskProgressManager("t_one", "test", logger, 16, console=console)

    def act(progress_tracker: ProgressTracker, **_: object) -> None:
        for number in range(50):
            progress_tracker.update(1, {"n": number})

    with manager:
        execute = Bench(project, progress_manager=manager)
        results = execute.parallel(*(CallOperation(act) for _ in range(16)), max_workers=8)
        assert manager._progress is not None
        assert [task.completed for task in manager._progress.tasks] == [16]

    assert statuses(results) == ["success"] * 16


# reuse


class Chosen(SmallTask):
    """Executes its operations as a test tells it."""

    options: dict[str, Any]
    method: str

    def execute(self) -> bool:
        """Execute them by one method of the executor."""
        method = getattr(self.operation_executor, self.method)
        results = method(self.operations, self.operation_params, **self.options)
        self.results = list(results.values())
        return all(r.status is not OperationStatus.ERROR for r in self.results)


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("execute_operations", {}),
        ("execute_operations", {"timeout": WAIT_S, "use_retry": True}),
        ("execute_operations_parallel", {"max_workers": 3}),
        ("execute_operations_parallel", {"max_workers": 3, "use_processes": True}),
    ],
    ids=["batch", "retry", "threads", "processes"],
)
def test_reuse_stops_at_the_first_operation_that_does_not_hold(
    project: Project, method: str, options: dict[str, Any]
) -> None:
    """However operations are executed, those before the broken one are reused, later ones not."""
    fields = [FieldOperation(field=field) for field in ("name", "age", "name")]
    Chosen.method, Chosen.options = method, options
    broken = Chosen(fields[0], FieldOperation(field="none"), fields[2], project=project)
    assert not broken.run({"continue_on_error": True})

    resumed = Chosen(*fields, project=project)
    assert resumed.run(resume=True), resumed.error

    assert [r.status.value for r in resumed.results] == ["skipped", "success", "success"]
    assert [a.path.name for a in resumed.results[0].artifacts] == ["only_name.csv"]
    assert {"only_name", "only_age"} <= set(resumed.data_source)


def test_frames_that_an_operation_took_from_memory_are_on_record(execute: Bench) -> None:
    """Side by side, too, an operation that works with data in memory says so."""
    execute.source.add_dataframe("frame", pd.DataFrame({"name": ["Ada"]}))
    in_memory = FieldOperation(field="name", dataset="frame")

    execute.parallel(in_memory, NamedOperation("other"), max_workers=2)

    ends = recorded(execute.project, OperationSucceeded.TOPIC)
    assert {end.operation: end.in_memory for end in ends} == {1: ("frame",), 2: ()}


# timeouts


def sleeping(released: Event, ended: Event | None = None) -> BaseOperation:
    """Return an operation that does nothing until it is released, then says that it ended."""

    def act(**_: object) -> OperationResult:
        assert released.wait(WAIT_S)
        if ended is not None:
            ended.set()
        return OperationResult(metrics={"late": True})

    return CallOperation(act)


def _join_threads() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("operation"):
            thread.join(WAIT_S)


@pytest.fixture
def released() -> Iterator[Event]:
    """Lets late operations end; after the test none is left."""
    event = Event()
    yield event
    event.set()
    _join_threads()


def single(execute: Bench, operation: BaseOperation, timeout: float) -> OperationResult:
    """Execute one operation with a timeout."""
    return execute.executor.execute_operation(operation, execute.params(), timeout=timeout)


@pytest.mark.parametrize(
    "act",
    [
        single,
        lambda execute, operation, timeout: execute.retry(operation, timeout=timeout),
        lambda execute, operation, timeout: execute.batch(operation, timeout=timeout)[
            "CallOperation"
        ],
        lambda execute, operation, timeout: execute.parallel(operation, timeout=timeout)[
            "CallOperation"
        ],
    ],
    ids=["single", "retry", "batch", "parallel"],
)
def test_operation_that_takes_too_long_fails_by_name(
    execute: Bench, released: Event, act: Callable[..., OperationResult]
) -> None:
    """After its timeout an operation has failed, once, and its token says so."""
    result = act(execute, sleeping(released), 0.05)

    assert result.status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, OperationTimeoutError)
    failed = last(execute.project, OperationFailed)
    assert failed.error.error_type.endswith("OperationTimeoutError")
    assert "'CallOperation': not finished after 0.05 s" in failed.error.message
    assert execute.topics() == ["operation.started", "operation.failed"]


def test_late_result_is_not_recorded(execute: Bench, released: Event) -> None:
    """What an operation returns after its timeout changes nothing in the history."""
    ended = Event()
    single(execute, sleeping(released, ended), 0.01)
    head = execute.project.ledger.head()

    released.set()
    assert ended.wait(WAIT_S)
    _join_threads()

    assert execute.project.ledger.head() == head


def test_timeout_cancels_the_token_of_that_operation_only(execute: Bench) -> None:
    """A late operation can see that nobody waits, and the next one is wanted."""
    seen: list[bool] = []
    ended = Event()

    def act(cancellation_token: CancellationToken, **_: object) -> None:
        seen.append(cancellation_token.wait(WAIT_S))
        ended.set()

    single(execute, CallOperation(act), 0.01)
    assert ended.wait(WAIT_S)

    assert seen == [True]
    assert single(execute, NamedOperation("next"), WAIT_S).status is OperationStatus.SUCCESS


def test_late_reads_are_not_taken_for_those_of_the_next_operation(
    execute: Bench, released: Event
) -> None:
    """A thread that reads after its timeout notes that where nobody looks."""
    ended = Event()

    def act(data_source: Any, **_: object) -> None:
        assert released.wait(WAIT_S)
        data_source.get_table("people")
        ended.set()

    single(execute, CallOperation(act), 0.01)
    released.set()
    assert ended.wait(WAIT_S)
    execute(NamedOperation("next"))

    assert recorded(execute.project, DatasetRead.TOPIC) == []


def test_operation_within_its_timeout_is_as_without(execute: Bench) -> None:
    """Reads, files and outputs of an operation with a timeout are recorded and offered."""
    result = single(execute, CopyOperation(output="one"), WAIT_S)

    assert result.status is OperationStatus.SUCCESS
    assert last(execute.project, DatasetRead).operation == 1
    assert "one" in execute.source


def test_interrupt_within_a_timeout_propagates(execute: Bench) -> None:
    """Behaviour 44: a KeyboardInterrupt in an operation with a timeout passes through."""
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        single(execute, raising(KeyboardInterrupt()), WAIT_S)


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan")])
def test_timeout_must_be_positive(execute: Bench, timeout: float) -> None:
    """A timeout that cannot be kept is refused before anything begins."""
    with pytest.raises(ConfigurationError, match="timeout"):
        single(execute, CopyOperation(), timeout)

    assert execute.topics() == []
