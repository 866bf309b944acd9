"""Secrets from the keyring of the operating system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring as package
import pytest
from file_keyring import FILE_VARIABLE, FileKeyring
from keyring.backends import fail

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import keyring, signing, system_keyring
from lineage.kernel.secrets.secret import SecretKey
from lineage.kernel.secrets.system_keyring import SERVICE

KEY = "5e" * 32

SHOW = """
import sys
from pathlib import Path
from lineage.project import Project
from lineage.upkeep import ledger_encryption
with Project(Path(sys.argv[1])) as project, project.catalog() as catalog:
    print(ledger_encryption.status(project).master_key)
    print(catalog.value("select count(*) from events where payload is not null"))
"""


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileKeyring]:
    """The keyring of the system, empty; the environment names no other master key."""
    for name in (keyring.MASTER_VARIABLE, keyring.MASTER_FILE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(keyring.MASTER_ENTRY_VARIABLE, "survey")
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "entries.json"))
    before = package.get_keyring()
    backend = FileKeyring()
    package.set_keyring(backend)
    yield backend
    package.set_keyring(before)


def test_master_key_comes_from_its_entry(entries: FileKeyring) -> None:
    """The entry is read as the variable is, and named as the source."""
    entries.set_password(SERVICE, "survey", KEY)

    found = keyring.master_secret()
    assert isinstance(found, SecretKey)
    assert found.reveal().hex() == KEY
    assert keyring.master_source() == "entry 'survey' of the system's keyring"


@pytest.mark.parametrize("name", [keyring.MASTER_VARIABLE, keyring.MASTER_FILE_VARIABLE])
def test_entry_comes_last(
    entries: FileKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A variable or a file goes before it."""
    entries.set_password(SERVICE, "survey", "another long passphrase")
    file = tmp_path / "master"
    file.write_text(KEY)
    file.chmod(0o600)
    monkeypatch.setenv(name, KEY if name == keyring.MASTER_VARIABLE else str(file))

    assert isinstance(keyring.master_secret(), SecretKey)
    assert name in (keyring.master_source() or "")


def test_entry_that_is_not_there_is_an_error(entries: FileKeyring) -> None:
    """The message says how to make it."""
    entries.set_password(SERVICE, "another", KEY)

    with pytest.raises(
        CipherError, match=r"entry 'survey' .* `keyring set privacy-lineage survey`"
    ):
        keyring.master_secret()


def test_locked_keyring_is_an_error(entries: FileKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a backend raises is named, without what it says."""
    entries.set_password(SERVICE, "survey", KEY)
    monkeypatch.delenv(FILE_VARIABLE)

    with pytest.raises(CipherError, match=r"cannot be read \(KeyringLocked\); unlock it"):
        keyring.master_secret()


@pytest.mark.usefixtures("entries")
def test_system_without_a_keyring_is_an_error() -> None:
    """Such as a server, where the package finds no backend."""
    package.set_keyring(fail.Keyring())

    with pytest.raises(CipherError, match="the system has no keyring that the package knows"):
        keyring.master_secret()


def test_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra, and the message names it."""
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(CipherError, match=r"pip install privacy-lineage\[keyring\], or unset NAME"):
        system_keyring.read("survey", "NAME")


def test_signing_key_opens_with_an_entry(
    entries: FileKeyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The passphrase of the signing key may be an entry, too."""
    for name in (signing.KEY_VARIABLE, signing.FILE_VARIABLE, signing.PASSPHRASE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    entries.set_password(SERVICE, "signer", "a long passphrase")
    monkeypatch.setenv(signing.PASSPHRASE_ENTRY_VARIABLE, "signer")
    key = signing.load(tmp_path, tmp_path)
    assert key.is_passphrased

    monkeypatch.delenv(signing.PASSPHRASE_ENTRY_VARIABLE)
    with pytest.raises(CipherError, match=f"set {signing.PASSPHRASE_VARIABLE}, or name an entry"):
        signing.load(tmp_path, tmp_path)
    monkeypatch.setenv(signing.PASSPHRASE_VARIABLE, "a long passphrase")
    assert signing.load(tmp_path, tmp_path).public == key.public


def test_encrypted_project_opens_in_a_process_of_its_own(
    entries: FileKeyring, tmp_path: Path
) -> None:
    """The package finds its backend by itself, as on the machine of a user."""
    from lineage.events import RunArchived  # noqa: PLC0415  # the process below imports it, too
    from lineage.project import Project  # noqa: PLC0415

    entries.set_password(SERVICE, "survey", KEY)
    (tmp_path / "configs").mkdir()
    said = {"ledger": {"encryption": True}}
    (tmp_path / "configs/prj_config.json").write_text(json.dumps(said))
    with Project(tmp_path) as project:
        project.ledger.append("run:1", [RunArchived(reason="tried")], expected_version=0, run="1")

    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHON_KEYRING_BACKEND": "file_keyring.FileKeyring",
    }
    shown = subprocess.run(
        [sys.executable, "-c", SHOW, tmp_path],
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    assert shown.stdout.splitlines() == ["entry 'survey' of the system's keyring", "1"]
