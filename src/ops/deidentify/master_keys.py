"""Find the master key of pseudonyms: it is named by parameters, never held by them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import keyring, secret_files
from lineage.kernel.secrets.keyring import Keyring
from lineage.kernel.secrets.secret import Passphrase, Secret, SecretKey, parse_secret

VARIABLE: Final = "LINEAGE_PSEUDONYM_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKey:
    """A master key and its public name.

    Attributes:
        key: The key.
        key_id: Its name in the keyring, or its fingerprint.
    """

    key: SecretKey
    key_id: str


def find_master_key(
    key_id: str | None,
    key_path: str | None,
    folder: Path,
    *,
    given: Secret | None = None,
    environment: Mapping[str, str] | None = None,
) -> MasterKey:
    """Return the master key of pseudonyms.

    Args:
        key_id: Its name in the keyring: that of `LINEAGE_KEYRING`, or of the project in which
            the folder is.
        key_path: A file that holds it.
        folder: A folder of the project.
        given: The key itself, before all others.
        environment: The variables; those of this process when None. `LINEAGE_PSEUDONYM_KEY` holds
            the key if nothing else is given.

    Raises:
        CipherError: There is no key, it is a passphrase, or it cannot be read.
    """
    if given is not None:
        return _named(given, "secret")
    if key_id is not None:
        ring = Keyring(_keyring_folder(folder), keyring.master_secret())
        return MasterKey(key=ring.load(key_id), key_id=key_id)
    if key_path is not None:
        return _named(secret_files.read_secret(Path(key_path)), f"key file {key_path!r}")
    text = (os.environ if environment is None else environment).get(VARIABLE)
    if not text:
        raise CipherError(
            "key of the pseudonyms",
            problem="there is none",
            remedy=f"set {VARIABLE} to 64 random hexadecimal digits, or name the key with key_id "
            "or key_path",
        )
    return _named(parse_secret(text), VARIABLE)


def _named(secret: Secret, subject: str) -> MasterKey:
    if isinstance(secret, Passphrase):
        raise CipherError(
            subject,
            problem="a passphrase, which can be guessed from the pseudonyms",
            expected="32 random bytes, as 64 hexadecimal digits or base64",
        )
    return MasterKey(key=secret, key_id=secret.fingerprint)


def _keyring_folder(folder: Path) -> Path:
    above = [folder, *folder.parents]
    root = next((p for p in above if (p / keyring.DEFAULT_FOLDER).is_dir()), folder)
    return keyring.keyring_folder(root)
