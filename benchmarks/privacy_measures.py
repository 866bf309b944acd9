"""Measure how long k, risk, l and t of two sensitive attributes take, beside the bare queries.

Usage: python benchmarks/privacy_measures.py [--rows 1000000 10000000] [--peer PYTHON]

The people have five quasi-identifiers, raw or generalized, and two sensitive attributes. Both sides
get the same Arrow table, and their answers are compared. Each side is measured in a process of its
own, for its peak memory. `--peer` names a Python that has pycanon, which pins old releases and so
needs an environment of its own; it is given the raw and the generalized rows of the first size.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from table import Row, show

from lineage.kernel.packages.statements import sections
from ops.measures import risk

QUERIES = sections(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
KINDS = {"generalized": 10, "raw": 1}
QUASI_IDENTIFIERS = ("q1", "q2", "q3", "q4", "q5")
SENSITIVE = ("s1", "s2")
SMALL = 300_000
PEER = """
import sys, time, warnings
warnings.filterwarnings("ignore")
import pandas as pd
from pycanon import anonymity
df = pd.read_parquet(sys.argv[1])
q, s = ["q1", "q2", "q3", "q4", "q5"], ["s1", "s2"]
began = time.perf_counter()
anonymity.k_anonymity(df, q), anonymity.l_diversity(df, q, s), anonymity.t_closeness(df, q, s)
print(1000 * (time.perf_counter() - began))
"""


def people(rows: int, kind: str) -> pa.Table:
    """Return people whose values depend on their number only.

    Args:
        rows: How many.
        kind: "raw" or "generalized".
    """
    with duckdb.connect() as connection:
        connection.execute(QUERIES["make"].format(name="people", rows=rows, step=KINDS[kind]))
        return connection.sql("from people").to_arrow_table()


def bare(table: pa.Table) -> list[float]:
    """Return k, classes, and distinct l, entropy l, recursive c and t of both attributes."""
    with duckdb.connect() as connection:
        connection.register("people", table)
        connection.execute(QUERIES["classes"])
        classes, k, *_ = connection.execute(QUERIES["risk"]).fetchall()[0]
        connection.execute(QUERIES["sizes"]).fetchall()
        found = [k, classes]
        for name, distance in zip(SENSITIVE, ("equal", "ordered"), strict=True):
            connection.execute(QUERIES["cells"].format(sensitive=name))
            found += connection.execute(QUERIES["diversity"]).fetchall()[0]
            found += connection.execute(QUERIES[distance]).fetchall()[0]
        return [float(value) for value in found]


def ours(table: pa.Table) -> list[float]:
    """Return the same."""
    measured = risk.measure_privacy(table, QUASI_IDENTIFIERS, SENSITIVE)
    found: list[float] = [measured.risk.k, measured.risk.classes]
    for name in SENSITIVE:
        varied = measured.diversity[name]
        c = float("inf") if varied.recursive_c is None else varied.recursive_c
        found += [varied.distinct_l, varied.entropy_l, c, measured.closeness[name].t]
    return found


def small() -> Iterator[Row]:
    """Yield rows of some seconds."""
    yield from measured([SMALL])


def measured(sizes: list[int]) -> Iterator[Row]:
    """Yield time and peak memory of each size and kind."""
    for rows in sizes:
        for kind in KINDS:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "people.parquet"
                pq.write_table(people(rows, kind), file)
                of = {side: _apart(side, file) for side in ("ours", "bare")}
            _require_equal(of["ours"][2:], of["bare"][2:])
            name = f"k, risk, l, t of {rows:,} {kind} rows, {of['ours'][3]:,.0f} classes"
            yield Row(name=name, ours=of["ours"][0], beside=of["bare"][0], beside_name="DuckDB")
            yield Row(
                name="  peak memory with the rows",
                ours=of["ours"][1],
                beside=of["bare"][1],
                beside_name="DuckDB",
                unit="MiB",
            )


def beside_peer(python: str, rows: int) -> Iterator[Row]:
    """Yield the time beside pycanon's for k, l and t; nothing if it cannot be imported."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.parquet"
        pq.write_table(people(rows, "generalized"), file)
        command = [python, "-c", PEER, str(file)]
        peer = subprocess.run(command, check=False, capture_output=True, text=True)
        if peer.returncode:
            print(f"pycanon left out: {peer.stderr.strip().splitlines()[-1:]}")
            return
        time = _apart("ours", file)[0]
    name = f"k, l, t of {rows:,} generalized rows"
    yield Row(name=name, ours=time, beside=float(peer.stdout), beside_name="pycanon")


def _apart(side: str, file: Path) -> list[float]:
    """Return milliseconds, peak MiB and the answers of one side, in a process of its own."""
    command = [sys.executable, __file__, "--side", side, str(file)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[float] = json.loads(answer.stdout)
    return found


def _side(side: str, file: Path) -> None:
    table = pq.read_table(file)
    began = perf_counter()
    answers = (ours if side == "ours" else bare)(table)
    taken = 1000 * (perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([taken, peak, *answers]))


def _require_equal(one: list[float], other: list[float]) -> None:
    pairs = list(zip(one, other, strict=True))
    if any(a != b and abs(a - b) > 1e-9 * max(abs(a), abs(b)) for a, b in pairs):
        message = f"the answers differ: {pairs}"
        raise SystemExit(message)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has pycanon")
    parser.add_argument("--side", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        _side(arguments.side[0], Path(arguments.side[1]))
        return
    show(measured(arguments.rows))
    if arguments.peer:
        show(beside_peer(arguments.peer, arguments.rows[0]))


if __name__ == "__main__":
    main()
