"""Measure how long it takes to remove a person's rows from CSV and Parquet.

One row in a thousand goes. Beside it the file is read and written again by reader and writer,
which changes how it is written.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from table import Row, medians_ms, show

from ops.data.reader import DataReader
from ops.data.removal import remove_rows
from ops.data.writer import DataWriter

SMALL = 100_000
ROWS = 1_000_000
PERSON = "p7"


def people(rows: int) -> pa.Table:
    """Return rows of a thousand persons."""
    numbers = range(rows)
    return pa.table(
        {
            "id": [f"p{number % 1000}" for number in numbers],
            "note": [f"visit {number}, as planned" for number in numbers],
            "number": numbers,
        }
    )


def written_again(path: Path, kind: str) -> None:
    """Write a file without the rows of the person by reader and writer."""
    table = DataReader().read_table(path)
    kept = table.filter(pc.not_equal(table["id"], PERSON))
    DataWriter(path.parent).write_dataframe(kept, path.stem, kind, None)  # type: ignore[arg-type]


def measured(rows: int, repeats: int) -> Iterator[Row]:
    """Yield milliseconds for each format."""
    table = people(rows)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("csv", "parquet"):
            original, path = Path(folder, f"original.{kind}"), Path(folder, f"people.{kind}")
            if kind == "csv":
                pa.csv.write_csv(table, original)
            else:
                pa.parquet.write_table(table, original, row_group_size=100_000)

            def ours(original: Path = original, path: Path = path) -> None:
                shutil.copyfile(original, path)
                remove_rows(path, {"id": [PERSON]})

            def beside(original: Path = original, path: Path = path, kind: str = kind) -> None:
                shutil.copyfile(original, path)
                written_again(path, kind)

            took, other = medians_ms(ours, beside, repeats=repeats)
            name = f"rows of one person from {rows:,} of {kind}"
            yield Row(name=name, ours=took, beside=other, beside_name="reader and writer")


def small() -> Iterator[Row]:
    """Yield the rows of the small version."""
    yield from measured(SMALL, 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    show(measured(arguments.rows, arguments.repeats))


if __name__ == "__main__":
    main()
