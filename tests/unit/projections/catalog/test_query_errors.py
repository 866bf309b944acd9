"""What is said of a query that is wrong: where, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from projection_scenarios import folded, of_run, started

from lineage.kernel.errors import QueryError, QueryPlace
from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.catalog.query_errors import query_error

WRONG = {
    "grammar": ("select from where", (1, 13, "where")),
    "end": ("select * from runs where", (1, 20, "where")),
    "text without end": ("select 'abc", (1, 8, "'")),
    "column": ("select nothing from runs", (1, 8, "nothing")),
    "column of a later line": ("select run_id,\n  sttus\nfrom runs", (2, 3, "sttus")),
    "column after wide letters": ("select 'ÄÖ名' as x, sttus from runs", (1, 20, "sttus")),
    "column of an alias": ("from runs r join tasks t on r.tsk = t.task_id", (1, 29, "r.tsk")),
    "table": ("select * from rnus", (1, 15, "rnus")),
    "alias": ("select x.run_id from runs r", (1, 8, "x.run_id")),
    "function": ("select strlower(task_id) from runs", (1, 8, "strlower(task_id)")),
    "types": ("select sum(task_id) from runs", (1, 8, "sum(task_id)")),
    "group": ("select task_id, count(*) from runs", (1, 8, "task_id")),
    "cast": ("select 'x'::integer", (1, 11, "::integer")),
}


@pytest.fixture(scope="module")
def catalog() -> Iterator[Catalog]:
    """A catalog with one run."""
    with folded(of_run(started())) as history:
        yield history.catalog


def error_of(catalog: Catalog, sql: str, parameters: tuple[object, ...] = ()) -> QueryError:
    """The error that a query ends with."""
    with pytest.raises(QueryError, match=r"^query") as info:
        catalog.rows(sql, parameters)
    return info.value


@pytest.mark.parametrize(("sql", "place"), WRONG.values(), ids=WRONG)
def test_error_names_its_place(catalog: Catalog, sql: str, place: tuple[int, int, str]) -> None:
    """Line, column and what stands there are those of the mistake."""
    error = error_of(catalog, sql)
    assert error.place is not None
    line, column, meant = place

    start = error.place.column - 1
    assert (error.place.line, error.place.column) == (line, column)
    assert error.place.text[start : start + error.place.length] == meant
    assert f"line {line}, column {column}" in str(error)


@pytest.mark.parametrize(
    ("sql", "meant"),
    [
        ("from rnus", "runs"),
        ("from artifact", "artifacts"),
        ("from colum_edges", "column_edges"),
        ("select sttus from runs", "status"),
        ("select taskid from runs", "task_id"),
        ("select r.statu from runs r", "status"),
        ("select count_iff(true)", "count_if"),
    ],
)
def test_unknown_name_suggests_the_nearest(catalog: Catalog, sql: str, meant: str) -> None:
    """The first name that is proposed is the one that was meant."""
    assert f"; did you mean '{meant}'" in str(error_of(catalog, sql))


def test_unknown_alias_lists_those_there_are(catalog: Catalog) -> None:
    """Where no name is near, the known ones are told."""
    assert "known names: 'r'" in str(error_of(catalog, "select zz.run_id from runs r"))


def test_error_without_a_place_has_none(catalog: Catalog) -> None:
    """A refusal that blames no word of the query points nowhere."""
    assert error_of(catalog, "drop table events").place is None
    assert error_of(catalog, "select 1; select 2").place is None


def test_place_is_found_with_values_bound(catalog: Catalog) -> None:
    """A query with parameters is located like any other."""
    error = error_of(catalog, "select nope from runs where run_id = ?", ("r1",))

    assert error.place == QueryPlace(
        line=1, column=8, length=4, text="select nope from runs where run_id = ?"
    )


def test_error_of_the_query_itself_is_told_once(catalog: Catalog) -> None:
    """A value that cannot be cast is reported without a trace or a second statement."""
    error = error_of(catalog, "select task_id::integer from runs")

    assert "Could not convert string" in str(error)
    assert "\n" not in str(error)


def test_closed_catalog_is_named(tmp_path: Path) -> None:
    """A query after the end blames the catalog, not the query."""
    with Ledger("memory://") as ledger, Projector(ledger, tmp_path / "c.duckdb").open() as opened:
        pass

    assert "expected an open catalog" in str(error_of(opened, "select 1"))


@pytest.mark.parametrize(
    "error",
    [
        duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block"),
        duckdb.Error("Out of Memory Error: Allocation failure"),
        duckdb.InternalException("INTERNAL Error: std::bad_alloc"),
        pa.ArrowMemoryError("malloc of size 8 failed"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_lack_of_memory_is_told_whatever_class_it_has(error: Exception) -> None:
    """More memory helps then; a list of tables would not."""
    found = query_error(error, "select 1", lambda _: None, lambda _: ())
    assert "memory limit" in str(found)
    assert "show tables" not in str(found)
