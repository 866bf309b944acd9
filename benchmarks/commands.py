"""What a whole command costs, from the start of Python to its end.

The baseline is a process that opens the same catalog with DuckDB and answers one question. What
is given is the time of the processor, since a command that waits for nothing takes no more.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

import duckdb
from rebuild_rate import append_runs
from table import Row, show

from lineage import settings
from lineage.project import Project

REPEATS = 5
CATALOG = ".lineage/catalog.duckdb"
BARE = (
    "import duckdb; catalog = duckdb.connect('.lineage/catalog.duckdb', read_only=True); "
    "print(catalog.execute('select count(*) from runs').fetchall())"
)
LINEAGE = (sys.executable, "-m", "lineage")


def commands(root: Path) -> dict[str, tuple[str, ...]]:
    """Return name to arguments of the commands that are measured in a project."""
    with duckdb.connect(str(root / CATALOG), read_only=True) as catalog:
        latest = "select uri from artifacts where uri is not null order by position desc limit 1"
        ((file,),) = catalog.execute(latest).fetchall()
        ((run,),) = catalog.execute(
            "select run_id from runs order by started_position desc limit 1"
        ).fetchall()
    return {
        "runs": (*LINEAGE, "runs"),
        "query 'select 1'": (*LINEAGE, "query", "select 1"),
        "show RUN": (*LINEAGE, "show", run),
        "report RUN": (*LINEAGE, "report", run),
        "graph --upstream FILE": (*LINEAGE, "graph", "--upstream", file),
        "log": (*LINEAGE, "log"),
        "doctor": (*LINEAGE, "doctor"),
        "import BaseTask": (sys.executable, "-c", "from lineage.tasks import BaseTask"),
    }


def cpu_ms(arguments: tuple[str, ...], root: Path) -> float:
    """Return the milliseconds of processor that a process takes."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        arguments,
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, used = os.wait4(process.pid, 0)
    return 1000 * (used.ru_utime + used.ru_stime)


def measure(root: Path, name: str, repeats: int = REPEATS) -> Iterator[Row]:
    """Yield what each command costs in a project, all taken in turn."""
    bare = (sys.executable, "-c", BARE)
    wanted: Mapping[str, tuple[str, ...]] = {"bare": bare, **commands(root)}
    for arguments in wanted.values():  # compiled, and the catalog up to date
        cpu_ms(arguments, root)
    times: dict[str, list[float]] = {key: [] for key in wanted}
    for _ in range(repeats):
        for key, arguments in wanted.items():
            times[key].append(cpu_ms(arguments, root))
    beside = median(times.pop("bare"))
    for key, taken in times.items():
        yield Row(
            name=f"{name}: {key}",
            ours=median(taken),
            beside=beside,
            beside_name="a process that opens the catalog with DuckDB",
        )


def demo(root: Path) -> None:
    """Make the demo's project with its history."""
    subprocess.run([*LINEAGE, "demo", str(root)], check=True, capture_output=True)


def history(root: Path, events: int) -> None:
    """Make a project with a ledger of that many events."""
    settings.make_project(root)
    (root / settings.STATE_FOLDER).mkdir()
    append_runs(root / settings.STATE_FOLDER, events)
    with Project(root) as project:
        project.projector.rebuild()


def small() -> Iterator[Row]:
    """Yield the commands on a short history."""
    with tempfile.TemporaryDirectory() as folder:
        history(Path(folder), 2_000)
        yield from measure(Path(folder), "2,000 events", repeats=1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000, help="size of the long history")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="how often each command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        demo(Path(folder, "demo"))
        show(measure(Path(folder, "demo"), "demo", options.repeats))
        history(Path(folder, "long"), options.events)
        show(measure(Path(folder, "long"), f"{options.events:,} events", options.repeats))


if __name__ == "__main__":
    main()
