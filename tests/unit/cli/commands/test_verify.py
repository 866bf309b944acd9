"""`lineage verify` and `lineage prove`, as a person calls them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from copies import copied
from in_process import InProcess
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.seals.sealing import seal
from lineage.seals.standalone import verifier


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project with a sealed run."""
    copied(_seal_once, tmp_path)
    (tmp_path / ".lineage/signing.key").chmod(0o600)
    return InProcess(tmp_path, monkeypatch, capsys)


def _seal_once(root: Path) -> None:
    with make_project(root) as project:
        assert SmallTask(CopyOperation(), project=project).run()
        seal(project)
        project.projector.rebuild()


def test_sealed_project_is_verified_and_the_answer_says_its_worth(lineage: InProcess) -> None:
    """It says how many events, up to where, who vouches, and what is not covered."""
    answer = lineage("verify")

    assert "14 events, 1 signed head: as signed, verified up to position 13" in answer.out
    assert "the signature of every head was checked" in answer.out
    assert "a key in the project's folder" in answer.out
    assert "1 event after that not covered" in answer.err


def test_edited_event_is_named_and_the_code_is_1(lineage: InProcess) -> None:
    """Whoever runs it in a script notices."""
    _edit(lineage.root)

    answer = lineage("verify", code=1)

    assert "edited envelope" in answer.out
    assert "the envelope of event 5 was edited: actor" in answer.out
    assert "NOT as signed, verified up to position 4" in answer.out


def test_answer_in_json_has_what_the_screen_has(lineage: InProcess) -> None:
    """A program reads kinds and positions."""
    _edit(lineage.root)

    document = lineage.json("verify", "--files", code=1)

    assert [(p["kind"], p["position"]) for p in document["problems"]] == [("edited envelope", 5)]
    assert (document["events"], document["verified_until"]) == (14, 4)
    assert document["files"] == {"files": 1, "changed": []}
    assert isinstance(document["worth"], str)


def test_ledger_that_lost_events_is_opened_to_name_them(lineage: InProcess) -> None:
    """Every other command refuses it."""
    with sqlite3.connect(lineage.root / ".lineage/ledger.db") as events:
        events.execute("drop trigger events_refuse_delete")
        events.execute("delete from events where position > 6")

    assert "truncated" in lineage("verify", code=1).out
    lineage("runs", code=1)


def test_unsealed_project_says_that_nothing_is_proved(lineage: InProcess) -> None:
    """No seal is no fault, and no proof."""
    shutil.rmtree(lineage.root / ".lineage")
    shutil.rmtree(lineage.root / "DATA/reports")
    shutil.rmtree(lineage.root / "DATA/seals")

    assert "0 events, 0 signed heads" in lineage("verify").out


def test_head_kept_elsewhere_is_compared(lineage: InProcess) -> None:
    """A file or its text; a head of another ledger is named."""
    (head,) = (lineage.root / "DATA/seals").rglob("*.txt")

    assert "2 signed heads" in lineage("verify", "--head", str(head)).out
    assert "2 signed heads" in lineage("verify", "--head", head.read_text("utf-8")).out
    assert "cannot read 'nothing'" in lineage("verify", "--head", "nothing", code=2).error_line


def test_key_that_is_trusted_must_have_signed(lineage: InProcess) -> None:
    """The reader's own key counts, not the one in the ledger."""
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    assert "unknown signer" in lineage("verify", "--key", other, code=1).out
    assert "no verifier key" in lineage("verify", "--key", "nothing", code=2).error_line


def test_changed_file_is_named(lineage: InProcess) -> None:
    """The ledger is as signed, the data is not."""
    (copy,) = (lineage.root / "DATA").rglob("copy.csv")
    copy.write_text("name,age\nEve,36\n")

    answer = lineage("verify", "--files", code=1)

    assert "file replaced" in answer.out
    assert "1 file on record, 1 changed" in answer.out


def test_proof_of_a_file_shows_its_payload_and_that_of_a_run_does_not(lineage: InProcess) -> None:
    """A proof about a file proves nothing without its digest."""
    file = lineage.json("prove", "copy.csv")
    run = lineage.json("prove", "t_one")

    assert file["about"] == "file DATA/processed/t_one/output/copy.csv"
    assert all("payload" in event for event in file["events"])
    assert len(run["events"]) > 8
    assert not any("payload" in event for event in run["events"])
    assert "payload" in lineage.json("prove", "1", "--with-payload")["events"][0]


def test_proof_is_written_to_a_file(lineage: InProcess) -> None:
    """The file is what the screen would show."""
    lineage("prove", "1", "--to", "proof.json")

    assert json.loads((lineage.root / "proof.json").read_text()) == lineage.json("prove", "1")


def test_verifier_is_put_beside_the_proof(lineage: InProcess) -> None:
    """Whoever gets both needs only the key."""
    lineage("prove", "1", "--to", "proof.json", "--verifier")

    assert (lineage.root / "verify_lineage.py").read_text("utf-8") == verifier()
    assert "needs --to" in lineage("prove", "1", "--verifier", code=2).error_line


def test_event_after_the_last_head_has_no_proof(lineage: InProcess) -> None:
    """The remedy is to seal."""
    assert "`lineage seal`" in lineage("prove", "14", code=2).error_line


def test_two_heads_are_proved_consistent(lineage: InProcess) -> None:
    """Sizes without a head are refused, and so is the wrong order."""
    assert lineage.json("prove", "--consistency", "13", "13")["path"] == []
    assert "there is none" in lineage("prove", "--consistency", "5", "13", code=2).error_line


def test_ledger_that_was_changed_proves_nothing(lineage: InProcess) -> None:
    """No proof is handed out that would not be verified."""
    _edit(lineage.root)

    assert "nothing about it can be proved" in lineage("prove", "1", code=1).error_line


@pytest.mark.parametrize("arguments", [(), ("1", "--consistency", "1", "2")])
def test_prove_wants_a_name_or_two_heads(lineage: InProcess, arguments: tuple[str, ...]) -> None:
    """One of both, not both."""
    lineage("prove", *arguments, code=2)


def _edit(root: Path) -> None:
    with sqlite3.connect(root / ".lineage/ledger.db") as events:
        (guard,) = events.execute(
            "select sql from sqlite_master where name = 'events_refuse_update'"
        ).fetchone()
        events.execute("drop trigger events_refuse_update")
        events.execute("update events set actor = 'me' where position = 5")
        events.execute(guard)
