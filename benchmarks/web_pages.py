"""What the pages of `lineage serve` cost on a long history, from request to last byte.

Pages are asked through the whole application in this process, without a port. The baseline is the
first page of runs as one bare DuckDB query on the same catalog. What is given is the time of the
processor, all threads together, since pages wait for nothing else. `--project DIR` measures a
project that is there; otherwise one with `--runs` runs is made and removed.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import process_time

import duckdb
from commands import history
from rebuild_rate import COLUMNS, EVENTS_OF_A_RUN
from starlette.types import ASGIApp, Message
from table import Row, show

from lineage.project import Project
from lineage.web import create_app
from lineage.web.access import Access

RUNS = 100_000
SMALL_RUNS = 10_000
REPEATS = 5
HOST = "127.0.0.1:8000"
BARE = """
select run_id, task_id, status, epoch_us(started_at), duration_s, message
from runs
order by started_position desc
limit 51
"""


def pages(root: Path) -> Mapping[str, str]:
    """Return name to address of what is measured in a project."""
    with Project.open(root) as project, project.catalog() as catalog:
        run = catalog.value("select run_id from run_beginnings order by position desc limit 1")
        file = catalog.value("select uri from artifacts order by position desc limit 1")
        raw = catalog.value("select uri from inputs order by position desc limit 1")
    return {
        "overview": "",
        "runs": "runs",
        "runs of a task": "runs?task=t_7",
        "runs that failed": "runs?status=failed",
        "runs with a text": "runs?text=too+low",
        "runs of a file": f"runs?file={raw}",
        "runs with a tag": "runs?tag=none",
        "run": f"run?id={run}",
        "compare with the run before": f"compare?run={run}",
        "search": "search?text=customers",
        "search without a hit": "search?text=nobody",
        "proposals": "proposals?text=column_1",
        "datasets": "datasets",
        "dataset": f"dataset?file={file}",
        "column": f"column?file={raw}&column={COLUMNS[0]}",
        "trends of a task": "trends?name=t_7",
        "policies": "policies",
        "erasures": "erasures",
        "event": "event?position=7",
    }


def measure(root: Path) -> Iterator[Row]:
    """Yield one row a page, and last the first page of a process."""
    addresses = pages(root)
    with Project.open(root) as project:
        access = Access(hosts=frozenset({HOST}))
        app = create_app(project, access)
        cookie = f"{access.cookie}={access.admit(access.token)}"
        began = process_time()
        ask(app, "runs", cookie)
        first_ms = 1000 * (process_time() - began)
        beside = bare_ms(root)
        for name, address in addresses.items():
            ask(app, address, cookie)
            took = cpu_ms(lambda a=address: ask(app, a, cookie))
            yield Row(name=name, ours=took, beside=beside, beside_name="a bare query of 51 runs")
    yield Row(
        name="runs, the first time",
        ours=first_ms,
        beside=beside,
        beside_name="a bare query of 51 runs",
    )


def ask(app: ASGIApp, address: str, cookie: str) -> bytes:
    """Return a page."""
    path, _, query = address.partition("?")
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/{path}",
        "query_string": query.encode(),
        "headers": [(b"host", HOST.encode()), (b"cookie", cookie.encode())],
        "scheme": "http",
        "client": ("127.0.0.1", 50_000),
        "root_path": "",
    }
    asyncio.run(app(scope, receive, send))
    assert messages[0]["status"] == 200, messages
    return b"".join(message.get("body", b"") for message in messages[1:])


def bare_ms(root: Path) -> float:
    """Return how long DuckDB takes for the first page of runs."""
    with duckdb.connect(str(root / ".lineage/catalog.duckdb"), read_only=True) as catalog:
        return cpu_ms(lambda: catalog.execute(BARE).fetchall())


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the milliseconds of processor that a work takes: the median of several times."""
    times = []
    for _ in range(REPEATS):
        began = process_time()
        work()
        times.append(1000 * (process_time() - began))
    return median(times)


def small() -> Iterator[Row]:
    """Yield the rows of the common table."""
    with tempfile.TemporaryDirectory(prefix="web_pages.") as name:
        history(Path(name), SMALL_RUNS * EVENTS_OF_A_RUN)
        yield from measure(Path(name))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--project", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.project is not None:
        show(measure(arguments.project))
        return
    with tempfile.TemporaryDirectory(prefix="web_pages.") as name:
        history(Path(name), arguments.runs * EVENTS_OF_A_RUN)
        show(measure(Path(name)))


if __name__ == "__main__":
    main()
