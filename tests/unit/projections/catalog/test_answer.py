"""The forms in which rows come back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from projection_scenarios import folded, of_run, started, succeeded

from lineage.kernel.errors import ConfigurationError, QueryError
from projections import Catalog
from projections.catalog.answer import BATCH_ROWS

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
