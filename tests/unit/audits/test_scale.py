"""The audit of many runs is made in seconds, is short enough to read, and its numbers are right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from projection_scenarios import (
    done,
    environment,
    failed,
    metric,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import Event
from lineage.kernel.clock import SteppingClock
from lineage.ledger import Ledger, NewEvents
from projections import Catalog, Projector
from projections.audit.document import build_audit
from projections.audit.facts import Scope
from projections.pages.audit_page import audit_page

BATCH = 250
MOST_BYTES = 2_000_000
TASKS = 12
FAILS_EVERY = 10


def events_of(number: int) -> list[Event]:
    """What one run records; every tenth fails."""
    columns = {"columns": ("name", "age"), "rows": 10}
    return [
        started(description=f"Prepare part {number}"),
        environment(),
        operation(parameters={"part": number}),
        read(f"DATA/raw/part_{number}.csv", f"in {number}"),
        wrote(f"DATA/processed/part_{number}.csv", f"out {number}", category="output", **columns),
        done(),
        metric("rows", number, category="quality"),
        failed() if number % FAILS_EVERY == 0 else succeeded(),
    ]


def new_run(number: int) -> NewEvents:
    """The same, to be appended; there are a dozen tasks."""
    return NewEvents(
        stream=f"run:r{number}",
        events=events_of(number),
        expected_version=0,
        run=f"r{number}",
        task=f"t_{number % TASKS}",
    )


@contextmanager
def history(runs: int) -> Iterator[Catalog]:
    """The catalog of so many runs of a dozen tasks."""
    with Ledger("memory://", clock=SteppingClock(), actor="tester@host") as ledger:
        for first in range(0, runs, BATCH):
            ledger.append_all([new_run(n) for n in range(first, min(first + BATCH, runs))])
        with Projector(ledger, Path("unused.duckdb")).as_of(ledger.head()) as catalog:
            yield catalog


class Counting:
    """A catalog that counts how often it is asked."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        """Return what the catalog has, and count what asks it."""
        self.asked += name in {"arrow", "row", "rows", "sql", "value"}
        return getattr(self._catalog, name)


@pytest.mark.parametrize("runs", [1, 100, pytest.param(5_000, marks=pytest.mark.slow)])
def test_audit_of_many_runs_is_short_and_right(runs: int) -> None:
    """Totals are those of SQL, the page stays below 2 MB, and it takes seconds."""
    with history(runs) as catalog:
        began = perf_counter()
        document = build_audit(catalog, Scope(), root_sha256="0" * 64)
        page = audit_page(document, "0" * 64)
        taken_s = perf_counter() - began
        by_status = catalog.rows("select status, count(*) as n from runs group by status")

    assert document["runs"]["total"] == runs
    assert document["runs"]["by_status"] == {row["status"]: row["n"] for row in by_status}
    assert sum(one["runs"] for one in document["operations"]) == runs
    assert len(document["outputs"]) == len(document["inputs"]) == runs
    assert f"{runs:,} run" in page
    assert len(page.encode()) < MOST_BYTES
    assert taken_s < 60


def test_more_runs_ask_no_more_queries() -> None:
    """A query a topic, not a query a run."""
    asked = []
    for runs in (30, 90):  # both have more files than are followed
        with history(runs) as catalog:
            counting: Any = Counting(catalog)
            build_audit(counting, Scope(), root_sha256="0" * 64)
        asked.append(counting.asked)

    assert asked[0] == asked[1] > 0
