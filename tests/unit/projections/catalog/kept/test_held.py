"""The catalog of an encrypted ledger: in memory, and honest about what it lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from encrypted_ledgers import MASTER_KEY, all_bytes
from small_tasks import CopyOperation, SmallTask, make_project

from lineage import exports
from lineage.kernel.errors import ErasedError, LedgerLockedError
from lineage.project import Project

MARK = "copy.csv"
"""Name of the file that the run wrote; it is in payloads only."""

UNREADABLE = "select reason, sum(events)::bigint as events from unreadable_events group by all"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project with an encrypted ledger after one run."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)
    made = make_project(tmp_path / "project", ledger={"encryption": True}, execution_log="auto")
    with made as opened:
        assert SmallTask(CopyOperation(), project=opened).run()
        yield opened


def run_of(project: Project) -> str:
    """Return the id of the run."""
    return project.ledger.runs_of_task("t_one")[0]


def test_encrypted_project_leaves_no_payload_beside_its_ledger(project: Project) -> None:
    """Neither a catalog, nor segments, nor an execution log that nobody asked for."""
    with project.catalog() as catalog:
        assert MARK in catalog.value("select uri from artifacts")
    project.close()

    assert MARK.encode() not in all_bytes(project.state_folder)
    assert not (project.state_folder / "ledger.segments").exists()
    assert not (project.root / "configs/execution_log.json").exists()


def test_catalog_in_memory_is_kept_until_something_changes(project: Project) -> None:
    """An erasure changes it, although no event was appended."""
    with project.catalog() as first, project.catalog() as second:
        assert (first.position, second.position) == (project.ledger.head(),) * 2
    assert project.ledger.destroy_stream_key(f"run:{run_of(project)}")

    with project.catalog() as catalog:
        assert catalog.rows("select run_id from runs") == []
        assert catalog.value("select count(*) from events where payload is not null") == 2
        (erased,) = catalog.rows(UNREADABLE)
    assert erased == {"reason": "erased", "events": project.ledger.head() - 2}


def test_locked_catalog_counts_what_it_cannot_show(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Types and times are there; no other table has rows."""
    project.ledger.destroy_stream_key("task:t_one")
    monkeypatch.delenv("LINEAGE_MASTER_KEY")

    with Project(project.root) as locked, locked.catalog() as catalog:
        counts = {row["reason"]: row["events"] for row in catalog.rows(UNREADABLE)}
        assert counts == {"erased": 2, "locked": locked.ledger.head() - 2}
        assert catalog.value("select count(*) from runs") == 0


def test_run_that_was_erased_is_no_empty_run(project: Project) -> None:
    """Its fold says that it was erased, rather than that nothing happened."""
    run_id = run_of(project)
    project.ledger.destroy_stream_key(f"run:{run_id}")

    with pytest.raises(ErasedError, match="its key was destroyed"):
        project.projector.of_run(run_id)
    with pytest.raises(ErasedError, match="its key was destroyed"):
        project.run_session(run_id, "t_one")


def test_documents_are_not_written_without_the_key(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An execution log without runs would look like a history without runs."""
    monkeypatch.delenv("LINEAGE_MASTER_KEY")

    with Project(project.root) as locked, pytest.raises(LedgerLockedError):
        exports.export_execution_log(locked)
