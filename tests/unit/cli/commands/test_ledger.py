"""The commands about how the ledger is kept, and what all others say without its key."""

from __future__ import annotations

from pathlib import Path

import pytest
from encrypted_ledgers import MASTER_KEY, OTHER_KEY
from in_process import InProcess
from small_tasks import make_one_run


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project after one run."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER_KEY)
    monkeypatch.delenv("LINEAGE_MASTER_KEY_FILE", raising=False)
    make_one_run(tmp_path)
    return InProcess(tmp_path, monkeypatch, capsys)


def test_ledger_is_encrypted_and_says_so(lineage: InProcess) -> None:
    """Before, while and after."""
    assert lineage.json("ledger", "status")["is_encrypted"] is False

    done = lineage.json("ledger", "encrypt", "--yes", "--keep-old")

    assert done["events_encrypted"] == done["events"] - 1
    assert done["copy"] == ".lineage/ledger.before-encryption.db"
    assert (done["catalog"], done["is_locked"]) == ("snapshot", False)
    assert lineage.json("ledger", "status")["streams"] == done["streams"] > 1
    assert "encrypted before" in lineage("ledger", "encrypt").out


def test_nobody_is_asked_in_a_pipe(lineage: InProcess) -> None:
    """It cannot be undone, so somebody has to say yes."""
    assert "--yes" in lineage("ledger", "encrypt", code=2).error_line


@pytest.mark.parametrize("command", [("runs",), ("log",), ("query", "from runs"), ("graph",)])
def test_question_without_the_key_says_what_it_cannot_show(
    lineage: InProcess, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line, and on standard error."""
    lineage("ledger", "encrypt", "--yes")
    monkeypatch.delenv("LINEAGE_MASTER_KEY")

    answer = lineage(*command)

    assert "the ledger is encrypted: of " in answer.err
    assert "set LINEAGE_MASTER_KEY" in answer.err
    assert lineage.json("ledger", "status")["is_locked"] is True


def test_wrong_key_is_an_error(lineage: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken for no key."""
    lineage("ledger", "encrypt", "--yes")
    monkeypatch.setenv("LINEAGE_MASTER_KEY", OTHER_KEY)

    assert "made with another master key" in lineage("runs", code=1).error_line


def test_key_of_the_ledger_is_rotated_and_kept(lineage: InProcess) -> None:
    """Rotating it wraps the keys of all streams again; destroying it is refused."""
    streams = lineage.json("ledger", "encrypt", "--yes")["streams"]

    rotated = lineage("keys", "rotate", "ledger", "--forget-old", "--yes").out

    assert f"{streams} data keys wrapped again" in rotated
    assert lineage.json("runs")["total"] == 1
    refused = lineage("keys", "destroy", "ledger", "--reason", "x", "--yes", code=1)
    assert "it wraps all keys of this project's ledger" in refused.error_line
    assert lineage.json("runs")["total"] == 1
