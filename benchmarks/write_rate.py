"""What digest, encryption, flush and rename add to writing a table, and how much a stream holds.

Usage: python benchmarks/write_rate.py [--rows 1000000] [--stream-gib 2]

pyarrow writes the same table with the same compression beside it, and flushes nothing.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from table import Row, show

from ops import DataWriter

KEY = "5f" * 32
SMALL_ROWS = 100_000
BATCH_ROWS = 1 << 16


def table_of(rows: int) -> pa.Table:
    """Return numbers, texts and booleans in six columns."""
    draw = np.random.default_rng(1)
    cities = np.array(["Berlin", "Hamburg", "Munich", "Cologne"])
    return pa.table(
        {
            "id": np.arange(rows),
            "age": draw.integers(18, 90, rows),
            "income": draw.normal(5e4, 1e4, rows),
            "zip": [f"{code:05}" for code in draw.integers(0, 99_999, rows)],
            "city": cities[draw.integers(0, len(cities), rows)],
            "flag": draw.random(rows) > 0.5,
        }
    )


def measure(rows: int, repeats: int = 5) -> Iterator[Row]:
    """Write one table in several ways, in turn."""
    table = table_of(rows)
    with tempfile.TemporaryDirectory() as folder:
        writer, bare = DataWriter(folder), Path(folder, "bare")

        def parquet() -> None:
            pq.write_table(table, bare, compression="zstd")

        def csv() -> None:
            pa_csv.write_csv(table, bare)

        parquet_bare, ours, encrypted, csv_bare, ours_csv = _medians_ms(
            parquet,
            lambda: writer.write_dataframe(table, "a", "parquet"),
            lambda: writer.write_dataframe(table, "b", "parquet", encryption_key=KEY),
            csv,
            lambda: writer.write_dataframe(table, "c", "csv"),
            repeats=repeats,
        )
        sizes = [Path(folder, "output", f"{name}.parquet").stat().st_size / 2**20 for name in "ab"]
    name = f"{rows:,} rows of 6 columns"
    yield Row(name=f"{name}, Parquet", ours=ours, beside=parquet_bare, beside_name="pyarrow")
    yield Row(
        name=f"{name}, encrypted", ours=encrypted, beside=parquet_bare, beside_name="pyarrow, plain"
    )
    yield Row(
        name="size when encrypted",
        ours=sizes[1],
        beside=sizes[0],
        beside_name="the plain file",
        unit="MiB",
    )
    yield Row(name=f"{name}, CSV", ours=ours_csv, beside=csv_bare, beside_name="pyarrow")


def _medians_ms(*works: Callable[[], object], repeats: int) -> list[float]:
    """Do as `table.medians_ms`, each on a quiet disk: a flush would wait for others' bytes, too."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, taken in zip(works, times, strict=True):
            os.sync()
            began = perf_counter()
            work()
            taken.append(1000 * (perf_counter() - began))
    return [median(taken) for taken in times]


def small() -> Iterator[Row]:
    """Measure at a size that takes a second."""
    yield from measure(SMALL_ROWS)


def stream(folder: str, gib: float) -> None:
    """Stream random numbers to a Parquet file; print how much memory the process took."""
    draw = np.random.default_rng(1)
    batches = int(gib * 2**30 / (BATCH_ROWS * 8 * 8))
    began = perf_counter()
    schema = pa.schema({f"c{at}": pa.float64() for at in range(8)})
    with DataWriter(folder).stream(schema, "long") as sink:
        for _ in range(batches):
            sink.write(pa.table([draw.random(BATCH_ROWS) for _ in schema], schema=schema))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = perf_counter() - began
    size = sink.result.size_bytes / 2**30
    print(f"stream of {gib:g} GiB: {peak:,.0f} MiB at most, {size:.2f} GiB in {seconds:.1f} s")


def main() -> None:
    """Measure and print; the stream in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stream-gib", type=float, default=1.0)
    parser.add_argument("--stream-to", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stream_to:
        stream(options.stream_to, options.stream_gib)
        return
    show(measure(options.rows))
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--stream-gib", str(options.stream_gib), "--stream-to", folder]
        subprocess.run([sys.executable, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()
