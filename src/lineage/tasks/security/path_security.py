"""Check paths that a program opens itself, and report everything that is wrong with them.

The framework's own paths go through `lineage.kernel.paths.resolve`. These functions use the
same rules and three stricter ones, because nobody knows how the path will be used:
no part "..", nothing that a shell would act on, and no folder of the operating system unless
it is allowed by name. Names that merely look odd are legal: "R&D.csv", "report..v2.csv",
"Übersicht 1.csv", "/library/x".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from lineage.kernel import paths
from lineage.kernel.errors import PathRefusedError

AnyPath: TypeAlias = "str | os.PathLike[str]"

MAX_PATH_BYTES: Final = 4096
_SEPARATORS: Final = re.compile(r"[/\\]")
_SHELL: Final = re.compile(r"[`|;<>]|&&|\$[({]")
_VARIABLE: Final = re.compile(r"\$[A-Za-z_]|%\w+%")
_POSIX_SYSTEM: Final = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/libexec",
    "/usr/sbin",
    "/var/lock",
    "/var/run",
)
_WINDOWS_SYSTEM: Final = ("SystemRoot", "ProgramFiles", "ProgramFiles(x86)", "ProgramData")


class PathSecurityError(PathRefusedError):
    """A path may not be used."""


def validate_path_security(
    path: AnyPath,
    allowed_paths: Sequence[AnyPath] | None = None,
    *,
    allow_external: bool = False,
    strict_mode: bool = True,
) -> bool:
    """Return whether a path may be used.

    Args:
        path: The path; it need not exist. A relative one is taken from the current folder.
        allowed_paths: The folders it may lie in, symlinks followed. None: a relative path must
            stay in the current folder, an absolute one out of the system's folders. An empty
            list allows nothing.
        allow_external: It may also be elsewhere, but not in the system's folders.
        strict_mode: Raise instead of returning False.

    Returns:
        True if it may be used; False if not, which only happens without `strict_mode`.

    Raises:
        PathSecurityError: It may not be used and `strict_mode` is on; the message says why.
    """
    try:
        normalize_and_validate_path(
            path, allowed_paths=allowed_paths, allow_external=allow_external
        )
    except PathSecurityError:
        if strict_mode:
            raise
        return False
    return True


def validate_paths(
    paths: Iterable[AnyPath],
    allowed_paths: Sequence[AnyPath] | None = None,
    *,
    allow_external: bool = False,
) -> tuple[bool, list[str]]:
    """Check several paths.

    Parameters as in `validate_path_security`.

    Returns:
        Whether all may be used, and one message for each that may not, in their order.
    """
    messages = []
    for path in paths:
        try:
            validate_path_security(path, allowed_paths, allow_external=allow_external)
        except PathSecurityError as error:
            messages.append(str(error))
    return not messages, messages


def normalize_and_validate_path(
    path: AnyPath,
    base_dir: AnyPath | None = None,
    allowed_paths: Sequence[AnyPath] | None = None,
    *,
    allow_external: bool = False,
) -> Path:
    """Return a path absolute and with every symlink followed, if it may be used.

    Args:
        path: The path; it need not exist.
        base_dir: What a relative path is taken from; the current folder when None.
        allowed_paths: As in `validate_path_security`.
        allow_external: As in `validate_path_security`.

    Raises:
        PathSecurityError: It may not be used; the message says why.
    """
    text = os.fspath(path)
    base = Path.cwd() if base_dir is None else Path(base_dir)
    try:
        _check_text(text)
        real = Path(os.path.realpath(base / text))
        _check_place(text, real, _roots(text, base, allowed_paths), allow_external=allow_external)
    except PathRefusedError as error:
        raise error.recast(PathSecurityError) from error
    return real


def is_within_allowed_paths(path: AnyPath, allowed_paths: Iterable[AnyPath]) -> bool:
    """Return whether a path is in one of the folders, symlinks followed on both sides."""
    return any(paths.is_within(path, Path(root)) for root in allowed_paths)


def is_potentially_dangerous_path(path: AnyPath) -> bool:
    """Return whether `validate_path_security` without allowed folders would refuse a path."""
    return not validate_path_security(path, strict_mode=False)


def ensure_secure_directory(path: AnyPath) -> Path:
    """Make a folder that only its owner may enter, and return its absolute path.

    An existing folder is closed to others.

    Args:
        path: The folder; relative to the current one.

    Raises:
        PathSecurityError: The path may not be used, or it cannot be made.
    """
    folder = normalize_and_validate_path(path)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise PathSecurityError(
            f"folder {str(folder)!r}",
            problem=error.strerror,
            expected="a folder that can be made and closed to others",
        ) from error
    return folder


def get_system_specific_dangerous_paths() -> list[str]:
    """Return the folders of this operating system that tasks must not use.

    They are listed as commonly written and, where that differs, with symlinks followed.
    """
    if os.name == "nt":
        named = [os.environ[name] for name in _WINDOWS_SYSTEM if os.environ.get(name)]
    else:
        named = list(_POSIX_SYSTEM)
    return list(dict.fromkeys([*named, *map(os.path.realpath, named)]))


def _check_text(text: str) -> None:
    paths.check_text(text)
    fault = _fault(text)
    if fault is not None:
        raise PathRefusedError(f"path {text!r}", expected=fault)


def _fault(text: str) -> str | None:
    parts = _SEPARATORS.split(text)
    if ".." in parts:
        return "no part '..'"
    if os.name != "nt" and "\\" in text:
        return "no backslash, which is a separator on Windows"
    if _SHELL.search(text) or any(_VARIABLE.match(part) for part in parts):
        return "nothing that a shell would act on"
    if len(os.fsencode(text)) > MAX_PATH_BYTES:
        return f"at most {MAX_PATH_BYTES} bytes"
    return None


def _roots(text: str, base: Path, allowed_paths: Sequence[AnyPath] | None) -> list[Path] | None:
    """Return the folders a path may lie in; None if only the system's folders are forbidden."""
    if allowed_paths is not None:
        return [Path(root) for root in allowed_paths]
    return None if Path(text).is_absolute() else [base]


def _check_place(
    text: str, real: Path, roots: Sequence[Path] | None, *, allow_external: bool
) -> None:
    if is_within_allowed_paths(real, roots or ()):
        return
    if roots and not allow_external:
        paths.resolve(real, *roots)
    if roots is not None and not allow_external:
        raise PathRefusedError(f"path {text!r}", problem="no folder is allowed")
    system = get_system_specific_dangerous_paths()
    if is_within_allowed_paths(real, system):
        raise PathRefusedError(
            f"path {text!r}",
            problem=f"{str(real)!r} is in a folder of the operating system",
            remedy="copy the file, or add its folder to the allowed ones",
        )
