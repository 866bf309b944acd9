"""How everything that a task's operations write is encrypted, wherever they work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Self

from lineage.kernel.secrets.age_files import AgeFiles
from lineage.kernel.secrets.file_cipher import FileCipher
from lineage.kernel.secrets.file_encryption import (
    FileEncryption,
    is_encrypted_file,
)
from lineage.tasks.security.encryption_settings import (
    EncryptionMode,
    EncryptionSettings,
    FoundKey,
    effective_mode,
    find_key,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """The encryption settings of a task as plain values, see `EncryptionSettings`."""

    task_id: str
    use_encryption: bool
    encryption_mode: EncryptionMode | None
    encryption_key_path: str | None
    encryption_key_id: str | None
    root: Path

    @classmethod
    def of(cls, settings: EncryptionSettings) -> Self:
        """Return a copy of a task's settings."""
        return cls(
            task_id=settings.task_id,
            use_encryption=settings.use_encryption,
            encryption_mode=settings.encryption_mode,
            encryption_key_path=settings.encryption_key_path,
            encryption_key_id=settings.encryption_key_id,
            root=settings.get_project_root(),
        )

    def get_project_root(self) -> Path:
        """Return the project's folder."""
        return self.root


class TaskEncryption:
    """The encryption of a task that asks for it.

    A copy in another process has the settings only, and finds the key there by itself.

    Args:
        settings: What the task's configuration says.
    """

    def __init__(self, settings: KeySettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._files: FileEncryption | None = None
        self._source: str | None = None

    def __repr__(self) -> str:
        return f"<TaskEncryption of {self._settings.task_id!r}>"

    def __reduce__(self) -> tuple[Callable[[KeySettings], TaskEncryption], tuple[KeySettings]]:
        return TaskEncryption, (self._settings,)

    @property
    def files(self) -> FileEncryption:
        """What encrypts the files; its key is looked for when it is first needed.

        Raises:
            CipherError: There is no key, or it does not fit the mode.
        """
        with self._lock:
            if self._files is None:
                found = find_key(self._settings)
                self._files = _made(found, effective_mode(self._settings))
                self._source = found.source
            return self._files

    def facts(self) -> dict[str, Any]:
        """Return how files are encrypted, for the report, without a secret.

        Raises:
            CipherError: As for `files`.
        """
        files = self.files
        return {"mode": files.mode, "key_source": self._source, "key_id": files.key_id}


def encryption_of(settings: EncryptionSettings) -> TaskEncryption | None:
    """Return the encryption of a task; None if it asks for none."""
    if effective_mode(settings) is EncryptionMode.NONE:
        return None
    return TaskEncryption(KeySettings.of(settings))


def readable_files(path: Path) -> Iterator[Path]:
    """Yield those files that are not encrypted, of one or of all below a folder.

    Raises:
        OSError: One cannot be read.
    """
    for folder, _, names in os.walk(path):
        yield from (
            file for name in sorted(names) if not is_encrypted_file(file := Path(folder, name))
        )
    if path.is_file() and not is_encrypted_file(path):
        yield path


def _made(found: FoundKey, mode: EncryptionMode) -> FileEncryption:
    if mode is EncryptionMode.AGE:
        return AgeFiles(found.secret)
    if found.ring is not None and found.key_id is not None:
        from lineage.kernel.secrets.data_keys import DataKeyStore  # noqa: PLC0415  # start-up time

        return FileCipher(DataKeyStore(found.ring, found.key_id))
    return FileCipher(found.secret)
