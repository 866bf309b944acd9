"""`lineage serve` as a process of its own, and a browser's part of the talk with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Asks a server that runs.

    Attributes:
        process: The server.
        port: Where it listens.
        cookie: What it gave for the token.
    """

    process: subprocess.Popen[str]
    port: int
    cookie: str

    def page(self, address: str) -> str:
        """Return a page that is answered."""
        status, text = self.ask(address)
        assert status == 200, text
        return text

    def ask(self, address: str) -> tuple[int, str]:
        """Return status and text of an answer."""
        with self.open(address) as answer:
            return answer.status, answer.read().decode()

    @contextmanager
    def open(self, address: str, **headers: str) -> Iterator[HTTPResponse]:
        """Yield an answer whose body may still be on its way."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", f"/{address}", headers={"Cookie": self.cookie, **headers})
            with connection.getresponse() as answer:
                yield answer

    def send(
        self, address: str, fields: Mapping[str, str], **headers: str
    ) -> tuple[int, str, str | None]:
        """Send a form as the pages do; return status, text and where the answer leads."""
        usual = {
            "Cookie": self.cookie,
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
            "Origin": "null",
        }
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("POST", f"/{address}", urlencode(fields), {**usual, **headers})
            with connection.getresponse() as answer:
                return answer.status, answer.read().decode(), answer.headers["location"]


@contextmanager
def serving(root: Path, *options: str, **environment: str) -> Iterator[Browser]:
    """Serve a project, and end the server with Ctrl-C.

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
            address = urlsplit(process.stdout.readline().strip())
            port = address.port or 0
            with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
                connection.request("GET", f"{address.path}?{address.query}")
                with connection.getresponse() as answer:
                    cookie = answer.headers["set-cookie"].partition(";")[0]
            yield Browser(process=process, port=port, cookie=cookie)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(10)
