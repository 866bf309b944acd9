"""Serve a project, and ask it over sockets as a browser, or an attacker, would.

`served` runs the server in a thread of the tests, `serving` in a process of its own. Tests of what
a page says ask without a port: `asked_pages`.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from page_reader import Page

from lineage.project import Project
from lineage.web.connections import Connection
from lineage.web.pages import PAGES
from lineage.web.serving import Place, prepare

OURS = {"sec-fetch-site": "same-origin", "origin": "null"}
"""What a browser sends with a form of our own page, which tells nobody where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that runs.

    Attributes:
        address: What it printed, with the token.
        headers: What is sent with every request: the cookie, once there is one.
        process: The process that it is; None for a thread.
    """

    address: str
    headers: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None

    @property
    def host(self) -> str:
        """Host and port, as a browser sends them."""
        return urlsplit(self.address).netloc

    @property
    def port(self) -> int:
        """The port it listens at."""
        return int(urlsplit(self.address).port or 80)

    def ask(
        self,
        path: str = "/",
        method: str = "GET",
        body: bytes | Iterator[bytes] | None = None,
        **headers: str | None,
    ) -> Answer:
        """Send a request and return the answer.

        Args:
            path: Path and query.
            method: The method.
            body: What is sent; an iterator is sent in chunks, without a length.
            headers: Further headers, with _ for -; None leaves one out.
        """
        sent = {"Host": self.host, **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(self._connect()) as connection:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is None:
                connection.endheaders()
            elif isinstance(body, bytes):
                connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body)
            else:
                connection.putheader("Transfer-Encoding", "chunked")
                connection.endheaders(body, encode_chunked=True)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=found, body=answer.read())

    def page(self, address: str) -> str:
        """Return a page that is answered."""
        answer = self.ask(f"/{address}")
        assert answer.status == 200, answer.text
        return answer.text

    def send(self, address: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form as the pages do."""
        usual = {name.title(): value for name, value in OURS.items()}
        form = {"Content-Type": "application/x-www-form-urlencoded", **usual}
        return self.ask(f"/{address}", "POST", urlencode(fields).encode(), **{**form, **headers})

    def shown(self, page: str, **given: str) -> str:
        """Ask for the values that a page withholds, and return the address that shows them."""
        fields = {"do": "show", "page": page, "query": urlencode(given), "reason": "a test"}
        form = Page(self.page(f"action?{urlencode(fields)}")).tags
        once = next(tag["value"] for _, tag in form if tag.get("name") == "once")
        answer = self.send("act", {**fields, "once": str(once)})
        assert answer.status == 303, answer.text
        return answer.headers["location"]

    @contextmanager
    def open(self, address: str, **headers: str) -> Iterator[HTTPResponse]:
        """Yield an answer whose body may still be on its way."""
        with closing(self._connect()) as connection:
            connection.request("GET", f"/{address}", headers={**self.headers, **headers})
            with connection.getresponse() as answer:
                yield answer

    def raw(self, sent: bytes, timeout_s: float = 5) -> bytes:
        """Send bytes that no library would send, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def crawl(self) -> Iterator[tuple[str, Answer]]:
        """Yield address and answer of all pages that links lead to, the nearest first.

        Pages that were asked least come first, so that one with many links hides no other.
        """
        waiting = [f"/{name}" for name in PAGES]
        seen: set[str] = set()
        asked = Counter[str]()
        while waiting:
            path = min(waiting, key=lambda one: asked[_page(one)])
            waiting.remove(path)
            if path not in seen:
                seen.add(path)
                asked[_page(path)] += 1
                answer = self.ask(path)
                yield path, answer
                if answer.headers["content-type"].startswith("text/html"):
                    waiting.extend(linked(path, answer.text))

    def enter(self) -> Answer:
        """Open the address that was printed; what comes back is sent with every request."""
        parts = urlsplit(self.address)
        answer = self.ask(f"{parts.path}?{parts.query}")
        self.headers["Cookie"] = answer.headers["set-cookie"].partition(";")[0]
        return answer

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(str(urlsplit(self.address).hostname), self.port, timeout=20)


def _page(path: str) -> str:
    return urlsplit(path).path.partition(".")[0]


def linked(path: str, text: str) -> Iterator[str]:
    """Yield the pages that a page leads to.

    Args:
        path: Its own.
        text: What it says.
    """
    for _, attributes in Page(text).tags:
        address = attributes.get("href") or attributes.get("hx-get") or ""
        parts = urlsplit(urljoin(f"http://here{path}", address))
        if parts.netloc == "here" and not parts.path.startswith("/static/"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


@contextmanager
def served(
    project: Project, *, connection: type[Connection] = Connection, **place: Any
) -> Iterator[Served]:
    """Serve a project as `lineage serve` does, until the context ends.

    Args:
        project: What is served.
        connection: How patient the connections are.
        place: Fields of `Place`.
    """
    said: queue.Queue[str] = queue.Queue()
    server, listener = prepare(project, Place(**place), said.put)
    server.config.http = connection
    running = Thread(target=server.run, kwargs={"sockets": [listener]})
    running.start()
    try:
        yield Served(address=said.get(timeout=20))
    finally:
        server.should_exit = True
        running.join(20)
        listener.close()


@contextmanager
def serving(root: Path, *options: str, **environment: str) -> Iterator[Served]:
    """Serve a project as a process, for somebody who has the cookie, and end it with Ctrl-C.

    Args:
        root: The project.
        options: Of the command.
        environment: What the process gets besides.
    """
    words = [sys.executable, "-m", "lineage", "serve", "--project", str(root), "--no-open"]
    with subprocess.Popen(
        [*words, *options], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    ) as process:
        try:
            assert process.stdout is not None
            running = Served(address=process.stdout.readline().strip(), process=process)
            running.enter()
            yield running
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
