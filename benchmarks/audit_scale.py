"""Measure what an audit costs after few and many runs: its time, and the size of its two files.

Usage: python benchmarks/audit_scale.py [--runs 1 100 5000]

Each run of the history reads a file of its own and writes another one in one operation, and every
tenth fails. Beside the audit stands the same catalog asked for all runs, operations and files as
plain rows, which no audit can do without.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from started_run import STARTED
from table import Row, medians_ms

from lineage.events import (
    ArtifactWritten,
    DatasetRead,
    ErrorFact,
    Event,
    OperationStarted,
    OperationSucceeded,
    RunFailed,
    RunSucceeded,
)
from lineage.kernel.clock import SteppingClock
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.host import peak_memory_mb
from lineage.kernel.values import document_text
from lineage.ledger import Ledger, NewEvents
from projections import Catalog, Projector
from projections.audit.document import build_audit
from projections.audit.facts import Scope
from projections.pages.audit_page import audit_page

BATCH = 500
TASKS = 12
FAILS_EVERY = 10
SMALL = 200
DAY = datetime(2026, 1, 1, tzinfo=UTC)
ERROR = ErrorFact(error_type="OSError", message="disk on fire", traceback=())


def events_of(number: int) -> list[Event]:
    """Return what one run records."""
    parameters = {"part": number}
    end: Event = RunSucceeded(duration_s=1, peak_memory_mb=100)
    if number % FAILS_EVERY == 0:
        end = RunFailed(duration_s=1, peak_memory_mb=100, error=ERROR)
    return [
        STARTED,
        OperationStarted(
            operation=1, name="load", class_name="Load", code_version="1", parameters=parameters
        ),
        DatasetRead(
            operation=1,
            name=f"part_{number}",
            uri=f"DATA/raw/part_{number}.csv",
            sha256=sha256_bytes(f"in {number}".encode()),
            size_bytes=100,
            format="csv",
            rows=10,
            columns=("name", "age"),
        ),
        ArtifactWritten(
            operation=1,
            uri=f"DATA/processed/part_{number}.csv",
            artifact_type="csv",
            category="output",
            sha256=sha256_bytes(f"out {number}".encode()),
            size_bytes=100,
            modified_at=DAY,
            rows=10,
            columns=("name", "age"),
        ),
        OperationSucceeded(operation=1, status="success", duration_s=1, key=sha256_bytes(b"")),
        end,
    ]


@contextmanager
def catalog_of(runs: int) -> Iterator[Catalog]:
    """Yield the catalog of a new ledger with so many runs."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{Path(folder).resolve() / 'ledger.db'}"
        with Ledger(url, clock=SteppingClock(), actor="b@h") as ledger:
            for first in range(0, runs, BATCH):
                ledger.append_all(
                    [
                        NewEvents(
                            stream=f"run:r{number}",
                            events=events_of(number),
                            expected_version=0,
                            run=f"r{number}",
                            task=f"t_{number % TASKS}",
                        )
                        for number in range(first, min(first + BATCH, runs))
                    ]
                )
            with Projector(ledger, Path(folder) / "catalog.duckdb").open() as catalog:
                yield catalog


def works(catalog: Catalog) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return what makes both files of an audit, and the bare queries."""

    def bare() -> list[object]:
        names = ("runs", "operations", "inputs", "artifacts")
        return [catalog.rows(f"from {name}") for name in names]

    return lambda: files_of(catalog), bare


def files_of(catalog: Catalog) -> tuple[bytes, bytes]:
    """Return page and document of the audit of everything."""
    document = build_audit(catalog, Scope(), root_sha256="0" * 64)
    text = document_text(document).encode()
    return audit_page(document, sha256_bytes(text)).encode(), text


def small() -> Iterator[Row]:
    """Yield a row for a short history."""
    with catalog_of(SMALL) as catalog:
        ours, beside = medians_ms(*works(catalog), repeats=3)
    yield Row(name=f"audit of {SMALL} runs", ours=ours, beside=beside, beside_name="bare rows")


def main() -> None:
    """Measure each size once."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[1, 100, 5_000], help="sizes")
    print(f"{'runs':>8} {'audit':>10} {'bare rows':>10} {'page':>10} {'JSON':>10} {'peak':>10}")
    for runs in parser.parse_args().runs:
        with catalog_of(runs) as catalog:
            ours, beside = medians_ms(*works(catalog), repeats=1)
            page, document = files_of(catalog)
        print(
            f"{runs:>8,} {ours / 1000:>8.2f} s {beside / 1000:>8.2f} s",
            f"{len(page) / 1000:>7,.0f} kB {len(document) / 1000:>7,.0f} kB",
            f"{peak_memory_mb():>6,.0f} MiB",
        )


if __name__ == "__main__":
    main()
