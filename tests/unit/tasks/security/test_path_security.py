"""Which paths user code may open, and how a refusal is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from lineage.kernel.errors import PathRefusedError
from lineage.tasks.security.path_security import (
    PathSecurityError,
    ensure_secure_directory,
    get_system_specific_dangerous_paths,
    is_potentially_dangerous_path,
    is_within_allowed_paths,
    normalize_and_validate_path,
    validate_path_security,
    validate_paths,
)

REFUSED = [
    pytest.param("../x", id="climbs"),
    pytest.param("data/../../x", id="climbs inside"),
    pytest.param("..\\..\\x", id="climbs as on Windows"),
    pytest.param("~/x", id="home"),
    pytest.param("~root/x", id="home of another"),
    pytest.param("a\x00b", id="NUL"),
    pytest.param("a\nb", id="line end"),
    pytest.param("a\x7fb", id="control character"),
    pytest.param("C:\\x", id="Windows drive"),
    pytest.param("\\\\server\\share", id="Windows share"),
    pytest.param("a\\b", id="Windows separator"),
    pytest.param("CON.txt", id="Windows device"),
    pytest.param("data/nul", id="Windows device in a folder"),
    pytest.param("com¹.csv", id="Windows device with a superscript"),
    pytest.param("", id="empty"),
    pytest.param("   ", id="blank"),
    pytest.param("a" * 256, id="long name"),
    pytest.param("/".join(["a" * 200] * 25), id="long path"),
    pytest.param("\ud800", id="half a character"),
    pytest.param("x; rm -rf y", id="next command"),
    pytest.param("x | mail y", id="pipe"),
    pytest.param("x && y", id="second command"),
    pytest.param("x > y", id="redirection"),
    pytest.param("`id`", id="backquotes"),
    pytest.param("$(id)", id="substitution"),
    pytest.param("${HOME}/x", id="variable in braces"),
    pytest.param("$HOME/x", id="variable"),
    pytest.param("%APPDATA%/x", id="variable as on Windows"),
    pytest.param("/etc/passwd", id="folder of the system"),
    pytest.param("/proc/self/environ", id="environment of the process"),
]
LEGAL = [
    "R&D.csv",
    "R & D.csv",
    "report..v2.csv",
    "Übersicht 1.csv",
    "données été.parquet",
    "日本語.csv",
    "price in $.csv",
    "50% off.csv",
    "it's (new) #1, a+b=c!.csv",
    "...",
    ".hidden",
    "console.txt",
    "nullable.csv",
    "/library/x",
    "/etcetera/x",
    "/data/allowed/x",
]
on_posix = pytest.mark.skipif(os.name == "nt", reason="names of this system")


@on_posix
@pytest.mark.parametrize("path", REFUSED)
def test_dangerous_path_in_strict_mode_raises(path: str) -> None:
    """Behaviour 55: a path that climbs, hides or tricks is refused by exception."""
    with pytest.raises(PathSecurityError, match="path"):
        validate_path_security(path)


@on_posix
@pytest.mark.parametrize("path", REFUSED)
def test_dangerous_path_outside_strict_mode_is_false(path: str) -> None:
    """Behaviour 55: without strict mode the same paths give False."""
    assert validate_path_security(path, strict_mode=False) is False
    assert is_potentially_dangerous_path(path)


@on_posix
@pytest.mark.parametrize("path", LEGAL)
def test_odd_but_legal_name_is_allowed(path: str) -> None:
    """Behaviour 56: names that file systems take and no system acts on stay legal."""
    assert validate_path_security(path)
    assert not is_potentially_dangerous_path(path)


def test_folder_with_the_allowed_name_as_prefix_is_outside(tmp_path: Path) -> None:
    """Behaviour 56: `allowed_evil` does not lie in `allowed`."""
    allowed = tmp_path / "allowed"
    assert validate_path_security(allowed / "x", [allowed])
    assert not is_within_allowed_paths(tmp_path / "allowed_evil" / "x", [allowed])
    with pytest.raises(PathSecurityError, match="allowed_evil"):
        validate_path_security(tmp_path / "allowed_evil" / "x", [allowed])


def test_symlink_to_a_folder_of_the_system_is_refused(tmp_path: Path) -> None:
    """Behaviour 55: a link to /etc is refused, with allowed folders and without."""
    (tmp_path / "link").symlink_to("/etc")
    for allowed in ([tmp_path], None):
        with pytest.raises(PathSecurityError, match="etc"):
            validate_path_security(tmp_path / "link" / "passwd", allowed)


def test_symlink_out_of_the_current_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path that a link leads elsewhere leaves the folder it is taken from."""
    work, elsewhere = tmp_path / "work", tmp_path / "elsewhere"
    work.mkdir()
    elsewhere.mkdir()
    (work / "link").symlink_to(elsewhere)
    monkeypatch.chdir(work)
    assert validate_path_security("link/x", strict_mode=False) is False
    assert validate_path_security("link/x", [work, elsewhere])


def test_allowed_folder_that_is_a_link_holds_what_it_leads_to(tmp_path: Path) -> None:
    """Links are followed on both sides, so an allowed folder may itself be a link."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert validate_path_security(tmp_path / "real" / "x", [tmp_path / "link"])


def test_relative_path_is_taken_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check looks where `open` would, not in the first allowed folder."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    assert validate_path_security("data/x", [tmp_path / "data"])
    assert validate_path_security("other/x", [tmp_path / "data"], strict_mode=False) is False


def test_no_allowed_folder_allows_nothing(tmp_path: Path) -> None:
    """An empty list of folders is not the same as no list."""
    with pytest.raises(PathSecurityError, match="no folder is allowed"):
        validate_path_security(tmp_path / "x", [])


def test_external_path_needs_leave_and_no_folder_of_the_system(tmp_path: Path) -> None:
    """`allow_external` opens other folders, but not those of the operating system."""
    inside, outside = tmp_path / "inside", tmp_path / "outside" / "x"
    assert validate_path_security(outside, [inside], strict_mode=False) is False
    assert validate_path_security(outside, [inside], allow_external=True)
    with pytest.raises(PathSecurityError, match="operating system"):
        validate_path_security("/etc/passwd", [inside], allow_external=True)


def test_folder_of_the_system_that_is_allowed_by_name_is_fine() -> None:
    """Who names a folder means it."""
    folder = get_system_specific_dangerous_paths()[0]
    assert validate_path_security(Path(folder) / "x", [folder])


def test_many_paths_give_one_message_for_each_bad_one(tmp_path: Path) -> None:
    """Behaviour 55: validation of many returns one error for each bad one, in order."""
    good = tmp_path / "R&D.csv"
    is_valid, messages = validate_paths([good, "../x", good, "~/x", "/etc/passwd"], [tmp_path])
    assert not is_valid
    bad = ["../x", "~/x", "/etc/passwd"]
    assert all(path in text for path, text in zip(bad, messages, strict=True))


def test_many_good_paths_give_no_message(tmp_path: Path) -> None:
    """Nothing wrong is said of paths that may be used."""
    assert validate_paths([tmp_path / "a", tmp_path / "b"], [tmp_path]) == (True, [])


def test_normalized_path_is_absolute_and_real(tmp_path: Path) -> None:
    """What comes back is the file itself, not a link to it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert normalize_and_validate_path("link/x", tmp_path) == (tmp_path / "real" / "x").resolve()


def test_secure_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A new folder and one that is there are both closed to others."""
    (tmp_path / "open").mkdir(mode=0o755)
    for name in ("new", "open"):
        folder = ensure_secure_directory(tmp_path / name)
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("path", ["../x", "file/x"])
def test_secure_folder_that_cannot_be_made_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A path that climbs or leads through a file is refused."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(PathSecurityError, match=r"'\.\./x'|file/x"):
        ensure_secure_directory(path)


def test_refusal_is_a_refused_path_with_its_parts() -> None:
    """Code that catches the kernel's error catches this one, and finds the same fields."""
    with pytest.raises(PathRefusedError, match="no leading '~'") as caught:
        validate_path_security("~/x")
    assert caught.value.subject == "path '~/x'"
    assert caught.value.exit_code == 2


@example_settings(deadline=None)  # the disk of a busy machine
@given(parts=st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=5))
def test_path_that_is_allowed_lies_in_an_allowed_folder(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    """Whatever the text, an allowed path never leaves the allowed folder."""
    root = tmp_path_factory.getbasetemp() / "root"
    text = "/".join(parts)
    if validate_path_security(root / text, [root], strict_mode=False):
        assert (root / text).resolve().is_relative_to(root.resolve())


@example_settings(deadline=None)  # the disk of a busy machine
@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    """No text makes the check fail in another way than by its own error."""
    answer = validate_path_security(text, strict_mode=False)
    assert is_potentially_dangerous_path(text) is not answer
