"""`lineage serve` says where it answers, and ends when it is told to."""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from copies import copied
from release_project import after_one_run
from served import Served

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.web.access import Proxy
from lineage.web.serving import Place, prepare


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project after one run."""
    copied(_after_one_run, tmp_path)
    return tmp_path


def _after_one_run(root: Path) -> None:
    after_one_run(root, "name")


@pytest.fixture
def process(root: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, as a person starts it."""
    command = [sys.executable, "-m", "lineage", "serve", "--no-open", "--project", str(root)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def address_of(process: subprocess.Popen[str]) -> str:
    """What it printed first."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 30)[0]
    return process.stdout.readline().strip()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_ends_soon_whoever_is_connected(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    """It prints its address alone; half a request and an open connection do not hold it."""
    server = Served(address=address_of(process))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}", server.address)
    assert server.enter().status == 303
    assert server.ask().status == 200
    with (
        socket.create_connection(("127.0.0.1", server.port)) as half,
        socket.create_connection(("127.0.0.1", server.port)),
    ):
        half.sendall(b"GET / HTTP/1.1\r\nHost: ")
        process.send_signal(number)
        rest, errors = process.communicate(timeout=10)  # 2 s and what a busy machine needs

    assert rest == ""
    assert "Traceback" not in errors


def test_port_that_is_taken_is_refused(root: Path) -> None:
    """The error says what to do."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        Project(root) as project,
        pytest.raises(ConfigurationError, match="take another --port"),
    ):
        prepare(project, Place(port=taken.getsockname()[1]), print)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000)])
def test_address_that_is_none_is_refused(root: Path, host: str, port: int) -> None:
    """Nothing listens anywhere else instead."""
    with Project(root) as project, pytest.raises(ConfigurationError, match=f"{host}:{port}"):
        prepare(project, Place(host=host, port=port), print)


@pytest.mark.parametrize(
    ("place", "refuses"),
    [
        (Place(), False),
        (Place(host="::1"), False),
        (Place(host="0.0.0.0"), True),  # noqa: S104  # not listened at
        (Place(host="192.0.2.1"), True),
        (Place(allowed_hosts=("data.example",)), True),
        (Place(proxy=Proxy(header="X-User", addresses=("127.0.0.1",))), False),
        (Place(host="192.0.2.1", is_read_only=False), False),
        (Place(is_read_only=True), True),
    ],
)
def test_changes_are_refused_where_others_can_ask(place: Place, *, refuses: bool) -> None:
    """Unless the person who starts it decides otherwise."""
    assert place.refuses_changes is refuses


def test_answers_are_sent_at_once(root: Path) -> None:
    """A connection does not wait for more to send, which would cost 40 ms an answer."""
    with Project(root) as project:
        _, listener = prepare(project, Place(), print)
        with listener:
            assert listener.proto == socket.IPPROTO_TCP
