"""The forms in which rows come back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from projection_scenarios import folded, of_run, started, succeeded

from lineage.kernel.errors import ConfigurationError, QueryError
from projections import Catalog
from projections.catalog.rows import BATCH_ROWS

RUNS = "select run_id, status, started_at, upstream_runs from runs order by run_id"


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    """A catalog with two runs."""
    steps = (
        of_run(started(upstream_runs={"t_0": "r0"}), succeeded(), run="r1"),
        of_run(started(), run="r2"),
    )
    with folded(*steps) as history:
        yield history.catalog


def test_answer_is_a_frame_of_every_library(catalog: Catalog) -> None:
    """Arrow, pandas and Polars hold the same rows."""
    answer = catalog.sql(RUNS)

    assert answer.arrow()["status"].to_pylist() == ["succeeded", "running"]
    assert isinstance(answer.df(), pd.DataFrame)
    assert answer.df()["status"].tolist() == ["succeeded", "running"]
    assert answer.pl()["status"].to_list() == ["succeeded", "running"]


def test_answer_is_taken_as_it_is_by_who_knows_arrow(catalog: Catalog) -> None:
    """The capsule interface of Arrow needs no method of ours."""
    answer = catalog.sql(RUNS)

    assert pa.table(answer).num_rows == 2
    assert pl.DataFrame(answer)["run_id"].to_list() == ["r1", "r2"]


def test_answer_is_python_objects(catalog: Catalog) -> None:
    """Rows are dictionaries or tuples, JSON is decoded, times are UTC."""
    first = catalog.sql(RUNS).rows()[0]

    assert first["upstream_runs"] == {"t_0": "r0"}
    assert first["started_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    assert catalog.sql(RUNS).fetchall()[0] == tuple(first.values())


def test_times_of_frames_are_utc(catalog: Catalog) -> None:
    """A frame's times carry their zone."""
    answer = catalog.sql(RUNS)

    assert str(answer.df()["started_at"].dt.tz) == "UTC"
    assert answer.pl().schema["started_at"] == pl.Datetime("us", "UTC")


def test_answer_without_rows_keeps_its_columns(catalog: Catalog) -> None:
    """Nothing found is a table of no rows, with names and types."""
    answer = catalog.sql("select run_id, pid from runs where false")

    assert answer.arrow().schema.names == ["run_id", "pid"]
    assert answer.arrow().schema.field("pid").type == pa.int64()
    assert answer.pl().columns == ["run_id", "pid"]
    assert answer.rows() == answer.fetchall() == []


def test_streamed_rows_come_in_batches(catalog: Catalog) -> None:
    """No batch holds more than its number of rows, and none is lost."""
    with catalog.sql("select * from range(100000)").stream() as rows:
        sizes = [batch.num_rows for batch in rows]

    assert max(sizes) <= BATCH_ROWS
    assert sum(sizes) == 100_000


def test_two_answers_are_read_side_by_side(catalog: Catalog) -> None:
    """A running query is not disturbed by the next one."""
    sql = "select range from range(100000)"
    with catalog.sql(sql).stream() as one, catalog.sql(sql).stream() as other:
        pairs = [a.equals(b) for a, b in zip(one, other, strict=True)]

    assert len(pairs) > 1
    assert all(pairs)


def test_answer_is_asked_when_its_rows_are(catalog: Catalog) -> None:
    """A wrong query is refused by what reads it."""
    answer = catalog.sql("select nothing from runs")
    with pytest.raises(QueryError, match="nothing"):
        answer.df()


def test_registered_table_is_joined_with_the_catalog(catalog: Catalog) -> None:
    """Data from outside comes in as a table under a name, for this catalog alone."""
    catalog.register("owners", pa.table({"run_id": ["r1"], "owner": ["Ada"]}))

    assert catalog.rows("select owner, status from owners join runs using (run_id)") == [
        {"owner": "Ada", "status": "succeeded"}
    ]


def test_missing_polars_is_explained(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the error says what to install."""
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ConfigurationError, match=r"install privacy-lineage\[polars\]"):
        catalog.sql(RUNS).pl()


PLAIN = {
    "boolean": st.booleans(),
    "varchar": st.text(st.characters(exclude_categories=["Cs"])),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "ubigint": st.integers(0, 2**64 - 1),
    "hugeint": st.integers(-(2**127) + 1, 2**127 - 1),
    "double": st.floats(allow_nan=False),
    "float": st.floats(width=32, allow_nan=False),
    "json": st.recursive(
        st.none() | st.booleans() | st.text('aé\x00"'), st.lists, max_leaves=4
    ).map(json.dumps),
    "varchar[]": st.lists(st.none() | st.text("aé")),
    "timestamptz": st.datetimes(timezones=st.just(UTC)).map(str),
}


@given(data=st.data(), kind=st.sampled_from(sorted(PLAIN)))
def test_values_are_the_same_with_and_without_arrow(
    catalog: Catalog, data: st.DataObject, kind: str
) -> None:
    """Whether a question needs Arrow changes nothing of what comes back."""
    values = data.draw(st.lists(st.none() | PLAIN[kind], min_size=1, max_size=5))
    sql = f"select unnest(?::varchar[])::{kind} as x, unnest(?::varchar[])::{kind} as x"
    if kind == "varchar[]":
        sql = sql.replace("varchar[])", "varchar[][])")

    with catalog.sql(sql, [values, values]).stream() as rows:
        quick = [row for batch in rows.batches() for row in rows.records(batch)]
    with catalog.sql(sql, [values, values]).stream() as rows:
        slow = [row for batch in rows for row in rows.records(batch)]
    assert repr(quick) == repr(slow)


def test_rows_keep_their_order_where_times_are_read(catalog: Catalog) -> None:
    """The statement around a query that has times leaves its order alone."""
    sql = """
    select recorded_at + to_seconds(range) as t, range as n
    from events, range(50000) order by t desc, n desc; -- a comment
    """
    rows = catalog.rows(sql)
    assert rows == catalog.rows(sql.replace("; -- a comment", " -- a comment"))
    assert rows == catalog.rows(sql.replace(" -- a comment", ""))

    assert [row["t"] for row in rows] == sorted((row["t"] for row in rows), reverse=True)
    assert rows[0]["t"].tzinfo is UTC


@pytest.mark.parametrize("time", ["infinity", "-infinity", "20000-01-01", "0044-01-01 (BC)"])
@pytest.mark.parametrize("kind", ["timestamptz", "timestamp", "date"])
def test_time_that_python_does_not_have_is_refused(catalog: Catalog, time: str, kind: str) -> None:
    """No other time stands for one that is too early, too late or infinite."""
    with pytest.raises(QueryError, match="a value has no equivalent in Python"):
        catalog.rows(f"select {kind} '{time}' as t")


def test_end_of_a_statement_is_told_from_what_looks_like_one(catalog: Catalog) -> None:
    """Semicolons in texts, names and comments end nothing; a comment may stand behind the end."""
    sql = "select started_at, 'é;' as \"a;b\", -- c; d\n null as n from runs limit 1; -- the end;"
    (row,) = catalog.rows(sql)

    assert row["started_at"].tzinfo is not None
    assert (row["a;b"], row["n"]) == ("é;", None)


def test_place_of_an_error_is_right_where_times_are_read(catalog: Catalog) -> None:
    """A value that cannot be converted is found in the query as it was typed."""
    with pytest.raises(QueryError, match="line 2, column 14"):
        catalog.rows("select started_at,\n       run_id::int from runs")
