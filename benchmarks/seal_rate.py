"""What sealing adds to a run, and that it costs the same in a short and in a long history.

A run of operations that do nothing ends with and without a signed head. Everything else of both
runs is the same, so the difference is the head: reading and hashing what is new, signing, one
append and one small file.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from operation_overhead import NoOperation
from table import Row, show

from lineage.project import Project
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
    """Yield what a run takes with a seal at its end, beside one without."""
    folder = Path(tempfile.mkdtemp(prefix="seal_rate."))
    try:
        (folder / "configs").mkdir()
        (folder / "configs/prj_config.json").write_text('{"execution_log": "on_demand"}')
        taken: dict[str, list[float]] = {"each_run": [], "on_demand": []}
        with Project(folder) as project:
            for turn in range(repeats + 1):  # the first makes the key and the files
                for mode, times in taken.items():
                    os.environ["LINEAGE_SEALS"] = mode
                    began = perf_counter()
                    assert Idle(project, operations).run()
                    if turn:
                        times.append(1_000 * (perf_counter() - began))
        yield Row(
            name=f"run of {operations:,} operations, sealed at its end",
            ours=median(taken["each_run"]),
            beside=median(taken["on_demand"]),
            beside_name="the same, not sealed",
        )
    finally:
        shutil.rmtree(folder)


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
