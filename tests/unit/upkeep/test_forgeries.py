"""Ledger, catalog, file: which of the three was changed, and what may be rebuilt."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from small_tasks import make_one_run

from lineage.project import Project
from lineage.upkeep.doctor import examine
from lineage.upkeep.report_check import ReportCheck, check_present_report

REPORT = "DATA/reports/t_one_report.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project after one run, opened by nobody."""
    make_one_run(tmp_path / "p")
    return tmp_path / "p"


def edit_catalog(root: Path) -> None:
    """Write another status into the catalog."""
    with duckdb.connect(str(root / ".lineage/catalog.duckdb")) as connection:
        connection.execute("update run_beginnings set description = 'forged'")


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
    """The catalog that was folded before the edit is not what a report is verified against."""
    edit_ledger(root)

    assert not verify(root).is_identical


def test_true_report_is_identical_after_an_edit_of_the_catalog(root: Path) -> None:
    """A catalog that says something else is named and rebuilt."""
    edit_catalog(root)

    check = verify(root)

    assert check.is_identical
    assert "was rebuilt" in (check.note or "")
    assert verify(root).note is None


def test_doctor_names_and_rebuilds_an_edited_catalog(root: Path) -> None:
    """The table is named, and the next examination finds nothing."""
    edit_catalog(root)

    assert "run_beginnings" in faults(root)["catalog"]
    assert faults(root) == {}


def test_doctor_says_that_the_ledger_changed_and_rebuilds_nothing(root: Path) -> None:
    """File and catalog agree against the ledger: what shows the edit is kept."""
    edit_ledger(root)

    for _ in range(2):
        found = faults(root)
        assert "the ledger changed since" in found["documents"]
        assert "lineage rebuild" not in " ".join(found.values())


def test_doctor_says_that_the_file_changed(root: Path) -> None:
    """Ledger and catalog agree against the file."""
    (root / REPORT).write_text((root / REPORT).read_text().replace("t_one", "t_two", 1))

    assert "files changed since" in faults(root)["documents"]
