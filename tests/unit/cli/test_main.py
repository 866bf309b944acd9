"""The command line as a whole: help, exit codes, errors, signals, pipes and screens."""

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
import typer
from command_line import Lineage
from in_process import InProcess
from small_tasks import make_history, make_project

from lineage import __version__
from lineage.cli.main import app
from lineage.project import Project

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group

SCRIPT = """
import logging, sys, time
from pathlib import Path
from lineage.tasks import BaseTask
from ops import BaseOperation, OperationResult, OperationStatus

class Act(BaseOperation):
    def execute(self, data_source, task_dir, progress_tracker=None):
        frame = data_source.get_dataframe("people")
        name = frame["name"].iloc[0]
        {act}
        return OperationResult()

class OneTask(BaseTask):
    def __init__(self):
        super().__init__("t_one", "test", "a test", {{"people": "DATA/raw/people.csv"}})

    def configure_operations(self):
        self.add_operation(Act)
"""


def write_task(root: Path, act: str) -> None:
    """Make a project whose task t_one does one thing."""
    make_project(root, tasks={"t_one": "task.py"}).close()
    (root / "task.py").write_text(SCRIPT.format(act=act))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with runs of every kind; tests must not change it."""
    folder = tmp_path_factory.mktemp("main")
    make_history(folder)
    return folder


@pytest.fixture
def lineage(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in that project."""
    return InProcess(root, monkeypatch, capsys)


@pytest.fixture
def own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in a folder of its own."""
    return InProcess(tmp_path, monkeypatch, capsys)


# help and usage


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(lineage: InProcess, command: str) -> None:
    """--help of every command exits with 0 and says how it is used."""
    answer = lineage(command, "--help")

    assert f"Usage: lineage {command}" in answer.out
    assert answer.err == ""


def test_help_lists_every_command(lineage: InProcess) -> None:
    """The help of the whole names each command."""
    text = lineage("--help").out

    assert all(f" {command} " in text for command in COMMANDS)


def test_no_arguments_show_the_help(lineage: InProcess) -> None:
    """Whoever types only the name sees what there is; it is no success."""
    answer = lineage(code=2)

    assert "Usage: lineage" in answer.out + answer.err


def test_version_is_printed_alone(lineage: InProcess) -> None:
    """--version needs no command and no project."""
    assert lineage("--version").out == f"privacy-lineage {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rnus"], "'rnus'"),
        (["runs", "--bogus"], "--bogus"),
        (["show"], "RUN"),
        (["runs", "--limit", "many"], "--limit"),
        (["query", "select 1", "--format", "xml"], "'xml'"),
        (["--debug"], "command"),
        (["show", "a", "b"], "b"),
    ],
)
def test_wrong_usage_is_one_line_with_the_way_to_help(
    lineage: InProcess, arguments: list[str], expected: str
) -> None:
    """A mistake in the arguments gives exit code 2 and one line on standard error."""
    answer = lineage(*arguments, code=2)

    assert expected in answer.error_line
    assert "--help`" in answer.error_line
    assert answer.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["runs"],
        ["show", "t_one"],
        ["report", "t_one"],
        ["log"],
        ["query", "select 1 as x"],
        ["graph"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_json_of_every_question_is_json(lineage: InProcess, arguments: list[str]) -> None:
    """What --json prints can be parsed, and nothing else is on standard output."""
    assert lineage.json(*arguments) is not None


# errors


def test_run_that_fails_shows_itself_and_exits_with_1(own: InProcess) -> None:
    """A failing task is shown, its error told in one line, and the exit code is 1."""
    write_task(own.root, "int(name)")

    answer = own("run", "t_one", code=1)

    assert "failed" in answer.out
    assert "ValueError" in answer.error_line
    assert "Traceback" not in answer.err
    assert "Ada" not in answer.out + answer.err


def test_run_that_fails_as_json_is_still_json(own: InProcess) -> None:
    """The document of a failed run is on standard output, the error on the other."""
    write_task(own.root, "int(name)")

    assert own.json("run", "t_one", code=1)["status"] == "failed"


@pytest.mark.parametrize("path", ["DATA/reports/t_one_report.json", "configs/execution_log.json"])
def test_run_whose_document_cannot_be_written_is_shown_and_exits_with_3(
    own: InProcess, path: str
) -> None:
    """The run succeeded; the one line of the error says which document is missing."""
    write_task(own.root, "pass")
    (own.root / path).mkdir(parents=True)

    answer = own("run", "t_one", code=3)

    assert "succeeded" in answer.out
    assert answer.error_line.startswith("lineage: the run succeeded; its ")


def test_failed_run_whose_document_cannot_be_written_exits_with_1(own: InProcess) -> None:
    """The run's own error is the last line."""
    write_task(own.root, "raise ConnectionError")
    (own.root / "configs/execution_log.json").mkdir()

    answer = own("run", "t_one", code=1)

    assert "the run failed; its execution log could not be written" in answer.err
    assert answer.error_line.startswith("lineage: ConnectionError")


def test_debug_shows_the_trace(own: InProcess) -> None:
    """--debug prints the whole trace with its message, before the one line."""
    write_task(own.root, "int(name)")

    answer = own("--debug", "run", "t_one", code=1)

    assert "Traceback (most recent call last)" in answer.err
    assert "'Ada'" in answer.err
    assert "ValueError" in answer.error_line


def test_logged_exception_shows_its_text_under_debug_only(own: InProcess) -> None:
    """What a task logs of an exception is on the screen without its text."""
    act = """
        try:
            int(name)
        except ValueError:
            logging.getLogger("task.t_one").exception("no number")
"""
    write_task(own.root, act)

    shy = own("run", "t_one").err
    frank = own("--debug", "run", "t_one").err

    assert "no number" in shy
    assert "ValueError" in shy
    assert "Ada" not in shy
    assert "'Ada'" in frank


def test_error_with_line_ends_stays_one_line(own: InProcess) -> None:
    """Whatever is in a message, it is printed in one line and steers no terminal."""
    write_task(
        own.root,
        "from lineage.kernel.errors import OperationError; "
        "raise OperationError('first\\n\\x1b[31msecond')",
    )

    assert "first\\n\\x1b[31msecond" in own("run", "t_one", code=1).error_line


def test_program_that_an_operation_ends_keeps_its_exit_code(own: InProcess) -> None:
    """sys.exit in a task ends the command with its code; the run is recorded as failed."""
    write_task(own.root, "sys.exit(7)")

    own("run", "t_one", code=7)

    assert own.json("runs")["runs"][0]["status"] == "failed"


def test_damaged_project_file_is_a_usage_error(own: InProcess) -> None:
    """A project file that is no JSON gives exit code 2."""
    write_task(own.root, "pass")
    (own.root / "configs/prj_config.json").write_text("{")

    assert "line 1" in own("runs", code=2).error_line


# processes: signals, pipes, screens


def wait_for(process: subprocess.Popen[str], sign: Path) -> None:
    """Wait until a child has made a file."""
    deadline = time.monotonic() + 60
    while not sign.exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "reason", "detail"),
    [(signal.SIGINT, "keyboard", "Ctrl-C"), (signal.SIGTERM, "signal", "SIGTERM")],
)
def test_signal_interrupts_the_run_and_is_recorded(
    tmp_path: Path, number: signal.Signals, reason: str, detail: str
) -> None:
    """Ctrl-C and SIGTERM end a run as interrupted, each by its name, with exit code 130."""
    write_task(tmp_path, "Path('begun').touch(); time.sleep(60)")
    with subprocess.Popen(
        [sys.executable, "-m", "lineage", "run", "t_one"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for(process, tmp_path / "begun")
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)

    with Project(tmp_path) as project:
        end = list(project.ledger.read())[-1].event
    assert process.returncode == 130
    assert errors.splitlines()[-1] == ("lineage: interrupted; continue with `lineage resume t_one`")
    assert (end.TOPIC, end.reason, end.detail) == ("run.interrupted", reason, detail)  # type: ignore[attr-defined]  # an interruption


@pytest.fixture(scope="module")
def shell(root: Path) -> Any:
    """Run a shell line in the project with `lineage` as a command."""

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        command = f'lineage() {{ "{sys.executable}" -m lineage "$@"; }}; set -o pipefail; {line}'
        return subprocess.run(
            ["bash", "-c", command],  # noqa: S607  # whichever bash there is
            cwd=root,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "line",
    [
        "lineage query 'select unnest(range(100000)) as x' -n 0 | head -1",
        "lineage query 'select unnest(range(100000)) as x' --json | head -1",
        "lineage runs | true",
    ],
)
def test_reader_that_leaves_ends_the_command_quietly(shell: Any, line: str) -> None:
    """A closed pipe is no error: exit code 0 and not a word on standard error."""
    done = shell(line)

    assert (done.returncode, done.stderr) == (0, "")


def test_reader_that_leaves_does_not_hide_a_failure(shell: Any) -> None:
    """The exit code is that of the command, whoever reads its output."""
    done = shell("lineage show nobody | true")

    assert done.returncode == 2
    assert "lineage runs" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_piped_answers_are_utf8_whatever_the_locale(shell: Any, encoding: str) -> None:
    """JSON in a pipe is UTF-8, as its readers expect."""
    done = shell("lineage query \"select 'Ü漢' as x\" --json", PYTHONIOENCODING=encoding)

    assert json.loads(done.stdout) == [{"x": "Ü漢"}]


def test_narrow_terminal_shows_every_run(root: Path) -> None:
    """On a terminal of 40 columns no status and no id is cut."""
    import fcntl  # noqa: PLC0415  # does not exist on Windows
    import pty  # noqa: PLC0415  # nor does this
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, 40, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "LINES"}}
    with subprocess.Popen(
        [sys.executable, "-m", "lineage", "runs"],
        cwd=root,
        env=environment | {"TERM": "xterm"},
        stdout=theirs,
    ) as process:
        os.close(theirs)
        screen = b""
        while chunk := _read(ours):
            screen += chunk
    os.close(ours)

    text = screen.decode()
    assert process.returncode == 0
    assert all(word in text for word in ("succeeded", "refused", "failed", "running", "t_late"))


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # the other side has closed
        return b""


def test_module_is_the_command(root: Path) -> None:
    """`python -m lineage` is `lineage`."""
    assert Lineage(root)("--version") == f"privacy-lineage {__version__}\n"
