"""Many readers beside many writers: every answer is that of the fold at some position."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from projection_scenarios import metric, operation, started, succeeded, wrote

from lineage.events import Event
from lineage.ledger import Ledger
from projections import Projector
from projections.catalog import folds

PATIENCE_S = 120
ANSWER = """
select (select count(*) from events), (select coalesce(max(position), 0) from events),
  (select count(*) from runs), (select count(*) from runs where status = 'succeeded'),
  (select coalesce(sum(number), 0) from metric_values), (select count(*) from artifacts),
  (select count(*) from operations where status = 'running'),
  (select coalesce(max(run_id), '') from runs), (select count(*) from edges)
"""
Answer = tuple[Any, ...]


@contextmanager
def projector_in(folder: str) -> Iterator[Projector]:
    """A projector of this process on the ledger of a folder."""
    with Ledger(f"sqlite://{Path(folder) / 'ledger.db'}", actor="tester@host") as ledger:
        yield Projector(ledger, Path(folder) / "catalog.duckdb")


def write(pipe: Connection, folder: str, name: str) -> None:
    """Append runs, some events at a time, until told to stop; say how many events."""
    count = 0
    with projector_in(folder) as projector:
        pipe.send("ready")
        pipe.recv()
        while not pipe.poll():
            run = f"{name}-{count}"
            parts: list[list[Event]] = [
                [started(), operation(1)],
                [wrote(f"{run}.csv", run), metric("n", count, by=1)],
                [succeeded()],
            ]
            version = 0
            for part in parts:
                projector._ledger.append(
                    f"run:{run}", part, expected_version=version, run=run, task=name
                )
                version += len(part)
            count += version
    pipe.send(count)


def read(pipe: Connection, folder: str) -> None:
    """Ask by the product's own means and by a plain DuckDB in turn, until told to stop."""
    answers: set[tuple[int, Answer]] = set()
    faults: list[str] = []
    with projector_in(folder) as projector:
        projector.open().close()
        pipe.send("ready")
        pipe.recv()
        while not pipe.poll():
            try:
                with projector.open() as catalog:
                    (row,) = catalog.arrow(ANSWER).to_pylist()
                    answers.add((catalog.position, tuple(row.values())))
                with duckdb.connect(str(projector.path), read_only=True) as plain:
                    ((position,),) = plain.sql("select position from catalog_info").fetchall()
                    answers.add((position, plain.sql(ANSWER).fetchall()[0]))
            except Exception as error:  # noqa: BLE001  # any is a failure of the test
                faults.append(f"{type(error).__name__}: {error}")
    pipe.send((answers, faults))


@contextmanager
def children(target: Any, count: int, *arguments: object) -> Iterator[list[Connection]]:
    """Run a function of this module in so many processes, each with a pipe to it."""
    context = get_context("spawn")
    with ExitStack() as stack:
        pipes = []
        for number in range(count):
            here, there = context.Pipe()
            named = (*arguments, f"w{number}") if target is write else arguments
            process = context.Process(target=target, args=(there, *named))
            process.start()
            stack.callback(process.join)
            stack.callback(process.kill)
            there.close()
            pipes.append(here)
        yield pipes


def received(connection: Connection) -> Any:
    """What a child sent."""
    assert connection.poll(PATIENCE_S), "the child said nothing"
    return connection.recv()


def folds_of(folder: str, positions: list[int]) -> dict[int, Answer]:
    """The right answers at these positions: the events up to each, folded anew."""
    right: dict[int, Answer] = {}
    with projector_in(folder) as projector, folds.connect() as connection:
        whole = pa.concat_tables(projector._ledger.read_arrow())
        folds.create(connection)
        done = 0
        with folds.folding(connection) as fold:
            for position in positions:
                fold(whole.slice(done, position - done))
                right[position] = connection.sql(ANSWER).fetchall()[0]
                done = position
    return right


def check_readers_and_writers(folder: str, readers: int, writers: int, seconds: float) -> None:
    """Let them work beside each other, and check every answer."""
    with projector_in(folder) as projector:
        projector._ledger.append("run:first", [started()], expected_version=0, run="first")
    with (
        children(write, writers, folder) as writing,
        children(read, readers, folder) as reading,
    ):
        both = [*writing, *reading]
        assert [received(pipe) for pipe in both] == ["ready"] * len(both)
        for order in ("go", "stop"):
            for pipe in both:
                pipe.send(order)
            time.sleep(seconds if order == "go" else 0)
        written = [received(pipe) for pipe in writing]
        read_by = [received(pipe) for pipe in reading]

    assert [fault for _, faults in read_by for fault in faults] == []
    seen: dict[int, set[Answer]] = defaultdict(set)
    for answers, _ in read_by:
        for position, answer in answers:
            seen[position].add(answer)
    right = folds_of(folder, sorted(seen))
    assert {position: {answer} for position, answer in right.items()} == seen
    with projector_in(folder) as projector:
        assert projector._ledger.head() == 1 + sum(written)
    assert all(written)
    assert len(seen) > 1


@pytest.mark.skipif(os.name != "posix", reason="Windows cannot replace a file that is open")
def test_readers_see_whole_catalogs_while_others_write(tmp_path: Path) -> None:
    """Two writers, two readers, a moment: no error, and no answer that was never true."""
    check_readers_and_writers(str(tmp_path), readers=2, writers=2, seconds=1.5)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="Windows cannot replace a file that is open")
def test_eight_readers_see_whole_catalogs_while_four_write_for_a_minute(tmp_path: Path) -> None:
    """The same with 8 readers and 4 writers for 60 seconds."""
    check_readers_and_writers(str(tmp_path), readers=8, writers=4, seconds=60)
