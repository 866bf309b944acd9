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
from lineage.web.access import TOKEN, Access, Proxy, local_hosts
from lineage.web.app import create_app

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
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
        is_read_only: Whether nothing may be changed; None: unless the host is this machine only.
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
        return self.host not in LOOPBACK if self.is_read_only is None else self.is_read_only


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
    listener = _listen(place)
    port = int(listener.getsockname()[1])
    shown = f"[{place.host}]" if ":" in place.host else place.host
    hosts = {*local_hosts(port), *place.allowed_hosts}
    if place.host not in ("0.0.0.0", "::", *LOOPBACK):  # noqa: S104  # compared, not listened at
        hosts.add(f"{shown}:{port}")
    access = Access(
        hosts=frozenset(hosts),
        cookie=f"lineage_{port}",
        is_read_only=place.refuses_changes,
        proxy=place.proxy,
    )
    named = "127.0.0.1" if place.host in ("0.0.0.0", "::") else shown  # noqa: S104  # likewise
    address = f"http://{named}:{port}{place.root_path}/?{TOKEN}={access.token}"
    server = _Server(
        _configuration(project, access, place), lambda: _announce(address, ready, opens)
    )
    with listener:
        server.run(sockets=[listener])


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


def _announce(address: str, ready: Callable[[str], None], opens: bool) -> None:  # noqa: FBT001
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
        http="h11",
        ws="none",
        loop="asyncio",
    )


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
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
