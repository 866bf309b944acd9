"""What the view over operations means."""

from __future__ import annotations

import pytest
from projection_scenarios import (
    at,
    broken,
    digest,
    done,
    failed,
    given,
    of_run,
    operation,
    started,
    succeeded,
)

from lineage.events import (
    Event,
    OperationProgressed,
    OperationReported,
    OperationRetryScheduled,
    OperationSkipped,
    RunInterrupted,
)

STATUS = "select operation, name, status, ended_at from operations order by started_position"


def reported(status: str, **details: object) -> OperationReported:
    """A step that a program states by itself."""
    return OperationReported(name="own step", status=status, details=details)


def test_open_operation_is_running() -> None:
    """An operation that began in an open run is running."""
    given(of_run(started(), operation())).shows(
        STATUS, {"operation": 1, "name": "load", "status": "running", "ended_at": None}
    )


@pytest.mark.parametrize("status", ["success", "warning"])
def test_ended_operation_has_the_status_it_ended_with(status: str) -> None:
    """Success and warning are both ends, with duration, key and details."""
    given(of_run(started(), operation(), done(status=status, details={"rows": 3}))).shows(
        "select status, ended_at, duration_s, key, details from operations",
        {
            "status": status,
            "ended_at": at(3),
            "duration_s": 1.5,
            "key": digest("key"),
            "details": {"rows": 3},
        },
    )


def test_failed_operation_is_an_error_with_its_reason() -> None:
    """A failed operation shows type, message and frames of its error, and no key."""
    given(of_run(started(), operation(), broken(message="no space"))).shows(
        "select status, key, error_type, message, traceback from operations",
        {
            "status": "error",
            "key": None,
            "error_type": "OSError",
            "message": "no space",
            "traceback": ["a.py:1 f", "b.py:2 g"],
        },
    )


def test_skipped_operation_names_what_stands_in_for_it() -> None:
    """A skipped operation shows the reason and the reused operation, and never ran."""
    skipped = OperationSkipped(
        operation=1, name="load", reason="done before", reused_run="r0", reused_operation=4
    )
    given(of_run(started(), skipped)).shows(
        "select status, message, reused_run, reused_operation, duration_s from operations",
        {
            "status": "skipped",
            "message": "done before",
            "reused_run": "r0",
            "reused_operation": 4,
            "duration_s": None,
        },
    )


@pytest.mark.parametrize(
    "ending", [RunInterrupted(reason="signal", detail="ended"), failed(), succeeded()]
)
def test_operation_without_an_end_in_an_ended_run_is_interrupted(ending: Event) -> None:
    """Nothing is running any more in a run that has ended."""
    given(of_run(started(), operation(), ending)).shows(
        STATUS, {"operation": 1, "name": "load", "status": "interrupted", "ended_at": None}
    )


def test_reported_step_has_no_number() -> None:
    """A step stated by a program shows its own word and details, and no place in the order."""
    given(of_run(started(), reported("half done", rows=3))).shows(
        "select operation, name, status, details, message, duration_s from operations",
        {
            "operation": None,
            "name": "own step",
            "status": "half done",
            "details": {"rows": 3},
            "message": None,
            "duration_s": None,
        },
    )


@pytest.mark.parametrize("status", ["error", "warning"])
def test_reported_trouble_shows_its_message(status: str) -> None:
    """The message in the details of a stated error or warning is the operation's message."""
    given(of_run(started(), reported(status, message="odd"))).shows(
        "select status, message from operations", {"status": status, "message": "odd"}
    )


def test_operation_shows_what_it_was_started_with() -> None:
    """Class, code, parameters and seed of an operation are in its row."""
    begun = operation(class_name="ops.Load", code_version="2+ab", parameters={"k": [1]}, seed=-1)
    given(of_run(started(), begun)).shows(
        "select task_id, class_name, code_version, parameters, seed from operations",
        {
            "task_id": "t_1",
            "class_name": "ops.Load",
            "code_version": "2+ab",
            "parameters": {"k": [1]},
            "seed": -1,
        },
    )


def test_operations_of_one_number_in_two_runs_do_not_mix() -> None:
    """An operation's end belongs to the operation of that number of the same run."""
    given(
        of_run(started(), operation(), run="r1"),
        of_run(started(), operation(), done(), run="r2"),
    ).shows(
        "select run_id, status from operations order by run_id",
        {"run_id": "r1", "status": "running"},
        {"run_id": "r2", "status": "success"},
    )


def test_milestones_and_retries_are_steps() -> None:
    """Each milestone and each scheduled retry has a row with what belongs to it."""
    error = failed("try again").error
    given(
        of_run(
            OperationProgressed(operation=1, name="load", message="half", completed=5, total=10),
            OperationRetryScheduled(operation=1, attempt=2, wait_s=4.0, error=error),
        )
    ).shows(
        "select kind, name, message, attempt, wait_s, completed, total from operation_steps",
        {
            "kind": "milestone",
            "name": "load",
            "message": "half",
            "attempt": None,
            "wait_s": None,
            "completed": 5,
            "total": 10,
        },
        {
            "kind": "retry",
            "name": None,
            "message": "try again",
            "attempt": 2,
            "wait_s": 4.0,
            "completed": None,
            "total": None,
        },
    )
