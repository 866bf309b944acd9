"""What goes wrong on the first day: one clear line, an exit code, a truthful history."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Lineage

INGEST = """
import ops.ingest, ops.synthetic_identifiers
from lineage.tasks import BaseTask

class OneTask(BaseTask):
    def __init__(self):
        super().__init__("t_one", "ingestion", "read a file", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        self.add_operation(
            "IngestOperation", dataset_name="people", schema=self.config.require("schema")
        )
"""
SCHEMA = {"schema": {"name": "text", "age": "integer"}}
GOOD = "name,age\nAda,36\nGrace,45\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(None, "people.csv", id="missing file"),
        pytest.param(b"", "0 bytes", id="empty file"),
        pytest.param("name,age\n", "row", id="header only"),
        pytest.param("name:age\nAda:36\n", "separator", id="wrong separator"),
        pytest.param("name,age\nAda\xe9,36\n".encode("latin-1"), "utf-8", id="wrong encoding"),
        pytest.param("name,age,age\nAda,36,37\n", "age", id="column named twice"),
        pytest.param("name,years\nAda,36\n", "age", id="column missing"),
        pytest.param("name,age\nAda,thirty\n", "age", id="value of another type"),
        pytest.param("name,age\nAda,36,extra,more\n", "line", id="too many fields"),
    ],
)
def test_bad_file_fails_the_run_with_one_line(
    make_project: Callable[..., Lineage], content: str | bytes | None, expected: str
) -> None:
    """A bad input file gives one clear line, a failed run, and no partial output."""
    files: dict[str, Any] = {} if content is None else {"people__csv": content}
    lineage = make_project(INGEST, config=SCHEMA, **files)

    message = lineage.refuses("run", "t_one")

    assert expected in message
    assert lineage.json("runs")["runs"][0]["status"] == "failed"
    assert list((lineage.root / "DATA/processed/t_one/output").iterdir()) == []


def test_directory_as_input_is_refused_in_one_line(make_project: Callable[..., Lineage]) -> None:
    """A folder where a file is expected gives one clear line."""
    lineage = make_project(INGEST, config=SCHEMA)
    (lineage.root / "DATA/raw/people.csv").mkdir()

    assert "people.csv" in lineage.refuses("run", "t_one")


def test_damaged_gzip_gives_one_line(demo: Lineage) -> None:
    """A raw file cut in half gives one clear line and a failed run."""
    raw = demo.root / "DATA/raw/adult.csv.gz"
    raw.write_bytes(raw.read_bytes()[:1000])

    assert "adult.csv.gz" in demo.refuses("run", "t_1I")


def test_k_above_the_number_of_rows_fails_and_leaves_no_output(demo: Lineage) -> None:
    """K larger than the number of rows is an error that names both; the old release stays."""
    released = demo.root / "DATA/processed/t_1A/output/people_anonymized.parquet"
    before = released.read_bytes()

    message = demo.refuses("run", "t_1A", "--set", "k=50000")

    assert "50000" in message.replace(",", "")
    assert released.read_bytes() == before
    assert demo.json("runs")["runs"][0]["status"] == "failed"


def test_task_id_that_climbs_is_refused(make_project: Callable[..., Lineage]) -> None:
    """A task id with ../ is refused and leaves nothing outside."""
    lineage = make_project(INGEST.replace('"t_one"', '"../t_evil"'), people__csv=GOOD)

    assert "../t_evil" in lineage.refuses("run", "t_one")
    assert not (lineage.root.parent / "t_evil").exists()


def test_input_outside_the_project_is_refused(make_project: Callable[..., Lineage]) -> None:
    """An input path that climbs out of the project is refused before a run begins."""
    lineage = make_project(INGEST.replace("DATA/raw/people.csv", "../../secret.csv"), config=SCHEMA)

    assert "secret.csv" in lineage.refuses("run", "t_one")
    assert lineage.json("runs")["total"] == 0


def test_mistakes_of_a_configuration_are_all_named(make_project: Callable[..., Lineage]) -> None:
    """All mistakes of a task file are reported at once, with exit code 2."""
    config = {"continue_on_error": "perhaps", "parallel_processes": 0, "dependencies": 5}
    lineage = make_project(INGEST, config=config, people__csv=GOOD)

    message = lineage.refuses("run", "t_one")

    assert all(key in message for key in config)


def test_configuration_that_is_no_json_names_the_line(make_project: Callable[..., Lineage]) -> None:
    """A damaged configuration file gives the line of the fault."""
    lineage = make_project(INGEST, people__csv=GOOD)
    (lineage.root / "configs/t_one.json").write_text('{\n  "k": 5\n  "l": 6\n}')

    assert "line 3" in lineage.refuses("run", "t_one")


def test_encryption_asked_for_is_refused_not_ignored(make_project: Callable[..., Lineage]) -> None:
    """Encryption that this release cannot do is an error, and nothing is written in plain."""
    lineage = make_project(INGEST, config=SCHEMA | {"use_encryption": True}, people__csv=GOOD)

    assert "use_encryption" in lineage.refuses("run", "t_one")
    assert not (lineage.root / "DATA/processed/t_one").exists()


def test_ledger_that_is_no_database_gives_one_line(make_project: Callable[..., Lineage]) -> None:
    """A ledger file that is not a database gives one clear line and stays as it is."""
    lineage = make_project(INGEST, config=SCHEMA, people__csv=GOOD)
    (lineage.root / ".lineage").mkdir(exist_ok=True)
    ledger = lineage.root / ".lineage/ledger.db"
    ledger.write_text("this is no database, it is a letter to the auditor" * 50)

    assert "ledger" in lineage.refuses("runs")
    assert ledger.read_text().startswith("this is no database")


def test_ledger_of_a_newer_release_gives_one_line(demo: Lineage) -> None:
    """A newer schema version than the code knows gives one clear line."""
    connection = sqlite3.connect(demo.root / ".lineage/ledger.db")
    connection.execute("pragma user_version = 99")
    connection.close()

    assert "99" in demo.refuses("runs")


def test_event_of_a_newer_release_gives_one_line(demo: Lineage) -> None:
    """An event type that this release does not know gives one clear line."""
    connection = sqlite3.connect(demo.root / ".lineage/ledger.db")
    head = connection.execute("select max(position) from events").fetchone()[0]
    connection.execute(
        "insert into events values (?, 'x:1', 1, 'thing.invented', 1, 0, 'a', null, null, null, ?)",
        (head + 1, b"{}"),
    )
    connection.commit()
    connection.close()

    assert "thing.invented" in demo.refuses("runs")


@pytest.mark.parametrize("statement", ["update events set actor = 'nobody'", "delete from events"])
def test_ledger_refuses_to_be_changed(demo: Lineage, statement: str) -> None:
    """UPDATE and DELETE on the event table abort."""
    connection = sqlite3.connect(demo.root / ".lineage/ledger.db")

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_vacuum_does_not_move_positions(demo: Lineage) -> None:
    """VACUUM leaves every position where it was."""
    connection = sqlite3.connect(demo.root / ".lineage/ledger.db")
    query = "select position, stream, version from events order by position"
    before = connection.execute(query).fetchall()

    connection.execute("vacuum")

    assert connection.execute(query).fetchall() == before
    connection.close()


FAILING = """
from pathlib import Path
import ops.ingest, ops.synthetic_identifiers
from lineage.tasks import BaseTask
from ops import BaseOperation

class Explode(BaseOperation):
    def execute(self, data_source, task_dir, progress_tracker=None):
        frame = data_source.get_dataframe("people")
        (Path(task_dir) / "output").mkdir(exist_ok=True)
        return int(frame["name"].iloc[0])

class OneTask(BaseTask):
    def __init__(self):
        super().__init__("t_one", "test", "explode", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        self.add_operation(Explode)
"""


def test_failing_operation_is_in_report_and_history_without_values(
    make_project: Callable[..., Lineage],
) -> None:
    """A failing operation fails the run; trace and report hold no value from the data."""
    marker = "Zaphod-Marker-7731"
    lineage = make_project(FAILING, people__csv=f"name,age\n{marker},36\n")

    message = lineage.refuses("run", "t_one")

    report = lineage.json("report", "t_one")
    details = lineage.json("show", "t_one")
    assert "ValueError" in message
    assert report["status"] == "failed"
    assert report["operations"][0]["status"] == "error"
    assert any("task.py" in frame for frame in details["traceback"])
    assert _files_with(lineage.root, marker) == [lineage.root / "DATA/raw/people.csv"]


def test_interrupted_run_is_recorded_as_interrupted(make_project: Callable[..., Lineage]) -> None:
    """Ctrl-C inside an operation ends the command with 130 and the run as interrupted."""
    script = FAILING.replace('return int(frame["name"].iloc[0])', "raise KeyboardInterrupt")
    lineage = make_project(script, people__csv=GOOD)

    lineage("run", "t_one", code=130)

    assert lineage.json("runs")["runs"][0]["status"] == "interrupted"


def test_killed_run_is_found_by_the_next_one(make_project: Callable[..., Lineage]) -> None:
    """A run killed with SIGKILL is recorded as interrupted before the next run begins."""
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    script = FAILING.replace('return int(frame["name"].iloc[0])', kill)
    lineage = make_project(script, people__csv=GOOD)
    lineage("run", "t_one", code=-9)

    (lineage.root / "task.py").write_text(FAILING)
    lineage.refuses("run", "t_one")

    statuses = [row["status"] for row in lineage.json("runs")["runs"]]
    assert statuses == ["failed", "interrupted"]


def test_unknown_task_lists_the_known_ones(demo: Lineage) -> None:
    """A task that is not there gives exit code 2 and names those that are."""
    assert "t_1A" in demo.refuses("run", "t_1X")


def test_no_project_says_how_to_make_one(tmp_path: Path) -> None:
    """Outside of any project the line names `lineage init`."""
    assert "lineage init" in Lineage(tmp_path).refuses("runs")


def test_read_only_project_gives_one_line(demo: Lineage) -> None:
    """A project folder that cannot be written gives one clear line."""
    state = demo.root / ".lineage"
    shutil.rmtree(state)
    state.write_text("in the way, as a read-only folder is for root")

    assert "while others know more" in demo.refuses("runs")


@pytest.mark.parametrize(
    "sql",
    [
        "drop table events",
        "copy runs to '/tmp/stolen.csv'",
        "select * from read_text('/etc/passwd')",
        "attach '/tmp/other.db'",
        "select * from no_such_table",
    ],
)
def test_query_that_may_not_be_is_refused_in_one_line(finished_demo: Lineage, sql: str) -> None:
    """A query that writes, reaches outside or is wrong gives one line and exit code 2."""
    assert finished_demo.refuses("query", sql).startswith("lineage: query")


def test_query_writes_every_format(finished_demo: Lineage, tmp_path: Path) -> None:
    """The rows of a query are the same as table, JSON, CSV and Parquet."""
    import pyarrow.parquet as pq  # noqa: PLC0415  # only here

    sql = "select task_id from runs order by task_id"
    target = tmp_path / "runs.parquet"

    finished_demo("query", sql, "--format", "parquet", "--output", str(target))

    ids = ["t_1A", "t_1I", "t_1P"]
    assert pq.read_table(target)["task_id"].to_pylist() == ids
    assert finished_demo("query", sql, "--format", "csv").split() == [
        '"task_id"',
        *(f'"{i}"' for i in ids),
    ]
    assert [row["task_id"] for row in finished_demo.json("query", sql)] == ids


def _files_with(root: Path, text: str) -> list[Path]:
    found = []
    for path in sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"):
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        if text.encode() in content:
            found.append(path)
    return found
