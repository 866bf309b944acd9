"""Encrypt small messages as a task's configuration says, with a key that is never shown.

Mode "simple" is AES-256-GCM (`lineage.kernel.secrets.cipher`); "age" is the age format of the
optional package pyrage. If encryption is required but impossible, that is an error; nothing is ever
returned unencrypted instead.
"""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import age, cipher, file_encryption, secret_files
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.secret import Randomness, Secret, parse_secret
from lineage.tasks.security.encryption_settings import (
    EncryptionMode,
    EncryptionSettings,
    FoundKey,
    effective_mode,
    find_key,
)

KeyArgument: TypeAlias = "str | bytes | Secret"


class EncryptionManager:
    """Encrypts and decrypts small messages as a task's configuration says.

    The key is looked for when it is first needed: the argument; the environment,
    LINEAGE_<TASK>_ENCRYPTION_KEY before LINEAGE_ENCRYPTION_KEY; the file `encryption_key_path`;
    the key `encryption_key_id` of the project's keyring (`lineage.kernel.secrets.keyring`).

    Args:
        task_config: The task's configuration.
        logger: Logs at level DEBUG where the key came from; this module's logger when None.
        key: A key, or text that `lineage.kernel.secrets.secret.parse_secret` can read.
        randomness: Makes nonces and salts; age makes its own.
    """

    def __init__(
        self,
        task_config: EncryptionSettings,
        logger: logging.Logger | None = None,
        *,
        key: KeyArgument | None = None,
        randomness: Randomness | None = None,
    ) -> None:
        self._config = task_config
        self._logger = logger or logging.getLogger(__name__)
        self._argument = None if key is None else _secret_of(key)
        self._randomness = randomness
        self._found: FoundKey | None = None
        self._codecs: dict[EncryptionMode, _Codec] = {}

    def __repr__(self) -> str:
        return f"EncryptionManager(mode={self.mode.value!r})"

    @property
    def is_enabled(self) -> bool:
        """Whether the configuration asks for encryption."""
        return self.mode is not EncryptionMode.NONE

    @property
    def mode(self) -> EncryptionMode:
        """How messages are encrypted."""
        return effective_mode(self._config)

    def initialize(self) -> bool:
        """Find the key, if the configuration asks for encryption, and check that it can be used.

        Returns:
            True.

        Raises:
            CipherError: There is no key, it does not fit the mode, or pyrage is missing.
        """
        if self.is_enabled:
            self._codec(self.mode)
        return True

    def encrypt_data(self, data: bytes, associated_data: bytes = b"") -> bytes:
        """Return a message encrypted.

        Args:
            data: The message.
            associated_data: What it belongs to, needed again to decrypt it; mode "simple" only.

        Raises:
            CipherError: The configuration asks for no encryption, or it is impossible.
        """
        if not self.is_enabled:
            raise CipherError(
                f"encryption of task {self._config.task_id!r}",
                problem="use_encryption is false",
                remedy="set it to true, or do not ask for encryption",
            )
        return self._codec(self.mode).encrypt(data, associated_data)

    def decrypt_data(self, encrypted_data: bytes, associated_data: bytes = b"") -> bytes:
        """Return an encrypted message decrypted; in its own mode, not the configured one.

        Raises:
            CipherError: It is not encrypted, there is no key, or the key or the associated data
                are wrong.
        """
        mode = detect_mode(encrypted_data)
        if mode is EncryptionMode.NONE:
            raise CipherError("message", problem="it is not encrypted")
        return self._codec(mode).decrypt(encrypted_data, associated_data)

    def encrypt_string(self, text: str, associated_data: bytes = b"") -> str:
        """Return a text encrypted, in base64; parameters and errors as in `encrypt_data`."""
        return base64.b64encode(self.encrypt_data(text.encode(), associated_data)).decode("ascii")

    def decrypt_string(self, encrypted_text: str, associated_data: bytes = b"") -> str:
        """Return the text that `encrypt_string` encrypted; errors as in `decrypt_data`."""
        try:
            data = base64.b64decode(encrypted_text, validate=True)
        except ValueError:
            raise CipherError(
                "message", problem="not base64", expected="one that encrypt_string made"
            ) from None
        return self.decrypt_data(data, associated_data).decode()

    def is_encrypted(self, data: bytes | str) -> bool:
        """Return whether a message is encrypted in a mode this release knows."""
        return detect_mode(data) is not EncryptionMode.NONE

    def is_file_encrypted(self, path: str | os.PathLike[str]) -> bool:
        """Return whether a file is encrypted in a mode this release knows.

        Raises:
            OSError: It cannot be read.
        """
        return detect_file_mode(path) is not EncryptionMode.NONE

    def get_encryption_info(self) -> dict[str, Any]:
        """Return what is known about the encryption, without a secret.

        Returns:
            enabled; mode; algorithm; key_available; key_source ("argument", the variable's
            name, "key file", "keyring"); key_id (fingerprint, recipient, or name in the
            keyring; None for a passphrase). Without encryption or key the last ones are None.
        """
        info: dict[str, Any] = {"enabled": self.is_enabled, "mode": self.mode.value}
        try:
            codec = self._codec(self.mode) if self.is_enabled else None
        except CipherError:
            codec = None
        found = self._found if codec is not None else None
        return {
            **info,
            "algorithm": None if codec is None else codec.algorithm,
            "key_available": codec is not None,
            "key_source": None if found is None else found.source,
            "key_id": None if codec is None or found is None else found.key_id or codec.key_id,
        }

    def _codec(self, mode: EncryptionMode) -> _Codec:
        if mode not in self._codecs:
            if self._found is None:
                self._found = find_key(self._config, self._argument)
                self._logger.debug("encryption key from %s", self._found.source)
            secret = self._found.secret
            self._codecs[mode] = (
                age.AgeCodec(secret)
                if mode is EncryptionMode.AGE
                else _SimpleCodec(secret, self._found.older, self._randomness)
            )
        return self._codecs[mode]


def detect_mode(data: bytes | str) -> EncryptionMode:
    """Return how a message is encrypted, as far as its beginning says; NONE if it is not."""
    if isinstance(data, str):
        try:
            data = base64.b64decode(data[: file_encryption.HEAD_BYTES // 3 * 4], validate=True)
        except ValueError:
            return EncryptionMode.NONE
    return EncryptionMode(file_encryption.detect_mode(data))


def detect_file_mode(path: str | os.PathLike[str]) -> EncryptionMode:
    """Return how a file is encrypted, as far as its beginning says; NONE if it is not.

    Raises:
        OSError: It cannot be read.
    """
    with Path(path).open("rb") as stream:
        return detect_mode(stream.read(file_encryption.HEAD_BYTES))


def _secret_of(key: KeyArgument) -> Secret:
    match key:
        case str():
            return parse_secret(key)
        case bytes():
            return secret_files.secret_from_bytes(key, "key argument")
    return key


class _Codec(Protocol):
    """One mode with one key."""

    @property
    def algorithm(self) -> str: ...

    @property
    def key_id(self) -> str | None: ...

    def encrypt(self, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, data: bytes, associated_data: bytes) -> bytes: ...


class _SimpleCodec:
    algorithm = cipher.ALGORITHM

    def __init__(
        self, secret: Secret, older: Sequence[Secret], randomness: Randomness | None
    ) -> None:
        self._cipher = Cipher(secret, randomness=randomness)
        self._older = [Cipher(key) for key in older]
        self.key_id = self._cipher.fingerprint

    def encrypt(self, data: bytes, associated_data: bytes) -> bytes:
        return self._cipher.seal(data, associated_data)

    def decrypt(self, data: bytes, associated_data: bytes) -> bytes:
        for earlier in self._older:
            with suppress(CipherError):
                return earlier.open(data, associated_data)
        return self._cipher.open(data, associated_data)
