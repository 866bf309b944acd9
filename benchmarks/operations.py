"""Every operation on one table of six columns, beside pyarrow writing that table bare as Parquet.

Usage: python benchmarks/operations.py [--rows 1000000] [OPERATION ...]

Each operation runs in a process of its own, which gets the table in memory, writes it bare and then
executes the operation. On a busy machine compare the time of the processors. The peak memory stands
beside that of a process that writes the table only. An operation that takes too long or too much
memory is given up, and said to be.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from table import Row, show

from lineage.kernel.host import peak_memory_mb
from lineage.kernel.secrets.secret import SecretKey
from ops import registry
from ops.base import BaseOperation
from ops.data.source import DataSource
from ops.measures.hierarchies import numeric_intervals

SMALL = 200_000
ROWS = 1_000_000
BARE = "bare"
MOST_MIB = 6 * 1024
MOST_SECONDS = 180
ILLNESSES = ("flu", "gout", "asthma", "angina", "measles", "mumps", "scurvy", "none")
PEOPLE = {"dataset_name": "people"}
ROLES = {
    "quasi_identifiers": ["age", "zip"],
    "sensitive_attributes": ["illness"],
    "direct_identifiers": ["person"],
    "k": 10,
}
EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "AddSyntheticIdentifiersOperation": PEOPLE,
    "AggregateOperation": {
        **PEOPLE,
        "group_by": ["age", "illness"],
        "aggregates": {"income": ["mean", "max"]},
        "unit": "person",
        "minimum_cell_size": 10,
    },
    "AnonymizeOperation": {"input_dataset": "people", **ROLES},
    "AttackRiskOperation": {
        **PEOPLE,
        "original_name": "people",
        "control_name": "control",
        "quasi_identifiers": ["age", "zip"],
        "sensitive_attributes": ["illness"],
    },
    "CorrelationOperation": {"primary_dataset": "people"},
    "GeneralizeOperation": {
        **PEOPLE,
        "rules": {"age": {"width": 5}, "zip": {"prefix": 3}, "seen": {"date": "month"}},
    },
    "IngestOperation": {"dataset_name": "texts", "schema": {"age": "integer", "seen": "date"}},
    "JitterOperation": {**PEOPLE, "spread": {"age": 2.0, "income": 100.0}},
    "JoinOperation": {"left": "people", "right": "visits", "on": ["person"]},
    "KAnonymizeOperation": {**PEOPLE, **ROLES},
    "MaskOperation": {**PEOPLE, "columns": ["person", "zip"], "keep_last": 2},
    "MeasureRiskOperation": {
        **PEOPLE,
        "quasi_identifiers": ["age", "zip"],
        "sensitive_attributes": ["illness"],
    },
    "MeasureUtilityOperation": {
        "dataset_name": "coarse",
        "original_name": "people",
        "quasi_identifiers": ["age", "zip"],
    },
    "NoiseOperation": {**PEOPLE, "bounds": {"age": [0, 100]}, "epsilon": 1.0},
    "ProfileOperation": PEOPLE,
    "PseudonymizeOperation": {
        **PEOPLE,
        "columns": ["person"],
        "domain": "trial",
        "secret": SecretKey(bytes(range(32))),
    },
    "QualityOperation": {
        **PEOPLE,
        "expectations": [
            {"expect": "unique", "columns": ["person"]},
            {"expect": "not_null", "column": "income"},
            {"expect": "between", "column": "age", "minimum": 0, "maximum": 120},
            {"expect": "matches", "column": "zip", "pattern": "[0-9]{5}"},
        ],
    },
    "SampleOperation": {**PEOPLE, "rows": 1000, "stratify_by": ["illness"]},
    "SplitOperation": {
        **PEOPLE,
        "shares": {"train": 0.75, "test": 0.25},
        "keep_together": "person",
    },
    "SqlOperation": {
        "query": "select age, illness, avg(income) as mean from people group by all",
        "output_name": "answer",
    },
    "SuppressOperation": {**PEOPLE, "rare_columns": ["zip"], "quasi_identifiers": ["age"], "k": 2},
    "SynthesizeOperation": {**PEOPLE, "direct_identifiers": ["person"]},
    "UnionOperation": {"datasets": ["people", "control"], "output_name": "all"},
}
"""Parameters for each operation that comes with the product."""


def people(rows: int) -> pa.Table:
    """Return a code of eight digits, numbers, texts and dates, the same ones at each call."""
    random = np.random.default_rng(1)
    illnesses = pa.array(ILLNESSES).take(pa.array(random.integers(0, len(ILLNESSES), rows)))
    income = np.round(random.lognormal(10, 1, rows), 2)
    return pa.table(
        {
            "person": _digits(random.permutation(rows), 8),
            "age": random.integers(0, 100, rows),
            "income": pa.array(income, mask=random.random(rows) < 0.01),
            "zip": _digits(random.integers(0, 10_000, rows) * 7, 5),
            "illness": illnesses,
            "seen": np.datetime64("2000-01-01", "D") + random.integers(0, 9_000, rows),
        }
    )


def sources(table: pa.Table) -> Mapping[str, Callable[[], pa.Table]]:
    """Return how each dataset is made that an example names."""
    age = numeric_intervals("age", [10])
    return {
        "people": lambda: table,
        "control": lambda: table.slice(0, table.num_rows // 10),
        "visits": lambda: table.select(["person", "seen"]).rename_columns(["person", "visit"]),
        "texts": lambda: table.select(["age", "seen"]).cast(
            pa.schema([("age", pa.string()), ("seen", pa.string())])
        ),
        "coarse": lambda: table.set_column(1, "age", age.generalize(table.column("age"), 1)),
    }


def measure(name: str, file: Path, repeats: int) -> dict[str, object]:
    """Return milliseconds and peak MiB of one operation in this process, beside the bare write."""
    threading.Thread(target=_watch, daemon=True).start()
    table = pq.read_table(file)
    used = json.dumps(EXAMPLES.get(name, PEOPLE), default=str)
    source = DataSource()
    for dataset, make in sources(table).items():
        if f'"{dataset}"' in used or f" {dataset} " in used:
            source.add_dataframe(dataset, make())
    bare: list[tuple[float, float]] = []
    ours: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        for at in range(repeats):
            bare.append(_timed(lambda: pq.write_table(table, Path(folder, "bare"))))
            if name != BARE:
                operation: BaseOperation = registry.resolve(name)(**EXAMPLES[name])
                place = Path(folder, str(at))
                ours.append(_timed(lambda o=operation, p=place: o.execute(source, p)))
    return {"bare": _medians(bare), "ours": _medians(ours), "peak_mib": peak_memory_mb()}


def measured(rows: int, names: list[str], repeats: int) -> Iterator[Row]:
    """Yield time and memory of each operation; those given up are named on standard error."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "people.parquet")
        pq.write_table(people(rows), file)
        beside = _apart(BARE, file, repeats)
        for name in names:
            found = _apart(name, file, repeats)
            title = f"{name.removesuffix('Operation')}, {rows:,} rows"
            if "given_up" in found:
                print(f"{title}: given up, {found['given_up']}", file=sys.stderr)
                continue
            for at, what in enumerate((title, "  time of the processors")):
                ours, bare = found["ours"][at], found["bare"][at]
                yield Row(name=what, ours=ours, beside=bare, beside_name="pyarrow writes the table")
            yield Row(
                name="  peak memory, whole process",
                ours=found["peak_mib"],
                beside=beside["peak_mib"],
                beside_name="writing only",
                unit="MiB",
            )


def small() -> Iterator[Row]:
    """Yield the rows of a size that takes some seconds."""
    yield from measured(SMALL, list(EXAMPLES), 1)


def _apart(name: str, file: Path, repeats: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--only", name, str(file), "--repeats", str(repeats)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _watch() -> None:
    """End this process once it has taken too much."""
    began = perf_counter()
    given_up = ""
    while not given_up:
        sleep(0.1)
        if peak_memory_mb() > MOST_MIB:
            given_up = f"over {MOST_MIB:,} MiB"
        elif perf_counter() - began > MOST_SECONDS:
            given_up = f"over {MOST_SECONDS} s"
    print(json.dumps({"given_up": given_up}), flush=True)
    os._exit(0)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the milliseconds that pass, and those that the processors work."""
    began, worked = perf_counter(), process_time()
    work()
    return 1000 * (perf_counter() - began), 1000 * (process_time() - worked)


def _medians(times: list[tuple[float, float]]) -> list[float]:
    return [median(each) for each in zip(*times, strict=True)]


def _digits(numbers: np.ndarray[tuple[int], np.dtype[np.int64]], length: int) -> pa.Array:
    texts = pa.array(numbers).cast(pa.string())
    return pa.compute.utf8_lpad(texts, width=length, padding="0")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("operations", nargs="*", metavar="OPERATION", help="only these")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        name, file = arguments.only
        print(json.dumps(measure(name, Path(file), arguments.repeats)))
        return
    show(measured(arguments.rows, arguments.operations or list(EXAMPLES), arguments.repeats))


if __name__ == "__main__":
    main()
