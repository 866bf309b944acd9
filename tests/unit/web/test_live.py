"""Following a run: a real task in a process of its own, and a real server."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path

import pytest
from served import Served as Browser
from served import serving
from small_tasks import SmallTask, begin_run, make_project

from lineage.project import Project

TASK = '''
import time
from pathlib import Path

from lineage.tasks import BaseTask
from ops import BaseOperation, DataWriter, OperationResult


class Waiting(BaseOperation):
    """Writes a file as soon as it may."""

    number: int = 0

    def __init__(self, number):
        self.number = number

    def execute(self, data_source, task_dir, progress_tracker=None):
        go = Path(__file__).with_name(f"go_{self.number}")
        while not go.exists():
            time.sleep(0.02)
        table = data_source.get_table("people")
        result = OperationResult()
        written = DataWriter(task_dir).write_dataframe(table, f"out_{self.number}")
        result.add_file(written, "a <b>file</b>")
        return result


class SlowTask(BaseTask):
    """Two operations that wait to be told."""

    def __init__(self):
        super().__init__("t_slow", "test", "slow", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        for number in (1, 2):
            self.add_operation(Waiting(number))
'''


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a task that waits to be told."""
    folder = tmp_path_factory.mktemp("project")
    with make_project(folder):
        (folder / "slow.py").write_text(TASK)
    return folder


@pytest.fixture(scope="module")
def browser(root: Path) -> Iterator[Browser]:
    """A server of it."""
    with serving(root) as one:
        yield one


@pytest.fixture(scope="module")
def done(root: Path) -> str:
    """A run of it that has ended."""
    with Project(root) as project:
        task = SmallTask(project=project)
        task.run()
    return task.run_id or ""


@contextmanager
def running(root: Path, browser: Browser) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the task, and yield its process and run."""
    words = [sys.executable, "-m", "lineage", "run", "slow.py"]
    with subprocess.Popen(
        words, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process, _open_run(browser)
        finally:
            process.kill()


def _open_run(browser: Browser) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = re.search('href="run\\?id=([0-9a-f-]{36})"', browser.page("runs?status=running"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError("no run began")


def _until(stream: HTTPResponse, wanted: str) -> str:
    """Return what a stream says up to a text."""
    said = ""
    while wanted not in said:
        line = stream.readline().decode()
        assert line, f"the stream ended without {wanted!r}: {said}"
        said += line
    return said


def test_news_come_while_the_task_runs_and_end_with_it(root: Path, browser: Browser) -> None:
    """Files are shown before the run has ended, and the stream says when nothing will follow."""
    with (
        running(root, browser) as (process, run_id),
        browser.open(f"live-events?id={run_id}") as stream,
    ):
        _until(stream, "operation.started")
        (root / "go_1").touch()
        _until(stream, "out_1.csv")
        assert process.poll() is None
        (root / "go_2").touch()
        said = _until(stream, "event: end")
    assert "run.succeeded" in said
    assert "a &lt;b&gt;file&lt;/b&gt;" in said
    results = said.rpartition("Written so far")[2]
    assert results.index("out_2.csv") < results.index("out_1.csv")


def test_a_stream_that_was_lost_goes_on_where_it_ended(done: str, browser: Browser) -> None:
    """Whoever names the last event that came gets the rest, each once."""
    with browser.open(f"live-events?id={done}", **{"Last-Event-ID": "3"}) as stream:
        said = _until(stream, "event: end")
    shown = [int(value) for value in re.findall('value="(\\d+)"><span', said)]
    assert sorted(shown) == [*range(4, max(shown) + 1)]


def test_a_process_that_died_ends_the_stream_and_records_nothing(
    root: Path, browser: Browser
) -> None:
    """The page says that the process died; only a command puts that on record."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with Project(root) as project:
        run_id = begin_run(project, "t_dead", pid=gone.pid, process_mark=None).run_id
    with browser.open(f"live-events?id={run_id}") as stream:
        assert "interrupted" in _until(stream, "event: end")
    assert "run.interrupted" not in browser.page(f"replay?id={run_id}")


def test_the_server_ends_within_three_seconds_though_streams_are_open(tmp_path: Path) -> None:
    """Ctrl-C does not wait for whoever follows a run."""
    with make_project(tmp_path) as project:
        run_id = begin_run(project).run_id
        with serving(tmp_path) as browser, browser.open(f"live-events?id={run_id}") as stream:
            _until(stream, "run.started")
            began = time.monotonic()
            assert browser.process is not None
            browser.process.send_signal(signal.SIGINT)
            browser.process.wait(10)
            assert time.monotonic() - began < 3


def test_a_past_is_not_followed(done: str, browser: Browser) -> None:
    """A moment is no run that goes on."""
    answer = browser.ask(f"/live?id={done}&at=3")
    assert (answer.status, "nothing follows it" in answer.text) == (400, True)
