"""Queries that take too long, need too much, or do not let themselves be stopped."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from projection_scenarios import append, of_run, started, succeeded

from lineage.kernel.errors import QueryStoppedError
from lineage.ledger import Ledger
from projections import Catalog, Limits, Projector
from projections.catalog.limits import QUERY_THREAD, TimedCalls, has_abandoned
from projections.catalog.rows import Rows

ENDLESS = {
    "recursion": "with recursive t(i) as (select 1 union all select i+1 from t) from t",
    "recursion that adds nothing": "with recursive t(i) as (select 1 union all from t) from t",
    "cross join": "from range(1000000000) a, range(1000000000) b where a.range < 0",
    "rows without end": "select * from range(1000000000000) where range < 0",
    "one group at a time": "select range // 1e9, count(*) from range(1000000000000) group by 1",
}
GREEDY = {
    "sort": "select range, random() as r from range(1000000000) order by r",
    "list": "select list(range) from range(10000000000)",
    "text": "select string_agg(range::varchar) from range(10000000000)",
    "groups": "select range, count(*) from range(10000000000) group by range",
    "join": "select count(*) from range(1000000000) a join range(1000000000) b using (range)",
    "rows for Python": "select range, range + 1 from range(10000000000)",
}


@pytest.fixture(params=["published", "in memory"])
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalog]:
    """A catalog from the file, and one folded in memory."""
    with Ledger("memory://", actor="tester@host") as ledger:
        head = append(ledger, of_run(started(), succeeded()))
        projector = Projector(ledger, tmp_path / "catalog.duckdb")
        with projector.open() if request.param == "published" else projector.as_of(head) as opened:
            yield opened


@pytest.mark.parametrize("sql", ENDLESS.values(), ids=ENDLESS)
def test_query_that_never_ends_is_stopped(catalog: Catalog, sql: str) -> None:
    """After its time a query ends with an error, and the catalog answers the next one."""
    catalog.limit(Limits(timeout_s=0.2))
    with pytest.raises(QueryStoppedError, match=r"stopped after 0\.2 s.*--timeout"):
        catalog.rows(sql)

    assert catalog.value("select count(*) from events") == 2
    assert not has_abandoned()


@pytest.mark.parametrize("sql", GREEDY.values(), ids=GREEDY)
def test_query_that_needs_too_much_memory_is_stopped(
    catalog: Catalog, tmp_path: Path, sql: str
) -> None:
    """A query ends with an error at its memory limit, and nothing is spilled to the disk."""
    before = {*tmp_path.rglob("*"), *Path.cwd().glob(".tmp*")}
    catalog.limit(Limits(memory_bytes=64 * 2**20, timeout_s=60))
    with pytest.raises(QueryStoppedError, match=r"stopped at its memory limit.*--memory"):
        catalog.rows(sql)

    assert {*tmp_path.rglob("*"), *Path.cwd().glob(".tmp*")} == before
    assert catalog.value("select count(*) from events") == 2


def test_rows_that_are_streamed_need_no_memory(catalog: Catalog) -> None:
    """Ten times as many bytes as a query may use pass through batch by batch."""
    catalog.limit(Limits(memory_bytes=32 * 2**20, timeout_s=60))
    with catalog.sql("select range, range + 1 from range(20000000)").stream() as rows:
        assert sum(batch.num_rows for batch in rows) == 20_000_000


def test_time_of_the_reader_does_not_count(catalog: Catalog) -> None:
    """Who reads slowly, as a person does page by page, is not punished for it."""
    catalog.limit(Limits(timeout_s=1))
    with catalog.sql("select range from range(100000)").stream() as rows:
        batches = iter(rows)
        first = next(batches)
        time.sleep(1.2)
        assert first.num_rows + sum(batch.num_rows for batch in batches) == 100_000


def test_limit_can_be_raised_again(catalog: Catalog) -> None:
    """A limit is a setting of the catalog, not of its queries."""
    sql = "select count(*) from (select range, count(*) from range(2000000) group by range)"
    with pytest.raises(QueryStoppedError, match="memory"):
        catalog.limit(Limits(memory_bytes=2**22)).value(sql)

    assert catalog.limit(Limits(memory_bytes=2**30)).value(sql) == 2_000_000


@pytest.mark.parametrize("read", [iter, Rows.batches])
def test_rows_that_are_left_early_end_their_query(
    catalog: Catalog, read: Callable[[Rows], Iterator[object]]
) -> None:
    """A reader that has seen enough leaves nothing running."""
    catalog.limit(Limits(timeout_s=60))
    with catalog.sql("select * from range(1000000000000)").stream() as rows:
        next(read(rows))

    assert not _working()


@pytest.mark.skipif(os.name != "posix", reason="sends itself a signal")
def test_interruption_by_the_user_ends_the_query_at_once(catalog: Catalog) -> None:
    """Ctrl-C is heard while DuckDB works, and the catalog stays usable."""
    catalog.limit(Limits(timeout_s=60))
    sender = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    sender.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        catalog.rows(ENDLESS["recursion"])

    assert time.monotonic() - began < 10
    assert catalog.value("select count(*) from events") == 2


def test_step_that_does_not_end_is_left_behind() -> None:
    """What hears no interruption is abandoned after a grace, and the caller goes on."""
    deaf = threading.Event()
    calls = TimedCalls(lambda: None, Limits(timeout_s=0.1))
    with pytest.raises(QueryStoppedError, match="stopped after"):
        calls.run(lambda: deaf.wait(60))
    calls.close()

    assert calls.is_abandoned
    assert has_abandoned()
    deaf.set()
    assert not _working()


def test_error_of_a_step_reaches_the_caller() -> None:
    """What a step raises in its thread is raised where it was asked for."""
    calls = TimedCalls(lambda: None, Limits(timeout_s=5))
    with pytest.raises(ZeroDivisionError, match="zero"):
        calls.run(lambda: 1 / 0)
    calls.close()


def test_query_that_ended_before_its_time_is_no_error() -> None:
    """The time that is left after one step is there for the next."""
    calls = TimedCalls(lambda: None, Limits(timeout_s=0.5))
    results = [calls.run(lambda: duckdb.__name__) for _ in range(3)]
    calls.close()

    assert results == ["duckdb"] * 3


def _working() -> list[str]:
    """The threads of queries that are still there after a moment."""
    queries = [thread for thread in threading.enumerate() if thread.name.startswith(QUERY_THREAD)]
    for thread in queries:
        thread.join(5)
    return [thread.name for thread in queries if thread.is_alive()]
