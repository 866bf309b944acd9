"""A client that keeps the server waiting is sent away, so that others are answered."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from served import Served, served

from lineage.project import Project
from lineage.web.connections import Connection
from lineage.web.rendering import static_files
from lineage.web.serving import MOST_CONNECTIONS

REQUESTS = 400
"""Requests that ask for more than fits into the buffers of a connection."""


class Impatient(Connection):
    """Waits a moment only."""

    REQUEST_S: ClassVar[float] = 0.4
    READING_S: ClassVar[float] = 0.5


def all_of(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection, which it has to within 10 s."""
    connection.settimeout(10)
    found = b""
    try:
        while part := connection.recv(1 << 20):
            found += part
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    "begun",
    [
        "",
        "GET / HT",
        "GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ",
        "POST /runs HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Len",
    ],
)
def test_request_that_never_ends_is_closed(project: Project, begun: str) -> None:
    """Not a byte, half a line, half the headers: nobody may hold a connection with that."""
    with (
        served(project, connection=Impatient) as running,
        socket.create_connection(("127.0.0.1", running.port)) as slow,
    ):
        slow.sendall(begun.format(host=running.host).encode())

        assert all_of(slow) == b""


def test_bytes_now_and_then_do_not_help(project: Project) -> None:
    """The time is that of the whole request (slowloris)."""
    with (
        served(project, connection=Impatient) as running,
        socket.create_connection(("127.0.0.1", running.port)) as slow,
    ):
        began = time.monotonic()
        slow.sendall(f"GET / HTTP/1.1\r\nHost: {running.host}\r\n".encode())
        with pytest.raises(OSError, match=r"reset|pipe|abort"):  # noqa: PT012  # until it closes
            while time.monotonic() < began + 10:
                slow.sendall(b"X-A: b\r\n")
                time.sleep(0.05)


def test_body_that_never_ends_is_closed(project: Project) -> None:
    """A request that announced more than it sends waits no longer than one without headers."""
    with served(project, connection=Impatient) as running:
        running.enter()
        with socket.create_connection(("127.0.0.1", running.port)) as slow:
            request = f"POST /runs HTTP/1.1\r\nHost: {running.host}\r\nContent-Length: 9\r\n\r\nx"
            slow.sendall(request.encode())

            assert b" 403 " in all_of(slow)


def test_client_that_does_not_read_is_closed(project: Project) -> None:
    """An answer that nobody fetches does not stay in memory."""
    with served(project, connection=Impatient) as running:
        running.enter()
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", running.port))
            path, (_, content) = max(static_files().items(), key=lambda one: len(one[1][1]))
            asked = f"GET /static/{path} HTTP/1.1\r\nHost: {running.host}\r\n\r\n"
            slow.sendall(asked.encode() * REQUESTS)
            time.sleep(4 * Impatient.READING_S)

            assert len(all_of(slow)) < REQUESTS * len(content) / 2


def test_slow_clients_do_not_keep_others_out(project: Project) -> None:
    """After the time is over everybody is answered again."""
    with served(project, connection=Impatient) as running:
        running.enter()
        slow = [
            socket.create_connection(("127.0.0.1", running.port)) for _ in range(MOST_CONNECTIONS)
        ]
        try:
            assert _soon(lambda: running.ask("/proof").status == 200)
        finally:
            for one in slow:
                one.close()


def test_200_readers_are_answered_at_once(server: Served) -> None:
    """Each gets its own page, whole."""
    paths = ["/", "/runs.json", *["/proof"] * 23] * 8
    with ThreadPoolExecutor(200) as pool:
        answers = [*pool.map(server.ask, paths)]

    assert [one.status for one in answers] == [200] * 200
    lengths = {
        path: {len(one.body) for asked, one in zip(paths, answers, strict=True) if asked == path}
        for path in paths
    }
    assert all(len(found) == 1 for found in lengths.values())


def _soon(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        try:
            if holds():
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False
