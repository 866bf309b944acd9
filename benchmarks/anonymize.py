"""Anonymizing rows of five quasi-identifiers, beside one DuckDB group-by of the same rows.

"generalized" rows have few distinct tuples, "raw" ones nearly as many as there are rows. The search
of all levels looks at each of 240 combinations. `--peers PYTHON` also runs anonypy's Mondrian on
raw rows, by the Python of an environment that has it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np
import pandas as pd
from table import Row, medians_ms, show

from lineage.kernel.host import peak_memory_mb
from ops.anonymize import full_domain, mondrian
from ops.anonymize.constraints import Demand, Guarantee
from ops.measures.hierarchies import Hierarchy, numeric_intervals, only_top

SMALL = 100_000
K = 10
SIZES: Mapping[str, Mapping[str, int]] = {
    "generalized": {"age": 15, "zip": 20, "sex": 2, "education": 4, "job": 6},
    "raw": {"age": 74, "zip": 1000, "sex": 2, "education": 16, "job": 30},
}
HEIGHTS = {"age": 5, "zip": 4, "sex": 2, "education": 3, "job": 2}
PEER = """
import sys, time, pandas as pd, anonypy
frame = pd.read_parquet(sys.argv[1])
frame["s"] = 0
began = time.perf_counter()
rows = anonypy.Preserver(frame, list(frame.columns[:-1]), "s").anonymize_k_anonymity(k=10)
print(1000 * (time.perf_counter() - began))
"""


def people(kind: str, rows: int) -> pd.DataFrame:
    """Return made-up rows, and a sensitive attribute."""
    random = np.random.default_rng(1)
    made = {name: random.integers(0, size, rows) for name, size in SIZES[kind].items()}
    return pd.DataFrame(made | {"illness": random.integers(0, 12, rows)})


def levels() -> dict[str, Hierarchy]:
    """Return hierarchies with 5 x 4 x 2 x 3 x 2 = 240 combinations of levels."""
    spans = {name: [2**step for step in range(1, height - 1)] for name, height in HEIGHTS.items()}
    assert all(b == 2 * a for steps in spans.values() for a, b in pairwise(steps))
    return {
        name: numeric_intervals(name, steps) if steps else only_top(name)
        for name, steps in spans.items()
    }


def measured(rows: int, repeats: int) -> Iterator[Row]:
    """Yield each method beside the group-by."""
    for kind in SIZES:
        frame = people(kind, rows)
        names = list(SIZES[kind])
        connection = duckdb.connect()
        connection.register("frame", frame)
        question = f"select max(n) from (select count(*) n from frame group by {', '.join(names)})"
        works = {
            "Mondrian": lambda f=frame, n=names: mondrian.anonymize(f, n, k=K),
            "Mondrian, midpoint": lambda f=frame, n=names: mondrian.anonymize(
                f, n, k=K, cut="midpoint"
            ),
            "Mondrian, l and t": lambda f=frame, n=names: mondrian.generalize(f, n, DEMANDED),
        }
        if kind == "generalized":
            works["240 combinations"] = lambda f=frame, n=names: full_domain.generalize(
                f, n, FEWER, levels=levels(), cost="average_class_size"
            )
        beside, *taken = medians_ms(
            lambda c=connection, q=question: c.sql(q).fetchall(), *works.values(), repeats=repeats
        )
        for name, ours in zip(works, taken, strict=True):
            title = f"{name}, {kind}, {rows:,} rows"
            yield Row(name=title, ours=ours, beside=beside, beside_name="one group-by")


DEMANDED = Guarantee(k=K, demands=[Demand(column="illness", l=2, t=0.5)])
FEWER = Guarantee(k=K, suppression_limit=0.01)


def small() -> Iterator[Row]:
    """Yield the ratios of fewer rows."""
    yield from measured(SMALL, 3)


def peer_ms(python: Path, rows: int) -> float:
    """Return the milliseconds that anonypy takes on the raw rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "people.parquet")
        people("raw", rows)[list(SIZES["raw"])].to_parquet(path)
        done = subprocess.run(
            [str(python), "-c", PEER, str(path)], check=True, stdout=subprocess.PIPE
        )
    return float(done.stdout)


def main() -> None:
    """Measure and print; the peak memory is that of everything in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peers", type=Path, metavar="PYTHON")
    parser.add_argument("--peer-rows", type=int, default=SMALL)
    arguments = parser.parse_args()
    show(measured(arguments.rows, arguments.repeats))
    sys.stdout.write(f"peak memory {peak_memory_mb():.0f} MiB\n")
    if arguments.peers:
        frame, rows = people("raw", arguments.peer_rows), arguments.peer_rows
        began = perf_counter()
        mondrian.anonymize(frame, list(SIZES["raw"]), k=K)
        ours = 1000 * (perf_counter() - began)
        theirs = peer_ms(arguments.peers, rows)
        title = f"Mondrian, raw, {rows:,} rows"
        show([Row(name=title, ours=ours, beside=theirs, beside_name="anonypy")])


if __name__ == "__main__":
    main()
