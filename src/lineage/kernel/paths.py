"""Decide which paths may be used.

A path from a configuration, an argument or an event is text until `resolve` has turned it into
the real place (symlinks followed) inside one of the allowed folders, free of characters and
names that some system treats specially. No type tells a checked path from another: whoever
takes a path from outside has to call `resolve` before anything is written there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from lineage.kernel.errors import PathRefusedError

MAX_NAME_BYTES: Final = 255
MAX_ROOT_BYTES: Final = 450
"""Longest path of a project; SQLite takes 512 bytes, with what is added to find its files."""

NO_LINK: Final = "name a folder below it, without '..' or a link that leads elsewhere"
"""Remedy for a path that must stay in one folder whatever the project allows."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_WINDOWS_DEVICE: Final = re.compile(
    r"(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$"
)
_WINDOWS_DRIVE: Final = re.compile(r"^[A-Za-z]:[\\/]")
_UNUSABLE_IN_ROOT: Final = re.compile(
    r"[?\x00-\x1f\x7f]" if os.name == "nt" else r"[?\\\x00-\x1f\x7f]"
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]+://")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


def resolve(candidate: str | os.PathLike[str], *roots: Path, remedy: str | None = None) -> Path:
    """Check a path against the folders it may lie in.

    Args:
        candidate: An absolute path, or one relative to the first root. It need not exist.
        roots: The allowed folders, most likely first; at least one.
        remedy: What to do if it leaves them; to allow its folder in the project file when None.

    Returns:
        The real path, absolute.

    Raises:
        PathRefusedError: It leaves every root (by "..", a symlink or by being absolute
            elsewhere), starts with "~", or has a part no system accepts.
    """
    text = os.fspath(candidate)
    check_text(_below_a_root(text, roots))
    real_roots = [Path(os.path.realpath(root)) for root in roots]
    real = Path(os.path.realpath(real_roots[0] / text))
    if any(real.is_relative_to(root) for root in real_roots):
        return real
    raise PathRefusedError(
        f"path {text!r}",
        found=str(real),
        expected="a path inside " + " or ".join(repr(str(root)) for root in real_roots),
        remedy=remedy
        or f"move it there, or add {str(real)!r} or a folder above it to the list "
        "allowed_external_paths in configs/prj_config.json",
    )


def check_root(folder: Path) -> Path:
    """Refuse a folder in which a new project would not work, and return it.

    DuckDB reads "?" in a path as the start of options and a backslash as a separator, SQLite
    takes paths of up to 512 bytes, and control characters do not survive logs and terminals.

    Args:
        folder: The folder, links followed.

    Raises:
        PathRefusedError: Its path has such a character, is not UTF-8, or is too long.
    """
    text = str(folder)
    odd = odd_character(text)
    fault = _length_fault(text) if odd is None else f"{odd!r} in its path"
    if fault is not None:
        raise PathRefusedError(
            f"project folder {text!r}",
            problem=fault,
            expected=f"a path of at most {MAX_ROOT_BYTES} bytes without '?', backslash and "
            "control characters",
            remedy="choose another folder, or rename or move this one",
        )
    return folder


def odd_character(text: str) -> str | None:
    """Return a character that keeps a path from being a project's; None if it has none."""
    found = _UNUSABLE_IN_ROOT.search(text)
    return None if found is None else found.group()


def check_text(text: str) -> None:
    """Refuse path text that is dangerous wherever it points.

    Raises:
        PathRefusedError: Empty, NUL or another control character, a leading "~", a Windows
            drive on another system, a Windows device name, or a part over 255 bytes.
    """
    fault = _fault(text)
    if fault is not None:
        raise PathRefusedError(f"path {text!r}", expected=fault)


def check_name(name: str, subject: str) -> str:
    """Refuse a name that is to become one file or folder name, and return it.

    Args:
        name: The name; letters, digits, "_", "-" and "." after the first character.
        subject: What the name is for, as the message calls it ("task id").

    Raises:
        PathRefusedError: It is empty, too long, climbs, or has other characters.
    """
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_BYTES or _fault(name) is not None:
        raise PathRefusedError(
            subject,
            found=name,
            expected="letters, digits, '_', '-' and '.', starting with a letter, digit or '_'",
        )
    return name


def check_file_name(name: str, subject: str) -> str:
    """Refuse text that is not one plain file name, and return it.

    Unlike `check_name` it lets through whatever file systems do: spaces, "R&D.csv",
    "report..v2.csv", letters of any script.

    Raises:
        PathRefusedError: It is empty, ".", "..", has a separator, or breaks `check_text`.
    """
    if name in {"", ".", ".."} or "/" in name or "\\" in name:
        raise PathRefusedError(subject, found=name, expected="one file name without folders")
    check_text(name)
    return name


def is_within(path: str | os.PathLike[str], root: Path) -> bool:
    """Tell whether a path, symlinks followed, lies in a folder."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def holds(folder: Path, path: Path) -> bool:
    """Tell whether a folder has a file or folder in it, under whatever name.

    Args:
        folder: The folder; it may be missing.
        path: What may be in it, links followed; it need not exist.
    """
    if path.is_relative_to(os.path.realpath(folder)):
        return True
    status, kept = _status(path), _status(folder)
    if kept is None:
        return False
    above = (status, *map(_status, path.parents))
    if any(found is not None and os.path.samestat(found, kept) for found in above):
        return True  # where case does not matter
    if status is None:
        return False
    if status.st_nlink == 1 or not stat.S_ISREG(status.st_mode):
        return False
    names = (Path(parent, name) for parent, _, found in os.walk(folder) for name in found)
    return any(is_same_file(name, path) for name in names)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def is_same_file(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one file or folder; False if either is missing."""
    try:
        return one.samefile(other)
    except OSError:
        return False


def display(path: str | os.PathLike[str], root: Path) -> str:
    """Name a file as the history does: relative to the project if inside, else absolute.

    The text uses forward slashes on every system, so histories can be compared.
    """
    real = Path(os.path.realpath(path))
    real_root = Path(os.path.realpath(root))
    return (
        real.relative_to(real_root).as_posix()
        if real.is_relative_to(real_root)
        else real.as_posix()
    )


def is_address(uri: str) -> bool:
    """Tell whether a uri is an address, as of an object store, and no path."""
    return _SCHEME.match(uri) is not None


def uri_of(path: str | os.PathLike[str]) -> str:
    """Return a path as an absolute one, and an address as it is."""
    text = os.fspath(path)
    return text if is_address(text) else str(Path(text).absolute())


def _below_a_root(text: str, roots: Iterable[Path]) -> str:
    # what the folder of a project is called is not for its tasks to change
    path = Path(text)
    inner = (str(path.relative_to(root)) for root in roots if path.is_relative_to(root))
    return next(inner, text) if path.is_absolute() else text


def _length_fault(text: str) -> str | None:
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return "its path is not UTF-8"
    return f"its path has {length} bytes" if length > MAX_ROOT_BYTES else None


def _fault(text: str) -> str | None:
    if not text.strip():
        return "some text"
    if _CONTROL.search(text):
        return "no control characters"
    if text.startswith("~"):
        return "no leading '~' (write the folder out)"
    if os.name != "nt" and _WINDOWS_DRIVE.match(text):
        return "no Windows drive on this system"
    return next(filter(None, (_part_fault(part) for part in _parts(text))), None)


def _parts(text: str) -> Iterable[str]:
    pure = PureWindowsPath(text) if os.name == "nt" else PurePosixPath(text)
    return pure.parts


def _part_fault(part: str) -> str | None:
    try:
        encoded = part.encode()
    except UnicodeEncodeError:
        return "text that UTF-8 can hold"
    if len(encoded) > MAX_NAME_BYTES:
        return f"names of at most {MAX_NAME_BYTES} bytes"
    if _WINDOWS_DEVICE.match(part.split(".", maxsplit=1)[0].rstrip(" ")):
        return f"no Windows device name ({part!r})"
    return None
