"""How long profiling and correlating a table of many columns takes, and how much memory at most.

Half of the columns are numbers, a quarter of them with nulls, and half categories. Each operation
runs in a process of its own, whose peak memory includes Python, pandas and Arrow; beside it is a
process that only makes the table.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa

from ops.data.source import DataSource
from ops.profiling.correlate import CorrelationOperation
from ops.profiling.profile import ProfileOperation

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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<12} {perf_counter() - began:8.1f} s   {peak:6.0f} MiB at most")


def main() -> None:
    """Measure each operation in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--only", choices=MAKERS, help="measure one in this process")
    arguments = parser.parse_args()
    if arguments.only:
        measure(arguments.only, arguments.columns, arguments.rows)
        return
    print(f"{arguments.columns:,} columns x {arguments.rows:,} rows")
    for what in MAKERS:
        command = [sys.executable, __file__, "--only", what]
        sizes = ["--columns", str(arguments.columns), "--rows", str(arguments.rows)]
        subprocess.run([*command, *sizes], check=True)


if __name__ == "__main__":
    main()
