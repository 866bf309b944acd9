"""When an operation is tried again, how long that waits, and what the history says of it."""

from __future__ import annotations

import errno
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from bench import Bench, NoChance
from hand_clock import HandClock
from hypothesis import given
from hypothesis import strategies as st
from small_tasks import (
    NO_DATA,
    CallOperation,
    CopyOperation,
    SmallTask,
    failing,
    last,
    make_project,
    raising,
    recorded,
)

from lineage.events import DatasetRead, OperationFailed, OperationRetryScheduled
from lineage.kernel.errors import (
    CipherError,
    CommandRejectedError,
    ConfigurationError,
    DataReadError,
    IntegrityError,
    LineageError,
    MaxRetriesExceededError,
    OperationCancelledError,
    OperationError,
    OperationTimeoutError,
    PathRefusedError,
)
from lineage.project import Project
from lineage.tasks import CancellationToken, RetryPolicy
from lineage.tasks.execution.retry_rules import is_retriable
from ops import BaseOperation, OperationResult, OperationStatus


class FlakyError(Exception):
    """An error that says of itself that it passes."""

    retriable = True


class MarkedValueError(ValueError):
    """A ValueError that claims to pass."""

    retriable = True


@dataclass
class Flaky:
    """An operation that fails a number of times, then succeeds."""

    failures: int
    error: Exception
    calls: int = 0

    def __call__(self, **_: object) -> None:
        """Count the call, and fail if it is one of the first."""
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error

    def operation(self) -> BaseOperation:
        """Return it as an operation."""
        return CallOperation(self, NO_DATA)


@pytest.fixture
def clock() -> HandClock:
    """The clock of the project; waiting moves it."""
    return HandClock()


@pytest.fixture
def project(tmp_path: Path, clock: HandClock) -> Iterator[Project]:
    """A project whose clock stands until somebody waits."""
    with make_project(tmp_path / "project", clock=clock) as opened:
        yield opened


@pytest.fixture
def execute(project: Project) -> Bench:
    """A run that has begun; its waits do not vary."""
    return Bench(project, chance=NoChance())


# behaviours


def test_operation_that_fails_once_is_called_twice_and_succeeds(execute: Bench) -> None:
    """Behaviour 40: one retry, on_retry(error, 1, wait > 0), success, one operation on record."""
    flaky, told = Flaky(1, ConnectionError("gone")), list[Any]()

    result = execute.retry(flaky.operation(), on_retry=lambda *of: told.append(of))

    assert (flaky.calls, result.status) == (2, OperationStatus.SUCCESS)
    assert told == [(flaky.error, 1, 1.0)]
    assert execute.topics() == [
        "operation.started",
        "operation.retry_scheduled",
        "operation.succeeded",
    ]


def test_operation_that_always_fails_raises_the_named_error_after_three_calls(
    execute: Bench, project: Project
) -> None:
    """Behaviour 41: with two retries MaxRetriesExceededError after 3 calls, the cause kept."""
    flaky = Flaky(9, ConnectionError("Zaphod"))

    with pytest.raises(MaxRetriesExceededError, match="attempt 3 of 3 failed") as raised:
        execute.retry(flaky.operation(), max_retries=2)

    assert (flaky.calls, raised.value.__cause__) == (3, flaky.error)
    assert "Zaphod" not in str(raised.value)
    failed = last(project, OperationFailed).error
    assert failed.error_type.endswith("MaxRetriesExceededError")
    assert any("__call__" in frame for frame in failed.traceback)


def test_value_error_is_not_retried(execute: Bench) -> None:
    """Behaviour 42: a ValueError fails the operation after one call, as a result."""
    flaky = Flaky(9, ValueError())

    result = execute.retry(flaky.operation())

    assert (flaky.calls, result.status) == (1, OperationStatus.ERROR)
    assert execute.executor.last_exception is flaky.error


def test_exception_that_says_it_is_retriable_is_retried(execute: Bench) -> None:
    """Behaviour 42: `.retriable = True` on an exception makes it retried."""
    flaky = Flaky(1, FlakyError())

    assert execute.retry(flaky.operation()).status is OperationStatus.SUCCESS
    assert flaky.calls == 2


def test_value_error_cannot_be_made_retriable(execute: Bench) -> None:
    """Behaviour 42: `.retriable = True` on a ValueError changes nothing."""
    flaky = Flaky(9, MarkedValueError())

    assert execute.retry(flaky.operation()).status is OperationStatus.ERROR
    assert flaky.calls == 1


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_waits_double_and_are_capped_also_after_jitter(
    project: Project, clock: HandClock, share: float
) -> None:
    """Behaviour 43: 1, 2, 4 ... seconds, 25 % less or more, and never more than the cap."""
    execute = Bench(project, chance=NoChance(share))

    with pytest.raises(MaxRetriesExceededError, match="attempt 9 of 9"):
        execute.retry(Flaky(9, FlakyError()).operation(), max_retries=8)

    factor = 0.75 + 0.5 * share
    plain = [1, 2, 4, 8, 16, 32, 60, 60]
    assert clock.waits == [min(wait * factor, 60) for wait in plain]


def test_missing_file_is_not_retried(execute: Bench) -> None:
    """Behaviour 47: a FileNotFoundError fails the operation after one call."""
    flaky = Flaky(9, FileNotFoundError(2, "No such file", "x"))

    assert execute.retry(flaky.operation()).status is OperationStatus.ERROR
    assert flaky.calls == 1


# which errors


def caused(error: LineageError, cause: Exception) -> LineageError:
    """Return an error as raised from another one."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        BrokenPipeError(),
        TimeoutError(),
        InterruptedError(),
        BlockingIOError(),
        OSError(errno.EBUSY, "busy"),
        OSError(errno.ESTALE, "stale"),
        OSError(errno.ENETUNREACH, "no route"),
        socket.gaierror(socket.EAI_AGAIN, "later"),
        caused(DataReadError("file"), TimeoutError()),
        FlakyError(),
    ],
    ids=repr,
)
def test_error_that_may_pass_is_retriable(error: Exception) -> None:
    """Connections, timeouts, passing errors of the system, and what they cause."""
    assert is_retriable(error)


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        PermissionError(),
        ValueError(),
        UnicodeDecodeError("utf-8", b"", 0, 0, ""),
        json.JSONDecodeError("", "", 0),
        TypeError(),
        KeyError(),
        MemoryError(),
        AssertionError(),
        OSError(errno.ENOSPC, "full"),
        OSError("without a number"),
        socket.gaierror(socket.EAI_NONAME, "unknown"),
        OperationError("work"),
        OperationTimeoutError("work"),
        caused(DataReadError("file"), FileNotFoundError()),
        KeyboardInterrupt(),
    ],
    ids=repr,
)
def test_other_error_is_not_retriable(error: BaseException) -> None:
    """Mistakes, a full disk, unknown hosts, and errors nobody knows anything about."""
    assert not is_retriable(error)


@pytest.mark.parametrize(
    "cls",
    [
        FileNotFoundError,
        PermissionError,
        ValueError,
        TypeError,
        CommandRejectedError,
        ConfigurationError,
        PathRefusedError,
        CipherError,
        IntegrityError,
        OperationCancelledError,
    ],
)
def test_error_that_is_never_retried_cannot_be_made_retriable(cls: type[Exception]) -> None:
    """The attribute does not help an error that another attempt can only repeat."""
    error = type("Marked", (cls,), {"retriable": True})("x")

    assert not is_retriable(error)


def test_connection_error_can_be_made_final() -> None:
    """`.retriable = False` on an exception keeps it from being retried."""
    error = ConnectionError()
    error.retriable = False  # type: ignore[attr-defined]  # what an operation would do

    assert not is_retriable(error)


def test_returned_error_is_not_retried(execute: Bench) -> None:
    """A result with status ERROR is what the operation has decided."""
    result = execute.retry(failing("the key does not fit"))

    assert result.error_message == "the key does not fit"
    assert execute.topics() == ["operation.started", "operation.failed"]


def test_no_retries_give_up_after_the_first_attempt(execute: Bench, clock: HandClock) -> None:
    """With max_retries=0 a passing error raises the same named error, without a wait."""
    with pytest.raises(MaxRetriesExceededError, match="attempt 1 of 1"):
        execute.retry(raising(FlakyError()), max_retries=0)

    assert clock.waits == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_retries": -1},
        {"backoff_factor": 0.5},
        {"initial_wait": -1.0},
        {"max_wait": float("nan")},
        {"max_wait": float("inf")},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """A policy that makes no sense is refused by the name of the number."""
    with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))} of a retry"):
        RetryPolicy(**wrong)


def test_refused_number_leaves_no_operation(execute: Bench) -> None:
    """A wrong number is found before the operation begins."""
    with pytest.raises(ConfigurationError, match="max_retries"):
        execute.retry(CopyOperation(), max_retries=-1)

    assert execute.topics() == []


@given(st.floats(0, 100), st.floats(1, 10), st.floats(0, 100), st.integers(0, 8), st.floats(0, 1))
def test_no_wait_exceeds_the_cap(
    initial: float, factor: float, cap: float, retries: int, share: float
) -> None:
    """Whatever the numbers and the chance, each wait is between 0 and the cap."""
    policy = RetryPolicy(
        max_retries=retries, backoff_factor=factor, initial_wait=initial, max_wait=cap
    )
    assert 0 <= policy.wait_s(retries + 1, NoChance(share)) <= round(cap, 6)


def test_wait_too_long_for_a_number_is_the_cap() -> None:
    """A wait that has grown beyond what a number can hold is as long as the longest allowed."""
    policy = RetryPolicy(backoff_factor=10, jitter=False)

    assert [policy.wait_s(attempt, NoChance()) for attempt in (1, 2, 1_000)] == [1, 10, 60]


# what is recorded


def test_retry_is_on_record_with_its_reason_before_the_wait(tmp_path: Path) -> None:
    """While the executor waits, the ledger says which attempt failed, why, and for how long."""
    seen: list[OperationRetryScheduled] = []

    class Watching(HandClock):
        def wait(self, seconds: float, event: Event) -> bool:
            seen.append(last(project, OperationRetryScheduled))
            return super().wait(seconds, event)

    with make_project(tmp_path, clock=Watching()) as project:
        Bench(project, chance=NoChance()).retry(Flaky(2, ConnectionError("Zaphod")).operation())

    assert [(r.operation, r.attempt, r.wait_s) for r in seen] == [(1, 1, 1.0), (1, 2, 2.0)]
    assert {r.error.error_type for r in seen} == {"ConnectionError"}
    assert not any("Zaphod" in r.model_dump_json() for r in seen)


def test_retries_show_in_the_catalog(execute: Bench, project: Project) -> None:
    """The view of operations counts retries, that of messages says why and when."""
    execute.retry(Flaky(2, ConnectionError()).operation())
    execute(CopyOperation())

    with project.catalog() as catalog:
        counted = catalog.rows("select retries from operations order by operation")
        messages = catalog.rows("select level, operation, message from messages order by position")
    assert [row["retries"] for row in counted] == [2, 0]
    assert [(row["level"], row["operation"]) for row in messages] == [("warning", 1)] * 2
    assert messages[1]["message"].startswith("attempt 2 failed, the next after 2.0 s: Connection")


def test_retries_show_as_warnings_in_the_report(project: Project) -> None:
    """Who reads the report of a run that ended well sees that it took two attempts."""

    class Patient(SmallTask):
        def execute(self) -> bool:
            self.operation_executor.execute_with_retry(Flaky(1, ConnectionError()).operation())
            return True

    task = Patient(project=project)

    assert task.run()
    (warning,) = task.reporter.generate_report()["warnings"]
    assert warning["operation"] == "CallOperation"
    assert warning["details"]["attempt"] == 1


def test_reads_of_all_attempts_belong_to_the_operation(execute: Bench, project: Project) -> None:
    """What the failed attempt has read is on record once, and part of the key."""
    calls: list[int] = []

    def read_then_fail(data_source: Any, **_: object) -> None:
        if not calls:
            data_source.get_table("people")
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError

    execute.retry(CallOperation(read_then_fail))

    assert [read.operation for read in recorded(project, DatasetRead.TOPIC)] == [1]


def test_duration_has_attempts_and_waits(execute: Bench) -> None:
    """What a retried operation took is from the first attempt to the last."""
    result = execute.retry(Flaky(2, ConnectionError()).operation())

    assert result.execution_time == 3.0


def test_failing_on_retry_ends_the_operation(execute: Bench) -> None:
    """What on_retry raises is the operation's failure; there is no further attempt."""
    flaky = Flaky(9, ConnectionError())

    def refuse(*_: object) -> None:
        raise RuntimeError

    result = execute.retry(flaky.operation(), on_retry=refuse)

    assert (flaky.calls, result.status) == (1, OperationStatus.ERROR)
    assert isinstance(execute.executor.last_exception, RuntimeError)


# waiting


def test_interrupt_of_a_wait_propagates_at_once(tmp_path: Path) -> None:
    """Behaviour 44: Ctrl-C while waiting for a retry passes through; the operation has no end."""

    class Interrupted(HandClock):
        def wait(self, seconds: float, event: Event) -> bool:
            super().wait(seconds, event)
            raise KeyboardInterrupt

    with make_project(tmp_path, clock=Interrupted()) as project:
        execute = Bench(project)
        with pytest.raises(KeyboardInterrupt, match=r"^$"):
            execute.retry(raising(ConnectionError()))

        assert execute.topics() == ["operation.started", "operation.retry_scheduled"]


def test_interrupt_of_an_attempt_propagates(execute: Bench) -> None:
    """Behaviour 44: Ctrl-C in an attempt is not a failure to be retried."""
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        execute.retry(raising(KeyboardInterrupt()))

    assert execute.topics() == ["operation.started"]


def test_cancelling_ends_a_wait_at_once(tmp_path: Path) -> None:
    """A wait of an hour ends when another thread cancels; the operation failed by that."""
    with make_project(tmp_path) as project:
        execute = Bench(project)
        cancelling = Thread(target=execute.executor.cancel)

        result = execute.retry(
            raising(ConnectionError()),
            initial_wait=3600,
            max_wait=3600,
            on_retry=lambda *_: cancelling.start(),
        )

    assert result.status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, OperationCancelledError)


def test_cancelled_operation_is_not_tried_again(execute: Bench) -> None:
    """An operation that fails after it was asked to stop has had its last attempt."""

    def stop(**_: object) -> None:
        execute.executor.cancel()
        raise ConnectionError

    result = execute.retry(CallOperation(stop))

    assert result.status is OperationStatus.ERROR
    assert execute.topics() == ["operation.started", "operation.failed"]


# cancellation


def test_token_says_whether_to_stop() -> None:
    """A token does nothing until it is cancelled, then it raises."""
    token = CancellationToken()
    token.raise_if_cancelled()
    assert not token.wait(0)

    token.cancel()

    assert token.is_cancelled
    assert token.wait(3600)
    with pytest.raises(OperationCancelledError, match="cancelled"):
        token.raise_if_cancelled()


def test_child_is_cancelled_with_its_parent_only() -> None:
    """Cancelling goes down, also to those that come later, and never up."""
    parent = CancellationToken()
    first, second = parent.child(), parent.child()

    first.cancel()
    assert not parent.is_cancelled

    parent.cancel()
    assert second.is_cancelled
    assert parent.child().is_cancelled


def test_operation_that_takes_a_token_can_stop(execute: Bench) -> None:
    """An operation with a parameter for it gets a token, which `cancel` of the executor sets."""

    class Obedient(BaseOperation):
        def execute(self, cancellation_token: CancellationToken) -> OperationResult:  # type: ignore[override]  # less
            Thread(target=execute.executor.cancel).start()
            assert cancellation_token.wait(60)
            cancellation_token.raise_if_cancelled()
            return OperationResult()

    result = execute(Obedient())

    assert result.status is OperationStatus.ERROR
    assert isinstance(execute.executor.last_exception, OperationCancelledError)


def single(execute: Bench) -> object:
    """Execute one operation."""
    return execute(CopyOperation())


@pytest.mark.parametrize(
    "act",
    [
        single,
        lambda execute: execute.retry(CopyOperation()),
        lambda execute: execute.batch(CopyOperation()),
        lambda execute: execute.parallel(CopyOperation()),
    ],
    ids=["single", "retry", "batch", "parallel"],
)
def test_nothing_begins_after_cancelling(execute: Bench, act: Callable[[Bench], object]) -> None:
    """After `cancel` every method says so, and no operation is on record."""
    execute.executor.cancel()

    with pytest.raises(OperationCancelledError, match="cancelled"):
        act(execute)

    assert execute.topics() == []
