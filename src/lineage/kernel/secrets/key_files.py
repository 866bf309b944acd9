"""The files of a keyring: the public facts about a key, and the sealed key."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import secret_files
from lineage.kernel.values import canonical_text, document_text

WRAPPED: Final = "wrapped"
LATER: Final = "later_versions"
_TEXTS: Final = ("key_id", "purpose", "algorithm", "created_at", "destroyed_at", "reason")

KeyStatus = Literal["active", "destroyed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """The public facts about a key.

    Attributes:
        key_id: Its public name.
        purpose: What it protects.
        algorithm: "AES-256-GCM".
        created_at: When it was made, ISO 8601 in UTC.
        destroyed_at: When it was destroyed, ISO 8601 in UTC; None while it is active.
        reason: Why it was destroyed; None while it is active.
        version: Number of its newest version, from 1.
    """

    key_id: str
    purpose: str
    algorithm: str
    created_at: str
    destroyed_at: str | None = None
    reason: str | None = None
    version: int = 1

    @property
    def status(self) -> KeyStatus:
        """Whether it can be used."""
        return "active" if self.destroyed_at is None else "destroyed"


def damaged(path: Path, problem: str) -> CipherError:
    """Return the error of a file of the keyring that cannot be used."""
    return CipherError(
        f"key file {str(path)!r}", problem=problem, remedy="restore it from a backup"
    )


def public_facts(info: KeyInfo) -> dict[str, str]:
    """Return the facts about a key as they stand in its file."""
    parts = dataclasses.asdict(info)
    return {name: parts[name] for name in _TEXTS if parts[name] is not None}


def bound_to(info: KeyInfo) -> bytes:
    """Return what a sealed key is bound to: its public facts."""
    return canonical_text(public_facts(info)).encode()


def info_of(path: Path, document: Mapping[str, object]) -> KeyInfo:
    """Return the public facts in a file.

    Raises:
        CipherError: It is damaged.
    """
    values = {name: value for name, value in document.items() if name in _TEXTS}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    try:
        info = KeyInfo(version=len(later_versions(path, document)) + 1, **texts)
    except TypeError:
        raise damaged(path, "a part is missing") from None
    if len(texts) < len(values):
        raise damaged(path, "a part has the wrong type")
    return info


def later_versions(path: Path, document: Mapping[str, object]) -> list[dict[str, object]]:
    """Return the versions of a key after the first, oldest first."""
    later = document.get(LATER, [])
    if not isinstance(later, list) or not all(isinstance(holder, dict) for holder in later):
        raise damaged(path, f"{LATER!r} is damaged")
    return later


def to_text(data: bytes) -> str:
    """Return bytes as a file of the keyring holds them."""
    return base64.b64encode(data).decode("ascii")


def from_text(path: Path, document: Mapping[str, object], name: str) -> bytes:
    """Return bytes of a file.

    Raises:
        CipherError: They are missing or damaged.
    """
    try:
        return base64.b64decode(str(document[name]), validate=True)
    except (KeyError, ValueError):
        raise damaged(path, f"{name!r} is missing or damaged") from None


def read(path: Path) -> Mapping[str, object]:
    """Return what is in a file.

    Raises:
        CipherError: It is damaged, or others have access to it.
    """
    try:
        document = json.loads(secret_files.read(path))
    except ValueError:
        raise damaged(path, "not valid JSON") from None
    if not isinstance(document, dict):
        raise damaged(path, "not a JSON object")
    return document


def write_new(path: Path, document: Mapping[str, object]) -> None:
    """Write a new file; errors as in `secret_files.write_new`."""
    secret_files.write_new(path, document_text(document).encode())


def replace(path: Path, document: Mapping[str, object]) -> None:
    """Replace a file; errors as in `secret_files.replace`."""
    secret_files.replace(path, document_text(document).encode())
