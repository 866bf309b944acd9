"""A ledger that was encrypted later has heads of two kinds, and says which is which."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from in_process import InProcess
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.seals import proofs, sealing
from lineage.seals.verification import verify
from lineage.seals.worth import worth


@pytest.fixture
def root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """A project that was sealed, and encrypted afterwards."""
    with make_project(tmp_path / "p") as project:
        assert SmallTask(CopyOperation(), project=project).run()
        sealing.seal(project)
    monkeypatch.setenv("LINEAGE_MASTER_KEY", "ab" * 32)
    InProcess(tmp_path / "p", monkeypatch, capsys)("ledger", "encrypt", "--yes")
    return tmp_path / "p"


def test_earlier_heads_are_named_and_accuse_nobody(root: Path) -> None:
    """They are over other bytes, which the record says; nothing is verified before a new seal."""
    with Project(root) as project:
        found = verify(project)
        assert worth(project).level == "unsealed"

    assert found.problems == ()
    assert found.verified_until == 0
    assert "encrypted the ledger" in found.remarks[0]


def test_seal_after_it_begins_a_new_tree(root: Path) -> None:
    """It covers every event by the bytes that are stored now, and proofs hold under it."""
    with Project(root) as project:
        head = sealing.seal(project)
        found = verify(project)
        assert head is not None
        proof = proofs.prove_events(project, [1], about="event 1", with_payload=False)
        with pytest.raises(ConfigurationError, match="there is none"):
            proofs.prove_consistency(project, head.size - 2, head.size)

    assert (found.problems, found.verified_until) == ((), head.size)
    assert proof["events"][0]["path"]


def test_edit_after_it_is_found(root: Path) -> None:
    """The conversion excuses nothing that is under a later head."""
    with Project(root) as project:
        sealing.seal(project)
    with closing(sqlite3.connect(root / ".lineage/ledger.db")) as database, database:
        database.execute("drop trigger events_refuse_update")
        database.execute("update events set actor = 'mallory@host' where position = 2")

    with Project(root, is_trusted=False) as project:
        problems = verify(project).problems

    assert 2 in [one.position for one in problems]


def test_conversion_that_was_never_done_excuses_nothing(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes the event into a readable ledger is caught by it."""
    with Project(root) as converted:
        [event] = [r.event for r in converted.ledger.read_stream("ledger:encryption")]
    monkeypatch.delenv("LINEAGE_MASTER_KEY")
    with make_project(tmp_path / "plain") as project:
        assert SmallTask(CopyOperation(), project=project).run()
        sealing.seal(project)
        project.ledger.append("ledger:encryption", [event], expected_version=0)
        kinds = [one.kind for one in verify(project).problems]

    assert "forged conversion" in kinds
