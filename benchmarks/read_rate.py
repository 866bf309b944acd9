"""How long reading takes with types kept exactly, and how much memory reading in batches takes.

Six mixed columns: numbers with leading zeros, integers, amounts, dates as text, a category, text
in quotes. Reading notes the version of the file, so beside it pyarrow reads the file and SHA-256 is
computed of it. pandas by itself loses the zeros; it keeps them if it is told the column. Memory is
that of whole processes, beside one that reads a quarter of the rows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from table import Row, medians_ms, show

from lineage.kernel.digest import sha256_file
from lineage.kernel.host import peak_memory_mb
from ops.data.reader import DataReader

SMALL = 200_000
ROWS = 1_000_000
READER = DataReader()


def mixed_table(rows: int) -> pa.Table:
    """Return the six columns."""
    random = np.random.default_rng(0)
    days = np.datetime64("1990-01-01") + random.integers(0, 12_000, rows)
    return pa.table(
        {
            "id": [f"{number:08d}" for number in random.permutation(rows)],
            "age": random.integers(0, 100, rows),
            "income": np.round(random.lognormal(10, 1, rows), 2),
            "date": days.astype(str),
            "region": np.array(["north", "south", "east", "west"])[random.integers(0, 4, rows)],
            "note": [f"visit {number} went well, as planned" for number in range(rows)],
        }
    )


def by_pyarrow(path: Path) -> None:
    """Read a file as pyarrow does, with types that may lose something, and its digest."""
    pa.csv.read_csv(path)
    sha256_file(path)


def measured(rows: int, repeats: int) -> Iterator[Row]:
    """Yield milliseconds of each way to read one file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        mixed_table(rows).to_pandas().to_csv(path, index=False)
        ours, beside, losing, told, arrow = medians_ms(
            lambda: READER.read(path),
            lambda: by_pyarrow(path),
            lambda: pd.read_csv(path),
            lambda: pd.read_csv(path, dtype={"id": "str"}),
            lambda: pa.csv.read_csv(path),
            repeats=repeats,
        )
        name = f"CSV of {rows:,} rows, types kept"
        for took, what in (
            (beside, "pyarrow + SHA-256"),
            (losing, "pandas, zeros lost"),
            (told, "pandas, told which column is text"),
            (arrow, "pyarrow"),
        ):
            yield Row(name=f"{name}, beside {what}", ours=ours, beside=took, beside_name=what)
        yield from memory(folder, rows)


def memory(folder: str, rows: int) -> Iterator[Row]:
    """Yield the peak memory of processes that read all rows in batches."""
    for kind in ("csv", "parquet"):
        peaks = []
        for length in (rows, rows // 4):
            path = Path(folder) / f"b{length}.{kind}"
            table = mixed_table(length)
            if kind == "csv":
                pa.csv.write_csv(table, path)
            else:
                pa.parquet.write_table(table, path, row_group_size=50_000)
            command = [sys.executable, __file__, "--batches", str(path)]
            peaks.append(float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
        name = f"{kind} of {rows:,} rows in batches, whole process"
        beside = f"{rows // 4:,} rows"
        yield Row(name=name, ours=peaks[0], beside=peaks[1], beside_name=beside, unit="MiB")


def small() -> Iterator[Row]:
    """Yield the rows of a size that takes some seconds."""
    yield from measured(SMALL, 5)


def main() -> None:
    """Measure at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--batches", type=Path, help="read this file in batches, print the memory")
    arguments = parser.parse_args()
    if arguments.batches:
        for _ in READER.read_batches(arguments.batches):
            pass
        print(peak_memory_mb())
        return
    show(measured(arguments.rows, arguments.repeats))


if __name__ == "__main__":
    main()
