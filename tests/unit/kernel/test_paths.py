"""No path leaves its folders, and no ordinary file name is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel import paths
from lineage.kernel.errors import PathRefusedError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An allowed folder."""
    folder = tmp_path / "allowed"
    folder.mkdir()
    return folder


LEGAL = [
    "plain.csv",
    "R&D.csv",
    "report..v2.csv",
    "Übersicht 1.csv",
    "with space.csv",
    "..hidden",
    "...",
    "a/..b/c..",
    "日本.parquet",
    "emoji 🐍.txt",
    "it's 100% #1?.csv",
    'quote".csv',
    "console.txt",
    "com10.txt",
    "a~b",
    "back\\slash",
    "library/x",
    "ü" * 127,
]
REFUSED = [
    ("../x", "a path inside"),
    ("a/../../x", "a path inside"),
    ("/etc/passwd", "a path inside"),
    ("~/x", "no leading '~'"),
    ("~root", "no leading '~'"),
    ("", "some text"),
    ("  ", "some text"),
    ("a\x00b", "no control characters"),
    ("a\nb", "no control characters"),
    ("a\x1fb", "no control characters"),
    ("a\x7fb", "no control characters"),
    ("C:\\x", "no Windows drive"),
    ("d:/x", "no Windows drive"),
    ("CON", "Windows device"),
    ("con.txt", "Windows device"),
    ("a/NUL", "Windows device"),
    ("aux .log", "Windows device"),
    ("COM1", "Windows device"),
    ("lpt³.csv", "Windows device"),
    ("conin$", "Windows device"),
    ("x" * 256, "at most 255 bytes"),
    ("ü" * 128, "at most 255 bytes"),
    ("a/" + "x" * 256 + "/b", "at most 255 bytes"),
    ("a\ud800b", "UTF-8"),
    ("a\udcffb", "UTF-8"),
]


@pytest.mark.parametrize("name", LEGAL)
def test_ordinary_name_is_resolved_inside_its_root(root: Path, name: str) -> None:
    """Names that any file system takes stay as they are."""
    assert paths.resolve(name, root) == root / name


@pytest.mark.parametrize(("text", "expected"), REFUSED, ids=[ascii(r[0])[:20] for r in REFUSED])
def test_dangerous_path_is_refused_with_the_reason(root: Path, text: str, expected: str) -> None:
    """A path that leads outside, or that some system treats specially, is an error."""
    with pytest.raises(PathRefusedError, match=expected):
        paths.resolve(text, root)


def test_absolute_path_inside_is_resolved(root: Path) -> None:
    """A path may be absolute if it lies in an allowed folder."""
    assert paths.resolve(root / "a/b.csv", root) == root / "a/b.csv"


def test_root_itself_is_inside(root: Path) -> None:
    """A folder lies in itself."""
    assert paths.resolve(".", root) == root


def test_climbing_that_stays_inside_is_resolved(root: Path) -> None:
    """`..` is followed, not forbidden: what counts is where it ends."""
    assert paths.resolve("a/../b.csv", root) == root / "b.csv"


def test_folder_with_the_same_beginning_is_outside(root: Path) -> None:
    """`allowed_evil` is not a part of `allowed`."""
    evil = root.with_name("allowed_evil")
    evil.mkdir()

    with pytest.raises(PathRefusedError, match="a path inside"):
        paths.resolve(evil / "x", root)


def test_symlink_to_a_file_outside_is_refused(root: Path) -> None:
    """A link counts as the place it leads to."""
    (root / "link").symlink_to("/etc/passwd")

    with pytest.raises(PathRefusedError, match="/etc/passwd"):
        paths.resolve("link", root)


def test_file_below_a_symlinked_folder_is_refused(root: Path, tmp_path: Path) -> None:
    """A link in the middle of the path counts too, also for a file that is still to be made."""
    (root / "folder").symlink_to(tmp_path)

    with pytest.raises(PathRefusedError, match="a path inside"):
        paths.resolve("folder/new/x.csv", root)


def test_dangling_symlink_to_the_outside_is_refused(root: Path, tmp_path: Path) -> None:
    """A link to a file that does not exist yet would make it there."""
    (root / "link").symlink_to(tmp_path / "missing")

    with pytest.raises(PathRefusedError, match="missing"):
        paths.resolve("link", root)


def test_symlink_that_stays_inside_is_followed(root: Path) -> None:
    """A link within the folder is resolved to the real file."""
    (root / "link").symlink_to(root / "real.csv")

    assert paths.resolve("link", root) == root / "real.csv"


def test_root_that_is_a_symlink_holds_its_files(root: Path, tmp_path: Path) -> None:
    """Root and path are both compared as the real places."""
    (tmp_path / "alias").symlink_to(root)

    assert paths.resolve(tmp_path / "alias/x.csv", tmp_path / "alias") == root / "x.csv"


def test_path_may_lie_in_any_of_several_roots(root: Path, tmp_path: Path) -> None:
    """With several folders a path need only be inside one of them."""
    other = tmp_path / "other"

    assert paths.resolve(other / "x", root, other) == other / "x"


def test_relative_path_belongs_to_the_first_root(root: Path, tmp_path: Path) -> None:
    """A relative path is never tried against the further folders."""
    assert paths.resolve("x", root, tmp_path / "other") == root / "x"


def test_resolved_path_is_absolute_whatever_its_root(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checked path means the same file after the process has moved on."""
    monkeypatch.chdir(root)

    assert paths.resolve("x", Path()) == root / "x"


@pytest.mark.parametrize("name", ["t_1A", "a.b-c", "0", "_x"])
def test_name_of_letters_and_digits_is_returned(name: str) -> None:
    """A name that can become a file on every system passes."""
    assert paths.check_name(name, "task id") == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".x", "-x", "a/b", "a b", "ü", "a\n", "con", "x" * 256, "a\\b"]
)
def test_name_with_other_characters_is_refused(name: str) -> None:
    """A task id or the like never becomes a path of its own making."""
    with pytest.raises(PathRefusedError, match="task id"):
        paths.check_name(name, "task id")


@pytest.mark.parametrize("name", ["R&D.csv", "report..v2.csv", "Übersicht 1.csv", "..x"])
def test_file_name_of_any_characters_is_returned(name: str) -> None:
    """A file name may have what file systems let through."""
    assert paths.check_file_name(name, "output") == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b"])
def test_file_name_with_folders_is_refused(name: str) -> None:
    """A file name is one name, without folders."""
    with pytest.raises(PathRefusedError, match="one file name without folders"):
        paths.check_file_name(name, "output")


def test_file_inside_is_displayed_relative(root: Path) -> None:
    """The history names a file of the project by its place in it."""
    assert paths.display(root / "a" / "ü.csv", root) == "a/ü.csv"


def test_file_outside_is_displayed_absolute(root: Path) -> None:
    """The history names any other file by its full path."""
    assert paths.display("/data/x.csv", root) == "/data/x.csv"


def test_within_follows_symlinks(root: Path) -> None:
    """A link to another place is not within the folder."""
    (root / "link").symlink_to("/")

    assert paths.is_within(root / "x", root)
    assert not paths.is_within(root / "link/x", root)


parts = st.sampled_from(["..", ".", "", "a", "b", "link", "evil", "~", "/", "\\", "C:"]) | st.text(
    max_size=5
)


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An allowed folder with links that lead out of it."""
    root = tmp_path_factory.mktemp("traps").resolve() / "allowed"
    (root / "a").mkdir(parents=True)
    root.with_name("allowed_evil").mkdir()
    (root / "link").symlink_to("..")
    (root / "a/evil").symlink_to(root.with_name("allowed_evil"))
    return root


@given(st.lists(parts, max_size=6), st.sampled_from(["", "/"]))
def test_resolved_path_never_lies_outside(traps: Path, steps: list[str], start: str) -> None:
    """Whatever the path, it is refused or its real place is inside the folder."""
    try:
        safe = paths.resolve(start + "/".join(steps), traps)
    except PathRefusedError:
        return
    assert os.path.realpath(safe) == str(safe)
    assert os.path.commonpath([safe, traps]) == str(traps)
