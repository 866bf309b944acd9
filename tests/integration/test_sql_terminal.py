"""The shell over the catalog at a real terminal: keys in, screen out."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import make_history

pty = pytest.importorskip("pty", reason="needs a POSIX terminal")
termios = pytest.importorskip("termios", reason="needs a POSIX terminal")

PATIENCE_S = 30
TAKE_TERMINAL = (  # so that Ctrl-C becomes a signal for this process
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "from lineage.cli.main import main; main()"
)
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PROMPT = "lineage>"
CTRL_C, CTRL_D, TAB = "\x03", "\x04", "\t"
ENDLESS = "with recursive t(i) as (select 1 union all select i + 1 from t) select max(i) from t;"


class Terminal:
    """A process at a terminal of its own."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.screen = ""
        self._terminal, end_of_child = pty.openpty()
        termios.tcsetwinsize(self._terminal, (50, 200))
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, "sql", *arguments],
            cwd=root,
            env={**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
            stdin=end_of_child,
            stdout=end_of_child,
            stderr=end_of_child,
            start_new_session=True,
        )
        os.close(end_of_child)

    def type(self, text: str) -> None:
        """Press keys; a line ends with Enter."""
        os.write(self._terminal, text.replace("\n", "\r").encode())

    def sees(self, text: str) -> str:
        """Wait until a text appears after what was seen before, and return what led to it."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.screen:
            assert time.monotonic() < deadline, f"no {text!r} on the screen:\n{self.screen}"
            if select.select([self._terminal], [], [], 0.2)[0]:
                self.screen += self._read()
        before, _, self.screen = self.screen.partition(text)
        return before

    def end(self) -> int:
        """Wait for the process to end and return its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"the shell did not end:\n{self.screen}"
            if select.select([self._terminal], [], [], 0.1)[0]:
                self.screen += self._read()
        return int(self.process.returncode)

    def kill(self) -> None:
        """End it, if it has not."""
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    def _read(self) -> str:
        try:
            text = os.read(self._terminal, 65_536).decode(errors="replace")
        except OSError:  # the other end is closed
            return ""
        return _STEERING.sub("", text)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with runs of every kind."""
    folder = tmp_path_factory.mktemp("terminal")
    make_history(folder)
    return folder


@pytest.fixture
def terminal(root: Path) -> Iterator[Terminal]:
    """The shell of that project, ready for a statement."""
    opened = Terminal(root)
    try:
        opened.sees(PROMPT)
        yield opened
    finally:
        opened.kill()


def test_statement_of_several_lines_is_sent_with_its_semicolon(terminal: Terminal) -> None:
    """Enter begins a new line until the statement is complete."""
    terminal.type("select count(*) * 1000\n")
    terminal.sees("...>")
    terminal.type("as thousands from runs;\n")
    terminal.sees("4,000")


def test_mistake_does_not_end_the_shell(terminal: Terminal) -> None:
    """It is pointed at and explained, and the next statement is answered."""
    terminal.type("select sttus from runs;\n")
    terminal.sees("^^^^^")
    terminal.sees("mean 'status'")
    terminal.sees(PROMPT)
    terminal.type("select 40 + 2 as answer;\n")
    terminal.sees("42")


def test_ctrl_c_cancels_the_query_and_not_the_shell(terminal: Terminal) -> None:
    """A query that never ends is stopped, and the catalog answers the next one."""
    terminal.type(f"{ENDLESS}\n")
    time.sleep(1)
    terminal.type(CTRL_C)
    terminal.sees("cancelled")
    terminal.sees(PROMPT)
    terminal.type("select 40 + 2 as answer;\n")
    terminal.sees("42")


def test_ctrl_c_throws_away_what_was_typed(terminal: Terminal) -> None:
    """A half-typed statement is not executed."""
    terminal.type("select 'half typed'\n")
    terminal.sees("...>")
    terminal.type(CTRL_C)
    terminal.sees(PROMPT)
    terminal.type("select 40 + 2 as answer;\n")
    terminal.sees("42")


@pytest.mark.parametrize("keys", [CTRL_D, ".quit\n"])
def test_shell_ends_well(terminal: Terminal, keys: str) -> None:
    """Ctrl-D and .quit end it with exit code 0 and no trace."""
    terminal.type(keys)

    assert terminal.end() == 0
    assert "Traceback" not in terminal.screen


def test_shell_that_is_asked_to_end_ends(terminal: Terminal) -> None:
    """SIGTERM during a query is no Ctrl-C."""
    terminal.type(f"{ENDLESS}\n")
    time.sleep(1)
    terminal.process.send_signal(signal.SIGTERM)

    assert terminal.end() == 130


def test_tab_completes_names_of_the_catalog(terminal: Terminal) -> None:
    """A beginning that fits one name becomes that name."""
    terminal.type("select task_id from execution_l" + TAB)
    terminal.sees("execution_log")
    terminal.type(" where status = 'failed';\n")
    terminal.sees("t_bad")


def test_commands_work_at_the_terminal(terminal: Terminal) -> None:
    """A command with a dot needs no semicolon; the prompt tells the past from the present."""
    terminal.type(".as-of 2\n")
    terminal.sees("position 2")
    terminal.sees("lineage as of 2>")
    terminal.type(".examples\n")
    terminal.sees("Who made this file?")
    terminal.type(".as-of never\n")
    terminal.sees("neither a position nor")


def test_history_is_kept_for_its_owner_alone(root: Path, terminal: Terminal) -> None:
    """What was typed is there in the next session, in a file that nobody else may read."""
    terminal.type("select 'remember ' || 'me' as word;\n")
    terminal.sees("remember me")
    terminal.sees(PROMPT)
    terminal.type(CTRL_D)
    terminal.end()

    path = root / ".lineage/sql_history"
    assert "remember ' || 'me'" in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
