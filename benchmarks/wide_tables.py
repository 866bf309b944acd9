"""How long profiling and correlating a table of many columns takes, and how much memory at most.

Half of the columns are numbers, a quarter of them with nulls, and half categories. Each operation
runs in a process of its own, whose peak memory includes Python, pandas and Arrow; beside it is a
process that only makes the table.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa
from table import Row

from lineage.kernel.host import peak_memory_mb
from ops.data.source import DataSource
from ops.profiling.correlate import CorrelationOperation
from ops.profiling.profile import ProfileOperation

SMALL = 100
ROWS = 1_000
MAKERS = {
    "table alone": None,
    "profile": lambda: ProfileOperation(dataset_name="wide"),
    "correlate": lambda: CorrelationOperation(primary_dataset="wide"),
}


def wide_table(columns: int, rows: int) -> pa.Table:
    """Return numbers and categories in turn."""
    random = np.random.default_rng(0)
    made = {}
    for place in range(columns):
        if place % 2:
            made[f"c{place}"] = pa.array(random.integers(0, 8, rows)).cast(pa.string())
        else:
            is_null = random.random(rows) < (0.1 if place % 8 == 0 else 0.0)
            made[f"c{place}"] = pa.array(random.normal(size=rows), mask=is_null)
    return pa.table(made)


def measure(what: str, columns: int, rows: int) -> None:
    """Run one operation and print seconds and peak memory of this process."""
    source = DataSource()
    source.add_dataframe("wide", wide_table(columns, rows))
    began = perf_counter()
    make = MAKERS[what]
    if make is not None:
        with tempfile.TemporaryDirectory() as folder:
            make().execute(source, Path(folder))
    seconds = perf_counter() - began
    print(f"{what:<12} {seconds:8.1f} s   {peak_memory_mb():6.0f} MiB at most")


def cost(what: str, columns: int, rows: int) -> tuple[float, float]:
    """Return the milliseconds and the peak memory in MiB of a process of its own."""
    began = perf_counter()
    done = subprocess.run(command(what, columns, rows), check=True, stdout=subprocess.PIPE)
    taken_ms = 1000 * (perf_counter() - began)
    return taken_ms, float(done.stdout.split(b"MiB")[0].split()[-1])


def small() -> Iterator[Row]:
    """Yield milliseconds and peak memory of whole processes on a narrower table."""
    beside, *operations = MAKERS
    alone_ms, alone_mib = cost(beside, SMALL, ROWS)
    for what in operations:
        taken_ms, taken_mib = cost(what, SMALL, ROWS)
        name = f"{what} {SMALL:,} columns, whole process"
        yield Row(name=name, ours=taken_ms, beside=alone_ms, beside_name=beside)
        yield Row(name=name, ours=taken_mib, beside=alone_mib, beside_name=beside, unit="MiB")


def command(what: str, columns: int, rows: int) -> list[str]:
    """Return the command that measures one operation in its process."""
    sizes = ["--columns", str(columns), "--rows", str(rows)]
    return [sys.executable, __file__, "--only", what, *sizes]


def main() -> None:
    """Measure each operation in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--only", choices=MAKERS, help="measure one in this process")
    arguments = parser.parse_args()
    if arguments.only:
        measure(arguments.only, arguments.columns, arguments.rows)
        return
    print(f"{arguments.columns:,} columns x {arguments.rows:,} rows")
    for what in MAKERS:
        subprocess.run(command(what, arguments.columns, arguments.rows), check=True)


if __name__ == "__main__":
    main()
