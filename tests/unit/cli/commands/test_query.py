"""The command that asks in SQL."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import Lineage
from in_process import InProcess
from small_tasks import SmallTask, make_history, make_project

from lineage.cli.screen.query_limits import bytes_of

TASKS = "select task_id, status from runs order by task_id"
ENDLESS = "with recursive t(i) as (select 1 union all select i + 1 from t) select max(i) from t"


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
        "select * from read_text('/proc/self/environ')",
        "select * from glob('/*')",
        "export database '/tmp/stolen'",
        "create table t as select 1",
        "pragma database_list",
        "load httpfs",
        "select getenv('HOME')",
        "from duckdb_secrets()",
        "select 1; select 2",
        "select * from",
        "",
        ";",
    ],
)
def test_statement_that_may_not_be_is_refused(lineage: InProcess, sql: str) -> None:
    """Whatever writes, reaches outside, or is no query gives one line and exit code 2."""
    answer = lineage("query", sql, code=2)

    assert answer.error_line.startswith("lineage: query")
    assert answer.out == ""


@pytest.mark.parametrize(
    ("sql", "line", "marks", "meant"),
    [
        ("select sttus from runs", "  select sttus from runs", "         ^^^^^", "'status'"),
        ("select\n  1\nfrom rnus", "  from rnus", "       ^^^^", "'runs'"),
        (
            "select '名' as x, sttus from runs",
            "  select '名' as x, sttus from runs",
            None,
            "'status'",
        ),
    ],
)
def test_mistake_is_pointed_at(
    lineage: InProcess, sql: str, line: str, marks: str | None, meant: str
) -> None:
    """The line with the mistake is shown, marked under it, and the nearest name proposed."""
    answer = lineage("query", sql, code=2)

    shown, marked = answer.err.splitlines()[:2]
    assert shown == line
    assert marked == (marks or "                    ^^^^^")
    assert meant in answer.error_line
    assert "Traceback" not in answer.err


def test_query_that_never_ends_is_stopped(lineage: InProcess) -> None:
    """--timeout ends it with one line and exit code 1."""
    line = lineage("query", ENDLESS, "--timeout", "0.2", code=1).error_line

    assert "stopped after 0.2 s" in line


def test_query_that_needs_too_much_memory_is_stopped(lineage: InProcess) -> None:
    """--memory ends it with one line and exit code 1, also where DuckDB does not count."""
    for sql in ("select list(range) from range(1000000000)", "select repeat('x', 3000000000)"):
        line = lineage("query", sql, "--memory", "100MB", code=1).error_line
        assert "stopped at its memory limit" in line


@pytest.mark.parametrize("size", ["x", "-1", "1XB", "", "1e9", "GB"])
def test_size_that_is_none_is_a_usage_error(lineage: InProcess, size: str) -> None:
    """A mistyped limit is not taken for none."""
    assert (
        "is not a size such as"
        in lineage("query", "from runs", "--memory", size, code=2).error_line
    )


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("2GiB", 2**31), ("1.5kb", 1500), ("3 MB", 3_000_000), ("1t", 10**12), ("0", 0)],
)
def test_size_is_read_with_its_unit(text: str, size: int) -> None:
    """Decimal and binary units are told apart, case is not."""
    assert bytes_of(text) == size


def test_table_stops_at_its_limit_and_says_so(lineage: InProcess) -> None:
    """What is left out is counted exactly, on standard error."""
    answer = lineage("query", "from range(1234567)", "--limit", "2")

    assert answer.out.split() == ["range", "0", "1"]
    assert "2 of 1,234,567 rows shown; --limit 0 shows all" in answer.err


def test_table_is_bounded_unless_told(lineage: InProcess) -> None:
    """A table on the screen ends after a thousand rows; --limit 0 takes the bound away."""
    bounded = lineage("query", "from range(1001)")
    whole = lineage("query", "from range(1001)", "--limit", "0")

    assert len(bounded.out.splitlines()) == 1 + 1000
    assert "1,000 of 1,001 rows shown" in bounded.err
    assert len(whole.out.splitlines()) == 1 + 1001
    assert "shown" not in whole.err


def test_rows_that_cannot_be_counted_in_time_are_called_more(lineage: InProcess) -> None:
    """A count that would never end is given as far as it came."""
    answer = lineage("query", "from range(1000000000000)", "--limit", "1", "--timeout", "0.3")

    assert re.search(r"1 of more than [\d,]{5,} rows shown", answer.err)


@pytest.mark.parametrize("row_format", ["json", "csv"])
def test_limit_holds_for_every_format(lineage: InProcess, row_format: str) -> None:
    """Formats for programs have all rows by default, and the same note if not."""
    whole = lineage("query", "from range(3000)", "-f", row_format)
    cut = lineage("query", "from range(3000)", "-f", row_format, "--limit", "1")

    assert len(whole.out.splitlines()) >= 3000
    assert len(cut.out.splitlines()) <= 3
    assert "1 of 3,000 rows shown" in cut.err


@pytest.mark.parametrize("row_format", ["table", "json", "csv", "parquet"])
def test_every_type_of_duckdb_is_written(
    lineage: InProcess, tmp_path: Path, row_format: str
) -> None:
    """No type ends a command with a trace; what a format cannot hold is JSON text there."""
    beyond = "date, timestamp, timestamp_s, timestamp_ms, timestamp_tz, timestamp_ns"
    arrays = "date_array, timestamp_array, timestamptz_array"
    sql = f"select * exclude ({beyond}, {arrays}) from test_all_types()"
    target = () if row_format == "table" else ("-o", str(tmp_path / f"rows.{row_format}"))

    lineage("query", sql, "-f", row_format, *target)

    if row_format == "csv":
        text = (tmp_path / "rows.csv").read_text()
        (first, *_) = csv.DictReader(io.StringIO(text))
        assert (first["bit"][:7], first["struct"]) == ("base64:", '{"a":null,"b":null}')
    if row_format == "parquet":
        assert pq.read_table(tmp_path / "rows.parquet").num_rows == 3


@pytest.mark.parametrize("row_format", ["table", "json"])
def test_time_beyond_the_calendar_is_refused_in_one_line(
    lineage: InProcess, row_format: str
) -> None:
    """Infinity is a time for DuckDB and none for Python."""
    line = lineage("query", "select timestamp 'infinity'", "-f", row_format, code=2).error_line

    assert "cast it to varchar" in line


@pytest.mark.slow
def test_ten_million_rows_are_written_in_little_memory(root: Path, tmp_path: Path) -> None:
    """Rows go to a file batch by batch; they are never all in memory."""
    target = tmp_path / "rows.parquet"
    code = (
        "from lineage.cli.main import main; from lineage.kernel import host\n"
        "try: main()\n"
        "finally: print(host.peak_memory_mb())"
    )
    sql = "select range, 'row ' || range as name from range(10000000)"
    done = subprocess.run(
        [sys.executable, "-c", code, "query", sql, "-o", str(target)],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert pq.read_metadata(target).num_rows == 10_000_000
    assert float(done.stdout) < 600  # as Python objects they would take over 1.5 GB


def test_query_that_cannot_be_stopped_ends_with_the_command(root: Path) -> None:
    """One call that hears no interruption does not keep the command from ending."""
    began = time.monotonic()
    sql = "select levenshtein(repeat('a', 300000), repeat('b', 300000))"
    line = Lineage(root).refuses("query", sql, "--timeout", "0.2")

    assert "stopped after 0.2 s" in line
    assert time.monotonic() - began < 20


@pytest.mark.skipif(os.name != "posix", reason="closes a pipe")
def test_reader_who_leaves_ends_the_query(root: Path) -> None:
    """`| head` does not wait for a million million rows, and no error is shown."""
    command = "python -m lineage query 'from range(1000000000000)' -f csv | head -2"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],  # noqa: S607
        cwd=root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert (done.stdout, done.stderr) == ('"range"\n0\n', "")


def test_files_on_disk_are_a_table_when_asked_for(lineage: InProcess) -> None:
    """--disk adds the files of the data folder; without it there is no such table."""
    sql = "select d.sha256 = i.sha256 as same from disk_files d join inputs i using (uri)"

    assert {"same": True} in lineage.json("query", sql, "--disk")
    assert "disk_files" in lineage("query", sql, code=2).error_line


def test_query_as_of_the_past(lineage: InProcess) -> None:
    """SQL can ask what was known at a position."""
    assert lineage.json("query", "select count(*) as n from events", "--as-of", "2") == [{"n": 2}]


def test_project_without_runs_has_empty_tables(tmp_path: Path, lineage: InProcess) -> None:
    """Everything can be asked of a project in which nothing has happened."""
    make_project(tmp_path / "new").close()
    where = ("--project", str(tmp_path / "new"))

    assert lineage.json("query", "select count(*) as n from runs", *where) == [{"n": 0}]
    assert lineage("query", "from execution_log", *where).out.startswith("task_id")
    assert lineage.json("query", "from events", *where) == []


@pytest.mark.parametrize("content", [b"", b"no catalog" * 1000, None])
def test_catalog_that_cannot_be_read_is_built_anew(
    tmp_path: Path, lineage: InProcess, content: bytes | None
) -> None:
    """Empty, damaged or missing: the next query answers as if nothing had been."""
    with make_project(tmp_path / "new") as project:
        SmallTask(project=project).run()
        project.catalog().close()
    file = tmp_path / "new/.lineage/catalog.duckdb"
    file.unlink() if content is None else file.write_bytes(content)

    rows = lineage.json("query", "select status from runs", "-p", str(tmp_path / "new"))

    assert rows == [{"status": "succeeded"}]
