"""Decide which paths may be used.

A path from a configuration, an argument or an event is text until `resolve` has turned it into
the real place (symlinks followed) inside one of the allowed folders, free of characters and
names that some system treats specially. No type tells a checked path from another: whoever
takes a path from outside has to call `resolve` before anything is written there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from lineage.kernel.errors import PathRefusedError

MAX_NAME_BYTES: Final = 255
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_WINDOWS_DEVICE: Final = re.compile(
    r"(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$"
)
_WINDOWS_DRIVE: Final = re.compile(r"^[A-Za-z]:[\\/]")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")


def resolve(candidate: str | os.PathLike[str], *roots: Path) -> Path:
    """Check a path against the folders it may lie in.

    Args:
        candidate: An absolute path, or one relative to the first root. It need not exist.
        roots: The allowed folders, most likely first; at least one.

    Returns:
        The real path, absolute.

    Raises:
        PathRefusedError: It leaves every root (by "..", a symlink or by being absolute
            elsewhere), starts with "~", or has a part no system accepts.
    """
    text = os.fspath(candidate)
    check_text(text)
    real_roots = [Path(os.path.realpath(root)) for root in roots]
    real = Path(os.path.realpath(real_roots[0] / text))
    if any(real.is_relative_to(root) for root in real_roots):
        return real
    raise PathRefusedError(
        f"path {text!r}",
        found=str(real),
        expected="a path inside " + " or ".join(repr(str(root)) for root in real_roots),
        remedy="move the file there, or allow its folder in allowed_external_paths",
    )


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
        subject: What the name is for, as it shall stand in the message ("task id").

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
