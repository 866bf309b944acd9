"""What the views over runs mean."""

from __future__ import annotations

import pytest
from projection_scenarios import (
    Step,
    at,
    digest,
    environment,
    failed,
    given,
    of_run,
    started,
    succeeded,
)

from lineage.events import (
    RunAnnotated,
    RunArchived,
    RunImported,
    RunInterrupted,
    RunRefused,
    RunRestored,
    RunResumed,
)

STATUS = "select status, ended_at, duration_s, message from runs"


def refused(**changes: str | None) -> RunRefused:
    """A run refused because of a dependency."""
    values: dict[str, str | None] = {"depends_on": "t_0", "depends_on_run": "r0"}
    return RunRefused(
        task_type="profiling",
        description="Profile the customers",
        report_path="DATA/reports/t_1_report.json",
        reason="dependency",
        message="the latest run of task 't_0' (r0) is failed",
        **values | changes,  # type: ignore[arg-type]  # the keys are those of the event
    )


def imported(*, is_success: bool) -> RunImported:
    """A run that was recorded elsewhere."""
    record = {"task_id": "t_1", "task_type": "profiling", "execution_time": 12.5, "hostname": "old"}
    return RunImported(occurred_at=at(1), is_success=is_success, record=record, source="log.json")


def test_open_run_is_running() -> None:
    """A run that began and has no end is running."""
    given(of_run(started())).shows(
        STATUS, {"status": "running", "ended_at": None, "duration_s": None, "message": None}
    )


def test_run_with_success_has_succeeded() -> None:
    """A run's success is its status, the time of the event its end."""
    given(of_run(started(), succeeded())).shows(
        STATUS, {"status": "succeeded", "ended_at": at(2), "duration_s": 3.5, "message": None}
    )


def test_run_with_error_has_failed_and_says_why() -> None:
    """A failed run shows type, message and frames of its error."""
    given(of_run(started(), failed("no space"))).shows(
        "select status, error_type, message, traceback from runs",
        {
            "status": "failed",
            "error_type": "OSError",
            "message": "no space",
            "traceback": ["a.py:1 f", "b.py:2 g"],
        },
    )


def test_run_that_died_is_interrupted() -> None:
    """An interrupted run says what was observed, and has no duration of its own."""
    gone = RunInterrupted(reason="process_gone", detail="process 4711 is gone")
    given(of_run(started(), gone)).shows(
        STATUS,
        {
            "status": "interrupted",
            "ended_at": at(2),
            "duration_s": None,
            "message": "process 4711 is gone",
        },
    )


def test_refused_run_names_what_stood_in_its_way() -> None:
    """A refused run began and ended at once, and names the other task and its run."""
    given(of_run(refused())).shows(
        "select status, started_at, ended_at, depends_on, depends_on_run, pid, ended_position"
        " from runs",
        {
            "status": "refused",
            "started_at": at(1),
            "ended_at": at(1),
            "depends_on": "t_0",
            "depends_on_run": "r0",
            "pid": None,
            "ended_position": 1,
        },
    )


@pytest.mark.parametrize(("is_success", "status"), [(True, "succeeded"), (False, "failed")])
def test_imported_run_stands_as_its_record_says(*, is_success: bool, status: str) -> None:
    """A run from elsewhere has the status, duration and host of its record."""
    given(of_run(imported(is_success=is_success))).shows(
        "select status, duration_s, host, is_imported, ended_at from runs",
        {
            "status": status,
            "duration_s": 12.5,
            "host": "old",
            "is_imported": True,
            "ended_at": None,
        },
    )


def test_run_shows_what_it_was_started_with() -> None:
    """Process, configuration, seed and upstream runs of a run are in its row."""
    begun = started(config_sha256=digest("c"), seed=7, upstream_runs={"t_0": "r0"}, resumes="r_")
    given(of_run(begun)).shows(
        "select task_id, actor, host, pid, process_started_at, config_sha256, seed,"
        " upstream_runs, resumes from runs",
        {
            "task_id": "t_1",
            "actor": "tester@host",
            "host": "server",
            "pid": 4711,
            "process_started_at": 1_750_000_000.5,
            "config_sha256": digest("c"),
            "seed": 7,
            "upstream_runs": {"t_0": "r0"},
            "resumes": "r_",
        },
    )


def test_seed_beyond_64_bits_is_kept() -> None:
    """A seed of 128 bits, as `secrets` makes them, is shown digit by digit."""
    seed = 2**128 + 1
    given(of_run(started(seed=seed))).shows("select seed from runs", {"seed": seed})


def test_archived_run_stays_in_the_view() -> None:
    """An archived run is marked, not gone."""
    history = of_run(started(), succeeded(), RunArchived(reason="a test"))
    given(history).shows(
        "select run_id, is_archived from runs", {"run_id": "r1", "is_archived": True}
    )


def test_restored_run_is_no_longer_archived() -> None:
    """Of archiving and restoring the later one counts."""
    events = (started(), succeeded(), RunArchived(reason="a test"), RunRestored(reason="needed"))
    given(of_run(*events)).shows("select is_archived from runs", {"is_archived": False})


def test_run_taken_up_twice_shows_the_latest_resume() -> None:
    """The run that last resumed another one is in its row."""
    resumed = (RunResumed(resumed_by="r2"), RunResumed(resumed_by="r3"))
    given(of_run(started(), failed(), *resumed)).shows(
        "select resumed_by, status from runs", {"resumed_by": "r3", "status": "failed"}
    )


def test_run_without_annotations_has_no_row_of_them() -> None:
    """Only annotated runs have annotations."""
    given(of_run(started())).shows("select * from run_annotations")


def test_annotations_of_awkward_names_and_values_come_back() -> None:
    """Keys with quotes, dots, dollars and backslashes, and null values, are kept as they are."""
    changes = {'a "b"': 1, "x.y": [1, {"z": None}], "$": "s", "back\\slash": True, "ä": None, "": 2}
    given(of_run(started(), RunAnnotated(changes=changes))).shows(
        "select annotations from run_annotations", {"annotations": changes}
    )


def test_later_annotation_replaces_an_earlier_one() -> None:
    """Each key has its latest value, also when that is null."""
    events = (RunAnnotated(changes={"a": 1, "b": 2}), RunAnnotated(changes={"a": None, "c": 3}))
    given(of_run(started(), *events)).shows(
        "select * from run_annotations",
        {"run_id": "r1", "annotations": {"a": None, "b": 2, "c": 3}},
    )


def test_each_captured_environment_has_a_row() -> None:
    """What was captured of machine and software is under the run."""
    given(of_run(started(), environment())).shows(
        "select * exclude (position) from environments",
        {
            "run_id": "r1",
            "os": "Linux",
            "python_version": "3.11.9",
            "user_name": "privacy",
            "machine": "server",
            "cpu_count": 8,
            "product_version": "0.1.0",
            "packages": {"pandas": "2.3.1"},
        },
    )


def test_runs_of_several_streams_do_not_mix() -> None:
    """The end of one run says nothing about another one."""
    histories: tuple[Step, ...] = (
        of_run(started(), run="r1"),
        of_run(started(), succeeded(), run="r2", task="t_2"),
        of_run(failed(), run="r1"),
    )
    given(*histories).shows(
        "select run_id, task_id, status, started_position, ended_position from runs"
        " order by run_id",
        {
            "run_id": "r1",
            "task_id": "t_1",
            "status": "failed",
            "started_position": 1,
            "ended_position": 4,
        },
        {
            "run_id": "r2",
            "task_id": "t_2",
            "status": "succeeded",
            "started_position": 2,
            "ended_position": 3,
        },
    )
