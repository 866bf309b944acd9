"""Witnesses and copies elsewhere, and what they make a seal worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineage.events import WarningRaised
from lineage.kernel.errors import CommandRejectedError, ConfigurationError, IntegrityError
from lineage.kernel.notes import COSIGNATURE, Note, VerifierKey, cosign, sign
from lineage.kernel.secrets import signing
from lineage.project import Project
from lineage.seals import heads, outside, sealing
from lineage.seals.heads import SealedHead
from lineage.seals.worth import Level, worth

WITNESS = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
NAME = "witness.example"
KEY = str(VerifierKey(NAME, COSIGNATURE, WITNESS.public_key().public_bytes_raw()))
OTHER = "5a" * 32


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project in which something has happened."""
    (tmp_path / "survey").mkdir()
    with Project(tmp_path / "survey") as opened:
        happen(opened)
        yield opened


def happen(project: Project) -> None:
    """Let something happen that is no seal."""
    version = len(project.ledger.read_stream("task:t"))
    happened = WarningRaised(operation=None, name="n", message="m")
    project.ledger.append("task:t", [happened], expected_version=version)


def sealed(project: Project) -> SealedHead:
    """Seal what happened."""
    head = sealing.seal(project)
    assert head is not None
    return head


def cosigned(note: str, key: Ed25519PrivateKey = WITNESS) -> str:
    """Return a head as the witness signed it, without the signature of the ledger."""
    text = Note.parse(note).text
    return str(Note(text, (cosign(text, NAME, key, datetime(2026, 1, 31, tzinfo=UTC)),)))


def test_cosignature_is_recorded_with_both_signatures(project: Project) -> None:
    """Everybody can check the head from the record alone."""
    head = sealed(project)
    outside.record_cosignature(project, cosigned(head.note), f"{KEY}\n")

    ((recorded, _),) = heads.all_heads(project)[0].cosigned
    ours = VerifierKey.parse(head.signed.verifier_key)
    note = Note.parse(recorded.note)
    assert note.verified_by([ours, VerifierKey.parse(KEY)]) == (ours, VerifierKey.parse(KEY))


def test_cosignature_of_an_earlier_head_is_recorded(project: Project) -> None:
    """A witness takes its time."""
    head = sealed(project)
    happen(project)
    sealed(project)

    assert outside.record_cosignature(project, cosigned(head.note), KEY).size == head.size


def test_cosignature_of_another_head_or_by_somebody_else_is_refused(project: Project) -> None:
    """What the witness did not sign is not recorded."""
    note = sealed(project).note
    stranger = cosigned(note, Ed25519PrivateKey.from_private_bytes(b"s" * 32))
    changed = "\n".join([note.split("\n")[0], note.split("\n")[1], "A" * 43 + "=", ""])
    larger = note.replace("\n2\n", "\n7\n")

    with pytest.raises(IntegrityError, match="did not sign it"):
        outside.record_cosignature(project, stranger, KEY)
    with pytest.raises(IntegrityError, match="another one than is on record"):
        outside.record_cosignature(project, cosigned(f"{changed}\n\u2014 x AAAAAAAAAAA=\n"), KEY)
    with pytest.raises(ConfigurationError, match="none of 7 events"):
        outside.record_cosignature(project, cosigned(larger), KEY)
    assert heads.all_heads(project)[0].cosigned == ()


def test_signer_cannot_be_its_own_witness(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither can a key that signed before."""
    monkeypatch.setenv(signing.KEY_VARIABLE, OTHER)
    head = sealed(project)
    own = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(OTHER))
    key = str(VerifierKey(NAME, COSIGNATURE, own.public_key().public_bytes_raw()))
    monkeypatch.setenv(signing.KEY_VARIABLE, "6b" * 32)
    sealed(project)

    with pytest.raises(IntegrityError, match="no other than its signer"):
        outside.record_cosignature(project, cosigned(head.note, own), key)


def test_key_that_signs_other_texts_is_no_witness(project: Project) -> None:
    """A cosignature is of its own kind, with the time at which the witness saw the head."""
    text = Note.parse(sealed(project).note).text
    note = str(Note(text, (sign(text, NAME, WITNESS),)))
    key = str(VerifierKey(NAME, 1, WITNESS.public_key().public_bytes_raw()))

    with pytest.raises(CommandRejectedError, match="a key for cosignatures"):
        outside.record_cosignature(project, note, key)


def test_deposit_is_of_a_head_that_was_signed(project: Project) -> None:
    """The last one, or the one that is named."""
    with pytest.raises(ConfigurationError, match="none yet"):
        outside.record_deposit(project, "safe 3")
    first = sealed(project)
    happen(project)
    last = sealed(project)

    assert outside.record_deposit(project, " safe 3 ").size == last.size
    assert outside.record_deposit(project, "mail", size=first.size).size == first.size
    kept = [[d.place for d, _ in head.deposited] for head in heads.all_heads(project)]
    assert kept == [["mail"], ["safe 3"]]
    with pytest.raises(ConfigurationError, match="none of 999 events"):
        outside.record_deposit(project, "safe 3", size=999)
    with pytest.raises(ConfigurationError, match="in words"):
        outside.record_deposit(project, " ")


def level(project: Project) -> tuple[Level, int]:
    """Return what the seals are worth, and up to where."""
    judged = worth(project)
    return judged.level, judged.until


def test_worth_rises_from_nothing_to_a_copy_elsewhere(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each level is named with the position up to which it holds."""
    assert level(project) == ("unsealed", 0)
    assert "would not show" in worth(project).sentence
    levels = [(sealed(project).size, *level(project))]
    file = tmp_path / "key"
    file.write_text(OTHER)
    file.chmod(0o600)
    for variable, value in ((signing.FILE_VARIABLE, str(file)), (signing.KEY_VARIABLE, "6b" * 32)):
        monkeypatch.setenv(variable, value)
        happen(project)
        levels.append((sealed(project).size, *level(project)))
    assert levels == [(2, "project", 2), (5, "machine", 5), (8, "elsewhere", 8)]

    outside.record_cosignature(project, cosigned(heads.all_heads(project)[1].note), KEY)
    assert level(project) == ("cosigned", 5)
    outside.record_deposit(project, "safe 3", size=2)
    assert level(project) == ("deposited", 2)
    assert [step.until for step in worth(project).steps] == [2, 5, 8, 5, 2]


def test_worth_says_what_a_reader_has_to_know(project: Project) -> None:
    """A key without the word of the one before, and events that no head covers yet."""
    sealed(project)
    assert "not sealed yet" not in worth(project).sentence
    (project.state_folder / "signing.key").unlink()
    happen(project)
    assert "after position 2 is not sealed yet" in worth(project).sentence
    sealed(project)

    judged = worth(project)
    assert len(judged.unendorsed) == 1
    assert "took over without the word of the one before" in judged.sentence


def test_worth_names_a_passphrase(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who can read the folder cannot sign with it."""
    monkeypatch.setenv(signing.PASSPHRASE_VARIABLE, "a long passphrase")
    sealed(project)

    assert "which opens with a passphrase" in worth(project).sentence
