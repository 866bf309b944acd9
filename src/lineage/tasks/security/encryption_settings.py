"""What a task's configuration says about encryption, and where its key is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from lineage.kernel import paths
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import secret_files
from lineage.kernel.secrets.secret import Secret, parse_secret

if TYPE_CHECKING:
    from lineage.kernel.secrets.keyring import Keyring

KEY_VARIABLE: Final = "LINEAGE_ENCRYPTION_KEY"


class EncryptionMode(StrEnum):
    """How what a task writes is encrypted."""

    NONE = "none"
    SIMPLE = "simple"
    AGE = "age"


class EncryptionSettings(Protocol):
    """The encryption settings of a task; `TaskConfig` has them all."""

    @property
    def task_id(self) -> str:
        """Id of the task."""
        ...

    @property
    def use_encryption(self) -> bool:
        """Whether to encrypt."""
        ...

    @property
    def encryption_mode(self) -> EncryptionMode | None:
        """How to encrypt; None means "simple"."""
        ...

    @property
    def encryption_key_path(self) -> str | None:
        """A file with the key, absolute or relative to the project."""
        ...

    @property
    def encryption_key_id(self) -> str | None:
        """The name of a key in the project's keyring."""
        ...

    def get_project_root(self) -> Path:
        """Return the project's folder."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """A key and its source.

    Attributes:
        source: "argument", the name of a variable, "key file" or "keyring".
        secret: The key.
        key_id: Its name in the keyring; None if it comes from elsewhere.
        older: Its earlier versions in the keyring, which only decrypt.
        ring: The keyring; None if it comes from elsewhere.
    """

    source: str
    secret: Secret
    key_id: str | None = None
    older: tuple[Secret, ...] = ()
    ring: Keyring | None = None


def effective_mode(settings: EncryptionSettings) -> EncryptionMode:
    """Return how a configuration encrypts: not at all, as it says, or else "simple"."""
    if not settings.use_encryption:
        return EncryptionMode.NONE
    return settings.encryption_mode or EncryptionMode.SIMPLE


def environment_prefix(task_id: str) -> str:
    """Return the prefix of the variables for one task: "t_1-A" gives "LINEAGE_T_1_A_"."""
    word = "".join(c if c.isalnum() else "_" for c in task_id).upper()
    return f"LINEAGE_{word}_"


def key_variables(task_id: str) -> tuple[str, str]:
    """Return the variables that may hold the key of a task: its own, then the one for all."""
    return f"{environment_prefix(task_id)}ENCRYPTION_KEY", KEY_VARIABLE


def find_key(settings: EncryptionSettings, argument: Secret | None = None) -> FoundKey:
    """Return the key of a task, from the first place that has one (see `EncryptionManager`).

    Raises:
        CipherError: No place has one, or the first that is named cannot be read.
    """
    if argument is not None:
        return FoundKey(source="argument", secret=argument)
    for variable in key_variables(settings.task_id):
        if text := os.environ.get(variable):
            return FoundKey(source=variable, secret=parse_secret(text))
    root = settings.get_project_root()
    if settings.encryption_key_path is not None:
        paths.check_text(settings.encryption_key_path)
        secret = secret_files.read_secret(root / settings.encryption_key_path)
        return FoundKey(source="key file", secret=secret)
    if settings.encryption_key_id is not None:
        from lineage.kernel.secrets import keyring  # noqa: PLC0415  # start-up time

        ring = keyring.Keyring(keyring.keyring_folder(root), keyring.master_secret())
        key_id = settings.encryption_key_id
        *older, newest = ring.load_versions(key_id).values()
        return FoundKey(
            source="keyring", secret=newest, key_id=key_id, older=tuple(older), ring=ring
        )
    raise CipherError(
        f"encryption of task {settings.task_id!r}",
        problem="no key",
        expected=f"one in {KEY_VARIABLE}, or encryption_key_path or encryption_key_id to name it",
        remedy="give a key, or set use_encryption to false",
    )
