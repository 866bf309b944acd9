"""Checking that pseudonyms hide their source, beside reading and comparing both columns bare.

Usage: python benchmarks/claim_check.py [--rows 1000000 10000000]

A run pseudonymizes the numbers of people in a Parquet file; each person has one row, or ten. Then
`lineage privacy check` compares the pseudonyms with the numbers in a process of its own. Beside it,
a process hashes both files and lets DuckDB count the pseudonyms that occur among the numbers.
Memory is the greatest of the whole process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import duckdb
from table import Row, show

from lineage import datasets
from lineage.kernel.digest import sha256_file
from lineage.kernel.host import peak_memory_mb
from lineage.project import Project
from lineage.tasks import BaseTask
from lineage.upkeep.claim_check import check_claims

SMALL = 200_000
SIZES = (1_000_000, 10_000_000)
ROWS_A_PERSON = (1, 10)
SOURCE = "DATA/raw/people.parquet"
OUTPUT = "DATA/processed/t_safe/output/people_pseudonymized.parquet"
DECLARED = {"people": {"path": SOURCE, "columns": {"ssn": "direct_identifier"}}}
PEOPLE = """
copy (
  select printf('%09d', hash(range // {rows_a_person}) % 1000000000) as ssn, range % 90 as age
  from range({rows})
) to '{file}' (format parquet)
"""
COMMON = """
select count(*) from '{output}' where ssn in (select ssn from '{source}')
"""


class Pseudonymizing(BaseTask):
    """Pseudonymizes the numbers of the people."""

    def __init__(self, project: Project, key: Path) -> None:
        self._key = key
        super().__init__("t_safe", "anonymization", "pseudonymize", project=project)

    def configure_operations(self) -> None:
        """Replace the numbers."""
        self.add_operation(
            "PseudonymizeOperation",
            dataset_name="people",
            columns=["ssn"],
            domain="trial",
            key_path=str(self._key),
        )


def make(folder: Path, rows: int, rows_a_person: int) -> None:
    """Write a project with people whose numbers a run replaced."""
    (folder / "configs").mkdir()
    (folder / "configs/prj_config.json").write_text(json.dumps({"datasets": DECLARED}))
    source = folder / SOURCE
    source.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(PEOPLE.format(rows=rows, rows_a_person=rows_a_person, file=source))
    key = folder / "master.key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    with Project(folder) as project:
        task = Pseudonymizing(project, key)
        if not task.run():
            raise SystemExit(str(task.error))


def ours(folder: Path) -> str:
    """Check the claim, and return what came of it."""
    with Project(folder) as project:
        dictionary = datasets.to_plain(project.settings.datasets)
        (found,) = check_claims(project, OUTPUT, dictionary)
    return found.outcome


def bare(folder: Path) -> str:
    """Hash both files and compare the columns as sets."""
    source, output = folder / SOURCE, folder / OUTPUT
    for file in (source, output):
        sha256_file(file)
    with duckdb.connect() as connection:
        counted = connection.execute(COMMON.format(source=source, output=output)).fetchone()
    return "holds" if counted == (0,) else "false"


def small() -> Iterator[Row]:
    """Yield the rows of a size that takes some seconds."""
    yield from measured([SMALL])


def measured(sizes: list[int]) -> Iterator[Row]:
    """Yield time and peak memory of each size."""
    for rows in sizes:
        for rows_a_person in ROWS_A_PERSON:
            with tempfile.TemporaryDirectory() as folder:
                _apart("make", Path(folder), str(rows), str(rows_a_person))
                of = {side: _apart(side, Path(folder)) for side in ("ours", "bare")}
            name = f"{rows:,} pseudonyms, {rows_a_person} a person"
            for at, (what, unit) in enumerate(((name, "ms"), ("  peak memory", "MiB"))):
                yield Row(
                    name=what,
                    ours=of["ours"][at],
                    beside=of["bare"][at],
                    beside_name="SHA-256 of both files, and DuckDB's semi-join",
                    unit=unit,
                )


def _apart(side: str, folder: Path, *rest: str) -> list[float]:
    """Return milliseconds and peak MiB of one side, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, str(folder), *rest]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: list[float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _side(side: str, folder: Path, *rest: str) -> None:
    began = perf_counter()
    if side == "make":
        make(folder, *map(int, rest))
    else:
        outcome = (ours if side == "ours" else bare)(folder)
        if outcome != "holds":
            raise SystemExit(outcome)
    print(json.dumps([1000 * (perf_counter() - began), peak_memory_mb()]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--side", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        side, folder, *rest = arguments.side
        _side(side, Path(folder), *rest)
        return
    show(measured(arguments.rows))


if __name__ == "__main__":
    main()
