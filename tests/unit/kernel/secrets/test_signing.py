"""Where a signing key comes from, and what is refused as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import signing

HEX = "5a" * 32


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project's folder."""
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def load(root: Path) -> signing.HeldKey:
    """Return the key of the project."""
    return signing.load(root, root / ".lineage")


def key_file(path: Path, text: str = HEX, mode: int = 0o600) -> Path:
    """Write a key file."""
    path.write_text(text)
    path.chmod(mode)
    return path


def test_key_is_made_on_first_use_for_its_owner_alone(root: Path) -> None:
    """The same key is found from then on."""
    first, again = load(root), load(root)

    assert first.file == root / ".lineage/signing.key"
    assert first.file.stat().st_mode & 0o777 == 0o600
    assert first.public == again.public
    assert (first.custody, first.is_passphrased) == ("project", False)


def test_environment_goes_before_a_named_file_and_that_before_the_project(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The custody says where the key is kept."""
    monkeypatch.setenv(signing.FILE_VARIABLE, str(key_file(tmp_path / "key", "6b" * 32)))
    named = load(root)
    monkeypatch.setenv(signing.KEY_VARIABLE, HEX)
    given = load(root)

    assert (named.custody, given.custody) == ("machine", "elsewhere")
    assert named.public != given.public
    assert given.file is None
    assert not (root / ".lineage").exists()


def test_named_file_in_the_project_is_kept_in_the_project(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is who can read it, whatever name leads to it."""
    key_file(root / "k")
    (tmp_path / "link").symlink_to(root / "k")
    monkeypatch.setenv(signing.FILE_VARIABLE, str(tmp_path / "link"))

    assert load(root).custody == "project"


def test_passphrase_seals_the_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file opens with the passphrase only, and says which variable holds it."""
    monkeypatch.setenv(signing.PASSPHRASE_VARIABLE, "a long passphrase")
    key = load(root)
    assert key.is_passphrased
    assert load(root).public == key.public

    monkeypatch.setenv(signing.PASSPHRASE_VARIABLE, "another passphrase")
    with pytest.raises(CipherError, match="does not open"):
        load(root)
    monkeypatch.delenv(signing.PASSPHRASE_VARIABLE)
    with pytest.raises(CipherError, match=f"set {signing.PASSPHRASE_VARIABLE}"):
        load(root)


@pytest.mark.parametrize(
    ("text", "mode", "match"),
    [
        (HEX, 0o644, "others have access"),
        ("a passphrase, no key", 0o600, "a passphrase, expected a signing key"),
        ("", 0o600, "passphrase: 0 characters"),
        ("x" * 70_000, 0o600, "at most 65,536"),
    ],
)
def test_file_that_holds_no_key_or_is_open_to_others_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, text: str, mode: int, match: str
) -> None:
    """Nothing is signed with what anybody could know."""
    monkeypatch.setenv(signing.FILE_VARIABLE, str(key_file(root / "k", text, mode)))

    with pytest.raises(CipherError, match=match):
        load(root)


def test_named_file_that_is_missing_is_not_made(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt path must not lead to another key."""
    monkeypatch.setenv(signing.FILE_VARIABLE, "keys/none")

    with pytest.raises(CipherError, match="No such file"):
        load(root)
    assert list(root.iterdir()) == []


def test_next_key_takes_the_place_of_the_file(root: Path) -> None:
    """A rotation has one moment at which the file is another."""
    old = load(root)
    path = root / ".lineage/signing.key"
    signing.make(signing.next_path(path))
    new = signing.read(signing.next_path(path), root)

    signing.take_place(path)

    assert load(root).public == new.public != old.public
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CipherError, match="No such file"):
        signing.take_place(path)
