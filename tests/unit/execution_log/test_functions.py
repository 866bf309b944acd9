"""The execution log as functions: what is recorded is found again, whoever asks and when."""

from __future__ import annotations

import contextlib
import csv
import json
import logging
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import numpy as np
import pytest
from copies import copied, empty_catalog

from lineage.events import RunSucceeded, streams
from lineage.execution_log import functions as log
from lineage.execution_log import scope
from lineage.kernel.clock import SteppingClock
from lineage.ledger import NewEvents
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.settings import STATE_FOLDER
from lineage.tasks import create_task_progress_manager
from projections.documents.execution_log import RECORD_KINDS

UNKNOWN = "00000000-0000-4000-8000-000000000000"
RECORD_IN_A_LOOP = """
from pathlib import Path
from lineage.execution_log.functions import record_task_execution
while True:
    print(record_task_execution("t_1", "profiling", True, 1.0, Path("r.json"), {"a": "a.csv"}))
"""
RECORD_25 = """
from pathlib import Path
from lineage.execution_log.functions import record_task_execution
for i in range(25):
    print(record_task_execution("t_1", "profiling", True, i, Path("r.json")), flush=True)
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without events in the current folder."""
    root = tmp_path / "project"
    (root / STATE_FOLDER).mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.delenv("LINEAGE_PROJECT", raising=False)
    monkeypatch.delenv("LINEAGE_LEDGER", raising=False)
    return root


def files_of(folder: Path) -> list[str]:
    """The paths of all files below a folder, relative to it."""
    return [f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()]


@dataclass
class Produced:
    """What a program of the user may hand over as an artifact."""

    path: Path
    artifact_type: str


def record(task: str = "t_1", *, success: bool = True, seconds: float = 1.5, **options: Any) -> str:
    """Record a run of a task."""
    report = Path(f"DATA/reports/{task}_report.json")
    return log.record_task_execution(task, "profiling", success, seconds, report, **options)


def latest(task: str = "t_1", *, success_only: bool = False) -> dict[str, Any]:
    """Return the latest record of a task, which must be there."""
    found = log.find_latest_execution(task, success_only=success_only)
    assert found is not None
    return found


def paths(files: list[dict[str, str]]) -> list[str]:
    """Return the paths of a record's files."""
    return [file["path"] for file in files]


def begin(root: Path, task: str = "t_1", *, clock: SteppingClock | None = None) -> RunRecorder:
    """Begin a run that stays in progress; its project is closed by the caller."""
    recorder = RunRecorder(Project(root, clock=clock), task)
    recorder.begin(run_started(task_type="profiling", description="", report_path="r.json"))
    return recorder


def run_child(code: str, **environment: str) -> None:
    """Run a piece of code in a Python of its own, to a good end."""
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, **environment})


def child(code: str, **environment: str) -> subprocess.Popen[str]:
    """Start Python on a piece of code in the current folder."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


# The first run, and what a record has


def test_first_record_makes_the_project_and_has_every_key(project: Path) -> None:
    """Behaviour 1: the first run makes the storage and is found with all that was said of it."""
    run = record(input_datasets={"customers": "DATA/raw/c.csv"}, output_artifacts=["out/x.csv"])
    found = latest()
    assert (project / ".lineage" / "ledger.db").is_file()
    assert UUID(found["task_run_id"]) == UUID(run)
    assert list(found) == list(RECORD_KINDS)
    assert found["task_type"] == "profiling"
    assert (found["success"], found["execution_time"]) == (True, 1.5)
    assert found["report_path"] == "DATA/reports/t_1_report.json"
    assert found["input_files"] == [{"name": "customers", "path": "DATA/raw/c.csv"}]
    assert found["hostname"]


def test_artifacts_of_any_kind_have_path_type_and_description() -> None:
    """Behaviour 2: the type of a path is its suffix, of an object without one "unknown"."""
    record(
        output_artifacts=[
            Path("a.json"),
            "b.csv",
            "noext",
            {"path": "c.txt"},
            {"path": "d.txt", "type": "text", "description": "Summary"},
            Produced(Path("e.png"), "chart"),
        ]
    )
    found = [(f["path"], f["type"], f["description"]) for f in latest()["output_files"]]
    assert found == [
        ("a.json", "json", ""),
        ("b.csv", "csv", ""),
        ("noext", "unknown", ""),
        ("c.txt", "unknown", ""),
        ("d.txt", "text", "Summary"),
        ("e.png", "chart", ""),
    ]


def test_a_run_without_files_has_empty_lists() -> None:
    """Inputs and outputs may be left out."""
    record()
    assert (latest()["input_files"], latest()["output_files"]) == ([], [])


@pytest.mark.parametrize("artifact", [{"type": "csv"}, 5, None, {"path": 5}])
def test_an_artifact_without_a_path_is_refused_and_nothing_recorded(artifact: object) -> None:
    """Something that names no file is an error, and half a record is not kept."""
    with pytest.raises(log.ExecutionLogError, match="output artifact"):
        record(output_artifacts=["a.csv", artifact])
    assert log.get_task_execution_history() == []


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf"), True, "1", None])
def test_a_duration_that_is_none_is_refused(seconds: Any) -> None:
    """A duration is a finite number of seconds, not below zero."""
    with pytest.raises(log.ExecutionLogError, match="execution_time"):
        record(seconds=seconds)


def test_numbers_of_numpy_are_taken() -> None:
    """A duration measured with numpy is a number like any other."""
    duration: Any = np.float32(0.5)
    record(seconds=duration)
    assert latest()["execution_time"] == 0.5


@pytest.mark.parametrize("task", ["", "a\x00b"])
def test_a_task_id_that_cannot_be_stored_is_refused(task: str) -> None:
    """An id that is empty or has control characters raises."""
    with pytest.raises(log.ExecutionLogError, match=r"execution log \(record"):
        record(task)


def test_a_nul_in_a_path_raises_the_error_of_the_log() -> None:
    """A path no system accepts is refused as every other failure is."""
    with pytest.raises(log.ExecutionLogError, match="execution log"):
        log.record_task_execution("t_1", "x", True, 1.0, Path("a\x00b"))
    with pytest.raises(log.ExecutionLogError, match="execution log"):
        log.find_task_by_output("a\x00b")


def test_names_that_are_legal_are_kept() -> None:
    """Behaviour 10: ampersands, double dots, spaces and umlauts in a name lose nothing."""
    names = ["data/R&D.csv", "report..v2.csv", "Übersicht 1.csv"]
    record(input_datasets={name: name for name in names}, output_artifacts=names)
    assert paths(latest()["input_files"]) == names
    assert paths(latest()["output_files"]) == names
    assert all(log.find_task_by_output(name) for name in names)


def test_a_refused_path_is_named_in_the_record() -> None:
    """Behaviour 11: a file outside is kept out, the record says so, the others are there."""
    run = record(
        input_datasets={"a": "a.csv", "evil": "../../etc/passwd"},
        output_artifacts=["/etc/shadow", "b.csv"],
    )
    found = latest()
    assert found["task_run_id"] == run
    assert (paths(found["input_files"]), paths(found["output_files"])) == (["a.csv"], ["b.csv"])
    assert ["passwd" in found["warnings"][0], "shadow" in found["warnings"][1]] == [True, True]


# Asking


def test_history_is_newest_first_limited_and_filtered() -> None:
    """Behaviour 3: newest first, at most `limit`, only successes on request, [] if unknown."""
    runs = [record(success=i != 2) for i in range(4)]
    other = record("t_2")
    ids = [r["task_run_id"] for r in log.get_task_execution_history("t_1", limit=3)]
    assert ids == runs[:0:-1]
    good = log.get_task_execution_history("t_1", success_only=True)
    assert [r["task_run_id"] for r in good] == [runs[3], runs[1], runs[0]]
    assert log.get_task_execution_history()[0]["task_run_id"] == other
    assert log.get_task_execution_history("nobody") == []
    assert log.get_task_execution_history(limit=0) == []


def test_history_gives_ten_unless_told() -> None:
    """The default limit is 10."""
    for _ in range(11):
        record()
    assert len(log.get_task_execution_history()) == 10


@pytest.mark.parametrize("limit", [-1, None, "5"])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    """A negative limit is an error, not an empty answer."""
    with pytest.raises(log.ExecutionLogError, match="limit"):
        log.get_task_execution_history(limit=limit)


def test_latest_is_the_last_success_unless_told() -> None:
    """Behaviour 4: after ok, ok, failed the latest is the second, of any outcome the third."""
    _, second, third = record(), record(), record(success=False)
    assert latest(success_only=True)["task_run_id"] == second
    assert latest()["task_run_id"] == third
    assert log.find_latest_execution("nobody") is None


def test_a_producer_is_found_by_relative_absolute_and_symlinked_path(project: Path) -> None:
    """Behaviour 5: however the file is named, the run that wrote it is found."""
    (project / "out").mkdir()
    (project / "link").symlink_to(project / "out")
    run = record(output_artifacts=["out/x.csv"])
    for path in ("out/x.csv", Path("out/../out/x.csv"), project / "out/x.csv", "link/x.csv"):
        found = log.find_task_by_output(path)
        assert found is not None
        assert found["task_run_id"] == run
    assert log.find_task_by_output("out/y.csv") is None


def test_the_later_of_two_producers_is_found_and_all_on_request() -> None:
    """Behaviour 6: the last writer counts; `find_producers` has every one."""
    first, second = (record(task, output_artifacts=["x.csv"]) for task in ("t_1", "t_2"))
    found = log.find_task_by_output("x.csv")
    assert found is not None
    assert found["task_run_id"] == second
    assert [r["task_run_id"] for r in log.find_producers("x.csv")] == [second, first]
    assert log.find_producers("y.csv") == []


# Many writers, and writers that die


def test_four_processes_with_25_records_each_lose_none() -> None:
    """Behaviour 7: 100 acknowledged runs are 100 readable ones with 100 ids."""
    children = [child(RECORD_25) for _ in range(4)]
    acknowledged = [line for c in children for line in c.communicate()[0].split()]
    assert [c.returncode for c in children] == [0] * 4
    shown = [r["task_run_id"] for r in log.get_task_execution_history(limit=1_000)]
    assert len(shown) == 100
    assert set(shown) == set(acknowledged)


def test_threads_that_record_at_once_lose_none() -> None:
    """The functions may be called from several threads of one process."""
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: record(), range(24)))
    shown = {r["task_run_id"] for r in log.get_task_execution_history(limit=100)}
    assert shown == set(runs)


def test_a_forked_process_records_like_any_other() -> None:
    """A child made by fork writes to the history of its parent."""
    record()
    if (pid := os.fork()) == 0:
        os._exit(0 if record() else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert len(log.get_task_execution_history()) == 2


def test_what_was_acknowledged_before_kill_9_is_intact() -> None:
    """Behaviour 8: a writer that is killed leaves all it was told is recorded."""
    acknowledged: list[str] = []
    for lines in (1, 3, 7):
        writer = child(RECORD_IN_A_LOOP, PYTHONUNBUFFERED="1")
        assert writer.stdout is not None
        acknowledged += [writer.stdout.readline().strip() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line for line in writer.communicate()[0].split() if len(line) == 36]
    after = record()
    shown = {r["task_run_id"]: r for r in log.get_task_execution_history(limit=10_000)}
    assert {after, *acknowledged} <= shown.keys()
    assert all(paths(shown[run]["input_files"]) == ["a.csv"] for run in acknowledged)
    assert log.validate_execution_log() == (True, [])


def fill(root: Path, runs: int) -> None:
    """Append the histories of earlier runs, 1,000 to a transaction."""
    started = run_started(task_type="x", description="", report_path="r.json")
    events = (started, RunSucceeded(duration_s=1.0, peak_memory_mb=None))
    with Project(root) as opened:
        for first in range(0, runs, 1_000):
            numbers = range(first, min(first + 1_000, runs))
            opened.ledger.append_all(
                [
                    NewEvents(
                        stream=streams.run(str(UUID(int=number))),
                        events=events,
                        expected_version=0,
                        run=str(UUID(int=number)),
                        task="t_1",
                    )
                    for number in numbers
                ]
            )


def cost_of_recording() -> float:
    """Return the seconds that one recording takes, the median of many."""
    times = []
    for _ in range(40):
        began = time.perf_counter()
        record()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


@pytest.mark.parametrize("runs", [1_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_recording_costs_the_same_after_many_runs(runs: int, project: Path) -> None:
    """Behaviour 9: with so many earlier runs it takes under three times as long as with 10."""
    other = project / "other"
    for root in (project, other):
        copied(empty_catalog, root)
    fill(project, 10)
    with_10 = cost_of_recording()
    fill(other, runs)
    with contextlib.chdir(other):
        assert cost_of_recording() < 3 * with_10


# Tracking files


def test_an_input_that_is_tracked_twice_is_there_once() -> None:
    """Behaviour 12: the same input again adds no entry; an unknown task gives False."""
    record(input_datasets={"customers": "a.csv"})
    assert log.track_input_files("t_1", ["a.csv", "b.csv"])
    assert log.track_input_files("t_1", [Path("b.csv")])
    assert paths(latest()["input_files"]) == ["a.csv", "b.csv"]
    assert log.track_input_files("nobody", ["a.csv"]) is False
    assert log.track_output_files("nobody", ["a.csv"]) is False


def test_outputs_belong_to_the_run_in_progress(project: Path) -> None:
    """Behaviour 13: while run 2 is in progress, what is tracked is its own."""
    record(output_artifacts=["old.csv"])
    recorder = begin(project)
    with recorder.project:
        assert log.track_output_files("t_1", ["new.csv", "new.csv"])
        assert log.track_output_files("t_1", ["new.csv"])
        recorder.succeed()
    newest, oldest = log.get_task_execution_history("t_1")
    assert (paths(newest["output_files"]), paths(oldest["output_files"])) == (
        ["new.csv"],
        ["old.csv"],
    )


def test_outputs_belong_to_the_run_in_progress_although_a_later_one_has_ended(
    project: Path,
) -> None:
    """A run that is still at work comes before one that began later and is over."""
    recorder = begin(project)
    with recorder.project:
        record()
        log.track_output_files("t_1", ["x.csv"])
        recorder.succeed()
    found = log.find_task_by_output("x.csv")
    assert found is not None
    assert found["task_run_id"] == recorder.run_id


def test_a_run_whose_process_died_takes_no_files(project: Path) -> None:
    """The dead run is interrupted first, and the files go to the latest run in the log."""
    code = f"""
from pathlib import Path
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
recorder = RunRecorder(Project(Path({str(project)!r})), "t_1")
recorder.begin(run_started(task_type="x", description="", report_path="r.json"))
"""
    run_child(code)
    assert log.track_output_files("t_1", ["x.csv"])
    assert (latest()["status"], paths(latest()["output_files"])) == ("interrupted", ["x.csv"])


def test_a_tracked_output_has_its_suffix_as_type_and_a_producer() -> None:
    """A file tracked after the end of the run leads to it as a recorded one does."""
    run = record()
    log.track_output_files("t_1", ["out/chart.png", "noext"])
    assert [f["type"] for f in latest()["output_files"]] == ["png", "unknown"]
    found = log.find_task_by_output("out/chart.png")
    assert found is not None
    assert found["task_run_id"] == run


def test_files_tracked_by_many_at_once_are_all_there() -> None:
    """Nobody's files replace those of somebody else."""
    record()
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda i: log.track_output_files("t_1", [f"{i}.csv"]), range(6)))
    assert done == [True] * 6
    assert sorted(paths(latest()["output_files"])) == [f"{i}.csv" for i in range(6)]


def test_files_tracked_while_the_run_ends_are_all_there(project: Path) -> None:
    """Whether they come before the end or after it, they are in the record."""
    recorder = begin(project)
    with recorder.project, ThreadPoolExecutor(4) as pool:
        done = pool.map(lambda i: log.track_input_files("t_1", [f"{i}.csv"]), range(6))
        recorder.succeed()
        assert list(done) == [True] * 6
    assert sorted(paths(latest()["input_files"])) == [f"{i}.csv" for i in range(6)]


def test_files_go_to_the_latest_run_that_is_not_removed() -> None:
    """A run that is hidden takes no files while there is another one."""
    first, second = record(), record()
    log.remove_execution_record(second)
    log.track_input_files("t_1", ["x.csv"])
    assert latest()["task_run_id"] == first
    assert paths(latest()["input_files"]) == ["x.csv"]


def test_a_tracked_path_outside_is_refused() -> None:
    """Who names one file wants that one: it is an error, not a warning."""
    record()
    with pytest.raises(log.ExecutionLogError, match="inside"):
        log.track_output_files("t_1", ["fine.csv", "../../evil.csv"])
    assert latest()["output_files"] == []


def test_a_single_path_instead_of_a_list_is_refused() -> None:
    """A text is not taken for a list of one-letter files."""
    record()
    with pytest.raises(log.ExecutionLogError, match="list of paths"):
        log.track_input_files("t_1", "a.csv")


# Changing and hiding


def test_an_update_is_visible_and_in_the_history(project: Path) -> None:
    """Behaviour 14: changed keys show, the change is an event, an unknown run gives False."""
    run = record()
    updates = {"hostname": "other", "notes": {"by": "me"}, "execution_time": 9.0}
    assert log.update_execution_record(run, updates)
    assert updates.items() <= latest().items()
    assert log.update_execution_record(UNKNOWN, updates) is False
    with Project(project) as opened:
        events = opened.ledger.read_stream(streams.run(run))
    assert events[-1].event.TOPIC == "run.annotated"


@pytest.mark.parametrize("key", ["task_run_id", "task_id", "timestamp"])
def test_what_a_run_is_cannot_be_changed(key: str) -> None:
    """Behaviour 14: an identity key is refused, and nothing else of the update is kept."""
    run = record()
    before = latest()
    with pytest.raises(log.ExecutionLogError, match=key):
        log.update_execution_record(run, {key: "2020-01-01", "notes": "x"})
    assert latest() == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("success", "yes"),
        ("success", None),
        ("execution_time", "long"),
        ("input_files", "a.csv"),
        ("output_files", [{"type": "csv"}]),
        ("hostname", 5),
    ],
)
def test_an_update_of_the_wrong_kind_is_refused(key: str, value: object) -> None:
    """A value that no reader of the log could use is an error."""
    run = record()
    with pytest.raises(log.ExecutionLogError, match=f"{key} is of the wrong kind"):
        log.update_execution_record(run, {key: value})


def test_a_success_that_is_taken_back_shows_everywhere() -> None:
    """Filters, status and the task's summary follow the corrected outcome."""
    run = record()
    log.update_execution_record(run, {"success": False})
    assert log.find_latest_execution("t_1") is None
    assert (latest()["success"], latest()["status"]) == (False, "failed")
    summary = log._load_execution_log()["tasks"]["t_1"]
    assert summary["last_status"] == "failed"


def test_the_last_of_several_updates_stands() -> None:
    """Keys are changed one by one; a null is a value."""
    run = record()
    log.update_execution_record(run, {"a": 1, "b": 1})
    log.update_execution_record(run, {"b": 2, "hostname": None})
    assert {"a": 1, "b": 2, "hostname": None}.items() <= latest().items()


def test_a_removed_run_is_hidden_but_in_the_ledger(project: Path) -> None:
    """Behaviour 15: history, latest and producer do not show it; the ledger still does."""
    run = record(output_artifacts=["x.csv"])
    assert log.remove_execution_record(run)
    assert log.remove_execution_record(run)
    assert log.get_task_execution_history() == []
    assert log.find_latest_execution("t_1") is None
    assert log.find_task_by_output("x.csv") is None
    assert log.remove_execution_record(UNKNOWN) is False
    with Project(project) as opened:
        assert opened.ledger.read_stream(streams.run(run))


def test_cleanup_hides_exactly_what_the_dry_run_named() -> None:
    """Behaviour 16: the dry run counts and changes nothing; the real one hides these."""
    runs = [record() for _ in range(4)]
    others = [record("t_2") for _ in range(3)]
    planned = log.cleanup_old_executions(max_per_task=2, dry_run=True)
    assert planned == (3, [*runs[:2], others[0]])
    assert len(log.get_task_execution_history()) == 7
    assert log.cleanup_old_executions(max_per_task=2) == planned
    shown = {r["task_run_id"] for r in log.get_task_execution_history()}
    assert shown == {*runs[2:], *others[1:]}
    assert log.cleanup_old_executions(max_per_task=2) == (0, [])


def test_cleanup_goes_by_age_and_spares_runs_in_progress(project: Path) -> None:
    """Runs of more than 30 days ago go by default, but not one that is at work."""
    old = SteppingClock(start=datetime.now(UTC) - timedelta(days=31))
    ended = begin(project, clock=old)
    with ended.project:
        ended.succeed()
    running = begin(project, clock=old)
    with running.project:
        fresh = record()
        assert log.cleanup_old_executions(max_age_days=32) == (0, [])
        assert log.cleanup_old_executions() == (1, [ended.run_id])
        assert log.cleanup_old_executions(max_per_task=0) == (1, [fresh])


@pytest.mark.parametrize("name", ["max_age_days", "max_per_task"])
def test_a_negative_number_to_keep_is_refused(name: str) -> None:
    """Cleaning up with a number below zero is an error."""
    options: dict[str, Any] = {name: -1}
    with pytest.raises(log.ExecutionLogError, match=name):
        log.cleanup_old_executions(**options)


# Time


def test_order_follows_positions_when_the_clock_runs_backwards(project: Path) -> None:
    """Behaviour 20: the later record comes first although its time is earlier."""
    for number in range(3):
        clock = SteppingClock(start=datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=number))
        recorder = begin(project, clock=clock)
        with recorder.project:
            recorder.succeed(duration_s=float(number))
    found = log.get_task_execution_history()
    assert [r["execution_time"] for r in found] == [2.0, 1.0, 0.0]
    assert sorted(r["timestamp"] for r in found) == [r["timestamp"] for r in found]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "UTC"])
def test_timestamps_carry_an_offset_in_every_time_zone(zone: str) -> None:
    """Behaviour 20: the machine's time zone changes nothing; times are UTC and say so."""
    code = RECORD_25.replace("25", "1")
    run_child(code, TZ=zone)
    moment = datetime.fromisoformat(latest()["timestamp"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)


# Which project


def test_initialize_writes_an_empty_log_and_returns_its_path(project: Path) -> None:
    """An empty log has its keys, and initializing again keeps what was recorded."""
    path = log.initialize_execution_log()
    assert path == project / log.DEFAULT_EXECUTION_LOG_PATH == log._get_execution_log_path()
    empty = json.loads(path.read_text())
    assert list(empty) == ["tasks", "executions", "timestamp", "version", "last_modified"]
    record()
    assert len(json.loads(log.initialize_execution_log().read_text())["executions"]) == 1


def test_initialize_makes_the_named_project(tmp_path: Path, project: Path) -> None:
    """A folder that is named is used, and made if missing; the current one is left alone."""
    path = log.initialize_execution_log(project_path=tmp_path / "other")
    assert path == tmp_path / "other/configs/execution_log.json"
    assert files_of(project) == []


def test_initialize_says_why_it_cannot(tmp_path: Path) -> None:
    """A folder that cannot be made is an error."""
    (tmp_path / "file").write_text("")
    with pytest.raises(log.ExecutionLogError, match="initialize execution log"):
        log.initialize_execution_log(tmp_path / "file" / "project")


def test_the_nearest_project_upward_is_used(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a folder below, records go to the project above."""
    log.initialize_execution_log()
    (project / "below").mkdir()
    monkeypatch.chdir(project / "below")
    record()
    assert not (project / "below/.lineage").exists()
    monkeypatch.chdir(project)
    assert latest()


def test_lineage_project_names_the_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LINEAGE_PROJECT goes before the current folder, also where it is no project yet."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("LINEAGE_PROJECT", str(other))
    record()
    assert (other / ".lineage/ledger.db").is_file()
    assert files_of(project) == []


def test_a_lineage_project_that_is_not_there_is_an_error(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt name does not lead to another project."""
    monkeypatch.setenv("LINEAGE_PROJECT", str(tmp_path / "misspelt"))
    with pytest.raises(log.ExecutionLogError, match="misspelt"):
        record()
    assert files_of(project) == []


CALLS: Mapping[str, Any] = {
    "initialize": log.initialize_execution_log,
    "record": record,
    "history": log.get_task_execution_history,
    "latest": lambda: log.find_latest_execution("t_1"),
    "producer": lambda: log.find_task_by_output("x.csv"),
    "producers": lambda: log.find_producers("x.csv"),
    "inputs": lambda: log.track_input_files("t_1", ["x.csv"]),
    "outputs": lambda: log.track_output_files("t_1", ["x.csv"]),
    "update": lambda: log.update_execution_record(UNKNOWN, {"a": 1}),
    "remove": lambda: log.remove_execution_record(UNKNOWN),
    "cleanup": log.cleanup_old_executions,
    "validate": log.validate_execution_log,
    "export": log.export_execution_log,
    "import": lambda: log.import_execution_log(Path("missing.json")),
    "load": log._load_execution_log,
    "save": lambda: log._save_execution_log({"executions": []}),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_function_raises_when_the_ledger_is_no_ledger(name: str, project: Path) -> None:
    """A history that cannot be read is an error of the log from every function, never None."""
    (project / ".lineage/ledger.db").write_bytes(b"this is not a database" * 100)
    with pytest.raises(log.ExecutionLogError, match="ledger"):
        CALLS[name]()


# Progress


class CountingManager:
    """A progress manager of the user's own."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def create_operation_context(
        self, name: str, total: int, description: str = ""
    ) -> CountingManager:
        """Note that a step is shown."""
        self.shown.append(f"{name}: {description} of {total}")
        return self

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Note that it is done."""
        self.shown.append(f"+{steps} {postfix or ''}".strip())

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.shown.append("closed")


def test_a_progress_manager_is_shown_one_step() -> None:
    """Anything with `create_operation_context` will do."""
    manager = CountingManager()
    record(progress_manager=manager)
    assert manager.shown == ["record t_1: record t_1 of 1", "+1", "closed"]
    with pytest.raises(log.ExecutionLogError, match="execution_time"):
        record(progress_manager=manager, seconds=-1)
    assert manager.shown[3:] == ["record t_1: record t_1 of 1", "closed"]


def test_the_progress_manager_of_a_task_logs_what_is_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without a terminal the task's manager writes one line."""
    logger = logging.getLogger("task.t_1")
    with (
        caplog.at_level(logging.INFO),
        create_task_progress_manager("t_1", "profiling", logger, 1) as manager,
    ):
        log.get_task_execution_history(progress_manager=manager)
    assert caplog.messages == ["read history: 1 of 1"]


# Export


def test_export_writes_the_log_to_its_place_or_the_given_one(project: Path) -> None:
    """The default is the project's own export; a given folder is made."""
    record()
    assert log.export_execution_log() == project / "configs/execution_log.json"
    given = log.export_execution_log(Path("backup/log.json"), format="JSON")
    assert given == project / "backup/log.json"
    assert json.loads(given.read_text()) == log._load_execution_log()


def test_csv_has_a_header_and_one_row_a_run(project: Path) -> None:
    """Behaviour 19: a header and a row a run, oldest first; an empty log gives the header."""
    empty = log.export_execution_log(format="csv")
    assert empty == project / "configs/execution_log.csv"
    assert len(empty.read_text().splitlines()) == 1
    runs = [record(output_artifacts=["a,b.csv"]), record()]
    log.update_execution_record(runs[1], {"notes": 'say "hi"\nthere'})
    text = log.export_execution_log(format="csv").read_bytes().decode()
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert [row["task_run_id"] for row in rows] == runs
    assert json.loads(rows[0]["output_files"])[0]["path"] == "a,b.csv"
    assert [row["notes"] for row in rows] == ["", 'say "hi"\nthere']


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\tx", "\rx"])
def test_a_text_that_a_spreadsheet_would_compute_has_an_apostrophe(text: str) -> None:
    """A cell of the CSV export is never a formula; JSON keeps the text as it is."""
    run = record()
    log.update_execution_record(run, {"notes": text, text: "in the header"})
    path = log.export_execution_log(Path("log.csv"), "csv")
    with path.open(newline="") as file:
        header, row = csv.reader(file)
    cells = dict(zip(header, row, strict=True))
    assert cells["notes"] == "'" + text
    assert "'" + text in header
    assert latest()["notes"] == text


def test_negative_numbers_stay_numbers_in_csv() -> None:
    """The apostrophe is for texts only."""
    run = record()
    log.update_execution_record(run, {"balance": -5})
    assert log.export_execution_log(format="csv").read_text().rstrip().endswith(",-5")


def test_an_unknown_format_is_refused() -> None:
    """Only JSON and CSV can be exported."""
    with pytest.raises(log.ExecutionLogError, match="format of the export: found 'xml'"):
        log.export_execution_log(format="xml")


def test_an_export_that_cannot_be_written_raises(project: Path) -> None:
    """A folder in the place of the file is an error."""
    (project / "taken").mkdir()
    with pytest.raises(log.ExecutionLogError, match=r"execution log \(export\)"):
        log.export_execution_log(project / "taken")


def test_constants_are_those_of_the_contract() -> None:
    """The documented names and values are there."""
    assert Path("configs/execution_log.json") == log.DEFAULT_EXECUTION_LOG_PATH
    assert log.DEFAULT_LOCK_TIMEOUT == 10


def test_a_writer_waits_no_longer_than_the_lock_timeout(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot write because of another writer is told in time."""
    record()
    monkeypatch.setattr(scope, "DEFAULT_LOCK_TIMEOUT", 0.2)
    ledger = project / ".lineage/ledger.db"
    with contextlib.closing(sqlite3.connect(ledger, isolation_level=None)) as other:
        other.execute("begin immediate")
        began = time.monotonic()
        with pytest.raises(log.ExecutionLogError, match="database is locked"):
            record()
        assert time.monotonic() - began < 5
