"""What following a run costs the server: its processor time while readers wait for news.

A run is open and something happens to it every second. One look at the ledger serves all readers,
so what each of them costs is its own part of the page. Beside it is the server without readers.
"""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psutil
from table import Row, show

from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started

SECONDS = 30
SMALL_S = 5
READERS = (1, 20)
WARM_UP_S = 3


def rows(seconds: float, readers: tuple[int, ...] = READERS) -> Iterator[Row]:
    """Yield the processor time of the server in each second, with readers and without."""
    with tempfile.TemporaryDirectory(prefix="live_page.") as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "configs").mkdir()
        (folder / "configs/prj_config.json").write_text('{"seals": "on_demand"}')
        project = stack.enter_context(Project(folder))
        recorder = RunRecorder(project, "t_live")
        recorder.begin(run_started(task_type="benchmark", description="", report_path="r.json"))
        words = ["serve", "--project", name, "--no-open"]
        server = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "lineage", *words], stdout=subprocess.PIPE, text=True
            )
        )
        stack.callback(server.terminate)
        assert server.stdout is not None
        address = urlsplit(server.stdout.readline().strip())
        cookie = _enter(address.port or 0, address.query)
        idle = _load(server.pid, recorder, seconds)
        for count in readers:
            with ExitStack() as streams:
                for _ in range(count):
                    _follow(streams, address.port or 0, cookie, recorder.run_id)
                taken = _load(server.pid, recorder, seconds)
            yield Row(
                name=f"server a second, {count} following a run",
                ours=taken,
                beside=max(idle, 0.1),
                beside_name="nobody following it",
                script="live_page",
            )


def small() -> Iterator[Row]:
    """Yield the rows of a few seconds."""
    return rows(SMALL_S)


def _enter(port: int, query: str) -> str:
    with closing(HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", f"/?{query}")
        return connection.getresponse().headers["set-cookie"].partition(";")[0]


def _follow(streams: ExitStack, port: int, cookie: str, run_id: str) -> None:
    """Read a stream until the context ends; it has begun when this returns."""
    connection = streams.enter_context(socket.create_connection(("127.0.0.1", port)))
    asked = f"GET /live-events?id={run_id} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}"
    connection.sendall(f"{asked}\r\n\r\n".encode())
    received = b""
    while b"run.started" not in received:
        part = connection.recv(1 << 16)
        assert part, f"the stream ended before it began: {received!r}"
        received += part
    reading = Thread(target=lambda: [*iter(lambda: connection.recv(1 << 16), b"")])
    reading.start()
    streams.callback(reading.join)
    streams.callback(connection.shutdown, socket.SHUT_RDWR)


def _load(pid: int, recorder: RunRecorder, seconds: float) -> float:
    """Return the processor milliseconds of a process in each second."""
    process = psutil.Process(pid)
    time.sleep(WARM_UP_S)
    began, before = time.monotonic(), process.cpu_times()
    while time.monotonic() - began < seconds:
        recorder.report_operation("work", "running", {})
        time.sleep(1)
    after = process.cpu_times()
    taken = after.user + after.system - before.user - before.system
    return 1_000 * taken / (time.monotonic() - began)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    show(rows(parser.parse_args().seconds))
