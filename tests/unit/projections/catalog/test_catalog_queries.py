"""Asking a catalog: what comes back, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from projection_scenarios import Step, append, of_run, started, succeeded, tables

from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import QueryError
from lineage.ledger import Ledger
from projections import Catalog, Projector

HISTORY: tuple[Step, ...] = (
    of_run(started(upstream_runs={"t_0": "r0"}), succeeded(), run="r1"),
    of_run(started(), run="r2"),
)

REFUSED = {
    "create": "create table x as select 1",
    "insert": "insert into events select * from events",
    "update": "update catalog_info set position = 0",
    "delete": "delete from events returning position",
    "drop": "drop view runs",
    "alter": "alter table events drop column payload",
    "comment": "comment on table events is 'mine'",
    "write in a query": "with x as (delete from events returning 1) from x",
    "explained write": "explain analyze delete from events",
    "second statement": "select 1; drop table events",
    "end of the transaction": "commit",
    "begin of a transaction": "begin",
    "setting": "set threads = 1",
    "explained setting": "explain analyze set threads = 1",
    "unlock": "set lock_configuration = false",
    "reset": "reset enable_external_access",
    "pragma": "pragma enable_profiling",
    "attach": "attach '{folder}/new.duckdb' as other",
    "detach": "detach catalog",
    "use": "use temp",
    "install": "install httpfs",
    "load": "load httpfs",
    "copy out": "copy runs to '{folder}/out.csv'",
    "copy in": "copy events from '{folder}/secret.txt'",
    "explained copy": "explain analyze copy runs to '{folder}/out.csv'",
    "export": "export database '{folder}/export'",
    "import": "import database '{folder}'",
    "read csv": "select * from read_csv('{folder}/secret.txt')",
    "read text": "select * from read_text('{folder}/secret.txt')",
    "read by name": "select * from '{folder}/secret.txt'",
    "query a name": "select * from query_table('{folder}/secret.txt')",
    "list files": "select * from glob('{folder}/*')",
    "read another database": "select * from read_duckdb('{folder}/new.duckdb')",
    "read a system file": "from '/proc/self/environ'",
    "log to a file": "from enable_logging(storage = 'file', storage_path = '{folder}/log')",
    "profile to a file": "from enable_profiling()",
    "copy in a query": "from query('copy runs to ''{folder}/out.csv'')",
    "installed extensions": "from duckdb_extensions()",
    "execute": "execute p",
    "set variable": "set variable x = 1",
    "two queries": "select 1; select 2",
    "sniff": "select * from sniff_csv('{folder}/secret.txt')",
    "secrets": "select * from duckdb_secrets()",
    "network": "select * from read_parquet('https://localhost/x.parquet')",
    "environment": "select getenv('HOME')",
    "variable of this program": "select * from HISTORY",
    "prepare": "prepare p as select 1",
    "checkpoint": "checkpoint",
    "vacuum": "vacuum",
    "nothing": "-- only a comment",
    "empty": "",
    "wrong grammar": "select from where",
    "unknown table": "select * from nobody",
    "unknown column": "select nothing from runs",
    "error of its own": "select error('x')",
    "wrong cast": "select 'x'::integer",
    "missing parameter": "select $name",
}


@pytest.fixture(scope="module", params=["published", "in memory"])
def catalog(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Catalog]:
    """A catalog as anyone gets it, from the file and folded in memory."""
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "secret.txt").write_text("name\nTOPSECRET\n")
    with Ledger("memory://", clock=SteppingClock(), actor="tester@host") as ledger:
        head = append(ledger, *HISTORY)
        projector = Projector(ledger, folder / "catalog.duckdb")
        opened = projector.open() if request.param == "published" else projector.as_of(head)
        with opened:
            yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file that queries may not read."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "secret.txt").write_text("name\nTOPSECRET\n")
    return folder


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_statement_that_does_not_only_read_is_refused(
    catalog: Catalog, folder: Path, sql: str
) -> None:
    """It is refused in one line that tells no content, nothing changes, and the next works."""
    before = sorted(folder.iterdir())
    with pytest.raises(QueryError, match=r"query.*: .* expected one read-only statement") as info:
        catalog.rows(sql.format(folder=folder))

    assert "\n" not in str(info.value)
    assert "TOPSECRET" not in str(info.value)
    assert sorted(folder.iterdir()) == before
    assert catalog.value("select count(*) from events") == 3


def test_refused_statements_leave_no_trace(catalog: Catalog, folder: Path) -> None:
    """After everything that was refused, or does nothing, the catalog holds what it held."""
    before = tables(catalog)
    for sql in REFUSED.values():
        with pytest.raises(QueryError, match="query"):
            catalog.rows(sql.format(folder=folder))
    for sql in ("explain analyze commit", "select write_log('x')"):
        catalog.rows(sql)

    assert tables(catalog) == before


def test_no_table_function_reads_a_file(catalog: Catalog, folder: Path) -> None:
    """Whatever function of DuckDB is given the path of a file, its content does not come back."""
    names = catalog.rows(
        "select distinct function_name as name from duckdb_functions()"
        " where starts_with(function_type, 'table')"
    )
    path = str(folder / "secret.txt")
    told = []
    for sql in (
        f"from {row['name']}({argument})" for row in names for argument in _arguments(path)
    ):
        with suppress(QueryError):
            told += [sql for row in catalog.rows(sql) if "TOPSECRET" in str(row)]

    assert told == []


def _arguments(path: str) -> list[str]:
    return [f"'{path}'", f"['{path}']", f"'{path}', '{path}'", f"'{path[:-1]}*'"]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from runs",
        "with x as (select 1 as i) from x",
        "from runs",
        "values (1), (2)",
        "show tables",
        "describe runs",
        "summarize runs",
        "explain select 1",
        "pivot runs on status using count(*) group by task_id",
        "select 1;",
        "select * from duckdb_columns() where table_name = 'runs'",
    ],
)
def test_reading_statement_is_answered(catalog: Catalog, sql: str) -> None:
    """Every form of reading works."""
    assert catalog.arrow(sql).num_rows > 0


def test_json_columns_come_back_decoded(catalog: Catalog) -> None:
    """A JSON column holds what it means, not its text; absent values stay absent."""
    assert catalog.rows("select upstream_runs, error_type from runs where run_id = 'r1'") == [
        {"upstream_runs": {"t_0": "r0"}, "error_type": None}
    ]


def test_sums_come_back_as_integers(catalog: Catalog) -> None:
    """DuckDB sums integers in 128 bits; a reader gets a plain integer."""
    total = catalog.value("select sum(pid) from runs")

    assert (total, type(total)) == (2 * 4711, int)


def test_times_come_back_in_utc(catalog: Catalog) -> None:
    """A time is timezone-aware, whatever the zone of the machine."""
    moment = catalog.value("select started_at from runs where run_id = 'r1'")

    assert moment == datetime(2026, 1, 1, tzinfo=UTC)
    assert moment.isoformat() == "2026-01-01T00:00:00+00:00"


def test_columns_of_one_name_are_told_apart(catalog: Catalog) -> None:
    """No column is lost when two have the same name."""
    assert catalog.rows("select 1 as a, 2 as a, 3 as a_1, 4 as a") == [
        {"a": 1, "a_1": 2, "a_1_1": 3, "a_2": 4}
    ]


@pytest.mark.parametrize("parameters", [["r1"], {"run": "r1"}])
def test_values_are_bound(catalog: Catalog, parameters: list[str] | dict[str, str]) -> None:
    """A value stands in for ? or $name and is never read as SQL."""
    mark = "?" if isinstance(parameters, list) else "$run"

    assert (
        catalog.value(f"select status from runs where run_id = {mark}", parameters) == "succeeded"
    )
    assert catalog.row("select * from runs where run_id = ?", ["' or true --"]) is None


def test_value_that_python_does_not_have_is_refused(catalog: Catalog) -> None:
    """A time beyond the year 9999 is an error that says what to do, not a trace."""
    with pytest.raises(QueryError, match=r"no equivalent in Python.*; cast it to varchar"):
        catalog.rows("select timestamp 'infinity'")


def test_first_row_and_value_of_nothing_are_none(catalog: Catalog) -> None:
    """Where no row is found there is none."""
    assert catalog.row("select * from runs where false") is None
    assert catalog.value("select run_id from runs where false") is None


def test_arrow_keeps_the_types(catalog: Catalog) -> None:
    """Bulk readers get columns, not Python objects."""
    table = catalog.arrow("select position, recorded_at, type from events order by position")

    assert [str(kind) for kind in table.schema.types] == [
        "int64",
        "timestamp[us, tz=UTC]",
        "string",
    ]
    assert table["type"].to_pylist() == ["run.started", "run.succeeded", "run.started"]


def test_closed_catalog_says_so(tmp_path: Path) -> None:
    """A query after the end of the `with` block is refused, not answered."""
    with Ledger("memory://") as ledger, Projector(ledger, tmp_path / "c.duckdb").open() as opened:
        pass
    with pytest.raises(QueryError, match="closed"):
        opened.rows("select 1")
