"""What sealing adds to a run: the time within it, beside the rest of the same run.

A run of operations that do nothing ends with a signed head: what is new is read and hashed, the
head is signed, appended, and written to a small file. Whole runs with and without a head differ
from each other by more than that takes, so the time is taken inside of one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from types import ModuleType

from operation_overhead import NoOperation
from table import Row, show

from lineage.project import Project
from lineage.seals import sealing
from lineage.tasks import BaseTask

OPERATIONS = 1_000
SMALL = 100
REPEATS = 5


class Idle(BaseTask):
    """Executes operations that do nothing."""

    def __init__(self, project: Project, count: int) -> None:
        super().__init__("t_idle", "nothing", "", project=project)
        self._count = count

    def configure_operations(self) -> None:
        """Add them."""
        self.operations += [NoOperation() for _ in range(self._count)]


def rows(operations: int, repeats: int = REPEATS) -> Iterator[Row]:
    """Yield what a run takes with a seal at its end, beside what is left without the seal."""
    folder = Path(tempfile.mkdtemp(prefix="seal_rate."))
    os.environ["LINEAGE_SEALS"] = "each_run"
    try:
        (folder / "configs").mkdir()
        (folder / "configs/prj_config.json").write_text('{"execution_log": "on_demand"}')
        runs, seals = list[float](), list[float]()
        with Project(folder) as project, timed(sealing, "seal", "fault_of_key") as within:
            for turn in range(repeats + 1):  # the first makes the key and the files
                within.clear()
                began = perf_counter()
                assert Idle(project, operations).run()
                if turn:
                    runs.append(1_000 * (perf_counter() - began))
                    seals.append(sum(within))
        yield Row(
            name=f"run of {operations:,} operations, sealed at its end",
            ours=median(runs),
            beside=median(run - seal for run, seal in zip(runs, seals, strict=True)),
            beside_name="the run without its seal",
        )
    finally:
        shutil.rmtree(folder)


@contextmanager
def timed(module: ModuleType, *names: str) -> Iterator[list[float]]:
    """Yield a list that gets the milliseconds of each call of some functions of a module."""
    taken: list[float] = []
    functions = {name: getattr(module, name) for name in names}

    def clocked(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            began = perf_counter()
            try:
                return function(*arguments, **options)
            finally:
                taken.append(1_000 * (perf_counter() - began))

        return call

    for name, function in functions.items():
        setattr(module, name, clocked(function))
    try:
        yield taken
    finally:
        for name, function in functions.items():
            setattr(module, name, function)


def small() -> Iterator[Row]:
    """Yield the rows of a size that takes some seconds."""
    yield from rows(SMALL, 3)


def main() -> None:
    """Measure at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=OPERATIONS)
    show(rows(parser.parse_args().operations))


if __name__ == "__main__":
    main()
