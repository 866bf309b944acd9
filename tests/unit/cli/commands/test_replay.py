"""The command that shows a run as it happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process import InProcess
from small_tasks import make_history, make_project

from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started

PATIENCE_S = 60


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project with runs of every kind; tests must not change it."""
    root = tmp_path_factory.mktemp("history")
    return root, make_history(root)


@pytest.fixture
def lineage(
    history: tuple[Path, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> InProcess:
    """The command line in that project."""
    return InProcess(history[0], monkeypatch, capsys)


def test_run_is_told_line_by_line(lineage: InProcess) -> None:
    """Each event is one line: number, seconds, what happened, and the state of the run."""
    lines = lineage("replay", "t_one").out.splitlines()

    assert [line.split()[0] for line in lines] == [str(n + 1) for n in range(len(lines))]
    assert "run.started" in lines[0]
    assert "CopyOperation running" in lines[3]
    assert "DATA/processed/t_one/output/copy.csv" in "\n".join(lines)
    assert "[succeeded, 2 operations done, 1 input, 1 file, 2 metrics, 1 warning" in lines[-1]


def test_failure_is_told_without_the_words_of_a_foreign_exception(lineage: InProcess) -> None:
    """The line of a failure has its type."""
    text = lineage("replay", "t_bad").out

    assert "ValueError" in text
    assert "Zaphod" not in text


def test_json_has_event_and_state_on_each_line(
    lineage: InProcess, history: tuple[Path, dict[str, str]]
) -> None:
    """Every line is one document, in the order of the ledger."""
    lines = [json.loads(line) for line in lineage("replay", "t_one", "--json").out.splitlines()]
    details = lineage.json("show", "t_one")

    assert [line["event"]["version"] for line in lines] == [*range(1, len(lines) + 1)]
    assert lines[0]["event"]["run_id"] == history[1]["good"]
    assert lines[0]["event"]["payload"]["task_type"] == "test"
    last = lines[-1]["state"]
    assert (last["status"], last["duration_s"]) == (details["status"], details["duration_s"])
    assert last["artifacts"] == len(details["artifacts"])


def test_replay_to_an_event_shows_the_whole_run_as_it_stood_there(lineage: InProcess) -> None:
    """After the lines comes what `show` said at that moment."""
    *lines, last = lineage("replay", "t_one", "--to", "4", "--json").out.splitlines()
    run = json.loads(last)["run"]

    assert len(lines) == 4
    assert (run["status"], run["ended_at"]) == ("running", None)
    assert [o["status"] for o in run["operations"]] == ["running"]
    assert "task t_one  running" in lineage("replay", "t_one", "--to", "4").out


def test_replay_to_beyond_the_end_says_so(lineage: InProcess) -> None:
    """An event that the run does not have is not made up."""
    answer = lineage("replay", "t_late", "--to", "99")

    assert "the run has only 1" in answer.err
    assert "refused" in answer.out


@pytest.mark.parametrize("arguments", [["t_one", "--to", "0"], ["t_one", "--to", "x"], ["nobody"]])
def test_wrong_use_is_refused_in_one_line(lineage: InProcess, arguments: list[str]) -> None:
    """A number below 1, no number, and no run."""
    assert lineage("replay", *arguments, code=2).error_line


def test_following_a_dead_run_ends_with_its_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for ever for a process that is gone."""
    with make_project(tmp_path) as project:
        started = run_started(task_type="", description="", report_path="DATA/reports/r.json")
        gone = started.model_copy(update={"pid": 2**22 + 1, "process_started_at": 1.0})
        RunRecorder(project, "t_one").begin(gone)

    lines = InProcess(tmp_path, monkeypatch, capsys)("replay", "t_one", "--follow").out.splitlines()

    assert "run.interrupted" in lines[-1]
    assert "[interrupted" in lines[-1]


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[tuple[RunRecorder, subprocess.Popen[str]]]:
    """A running run in this process, and a command that follows it."""
    with make_project(tmp_path) as project:
        recorder = begin(project)
        with subprocess.Popen(
            [sys.executable, "-m", "lineage", "replay", recorder.run_id, "--follow"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            yield recorder, process
            process.kill()


def begin(project: Project) -> RunRecorder:
    """Begin a run of t_one."""
    recorder = RunRecorder(project, "t_one")
    recorder.begin(run_started(task_type="", description="", report_path="DATA/reports/r.json"))
    return recorder


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """The first line the command prints with a word in it."""
    assert process.stdout is not None
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        line = process.stdout.readline()
        if word in line or not line:
            return line
    return ""


def test_following_shows_what_another_process_records(
    follower: tuple[RunRecorder, subprocess.Popen[str]],
) -> None:
    """New events come as they are recorded, and the run's end ends the command."""
    recorder, process = follower
    assert "environment.captured" in read_until(process, "environment")
    recorder.measure("answer", 42)
    assert "answer  42" in read_until(process, "metric.recorded")
    recorder.succeed()
    assert "[succeeded" in read_until(process, "run.succeeded")

    assert process.wait(PATIENCE_S) == 0


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_ctrl_c_ends_following_quietly_and_leaves_the_run_alone(
    follower: tuple[RunRecorder, subprocess.Popen[str]],
) -> None:
    """Exit code 130, nothing on standard error; the run goes on."""
    recorder, process = follower
    read_until(process, "environment")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130
    assert errors == ""
    assert recorder.is_open
    recorder.succeed()
