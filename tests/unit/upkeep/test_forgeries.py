"""Ledger, catalog, file: which of the three was changed, and what may be rebuilt."""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from projection_scenarios import edited
from small_tasks import make_one_run

from lineage.kernel.errors import LedgerUnavailableError
from lineage.project import Project
from lineage.upkeep.doctor import examine
from lineage.upkeep.report_check import ReportCheck, check_present_report

REPORT = "DATA/reports/t_one_report.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project after one run, opened by nobody."""
    make_one_run(tmp_path / "p")
    return tmp_path / "p"


def edit_catalog(
    root: Path, statement: str = "update run_beginnings set description = 'forged'"
) -> None:
    """Change the catalog behind the product's back."""
    path = root / ".lineage/catalog.duckdb"
    with edited(path) as connection:
        connection.execute(statement)


def edit_ledger(root: Path) -> None:
    """Write another description into the first event of the run."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as connection:
        guard = connection.execute(
            "select sql from sqlite_schema where name = 'events_refuse_update'"
        ).fetchone()[0]
        connection.execute("drop trigger events_refuse_update")
        connection.execute(
            "update events set payload = cast(json_set(cast(payload as text), '$.description', "
            "'forged') as blob) where type = 'run.started'"
        )
        connection.execute(guard)
        connection.commit()


def verify(root: Path) -> ReportCheck:
    """Compare the report of the only run with the ledger."""
    with Project(root) as project, project.catalog() as catalog:
        run = project.ledger.runs_of_task("t_one")[0]
        return check_present_report(project, catalog, run, root / REPORT)


def faults(root: Path) -> dict[str, str]:
    """Return check and detail of what the doctor finds wrong."""
    with Project(root) as project:
        return {f.check: f.detail for f in examine(project) if not f.is_ok}


def test_edited_ledger_differs_from_the_true_report(root: Path) -> None:
    """The file and the catalog that were made before show that the ledger changed, every time."""
    edit_ledger(root)

    for _ in range(2):
        check = verify(root)
        assert not check.is_identical
        assert "ledger has changed since" in (check.note or "")


def test_true_report_is_identical_after_an_edit_of_the_catalog(root: Path) -> None:
    """A catalog that says something else is named and rebuilt."""
    edit_catalog(root)

    check = verify(root)

    assert check.is_identical
    assert "now rebuilt" in (check.note or "")
    assert verify(root).note is None


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("update run_beginnings set description = 'forged'", "run_beginnings"),
        ("delete from events where position = 2", "events"),
        ("drop table metrics cascade", "metrics"),
        ("create or replace view runs as from run_beginnings", "runs"),
        ("create table more (x int)", "more"),
    ],
)
def test_doctor_names_and_rebuilds_an_edited_catalog(root: Path, statement: str, name: str) -> None:
    """The table or view is named, what it was is kept, and the next examination finds nothing."""
    edit_catalog(root, statement)

    found = faults(root)

    assert re.search(rf"\b{name}\b.* kept as .lineage/catalog.differing.duckdb", found["catalog"])
    assert (root / ".lineage/catalog.differing.duckdb").is_file()
    assert faults(root) == {}


def test_doctor_says_that_the_ledger_changed_and_rebuilds_nothing(root: Path) -> None:
    """File and catalog agree against the ledger: what shows the edit is kept."""
    edit_ledger(root)

    for _ in range(2):
        found = faults(root)
        assert "the ledger has changed since" in found["documents"]
        assert "lineage rebuild" not in " ".join(found.values())


def test_doctor_says_that_the_file_changed(root: Path) -> None:
    """Ledger and catalog agree against the file."""
    (root / REPORT).write_text((root / REPORT).read_text().replace("t_one", "t_two", 1))

    found = faults(root)["documents"]
    assert found.startswith("changed since they were written, not the ledger: ")
    assert "keep a copy" in found


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("drop trigger events_refuse_update", "trigger events_refuse_update is missing"),
        ("drop trigger events_refuse_gap", "trigger events_refuse_gap is missing"),
        ("drop index events_first_of_stream", "index events_first_of_stream is missing"),
        ("create trigger x before insert on events begin select 1; end", "trigger x does not"),
        ("create table x (y)", "table x does not belong"),
    ],
)
def test_doctor_names_what_guards_the_ledger_no_more(
    root: Path, statement: str, found: str
) -> None:
    """A trigger, index or table that is missing or too many is a fault of the ledger."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as connection:
        connection.execute(statement)

    assert found in faults(root)["ledger"]


@pytest.mark.parametrize(
    "damage",
    [
        "payload = x'7b2278223a20'",
        "payload = x'ff00'",
        "payload = cast(replace(cast(payload as text), '{', '{\"x\":1,') as blob)",
        "type = 'no.such'",
        "schema_version = 99",
        "recorded_at = 9000000000000000000",
        "recorded_at = -9000000000000000000",
    ],
)
@pytest.mark.parametrize("position", [1, 7, 11])
def test_doctor_names_the_event_that_no_longer_decodes(
    root: Path, position: int, damage: str
) -> None:
    """An envelope or payload that is no event is named by its position, and nothing ends."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as connection:
        connection.execute("drop trigger events_refuse_update")
        connection.execute(f"update events set {damage} where position = ?", [position])
        connection.commit()

    found = faults(root)
    assert f"position {position}:" in found["events"]
    assert "rebuilt" not in " ".join(found.values())


def test_doctor_names_events_that_are_gone(root: Path) -> None:
    """Positions without an event are named, also the last but one."""
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as connection:
        connection.execute("drop trigger events_refuse_delete")
        connection.execute("delete from events where position in (3, 4, 10)")
        connection.commit()

    assert (
        faults(root)["events"] == "position 3: missing; position 4: missing; position 10: missing"
    )


@pytest.mark.parametrize("seed", range(12))
def test_doctor_survives_flipped_bits_of_the_ledger(root: Path, seed: int) -> None:
    """Whatever is damaged, the ledger is refused by a remedy, or every check is made."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    file = root / ".lineage/ledger.db"
    content = bytearray(file.read_bytes())
    used = [
        place for place, byte in enumerate(content) if byte and place >= chance.choice([0, 100])
    ]
    for _ in range(chance.choice([1, 5, 50])):
        content[chance.choice(used)] ^= 1 << chance.randrange(8)
    file.write_bytes(content)

    try:
        found = faults(root)
    except LedgerUnavailableError as error:
        found = {"ledger": str(error)}

    assert all(found.values())
