"""The command that asks in SQL."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from in_process import InProcess
from small_tasks import make_history

TASKS = "select task_id, status from runs order by task_id"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with runs of every kind; tests must not change it."""
    folder = tmp_path_factory.mktemp("query")
    make_history(folder)
    return folder


@pytest.fixture
def lineage(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in that project."""
    return InProcess(root, monkeypatch, capsys)


def test_rows_are_printed_as_a_table(lineage: InProcess) -> None:
    """Without options the rows are a table."""
    lines = [line.split() for line in lineage("query", TASKS).out.splitlines()]

    assert lines == [
        ["task_id", "status"],
        ["t_bad", "failed"],
        ["t_late", "refused"],
        ["t_one", "succeeded"],
        ["t_open", "running"],
    ]


def test_rows_are_printed_as_json(lineage: InProcess) -> None:
    """--json and --format json print the same objects."""
    rows = lineage.json("query", TASKS)

    assert rows[0] == {"task_id": "t_bad", "status": "failed"}
    assert json.loads(lineage("query", TASKS, "-f", "json").out) == rows


def test_json_columns_are_objects_on_screen_and_in_files(
    lineage: InProcess, tmp_path: Path
) -> None:
    """A column that holds JSON is written as JSON, not as text of it, in both places."""
    sql = "select value from metrics where name = 'risk'"
    target = tmp_path / "rows.json"

    lineage("query", sql, "--output", str(target))

    assert lineage.json("query", sql) == [{"value": {"k": 5, "share": 0.123456}}]
    assert json.loads(target.read_text()) == lineage.json("query", sql)


def test_rows_are_printed_as_csv(lineage: InProcess) -> None:
    """CSV has a header, and nested values as JSON text."""
    sql = "select name, columns from inputs order by position limit 1"

    rows = list(csv.reader(io.StringIO(lineage("query", sql, "-f", "csv").out)))

    assert rows == [["name", "columns"], ["people", '["name","age"]']]


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet", "CSV"])
def test_file_has_the_format_of_its_suffix(lineage: InProcess, tmp_path: Path, suffix: str) -> None:
    """A file that is given no format has the one its name says."""
    target = tmp_path / f"rows.{suffix}"

    answer = lineage("query", TASKS, "--output", str(target))

    if suffix == "parquet":
        tasks = pq.read_table(target)["task_id"].to_pylist()
    else:
        text = target.read_text()
        rows = json.loads(text) if suffix == "json" else csv.DictReader(io.StringIO(text))
        tasks = [row["task_id"] for row in rows]
    assert tasks == ["t_bad", "t_late", "t_one", "t_open"]
    assert answer.out == ""


def test_given_format_counts_more_than_the_suffix(lineage: InProcess, tmp_path: Path) -> None:
    """--format decides when both are given."""
    target = tmp_path / "rows.txt"

    lineage("query", TASKS, "--format", "csv", "--output", str(target))

    assert target.read_text().splitlines()[0] == '"task_id","status"'


def test_file_that_says_no_format_is_refused(lineage: InProcess, tmp_path: Path) -> None:
    """A file without a format is a usage error, and nothing is written."""
    target = tmp_path / "rows.txt"

    line = lineage("query", TASKS, "--output", str(target), code=2).error_line

    assert "--format json, csv or parquet" in line
    assert not target.exists()


def test_parquet_needs_a_file(lineage: InProcess) -> None:
    """Binary rows do not go to the screen."""
    line = lineage("query", TASKS, "--format", "parquet", code=2).error_line

    assert "--output FILE" in line


def test_file_in_a_missing_folder_is_refused_in_one_line(
    lineage: InProcess, tmp_path: Path
) -> None:
    """A file that cannot be written gives one line and exit code 1."""
    target = tmp_path / "missing/rows.csv"

    assert "No such file" in lineage("query", TASKS, "-o", str(target), code=1).error_line


def test_columns_of_any_name_are_shown(lineage: InProcess) -> None:
    """Columns that share a name or have brackets in it are all shown."""
    answer = lineage("query", 'select 1 as a, 2 as a, 3 as "[/b]"')

    heading, values = (line.split() for line in answer.out.splitlines())
    assert len(heading) == 3
    assert heading[2] == "[/b]"
    assert values == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("sql", "shown"),
    [
        ("select 1 where false", []),
        ("select null as x", [{"x": None}]),
        ("select 'nan'::double as x", [{"x": "NaN"}]),
        ("select 1.50::decimal(5,2) as x", [{"x": "1.50"}]),
        ("select date '2026-01-02' as x", [{"x": "2026-01-02"}]),
        ("select '\\xFF'::blob as x", [{"x": "base64:/w=="}]),
        ("select {'a': [1, 2]} as x", [{"x": {"a": [1, 2]}}]),
        ("select 170141183460469231731687303715884105727 as x", None),
    ],
)
def test_values_of_any_type_are_json(lineage: InProcess, sql: str, shown: object) -> None:
    """Whatever DuckDB gives is valid JSON."""
    rows = lineage.json("query", sql)

    assert shown is None or rows == shown
    lineage("query", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "drop table events",
        "insert into events select * from events",
        "copy (select 1) to '/tmp/stolen.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach '/tmp/other.db'",
        "set enable_external_access = true",
        "install httpfs",
        "select * from",
        "",
        ";",
    ],
)
def test_statement_that_may_not_be_is_refused(lineage: InProcess, sql: str) -> None:
    """Whatever writes, reaches outside, or is no query gives one line and exit code 2."""
    assert lineage("query", sql, code=2).error_line.startswith("lineage: query")


def test_query_as_of_the_past(lineage: InProcess) -> None:
    """SQL can ask what was known at a position."""
    assert lineage.json("query", "select count(*) as n from events", "--as-of", "2") == [{"n": 2}]
