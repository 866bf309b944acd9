"""Laws of the read models: how a history was cut into ranges leaves no trace."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from encrypted_ledgers import MASTER_KEY
from hypothesis import given, settings
from hypothesis import strategies as st
from projection_scenarios import RELATIONS, START, Step, append, at, of, of_run, of_task, tables
from strategies import events, run_histories

from lineage.events import Event, OperationRetryScheduled, OperationSkipped, RunStarted
from lineage.kernel.clock import SteppingClock
from lineage.kernel.values import document_text
from lineage.ledger import EncryptionSettings, Ledger
from projections import Projector
from projections.catalog import building, folds
from projections.catalog.building import Mark
from projections.catalog.kept.snapshot import Snapshot
from projections.documents.execution_log import build_execution_log
from projections.documents.report import build_report, report_of, report_rows
from projections.documents.report_rows import rows_of_events
from projections.documents.resume_state import build_resume_state
from projections.documents.run_details import build_run_details

RUNS = ("r1", "r2", "r3")


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """What several runs, a task and other streams record, one after the other or mixed."""
    runs = [of_run(*draw(run_histories()), run=run) for run in RUNS[: draw(st.integers(1, 3))]]
    wild = draw(st.lists(events, max_size=6))
    others = [of_task(*wild[::2]), of("process:p", *wild[1::2])]
    return draw(st.permutations([*runs, *others]))


def usual(history: Sequence[Event]) -> list[Event]:
    """A history without reuse, retries, odd messages and numbers that no catalog holds."""
    return [
        event
        for event in history
        if not isinstance(event, OperationSkipped | OperationRetryScheduled)
        and all(isinstance(v, str) for v in getattr(event, "details", {}).values())
        and all(v < 2**63 for v in vars(event).values() if isinstance(v, int))
    ]


def begins(history: Sequence[Event]) -> bool:
    """Tell whether the beginning is still there."""
    return any(isinstance(event, RunStarted) for event in history)


@contextmanager
def projector_of(steps: Sequence[Step]) -> Iterator[Projector]:
    """A projector on a ledger with a history, in a folder of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger("memory://", clock=SteppingClock(), actor="tester@host") as ledger,
    ):
        append(ledger, *steps)
        yield Projector(ledger, Path(folder) / "catalog.duckdb")


@contextmanager
def blank() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the empty tables of a catalog."""
    with folds.connect() as connection:
        folds.create(connection)
        yield connection


def contents(*ranges: pa.Table) -> dict[str, list[str]]:
    """Everything that the tables and views hold after ranges of events were folded."""
    with blank() as connection:
        with folds.folding(connection) as fold:
            for new_events in ranges:
                fold(new_events)
        return rows_of(connection)


def rows_of(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Return name of each table and view to its rows, sorted."""
    names = [name for (name,) in connection.sql(RELATIONS).fetchall()]
    return {
        name: sorted(
            map(repr, connection.sql(f"select * from {name}").to_arrow_table().to_pylist())
        )
        for name in names
    }


@settings(max_examples=4)
@given(steps=histories(), data=st.data())
def test_any_split_of_a_history_folds_to_the_same(steps: list[Step], data: st.DataObject) -> None:
    """One by one, in any ranges, or all in one go: every table and view is the same."""
    with projector_of(steps) as projector:
        whole = pa.concat_tables(projector._ledger.read_arrow())
    count = whole.num_rows
    cuts = data.draw(st.lists(st.integers(0, count), max_size=4).map(sorted))
    in_ranges = [whole.slice(a, b - a) for a, b in pairwise([0, *cuts, count])]
    one_by_one = [whole.slice(i, 1) for i in range(count)]

    assert contents(whole) == contents(*in_ranges) == contents(*one_by_one)


@settings(max_examples=4)
@given(steps=histories())
def test_catalog_that_caught_up_is_the_one_that_is_rebuilt(steps: list[Step]) -> None:
    """Publishing after each part of a history ends where publishing once ends."""
    with projector_of([]) as projector:
        ledger = projector._ledger
        for step in steps:
            append(ledger, step)
            projector.open().close()
        with projector.open() as caught_up:
            before = tables(caught_up)
        projector.rebuild()
        with projector.open() as rebuilt, projector.as_of(ledger.head()) as in_memory:
            assert tables(rebuilt) == before
            assert tables(in_memory) == before


@settings(max_examples=4)
@given(steps=histories(), data=st.data())
def test_snapshot_with_what_came_later_is_the_whole_catalog(
    steps: list[Step], data: st.DataObject
) -> None:
    """Written after any prefix, loaded and folded on, it has the rows of one fold."""
    with (
        pytest.MonkeyPatch.context() as environment,
        tempfile.TemporaryDirectory() as name,
        Ledger(f"sqlite://{name}/ledger.db", encryption=EncryptionSettings(is_wanted=True)) as own,
    ):
        environment.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)
        last = append(own, *steps)
        file = Snapshot(own, Path(name) / "catalog.snapshot")
        cut = data.draw(st.integers(1, last))
        with blank() as until_cut:
            mark = building.fold_news(until_cut, own, Mark(), cut, "v")
            file.write(until_cut, mark, fold_version="v", erased=frozenset())
        with blank() as whole, blank() as loaded:
            building.fold_news(whole, own, Mark(), last, "v")
            assert file.load(loaded, "v") == mark
            building.fold_news(loaded, own, mark, last, "v")
            assert rows_of(loaded) == rows_of(whole)


@settings(max_examples=4)
@given(steps=histories(), data=st.data())
def test_past_is_the_catalog_of_the_ledger_that_ended_there(
    steps: list[Step], data: st.DataObject
) -> None:
    """As of a position, or known at its time, is what was then, whatever came later."""
    cut = data.draw(st.integers(0, len(steps)))
    with projector_of(steps[:cut]) as then:
        position = then._ledger.head()
        with then.as_of(position) as catalog:
            expected = tables(catalog)
    with projector_of(steps) as now, now.as_of(position) as past:
        assert past.position == position
        assert tables(past) == expected
        if position:
            recorded_at = past.value("select max(recorded_at) from events")
            with now.as_of(as_known_at=recorded_at) as then_by_time:
                assert tables(then_by_time) == expected


@settings(max_examples=5)
@given(
    steps=histories(),
    moment=st.datetimes(datetime(1970, 1, 1), START.replace(tzinfo=None), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
    | st.integers(0, 20).map(at),
)
def test_each_clock_chooses_its_own_events(steps: list[Step], moment: datetime) -> None:
    """Known at a time is the prefix recorded by then; as of it adds what had happened by then."""
    with projector_of(steps) as projector:
        ledger = projector._ledger
        moment = min(moment, at(ledger.head() or 1))
        known = ledger.position_at(moment)
        happened = [
            recorded.position
            for recorded in ledger.read()
            if (recorded.position or 0) <= known
            or getattr(recorded.event, "occurred_at", datetime.max.replace(tzinfo=UTC)) <= moment
        ]
        with projector.as_of(as_known_at=moment) as then, projector.as_of(known) as prefix:
            assert tables(then) == tables(prefix)
        with projector.as_of(moment) as past:
            rows = past.rows("select position from events order by position")
            assert [row["position"] for row in rows] == happened
        with projector.as_of(moment, as_known_at=known) as both:
            assert both.position == known


@settings(max_examples=4)
@given(steps=histories())
def test_documents_of_a_run_need_only_its_own_events(steps: list[Step]) -> None:
    """Report, resume state and details are the same from one run and from the whole ledger."""
    with projector_of(steps) as projector, projector.open() as published:
        for row in published.rows("select run_id from runs where run_id is not null"):
            with projector.of_run(row["run_id"]) as alone:
                for build in (build_report, build_resume_state, build_run_details):
                    own = document_text(build(alone, row["run_id"]))
                    assert own == document_text(build(published, row["run_id"]))


@settings(max_examples=12)
@given(history=run_histories().map(usual).filter(begins))
def test_report_of_a_short_run_needs_no_database(history: Sequence[Event]) -> None:
    """Folded from its events, the report of a usual run is the one that the catalog has."""
    with projector_of([of_run(*history)]) as projector, projector.of_run("r1") as catalog:
        rows = rows_of_events(projector._ledger.read_stream("run:r1"))

        assert rows is not None
        assert document_text(report_of(rows, "r1")) == document_text(build_report(catalog, "r1"))


@settings(max_examples=12)
@given(history=run_histories())
def test_report_is_left_to_the_database_or_the_same(history: Sequence[Event]) -> None:
    """Whatever a run records, no other report comes of folding its events without one."""
    with projector_of([of_run(*history)]) as projector, projector.of_run("r1") as catalog:
        rows = report_rows(projector._ledger, projector, "r1")

        assert document_text(report_of(rows, "r1")) == document_text(build_report(catalog, "r1"))


@given(history=run_histories().filter(begins), data=st.data())
def test_report_of_a_damaged_run_is_folded_or_left_to_the_database(
    history: Sequence[Event], data: st.DataObject
) -> None:
    """Events that are missing or out of order, which only damage leaves, are no failure."""
    with projector_of([of_run(*history)]) as projector:
        recorded = projector._ledger.read_stream("run:r1")

    rows = rows_of_events(data.draw(st.lists(st.sampled_from(recorded))))

    assert rows is None or rows.run["task_id"] == "t_1"


@settings(max_examples=4)
@given(steps=histories())
def test_execution_log_is_rebuilt_byte_by_byte(steps: list[Step]) -> None:
    """The document made from the file is the one made in memory."""
    with projector_of(steps) as projector:
        head = projector._ledger.head()
        with projector.open() as published, projector.as_of(head) as in_memory:
            assert document_text(build_execution_log(published)) == document_text(
                build_execution_log(in_memory)
            )


@pytest.mark.slow
@settings(max_examples=300)
@given(steps=histories())
def test_any_history_folds_one_by_one_as_in_one_go(steps: list[Step]) -> None:
    """As above, over many more histories."""
    with projector_of(steps) as projector:
        whole = pa.concat_tables(projector._ledger.read_arrow())

    assert contents(whole) == contents(*(whole.slice(i, 1) for i in range(whole.num_rows)))
