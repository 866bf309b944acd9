"""The commands that sign heads, record who else vouches for them, and list them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from in_process import InProcess
from small_tasks import make_one_run

from lineage.kernel.notes import COSIGNATURE, Note, VerifierKey, cosign


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line of a project after one run."""
    make_one_run(tmp_path)
    return InProcess(tmp_path, monkeypatch, capsys)


def test_seal_shows_the_head_its_file_and_its_worth(lineage: InProcess, tmp_path: Path) -> None:
    """What to carry away is named."""
    shown = lineage("seal").out
    head = lineage.json("seal")["head"]

    assert f"head of {head['tree_size']} events" in shown
    assert f"root {head['root_sha256']}" in shown
    assert (tmp_path / head["file"]).read_text() == head["note"]
    assert "a key in the project's folder" in shown


def test_empty_ledger_has_nothing_to_sign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is no fault."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text("{}")
    lineage = InProcess(tmp_path, monkeypatch, capsys)

    assert "nothing to sign" in lineage("seal").err
    assert lineage.json("seal")["head"] is None
    assert lineage.json("seals")["heads"] == []
    assert "Nothing is sealed" in lineage("seals").out


def test_missing_files_are_written_again(lineage: InProcess, tmp_path: Path) -> None:
    """The record is enough."""
    file = tmp_path / lineage.json("seal")["head"]["file"]
    lineage("annotate", "t_one", "--note", "seen")
    lineage("seal")
    file.unlink()

    lineage("seal")
    assert file.exists()


def test_key_is_rotated_with_the_word_of_the_old_one(lineage: InProcess) -> None:
    """The next head is signed by the new key."""
    old = lineage.json("seal")["head"]["verifier_key"]
    new = lineage.json("seal", "--rotate-key")

    assert new["head"]["verifier_key"] != old
    assert new["worth"]["unendorsed"] == []
    [said] = lineage.json("seals")["endorsements"]
    assert (said["replaces"], said["verifier_key"]) == (old, new["head"]["verifier_key"])


def test_deposits_and_cosignatures_are_listed(lineage: InProcess, tmp_path: Path) -> None:
    """Who else vouches for a head stands beside it."""
    head = lineage.json("seal")["head"]
    witness = Ed25519PrivateKey.generate()
    text = Note.parse(head["note"]).text
    signature = cosign(text, "witness.example", witness, datetime(2026, 1, 31, tzinfo=UTC))
    (tmp_path / "note.txt").write_text(str(Note(text, (signature,))))
    key = str(VerifierKey("witness.example", COSIGNATURE, witness.public_key().public_bytes_raw()))
    lineage("seal", "--cosignature", "note.txt", "--witness", key)
    lineage("seal", "--deposited", "safe 3", "--size", str(head["tree_size"]))

    (listed,) = lineage.json("seals")["heads"]
    assert [c["witness"] for c in listed["cosigned"]] == ["witness.example"]
    assert [d["place"] for d in listed["deposited"]] == ["safe 3"]
    shown = lineage("seals").out
    assert "witness.example" in shown
    assert "said to be kept outside" in shown


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (("--rotate-key", "--deposited", "x"), "one at a time"),
        (("--old-key", "x"), "needs --rotate-key"),
        (("--size", "2"), "needs --deposited"),
        (("--witness", "k"), "needs --cosignature"),
        (("--cosignature", "n"), "needs --witness"),
        (("--cosignature", "none.txt", "--witness", "k"), "No such file"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    lineage: InProcess, options: tuple[str, ...], match: str
) -> None:
    """Nothing is signed by mistake."""
    assert match in lineage("seal", *options, code=2).error_line


def test_key_open_to_others_is_refused_in_one_line(lineage: InProcess, tmp_path: Path) -> None:
    """The line names file and remedy."""
    lineage("seal")
    (tmp_path / ".lineage/signing.key").chmod(0o644)
    lineage("annotate", "t_one", "--note", "seen")

    assert "chmod 600" in lineage("seal", code=1).error_line
