"""Take up a run from the command line: `lineage run --resume` and `lineage resume`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command_line import Lineage
from in_process import InProcess

from lineage import exports

TASK = """
import time
from pathlib import Path

from lineage.tasks import BaseTask
from ops import BaseOperation, DataWriter, OperationResult

HERE = Path(__file__).parent


class Copy(BaseOperation):
    def execute(self, data_source, task_dir, progress_tracker=None):
        result = OperationResult(metrics={"rows": 2})
        result.add_file(DataWriter(task_dir).write_dataframe(data_source.get_table("people"), "a"))
        return result


class Gate(BaseOperation):
    def execute(self, data_source, task_dir, progress_tracker=None):
        if (HERE / "shut").exists():
            raise ConnectionError("no answer")
        (HERE / "waiting").touch()
        while (HERE / "slow").exists():
            time.sleep(0.01)
        return OperationResult()


class GateTask(BaseTask):
    def __init__(self):
        super().__init__("t_gate", "test", "copy, then pass a gate", {"people": "DATA/p.csv"})

    def configure_operations(self):
        self.add_operation(Copy)
        self.add_operation(Gate)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose task fails while the file `shut` exists, and waits while `slow` does."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text("{}")
    (tmp_path / "DATA").mkdir()
    (tmp_path / "DATA/p.csv").write_text("name,age\nAda,36\nGrace,45\n")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/t_gate.py").write_text(TASK)
    return tmp_path


@pytest.fixture
def lineage(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in that project."""
    return InProcess(root, monkeypatch, capsys)


@pytest.fixture
def failed(root: Path, lineage: InProcess) -> str:
    """The id of a run that failed at the gate, which is open now."""
    (root / "tasks/shut").touch()
    lineage("run", "t_gate", code=1)
    (root / "tasks/shut").unlink()
    found: str = lineage.json("runs")["runs"][0]["run_id"]
    return found


@pytest.mark.parametrize("command", [["run", "t_gate", "--resume"], ["resume"]])
def test_failed_run_is_resumed(lineage: InProcess, failed: str, command: list[str]) -> None:
    """What was done is reused, the rest executed, and both are said with the reason."""
    details = lineage.json(*command)

    assert (details["status"], details["resumes"]) == ("succeeded", failed)
    assert [(o["name"], o["status"], o["reason"]) for o in details["operations"]] == [
        ("Copy", "skipped", "nothing it uses has changed since the earlier run"),
        ("Gate", "success", "it failed"),
    ]
    assert [a["reused_run"] for a in details["artifacts"]] == [failed]


@pytest.mark.parametrize("length", [8, 36])
def test_run_to_resume_is_named_by_its_id(lineage: InProcess, failed: str, length: int) -> None:
    """The beginning of the id is enough."""
    assert lineage.json("resume", failed[:length])["resumes"] == failed


def test_run_to_resume_is_named_by_its_task(lineage: InProcess, failed: str) -> None:
    """A task id means its latest run."""
    assert lineage.json("resume", "t_gate")["resumes"] == failed


def test_screen_tells_what_was_reused_and_why_the_rest_was_not(
    lineage: InProcess, failed: str
) -> None:
    """The table of operations has a note for each."""
    shown = " ".join(lineage("resume").out.split())

    assert f"Copy skipped from run {failed[:8]}: nothing it uses has" in shown
    assert "it failed" in shown


@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        ("seed=3", ["the configuration changed: seed"] * 2),
        ("limit=3", ["nothing it uses has changed since the earlier run", "it failed"]),
    ],
)
def test_changed_value_is_given_with_set_and_named(
    lineage: InProcess, failed: str, value: str, reasons: list[str]
) -> None:
    """One that any operation may use reuses nothing; a parameter counts where it is used."""
    (lineage.root / "configs/t_gate.json").write_text('{"limit": null}')
    details = lineage.json("resume", failed, "--set", value)

    assert [o["reason"] for o in details["operations"]] == reasons


def test_nothing_to_resume_is_said(lineage: InProcess) -> None:
    """In a project whose runs all succeeded, or that has none, the command is refused."""
    assert "nothing to resume: no task's latest run failed" in lineage("resume", code=2).error_line


@pytest.mark.parametrize("command", [["run", "t_gate", "--resume"], ["resume", "t_gate"]])
def test_successful_run_with_resume_runs_anew(lineage: InProcess, command: list[str]) -> None:
    """There is nothing to resume, so everything is executed."""
    lineage("run", "t_gate")
    details = lineage.json(*command)

    assert (details["resumes"], [o["status"] for o in details["operations"]]) == (
        None,
        ["success", "success"],
    )


@pytest.mark.parametrize("command", [["run", "t_gate", "--resume"], ["resume", "t_gate"]])
def test_resume_after_a_success_says_that_the_run_is_a_new_one(
    lineage: InProcess, command: list[str]
) -> None:
    """Both commands say it before the run begins, and only then."""
    said = "nothing to resume, the latest run of t_gate succeeded; this is a new run"
    first = lineage("run", "t_gate")

    assert said in lineage(*command).err
    assert said not in first.err


def test_resume_of_a_task_that_never_ran_says_so(lineage: InProcess) -> None:
    """It begins a run like any other."""
    assert "t_gate has not run yet" in lineage("run", "t_gate", "--resume").err


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (["t_gate"], "lineage resume t_gate"),
        (["tasks/t_gate.py"], "lineage run tasks/t_gate.py --resume"),
        (["t_gate", "--set", "a=1 2"], "lineage resume t_gate --set 'a=1 2'"),
        (["t_gate", "--set", "password=x", "--strict"],
         "lineage resume t_gate --set password=... --strict"),
    ],
)  # fmt: skip
def test_failed_run_names_the_command_that_goes_on(
    root: Path, lineage: InProcess, given: list[str], named: str
) -> None:
    """With what it needs again, and without a secret."""
    (root / "tasks/shut").touch()
    (root / "configs/t_gate.json").write_text('{"a": null, "password": null}')

    lines = lineage("run", *given, code=1).err.splitlines()

    assert f"continue with `{named}`" in lines


def test_command_names_the_project_where_another_one_would_be_found(
    root: Path, lineage: InProcess, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any
) -> None:
    """From the folder that the run was started in, it finds the run."""
    (root / "tasks/shut").touch()
    elsewhere = InProcess(tmp_path_factory.mktemp("other"), monkeypatch, lineage.capsys)

    said = elsewhere("run", "t_gate", "--project", str(root), code=1).err

    assert f"continue with `lineage resume t_gate --project {root}`" in said


def test_run_that_cannot_be_resumed_names_no_command(root: Path, lineage: InProcess) -> None:
    """One that was refused, or never began."""
    (root / "tasks/shut").touch()

    refused = lineage("run", "t_gate", "--set", "dependencies=[t_other]", code=1)
    never = lineage("run", "t_gate", "--set", "parallel_processes=0", code=2)

    assert "continue with" not in refused.err + never.err


def test_run_that_fails_again_exits_with_1_and_keeps_what_it_reused(
    root: Path, lineage: InProcess, failed: str
) -> None:
    """A resumed run that fails can itself be resumed."""
    (root / "tasks/shut").touch()
    lineage("resume", code=1)
    (root / "tasks/shut").unlink()

    details = lineage.json("resume")

    assert details["artifacts"][0]["reused_run"] == failed
    assert details["status"] == "succeeded"


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command and wait until its run stands at the gate."""
    (root / "tasks/slow").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "lineage", *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (root / "tasks/waiting").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    (root / "tasks/waiting").unlink()
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_killed_run_is_interrupted_and_taken_up(root: Path) -> None:
    """After kill -9 in the second operation the first is reused."""
    process = start(root, "run", "t_gate")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (root / "tasks/slow").unlink()

    details = Lineage(root).json("resume")

    assert [(o["status"], o["reason"]) for o in details["operations"]][1:] == [
        ("success", "it was interrupted")
    ]
    runs = Lineage(root).json("runs")["runs"]
    assert [run["status"] for run in runs] == ["succeeded", "interrupted"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_names_the_command_that_goes_on(root: Path, number: int) -> None:
    """In the line that says that it was interrupted, with the same exit code as before."""
    (root / "configs/t_gate.json").write_text('{"limit": null}')
    process = start(root, "run", "t_gate", "--set", "limit=3")
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert errors.splitlines()[-1] == (
        "lineage: interrupted; continue with `lineage resume t_gate --set limit=3`"
    )


def test_second_process_does_not_resume_the_same_run(root: Path, lineage: InProcess) -> None:
    """While one resume is running another is refused, and one run results."""
    (root / "tasks/shut").touch()
    lineage("run", "t_gate", code=1)
    (root / "tasks/shut").unlink()
    process = start(root, "resume")

    refusal = Lineage(root).refuses("resume", "t_gate")
    (root / "tasks/slow").unlink()
    out, _ = process.communicate(timeout=60)

    assert "found 'running'" in refusal
    assert process.returncode == 0, out
    log = json.loads(Lineage(root)("runs", "--json"))
    assert [run["status"] for run in log["runs"]] == ["succeeded", "failed"]


@pytest.mark.parametrize(("limit", "is_there"), [(20_000, True), (0, False)])
def test_execution_log_is_written_while_the_ledger_is_short(
    root: Path, lineage: InProcess, limit: int, *, is_there: bool
) -> None:
    """Beyond that a run costs the same however long the history, and says who writes the log."""
    lineage.monkeypatch.setattr(exports, "EXECUTION_LOG_FOLLOWS_UP_TO", limit)

    answer = lineage("run", "t_gate")

    assert (root / "configs/execution_log.json").exists() == is_there
    assert ("lineage rebuild --files" in answer.err) != is_there
