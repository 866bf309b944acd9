"""Each operation of a task may have its own retries and its own timeout."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from small_tasks import NO_DATA, CallOperation, configure, recorded

from lineage.events import OperationFailed, OperationRetryScheduled, OperationStarted
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.tasks import BaseTask, CancellationToken, RetryPolicy
from ops import BaseOperation, OperationResult

AT_ONCE = {"max_retries": 2, "initial_wait": 0}


class Task(BaseTask):
    """Adds what a test tells it to."""

    def __init__(self, add: Callable[[BaseTask], object], project: Project) -> None:
        super().__init__("t_limits", "test", "limits", project=project)
        self._add = add

    def configure_operations(self) -> None:
        """Add it."""
        self._add(self)


class Flaky(CallOperation):
    """Fails once, with an error that may pass."""

    def __init__(self) -> None:
        self._attempts = 0
        super().__init__(self._once, NO_DATA)

    def _once(self, **_: object) -> None:
        self._attempts += 1
        if self._attempts == 1:
            raise ConnectionError("busy")


class Slow(CallOperation):
    """Waits until it is cancelled, at most half a minute."""

    def __init__(self) -> None:
        super().__init__(self._wait, NO_DATA)

    def _wait(self, cancellation_token: CancellationToken, **_: object) -> None:
        for _step in range(600):
            cancellation_token.raise_if_cancelled()
            time.sleep(0.05)


class Named(BaseOperation):
    """Has parameters of its own that are called like the limits."""

    def __init__(self, timeout: float = 1, retry: str = "no") -> None:
        self.timeout, self.retry = timeout, retry

    def execute(self, **_: object) -> OperationResult:  # type: ignore[override]  # takes anything
        """Report them."""
        return OperationResult(metrics={"timeout": self.timeout, "retry": self.retry})

    def data_use(self) -> Any:
        """Need no data."""
        return NO_DATA


def retries(project: Project) -> list[tuple[int, int]]:
    """Return operation and attempt of each retry on record."""
    events = recorded(project, OperationRetryScheduled.TOPIC)
    return [(event.operation, event.attempt) for event in events]


@pytest.mark.parametrize("retry", [AT_ONCE, RetryPolicy(max_retries=2, initial_wait=0)])
@pytest.mark.parametrize("workers", [1, 2])
def test_operation_is_retried_as_it_was_added(project: Project, retry: Any, workers: int) -> None:
    """The retry is on record, also where operations run at once; the others have none."""

    def add(task: BaseTask) -> None:
        task.add_operation(CallOperation(lambda **_: None, NO_DATA))
        task.add_operation(Flaky, retry=retry)

    task = Task(add, project)

    assert task.run({"parallel_processes": workers}), task.error
    assert retries(project) == [(2, 1)]
    assert "retry" not in recorded(project, OperationStarted.TOPIC)[1].parameters


@pytest.mark.parametrize("workers", [1, 2])
def test_operation_fails_after_its_own_timeout(project: Project, workers: int) -> None:
    """A neighbour without a limit is not affected."""

    def add(task: BaseTask) -> None:
        task.add_operation(CallOperation(lambda **_: None, NO_DATA))
        task.add_operation(Slow, timeout=0.1)

    assert not Task(add, project).run({"parallel_processes": workers})
    (failed,) = recorded(project, OperationFailed.TOPIC)
    assert failed.operation == 2
    assert failed.error.error_type.endswith(".OperationTimeoutError")


def test_operation_without_retry_fails_at_once(project: Project) -> None:
    """Nothing is retried that nobody asked for."""
    assert not Task(lambda task: task.add_operation(Flaky), project).run()
    assert retries(project) == []


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"Flaky": {"retry": AT_ONCE}}, [(1, 1), (2, 1)]),
        ({"Flaky": {"retry": AT_ONCE}, "Flaky#2": {"retry": 0}}, [(1, 1)]),
        ({"Flaky": {"timeout": 60}}, [(1, 1), (2, 1)]),
    ],
)
def test_task_file_goes_before_the_code(
    project: Project, limits: Mapping[str, object], expected: list[tuple[int, int]]
) -> None:
    """Of a name all operations get the limits, of a name with a number that one."""

    def add(task: BaseTask) -> None:
        task.add_operation(Flaky, retry=AT_ONCE)
        task.add_operation(Flaky(), retry=AT_ONCE)

    configure(project, "t_limits", operation_limits=limits, continue_on_error=True)

    Task(add, project).run()
    assert retries(project) == expected


def test_task_file_alone_is_enough(project: Project) -> None:
    """Whoever runs a task can retry an operation without touching the code."""
    configure(project, "t_limits", operation_limits={"Flaky": {"retry": AT_ONCE}})
    task = Task(lambda task: task.add_operation(Flaky), project)

    assert task.run(), task.error
    assert retries(project) == [(1, 1)]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"Flakey": {"retry": 1}}, r"no operation 'Flakey' \(did you mean 'Flaky'\?\)"),
        ({"Flaky#2": {"retry": 1}}, "no operation 'Flaky#2'"),
        ({"Flaky": {"retries": 1}}, "Flaky: limits of an operation: no 'retries'"),
        ({"Flaky": {"retry": -1}}, "Flaky: max_retries of a retry: found -1"),
        ({"Flaky": 3}, r"operation_limits\.Flaky: Input should be a valid dictionary"),
    ],
)
def test_mistake_in_the_task_file_fails_the_run(
    project: Project, limits: Mapping[str, object], said: str
) -> None:
    """A misspelt operation or limit would leave the operation without one."""
    configure(project, "t_limits", operation_limits=limits)
    task = Task(lambda task: task.add_operation(Flaky), project)

    assert not task.run()
    with pytest.raises(ConfigurationError, match=said):
        raise task.error or AssertionError


def test_parameter_of_that_name_gets_the_value(project: Project) -> None:
    """What a class declares stays its parameter; the limit goes beside a made operation."""

    def add(task: BaseTask) -> None:
        task.add_operation(Named, timeout=5, retry="always")
        task.add_operation(Named(timeout=6), timeout=60, retry=3)

    task = Task(add, project)

    assert task.run(), task.error
    assert [result.metrics for result in task.results] == [
        {"timeout": 5, "retry": "always"},
        {"timeout": 6, "retry": "no"},
    ]
    stated = [task._limits(operation).timeout for operation in task.operations]
    assert stated == [None, 60]


def test_wrong_limit_fails_the_run_before_anything_is_executed(project: Project) -> None:
    """A limit is checked when the operation is added."""
    task = Task(lambda task: task.add_operation(Flaky, timeout="1m"), project)

    assert not task.run()
    assert "timeout of an operation: found '1m'" in str(task.error)
    assert recorded(project, OperationStarted.TOPIC) == []


def test_configuration_without_limits_has_the_digest_it_had(project: Project) -> None:
    """A run from before there were limits can be resumed as if nothing had changed."""
    task = Task(lambda _: None, project)
    assert "operation_limits" not in task.configuration(project).to_event().configuration
    configure(project, "t_limits", operation_limits={"Flaky": {"retry": 1}})
    assert "operation_limits" in task.configuration(project).to_event().configuration
