"""A backend of the package keyring that keeps its entries in a file, as systems keep theirs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import ClassVar

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

FILE_VARIABLE = "TEST_KEYRING_FILE"
"""Names the file; the keyring is locked while it is not set."""


class FileKeyring(KeyringBackend):
    """Entries by service and name, in the file that the environment names."""

    priority: ClassVar[float] = 1

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret; None if there is no such entry."""
        return self._entries().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        entries = {**self._entries(), f"{service}/{username}": password}
        self._file().write_text(json.dumps(entries))

    def _entries(self) -> dict[str, str]:
        file = self._file()
        entries: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        return entries

    def _file(self) -> Path:
        named = os.environ.get(FILE_VARIABLE)
        if named is None:
            raise KeyringLocked("no file")
        return Path(named)
