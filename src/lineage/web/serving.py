"""Serve a project on a port until Ctrl-C."""

from __future__ import annotations

import logging
import socket
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import uvicorn
from starlette.applications import Starlette

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.web.access import TOKEN, Access, Proxy, host_of, local_hosts
from lineage.web.app import create_app
from lineage.web.connections import Connection

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
ANY: Final = ("0.0.0.0", "::")  # noqa: S104  # compared, not listened at
GRACE_S: Final = 2
"""Seconds that open streams get after Ctrl-C."""

MOST_CONNECTIONS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a project is served, and for whom.

    Attributes:
        host: The address to listen at.
        port: The port; 0 for any that is free.
        root_path: What a proxy puts before every address, "/lineage" for example; may be empty.
        allowed_hosts: Further values of the header `Host`, with the port as browsers send it.
        proxy: Who may name users; None for nobody.
        is_read_only: Whether nothing may be changed; None: unless only this machine can ask.
    """

    host: str = "127.0.0.1"
    port: int = 0
    root_path: str = ""
    allowed_hosts: tuple[str, ...] = ()
    proxy: Proxy | None = None
    is_read_only: bool | None = None

    @property
    def refuses_changes(self) -> bool:
        """Whether nothing may be changed."""
        if self.is_read_only is not None:
            return self.is_read_only
        return self.host not in LOOPBACK or bool(self.allowed_hosts)


def serve(project: Project, place: Place, ready: Callable[[str], None], *, opens: bool) -> None:
    """Serve a project until the process is told to end, and no longer than `GRACE_S` after it.

    Args:
        project: What is shown.
        place: Where, and for whom.
        ready: Gets the address to open, with the token, as soon as it answers.
        opens: Whether to open a browser.

    Raises:
        ConfigurationError: The address cannot be listened at.
    """
    server, listener = prepare(
        project, place, lambda address: _announce(address, ready, opens=opens)
    )
    with listener:
        server.run(sockets=[listener])


def prepare(
    project: Project, place: Place, ready: Callable[[str], None]
) -> tuple[uvicorn.Server, socket.socket]:
    """Return a server that only has to run, and the socket that it is to run with.

    Args:
        project: What is shown.
        place: Where, and for whom.
        ready: Gets the address to open, with the token, as soon as it answers.

    Raises:
        ConfigurationError: The address cannot be listened at.
    """
    listener = _listen(place)
    port = int(listener.getsockname()[1])
    hosts = local_hosts(port, place.allowed_hosts)
    if place.host not in ANY:
        hosts |= {host_of(place.host, port)}
    access = Access(
        hosts=hosts,
        cookie=f"lineage_{port}",
        is_read_only=place.refuses_changes,
        proxy=place.proxy,
    )
    named = host_of("127.0.0.1" if place.host in ANY else place.host, port)
    address = f"http://{named}{place.root_path}/?{TOKEN}={access.token}"
    return _Server(_configuration(project, access, place), lambda: ready(address)), listener


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, which would go on for ever, then all else."""
        await cast("Starlette", self.config.app).state.watch.close()  # as `_configuration` made it
        await super().shutdown(sockets)


def _announce(address: str, ready: Callable[[str], None], *, opens: bool) -> None:
    ready(address)
    if opens:
        webbrowser.open(address)


def _configuration(project: Project, access: Access, place: Place) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(project, access),
        access_log=False,
        log_level=logging.WARNING,
        lifespan="off",
        root_path=place.root_path,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=30,
        http=Connection,
        ws="none",
        loop="asyncio",
    )


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # Without the protocol asyncio leaves Nagle's algorithm on, and each answer waits for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((place.host, place.port))
        listener.listen(MOST_CONNECTIONS)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigurationError(
            f"address {place.host}:{place.port}",
            problem=str(getattr(error, "strerror", None) or error),
            remedy="take another --port, 0 for any that is free",
        ) from error
    return listener
