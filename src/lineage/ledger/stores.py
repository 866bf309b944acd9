"""Which store a ledger's URL means."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast
from urllib.parse import SplitResult, urlsplit

from lineage.kernel.errors import ConfigurationError


class Adapter(Protocol):
    """What the module of a store offers."""

    @property
    def URL_FORM(self) -> str:  # noqa: N802  # a constant of the module
        """The form of its URLs, for a reader."""

    def environment(self, url: SplitResult, folder: Path) -> dict[str, str] | None:
        """Return the settings of its `Factory`; None if the URL does not have that form.

        Args:
            url: The URL of the ledger.
            folder: What a relative path is relative to.
        """


ADAPTERS: Final[Mapping[str, str]] = {
    "sqlite": "lineage.ledger.sqlite",
    "memory": "lineage.ledger.memory",
}
"""Scheme of a ledger's URL to the module of the store that it means."""

_REMEDIES: Final = {
    ("locked", "busy"): "another program holds it: wait for that one or end it, and try again",
    ("full",): "make room on its disk",
    ("not a database", "malformed database schema"): "restore it from a backup",
    ("malformed", "corrupt", "decode"): "restore it from a backup; "
    "`lineage doctor --deep` names the events that cannot be read",
    ("out of memory",): "close other programs, and try again",
    (
        "unable to open",
    ): "check that its folder exists and is writable, and that its path has at most 512 bytes",
    ("readonly",): "get write permission, or work on a copy of the project",
    ("ask again",): "ask again",
    ("no such table",): "restore it from a backup; its table is gone",
}
_ANY_REMEDY: Final = "check that the file is a ledger, its folder writable and the disk not full"


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return the settings with which `eventsourcing` opens the store that a URL means.

    Args:
        url: The URL of a ledger.
        folder: What a relative path is relative to.

    Raises:
        ConfigurationError: The URL has the form of no known store.
    """
    parts = _split(url)
    module = ADAPTERS.get(parts.scheme)
    found = None if module is None else _adapter(module).environment(parts, folder)
    if found is not None:
        return found
    raise ConfigurationError(
        "ledger URL",
        found=without_password(url),
        expected=" or ".join(_adapter(known).URL_FORM for known in ADAPTERS.values()),
        remedy="correct LINEAGE_LEDGER or 'ledger' in the project's configuration",
    )


def without_password(url: str) -> str:
    """Return a URL as it may be shown."""
    parts = _split(url)
    return parts._replace(netloc=f"***@{parts.hostname}").geturl() if parts.password else url


def remedy(found: str) -> str:
    """Return what helps against a failure of the store, by its words."""
    return next(
        (r for words, r in _REMEDIES.items() if any(w in found for w in words)), _ANY_REMEDY
    )


def _adapter(module: str) -> Adapter:
    return cast("Adapter", import_module(module))


def _split(url: str) -> SplitResult:
    try:
        # The library drops line ends and tabs without a word; a file's URL has them quoted.
        return urlsplit(url if url.isprintable() else "")
    except ValueError:
        return urlsplit("")
