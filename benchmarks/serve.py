"""How soon `lineage serve` answers, how quick its pages are, and what memory it takes.

Usage: python benchmarks/serve.py [--runs 100000 | --project DIR]

A project gets a history of so many runs, ten events each, or is one that is there. The server is a
process of its own, asked over one connection as a browser would; each page is asked several times
and the median is shown. Beside the pages stands a file of the same server, which needs no history;
beside start and memory a server of the same packages that only says hello.
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
from urllib.parse import urlencode, urlsplit

import psutil
from commands import history
from rebuild_rate import COLUMNS, EVENTS_OF_A_RUN
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


def pages(root: Path) -> dict[str, str]:
    """Return the addresses that are measured in a project, by what they show."""
    with Project.open(root) as project, project.catalog() as catalog:
        run = catalog.value("select run_id from run_beginnings order by position desc limit 1")
        file = catalog.value("select uri from artifacts order by position desc limit 1")
        raw = catalog.value("select uri from inputs order by position desc limit 1")
        middle = catalog.position // 2
    return {
        "overview": "/",
        "run": f"/run?id={run}",
        "compare with the run before": f"/compare?run={run}",
        "runs, newest": "/runs",
        "runs, from the middle": f"/runs?before={middle}",
        "runs that failed": "/runs?status=failed",
        "runs of a task": "/runs?task=t_7",
        "runs of a file": f"/runs?{urlencode({'file': raw})}",
        "runs with a tag": "/runs?tag=none",
        "runs with a text": "/runs?text=k+is+too+low",
        "search": "/search?text=customers",
        "search without a hit": "/search?text=nobody",
        "suggestions": "/suggestions?text=customers",
        "proposals": "/proposals",
        "datasets": "/datasets",
        "dataset": f"/dataset?{urlencode({'file': file})}",
        "column": f"/column?{urlencode({'file': raw, 'column': COLUMNS[0]})}",
        "lineage of the newest files": "/graph",
        "lineage of a file": f"/graph?{urlencode({'file': file})}",
        "trends of a task": "/trends?name=t_7",
        "releases": "/releases",
        "policies": "/policies",
        "erasures": "/erasures",
        "proof": "/proof",
        "event": "/event?position=7",
    }


def rows(runs: int) -> Iterator[Row]:
    """Yield what is measured with a history of so many runs."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        history(root, runs * EVENTS_OF_A_RUN)
        yield from measured(root)


def measured(root: Path) -> Iterator[Row]:
    """Yield what is measured in a project."""
    serving = ("-m", "lineage", "serve", "--no-open", "--project", str(root))
    with started("-c", HELLO) as hello, started(*serving) as server:
        yield Row(
            name="start to first answer",
            ours=server.first_answer_ms,
            beside=hello.first_answer_ms,
            beside_name="a server that says hello",
        )
        for name, path in pages(root).items():
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
    parser.add_argument("--project", type=Path, metavar="DIR", help="a project instead")
    arguments = parser.parse_args()
    show(measured(arguments.project) if arguments.project else rows(arguments.runs))


if __name__ == "__main__":
    main()
