"""What it costs to record a script, beside reading and writing its table.

A table of mixed columns is read and written as a script does it, inside `lineage.record` and by
the reader and the writer alone. Then what it costs to know the columns, without the run around it:
all rows, half of them, one column more, and all rows in another order, which costs most, because
only prints can find the columns again.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from table import Row, medians_ms, show

import lineage
from lineage.project import Project
from ops.columns.memory import ColumnMemory
from ops.data import frames
from ops.data.reader import DataReader
from ops.data.writer import DataWriter

ROWS = 1_000_000
Change = Callable[[pd.DataFrame], pd.DataFrame]
CHANGES: dict[str, Change] = {
    "all rows": lambda df: df,
    "half of the rows": lambda df: df[df["flag"]],
    "one column more": lambda df: df.assign(group=df["age"].fillna(0) // 10),
    "sorted again": lambda df: df.sort_values("income", ignore_index=True),
}


def mixed(rows: int) -> pa.Table:
    """Return ten columns of integers, floats, texts, categories, dates and booleans."""
    random = np.random.default_rng(24)
    towns = np.array(["Aachen", "Berlin", "Chemnitz", "Dresden an der Elbe"])
    start = np.datetime64("1950-01-01")
    is_null = random.random(rows) < 0.1
    return pa.table(
        {
            "id": np.arange(rows),
            "age": pa.array(random.integers(0, 100, rows), mask=is_null),
            "income": random.normal(50_000, 9_000, rows).round(2),
            "weight": random.random(rows),
            "mail": [f"{number:09d}@example.org" for number in random.integers(0, 10**9, rows)],
            "name": [f"person {number}" for number in random.integers(0, 10**6, rows)],
            "town": pa.array(towns[random.integers(0, 4, rows)]).dictionary_encode(),
            "born": start + random.integers(0, 20_000, rows),
            "seen": start.astype("datetime64[us]") + random.integers(0, 10**15, rows),
            "flag": random.random(rows) < 0.5,
        }
    )


def work(file: Path, change: Change, *, knows_columns: bool) -> None:
    """Read a file, change the frame, and write it in the same format beside the file."""
    memory = ColumnMemory()
    read = DataReader().read(file)
    df = frames.to_dataframe(read.table, "table")
    if knows_columns:
        memory.remember_read(df, read.dataset)
    del read
    changed = change(df)
    if knows_columns:
        memory.explain(changed)
    kind = "csv" if file.suffix == ".csv" else "parquet"
    DataWriter(file.parent).write_dataframe(changed, "out", kind, None)


def script(file: Path, project: Project) -> None:
    """Do what `work` does with one column more, recorded."""
    with lineage.record("overhead", params={"rows": ROWS}, project=project) as run:
        df = run.read(file)
        changed = CHANGES["one column more"](df)
        out = file.with_name(f"out{file.suffix}")
        run.write(changed, out, columns={"group": ("age", "generalization")})
        run.metric("rows", len(changed))


def measure(rows: int, repeats: int) -> Iterator[Row]:
    """Yield the time of each way of working, recorded and not."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "parquet"):
            written = DataWriter(folder).write_dataframe(mixed(rows), "table", kind, None)
            with Project(Path(folder)) as project:
                ours, beside = medians_ms(
                    lambda file=written.path, project=project: script(file, project),
                    lambda file=written.path: work(
                        file, CHANGES["one column more"], knows_columns=False
                    ),
                    repeats=repeats,
                )
            yield Row(
                name=f"record a script, {rows:,} rows of {kind}",
                ours=ours,
                beside=beside,
                beside_name="reader and writer alone",
            )
            for name, change in CHANGES.items():
                ours, beside = medians_ms(
                    lambda change=change, file=written.path: work(file, change, knows_columns=True),
                    lambda change=change, file=written.path: work(
                        file, change, knows_columns=False
                    ),
                    repeats=repeats,
                )
                yield Row(
                    name=f"read and write {rows:,} rows of {kind}, {name}",
                    ours=ours,
                    beside=beside,
                    beside_name="reader and writer alone",
                )


def small() -> Iterator[Row]:
    """Measure it quickly."""
    yield from measure(100_000, repeats=3)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the table")
    parser.add_argument("--repeats", type=int, default=5, help="times of each")
    arguments = parser.parse_args()
    show(measure(arguments.rows, arguments.repeats))


if __name__ == "__main__":
    main()
