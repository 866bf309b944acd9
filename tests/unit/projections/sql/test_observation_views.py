"""What the views over metrics, messages and checkpoints mean."""

from __future__ import annotations

import math

import pytest
from projection_scenarios import (
    Row,
    at,
    broken,
    checkpoint,
    digest,
    failed,
    folded,
    given,
    metric,
    of_run,
    operation,
    started,
)

from lineage.events import CheckpointDiscarded, OperationReported, RunInterrupted, WarningRaised

VALUES = "select metric, number, text from metric_values order by position, metric"
MESSAGES = "select level, operation, name, message from messages order by position"


def value(metric: str, number: float | None, text: str | None) -> Row:
    """A row of metric_values."""
    return {"metric": metric, "number": number, "text": text}


def message(level: str, name: str, text: str, *, operation: int | None = None) -> Row:
    """A row of messages."""
    return {"level": level, "operation": operation, "name": name, "message": text}


def test_metric_keeps_its_heading_and_operation() -> None:
    """A metric is under its category and operation, as it was recorded."""
    given(of_run(metric("k", {"min": 5}, category="risk", by=2))).shows(
        "select * from metrics",
        {
            "position": 1,
            "run_id": "r1",
            "task_id": "t_1",
            "operation": 2,
            "recorded_at": at(1),
            "category": "risk",
            "name": "k",
            "value": {"min": 5},
        },
    )


@pytest.mark.parametrize(("number", "text"), [(5, "5"), (-2, "-2"), (0.125, "0.125"), (0, "0")])
def test_number_is_one_value(number: float, text: str) -> None:
    """A plain number has one row, under the metric's own name."""
    given(of_run(metric("k", number))).shows(VALUES, value("k", number, text))


def test_nested_values_have_a_row_each_with_their_path() -> None:
    """Names inside a metric are joined with dots, places in lists stand in brackets."""
    given(of_run(metric("u", {"a": {"b": 1}, "l": [2, {"c": 3}]}))).shows(
        VALUES, value("u.a.b", 1, "1"), value("u.l[0]", 2, "2"), value("u.l[1].c", 3, "3")
    )


def test_names_with_dots_dollars_and_quotes_are_quoted_and_whole() -> None:
    """No character of a name inside a metric is lost."""
    given(of_run(metric("p$", {"a.b": 1, "c$d": 2, 'e"f': 3}))).shows(
        VALUES, value('p$."a.b"', 1, "1"), value('p$."c$d"', 2, "2"), value('p$."e\\"f"', 3, "3")
    )


@pytest.mark.parametrize(
    ("recorded", "text"),
    [("5", "5"), ("high", "high"), (True, "true"), (math.nan, "NaN"), (math.inf, "Infinity")],
)
def test_value_that_is_no_number_has_only_a_text(recorded: object, text: str) -> None:
    """Texts, truth values and what JSON has no number for are texts."""
    given(of_run(metric("m", recorded))).shows(VALUES, value("m", None, text))


def test_null_is_a_value_without_number_and_text() -> None:
    """A metric that has no value is shown as such."""
    given(of_run(metric("m", None))).shows(VALUES, value("m", None, None))


@pytest.mark.parametrize("empty", [{}, []])
def test_empty_structure_has_no_values(empty: object) -> None:
    """Where there is nothing inside there is nothing to show."""
    given(of_run(metric("m", empty))).shows(VALUES)


def test_raised_warning_is_a_message() -> None:
    """A warning shows what was found, its facts and where."""
    raised = WarningRaised(operation=2, name="load", message="12 rows", details={"rows": 12})
    given(of_run(raised)).shows(
        "select * from messages",
        {
            "level": "warning",
            "run_id": "r1",
            "task_id": "t_1",
            "operation": 2,
            "name": "load",
            "message": "12 rows",
            "details": {"rows": 12},
            "traceback": None,
            "recorded_at": at(1),
            "position": 1,
        },
    )


@pytest.mark.parametrize(
    ("status", "default"), [("warning", "Unknown warning"), ("error", "Unknown error")]
)
def test_stated_trouble_without_a_message_gets_the_default(status: str, default: str) -> None:
    """A program that states an error or a warning without words gets the framework's words."""
    given(of_run(OperationReported(name="own step", status=status))).shows(
        MESSAGES, message(status, "own step", default)
    )


def test_stated_trouble_with_a_message_keeps_it() -> None:
    """The message in the details is the message."""
    given(of_run(OperationReported(name="own", status="error", details={"message": "odd"}))).shows(
        MESSAGES, message("error", "own", "odd")
    )


@pytest.mark.parametrize("status", ["success", "running", "half done"])
def test_stated_status_without_trouble_is_no_message(status: str) -> None:
    """Only errors and warnings are messages."""
    given(of_run(OperationReported(name="own", status=status))).shows(MESSAGES)


def test_failed_operation_is_an_error_message() -> None:
    """The error of an operation shows its name, type and frames."""
    given(of_run(started(), operation(name="load"), broken(message="no space"))).shows(
        "select level, task_id, operation, name, message, details, traceback from messages",
        {
            "level": "error",
            "task_id": "t_1",
            "operation": 1,
            "name": "load",
            "message": "no space",
            "details": {"error_type": "OSError"},
            "traceback": ["a.py:1 f", "b.py:2 g"],
        },
    )


def test_run_that_fails_with_its_operations_error_says_it_once() -> None:
    """The error that ended an operation and then the run is one message."""
    given(of_run(started(), operation(), broken(message="x"), failed("x"))).shows(
        MESSAGES, message("error", "load", "x", operation=1)
    )


@pytest.mark.parametrize("ending", [failed("y"), failed("x", error_type="ValueError")])
def test_run_that_fails_otherwise_has_an_error_of_its_own(ending: object) -> None:
    """Another message or another type of error is another message."""
    given(of_run(started(), operation(), broken(message="x"), ending)).shows(  # type: ignore[arg-type]  # an event
        "select name from messages order by position", {"name": "load"}, {"name": "run"}
    )


def test_error_of_another_run_does_not_hide_a_runs_own() -> None:
    """Each run says its own error."""
    given(
        of_run(started(), operation(), broken(message="x"), run="r1"),
        of_run(started(), failed("x"), run="r2"),
    ).shows(
        "select run_id, task_id, name from messages order by position",
        {"run_id": "r1", "task_id": "t_1", "name": "load"},
        {"run_id": "r2", "task_id": "t_1", "name": "run"},
    )


def test_interrupted_run_has_no_error() -> None:
    """An interruption is a status, not an error."""
    given(of_run(started(), RunInterrupted(reason="signal", detail="asked to end"))).shows(MESSAGES)


def test_checkpoint_shows_what_was_kept() -> None:
    """A checkpoint is under its run with its state."""
    kept = checkpoint("cp1", kind="named", state={"i": [1]}, config_sha256=digest("c"))
    with folded(of_run(kept)) as history:
        row = history.catalog.row("select * from checkpoints")

    assert row is not None
    assert (row["name"], row["kind"], row["operation"]) == ("cp1", "named", 1)
    assert (row["state"], row["config_sha256"]) == ({"i": [1]}, digest("c"))
    assert (row["run_id"], row["task_id"], row["task_version"]) == ("r1", "t_1", "1.2.0")


def test_checkpoint_in_a_file_has_no_state() -> None:
    """What a file holds is named by its digest only."""
    given(of_run(checkpoint(state=None, size_bytes=7, is_encrypted=True))).shows(
        "select state, sha256, size_bytes, is_encrypted from checkpoints",
        {
            "state": None,
            "sha256": digest("automatic-1"),
            "size_bytes": 7,
            "is_encrypted": True,
        },
    )


def test_empty_state_is_a_state() -> None:
    """An empty object is not the same as nothing."""
    given(of_run(checkpoint(state={}))).shows(
        "select state, status from checkpoints", {"state": {}, "status": "kept"}
    )


def discarded(name: str, run: str = "r1") -> CheckpointDiscarded:
    """A checkpoint that is given up."""
    return CheckpointDiscarded(run=run, name=name, reason="limit")


def test_checkpoints_tell_which_are_kept() -> None:
    """A later one of a name replaces the first; a discarded one is gone, by whomever."""
    given(
        of_run(checkpoint("a"), checkpoint("b"), checkpoint("a"), checkpoint("c"), run="r1"),
        of_run(checkpoint("b"), checkpoint("c"), run="r2"),
        of_run(discarded("c", run="r1"), discarded("b", run="r1"), run="r2"),
    ).shows(
        "select run_id, name, status from checkpoints order by position",
        *(
            {"run_id": run, "name": name, "status": status}
            for run, name, status in [
                ("r1", "a", "replaced"),
                ("r1", "b", "discarded"),
                ("r1", "a", "kept"),
                ("r1", "c", "discarded"),
                ("r2", "b", "kept"),
                ("r2", "c", "kept"),
            ]
        ),
    )


def test_name_of_a_discarded_checkpoint_can_be_used_again() -> None:
    """Only what was kept before is discarded; the next of the name is another one."""
    given(of_run(checkpoint("a"), discarded("a"), checkpoint("a"), discarded("x"))).shows(
        "select status from checkpoints order by position",
        {"status": "discarded"},
        {"status": "kept"},
    )
