"""How soon `lineage serve` answers, how quick its pages are, and what memory it takes.

Usage: python benchmarks/serve.py [--runs 100000]

A project gets a history of so many runs, ten events each. The server is a process of its own,
asked over one connection as a browser would; each page is asked several times and the median is
shown. Beside the pages stands a file of the same server, which needs no history; beside start and
memory a server of the same packages that only says hello.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import psutil
from rebuild_rate import EVENTS_OF_A_RUN, append_runs
from table import Row, medians_ms, show

from lineage.project import Project
from lineage.web.rendering import static_files

SMALL_RUNS = 2_000
REPEATS = 7
STATIC = "/static/" + next(name for name in static_files() if name.startswith("app."))
HELLO = """
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

listener = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listener.getsockname()[1]}/?token=", flush=True)
app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs.

    Attributes:
        process: Its process.
        connection: A connection to it.
        cookie: What it gave for the token.
        first_answer_ms: From its start to its first answer.
    """

    process: psutil.Popen
    connection: HTTPConnection
    cookie: str
    first_answer_ms: float

    def ask(self, path: str) -> bytes:
        """Ask for a page and read it whole."""
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body)
        return body

    def memory_mib(self) -> float:
        """What the process has in memory."""
        return float(self.process.memory_info().rss) / 2**20


@contextmanager
def started(*command: str) -> Iterator[Server]:
    """Start a server that prints its address, and end it."""
    began = perf_counter()
    process = psutil.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    try:
        address = urlsplit(process.stdout.readline().strip())
        connection = HTTPConnection(address.netloc)
        connection.request("GET", f"/?{address.query}")
        answer = connection.getresponse()
        answer.read()
        taken = 1000 * (perf_counter() - began)
        cookie = (answer.headers.get("set-cookie") or "").partition(";")[0]
        yield Server(process=process, connection=connection, cookie=cookie, first_answer_ms=taken)
        connection.close()
    finally:
        process.terminate()
        process.wait()


def pages(runs: int) -> dict[str, str]:
    """Return the addresses that are measured, by what they show."""
    last = f"{runs - 1:08}"
    return {
        "overview": "/",
        "run": f"/run?id={last}",
        "runs, newest": "/runs",
        "runs, from the middle": f"/runs?before={runs * EVENTS_OF_A_RUN // 2}",
        "runs that failed": "/runs?status=failed",
        "runs of a task": "/runs?task=t_7",
        "runs with a text": "/runs?text=k+is+too+low",
        "datasets": "/datasets",
        "releases": "/releases",
        "proof": "/proof",
    }


def rows(runs: int) -> Iterator[Row]:
    """Yield what is measured with a history of so many runs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / ".lineage").mkdir()
        append_runs(root / ".lineage", runs * EVENTS_OF_A_RUN)
        with Project(root) as project:
            project.catalog().close()
        yield from _measured(root, runs)


def _measured(root: Path, runs: int) -> Iterator[Row]:
    serving = ("-m", "lineage", "serve", "--no-open", "--project", str(root))
    with started("-c", HELLO) as hello, started(*serving) as server:
        yield Row(
            name="start to first answer",
            ours=server.first_answer_ms,
            beside=hello.first_answer_ms,
            beside_name="a server that says hello",
        )
        for name, path in pages(runs).items():
            ours, beside = medians_ms(
                lambda path=path: server.ask(path), lambda: server.ask(STATIC), repeats=REPEATS
            )
            yield Row(name=name, ours=ours, beside=beside, beside_name="a static file")
        yield Row(
            name="memory after all pages",
            ours=server.memory_mib(),
            beside=hello.memory_mib(),
            beside_name="a server that says hello",
            unit="MiB",
        )


def small() -> Iterator[Row]:
    """Yield rows for a shorter history."""
    yield from rows(SMALL_RUNS)


def main() -> None:
    """Measure everything once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100_000, help="runs of the history")
    show(rows(parser.parse_args().runs))


if __name__ == "__main__":
    main()
