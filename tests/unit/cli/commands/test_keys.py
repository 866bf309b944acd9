"""Keys by commands: made, listed, rotated and destroyed, and each act is on record."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from in_process import InProcess
from small_tasks import make_project

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets.data_keys import DataKeyStore
from lineage.kernel.secrets.file_cipher import FileCipher
from lineage.kernel.secrets.keyring import Keyring, keyring_folder
from lineage.kernel.secrets.secret import SecretKey

MASTER = "ab" * 32


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """A project and its master key."""
    make_project(tmp_path).close()
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER)
    return InProcess(tmp_path, monkeypatch, capsys)


def cipher_of(lineage: InProcess) -> FileCipher:
    """Return what encrypts files by the key "mine"."""
    ring = Keyring(keyring_folder(lineage.root), SecretKey(bytes.fromhex(MASTER)))
    return FileCipher(DataKeyStore(ring, "mine"))


def test_acts_are_on_record(lineage: InProcess) -> None:
    """The view of keys shows what the commands did."""
    lineage("keys", "create", "mine", "--purpose", "releases")
    lineage("keys", "rotate", "mine")
    lineage("keys", "create", "other")
    lineage("keys", "destroy", "other", "--reason", "not needed", "--yes")
    query = "select key_id, purpose, state, key_version from keys order by key_id"
    assert lineage.json("query", query) == [
        {"key_id": "mine", "purpose": "releases", "state": "active", "key_version": 2},
        {"key_id": "other", "purpose": "files", "state": "destroyed", "key_version": 1},
    ]


def test_list_needs_no_master_key(lineage: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keys there are may be seen by whoever may see the folder."""
    lineage("keys", "create", "mine")
    monkeypatch.delenv("LINEAGE_MASTER_KEY")
    assert [(k["key_id"], k["status"]) for k in lineage.json("keys", "list")] == [
        ("mine", "active")
    ]
    assert "mine" in lineage("keys", "list").out


def test_empty_list_says_what_to_do(lineage: InProcess) -> None:
    """A project without keys gets the command that makes one."""
    assert "`lineage keys create`" in lineage("keys", "list").err
    assert lineage.json("keys", "list") == []


def test_file_opens_after_rotation_and_not_after_destruction(lineage: InProcess) -> None:
    """Rotating rewrites no file; destroying makes it unreadable."""
    lineage("keys", "create", "mine")
    target = io.BytesIO()
    with cipher_of(lineage).encrypting(target) as stream:
        stream.write(b"hello")
    assert "1 data key wrapped again" in lineage("keys", "rotate", "mine").out
    data = io.BytesIO(target.getvalue())
    assert cipher_of(lineage).decrypting(data).read() == b"hello"
    lineage("keys", "destroy", "mine", "--reason", "ended", "--yes")
    with pytest.raises(CipherError, match="was destroyed"):
        cipher_of(lineage).decrypting(io.BytesIO(target.getvalue()))


@pytest.mark.parametrize(
    "words", [("destroy", "mine", "--reason", "ended"), ("rotate", "mine", "--forget-old")]
)
def test_what_cannot_be_undone_is_asked(
    lineage: InProcess, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Where nobody can be asked, --yes is needed; a no changes nothing."""
    lineage("keys", "create", "mine")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert "--yes" in lineage("keys", *words, code=2).error_line
    answer = io.StringIO("n\n")
    monkeypatch.setattr(answer, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", answer)
    lineage("keys", *words, code=130)
    shown = lineage.json("keys", "list")
    assert [(key["status"], key["version"]) for key in shown] == [("active", 1)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("create", "mine"), "the name belongs to a key"),
        (("create", "../x"), "key id"),
        (("rotate", "nobody"), "no such key"),
        (("destroy", "nobody", "--reason", "x", "--yes"), "no such key"),
    ],
)
def test_fault_is_one_line(lineage: InProcess, words: tuple[str, ...], message: str) -> None:
    """Errors name the key and the reason."""
    lineage("keys", "create", "mine")
    answer = lineage("keys", *words, code=2 if "../x" in words else 1)
    assert message in answer.error_line


def test_missing_master_key_is_told(lineage: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the master key nothing is made, and the error says what to set."""
    monkeypatch.delenv("LINEAGE_MASTER_KEY")
    assert "LINEAGE_MASTER_KEY" in lineage("keys", "create", "mine", code=1).error_line
    assert not keyring_folder(lineage.root).exists()
