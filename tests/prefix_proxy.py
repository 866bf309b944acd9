"""A proxy that shows a server below a path, as nginx with `proxy_pass http://server/` does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar


@dataclass(slots=True, kw_only=True)
class Proxy:
    """A proxy that runs.

    Attributes:
        port: Where it listens.
        prefix: What it takes away from each path.
        target: The port that it asks.
        strays: Paths outside the prefix that it was asked for.
    """

    port: int
    prefix: str
    target: int = 0
    strays: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    """Passes requests and answers on, part by part."""

    proxy: ClassVar[Proxy]

    def do_GET(self) -> None:
        prefix = self.proxy.prefix
        if not self.path.startswith(f"{prefix}/"):
            self.proxy.strays.append(self.path)
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        with closing(HTTPConnection("127.0.0.1", self.proxy.target, timeout=20)) as connection:
            path = self.path.removeprefix(prefix)
            connection.request(self.command, path, body, dict(self.headers))
            self._pass_on(connection.getresponse())

    do_POST = do_GET  # noqa: N815  # the name that is looked up

    def _pass_on(self, answer: HTTPResponse) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding"}:
                self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):  # whoever followed a stream has gone
            while part := answer.read1():
                self.wfile.write(part)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def proxying(prefix: str) -> Iterator[Proxy]:
    """Run a proxy until the context ends; its `target` is set before the first request."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        proxy = handler.proxy = Proxy(port=server.server_address[1], prefix=prefix)
        running = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            running.join()
