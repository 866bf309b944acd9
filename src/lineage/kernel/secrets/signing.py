"""The key that signs for a ledger: where it is kept, and how it is made.

| source, highest first | custody |
| --- | --- |
| LINEAGE_SIGNING_KEY, the key itself | elsewhere |
| the file that LINEAGE_SIGNING_KEY_FILE names | machine, or project if it is in its folder |
| `.lineage/signing.key`, made on first use | project |

A key is 64 hexadecimal digits or the base64 form of 32 bytes, the seed of RFC 8032. A file may
also hold them sealed by LINEAGE_SIGNING_PASSPHRASE, or the entry of the system's keyring that
LINEAGE_SIGNING_PASSPHRASE_ENTRY names; new files are sealed with it if it is set.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from lineage.kernel import files
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import cipher, secret, secret_files, system_keyring
from lineage.kernel.secrets.secret import Passphrase, SecretKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_VARIABLE: Final = "LINEAGE_SIGNING_KEY"
FILE_VARIABLE: Final = "LINEAGE_SIGNING_KEY_FILE"
PASSPHRASE_VARIABLE: Final = "LINEAGE_SIGNING_PASSPHRASE"  # noqa: S105  # its name
PASSPHRASE_ENTRY_VARIABLE: Final = "LINEAGE_SIGNING_PASSPHRASE_ENTRY"  # noqa: S105  # its name
FILE_NAME: Final = "signing.key"
NEXT_SUFFIX: Final = ".next"
"""Ending of the file of a key that is about to take the place of another."""

_BOUND_TO: Final = b"lineage signing key"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldKey:
    """A signing key that is at hand.

    Attributes:
        private: The key.
        custody: Where it is kept.
        is_passphrased: Whether its file opens only with a passphrase.
        file: Its file; None if it came from the environment.
    """

    private: Ed25519PrivateKey
    custody: Literal["project", "machine", "elsewhere"]
    is_passphrased: bool
    file: Path | None

    @property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private.public_key().public_bytes_raw()


def project_file(root: Path, state_folder: Path) -> Path:
    """Return the file of the key of a project, which may be missing.

    Args:
        root: The project.
        state_folder: Its folder of the ledger.
    """
    named = os.environ.get(FILE_VARIABLE)
    return root / named if named else state_folder / FILE_NAME


def load(root: Path, state_folder: Path) -> HeldKey:
    """Return the key that signs for a project; one of its own is made if there is none.

    Args:
        root: The project.
        state_folder: Its folder of the ledger.

    Raises:
        CipherError: The key is none, its file is missing where the environment names it, others
            have access to it, or its passphrase is missing or another one.
    """
    if text := os.environ.get(KEY_VARIABLE):
        key = _key_of(secret.parse_secret(text), KEY_VARIABLE)
        return HeldKey(private=key, custody="elsewhere", is_passphrased=False, file=None)
    make_if_missing(root, state_folder)
    return read(project_file(root, state_folder), root)


def make_if_missing(root: Path, state_folder: Path) -> None:
    """Make the key of a project, unless it has one or the environment names one.

    Raises:
        CipherError: It cannot be written, or the passphrase is too short.
    """
    path = project_file(root, state_folder)
    is_named = os.environ.get(KEY_VARIABLE) or os.environ.get(FILE_VARIABLE)
    if not (is_named or path.exists()):
        with suppress(FileExistsError):  # another process was faster
            make(path)


def read(path: Path, root: Path) -> HeldKey:
    """Return the key in a file; see `load` for the errors.

    Args:
        path: The file.
        root: The project, for the custody.
    """
    data, subject = secret_files.read(path), f"key file {str(path)!r}"
    is_passphrased = cipher.is_sealed(data)
    if is_passphrased:
        data = _cipher(subject).open(data, _BOUND_TO)
    is_inside = Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))
    return HeldKey(
        private=_key_of(secret_files.secret_from_bytes(data, subject), subject),
        custody="project" if is_inside else "machine",
        is_passphrased=is_passphrased,
        file=path,
    )


def make(path: Path) -> None:
    """Make a new key in a file that only its owner may read.

    Raises:
        FileExistsError: There is a file.
        CipherError: It cannot be written, or the passphrase is too short.
    """
    data = SecretKey.generate().reveal().hex().encode() + b"\n"
    if os.environ.get(PASSPHRASE_VARIABLE) or os.environ.get(PASSPHRASE_ENTRY_VARIABLE):
        data = _cipher(f"key file {str(path)!r}").seal(data, _BOUND_TO)
    secret_files.write_new(path, data)


def take_place(path: Path) -> None:
    """Let the key that was made beside a file, with `NEXT_SUFFIX`, take its place.

    Raises:
        CipherError: It cannot be moved.
    """
    try:
        next_path(path).replace(path)
        files.sync_folder(path.parent)
    except OSError as error:
        raise CipherError(
            f"key file {str(path)!r}",
            problem=error.strerror,
            remedy="check its folder's owner and permissions",
        ) from error


def next_path(path: Path) -> Path:
    """Return where the key is made that is to take the place of another."""
    return path.with_name(path.name + NEXT_SUFFIX)


def _cipher(subject: str) -> cipher.Cipher:
    if passphrase := os.environ.get(PASSPHRASE_VARIABLE):
        return cipher.Cipher(Passphrase(passphrase))
    if entry := os.environ.get(PASSPHRASE_ENTRY_VARIABLE):
        found = system_keyring.read(entry, PASSPHRASE_ENTRY_VARIABLE)
        return cipher.Cipher(Passphrase(found))
    raise CipherError(
        subject,
        problem="it opens with a passphrase",
        remedy=f"set {PASSPHRASE_VARIABLE}, or name an entry of the system's keyring in "
        f"{PASSPHRASE_ENTRY_VARIABLE}",
    )


def _key_of(found: secret.Secret, subject: str) -> Ed25519PrivateKey:
    if not isinstance(found, SecretKey):
        raise CipherError(
            subject,
            problem="a passphrase",
            expected="a signing key: 64 hexadecimal digits, or 32 bytes in base64",
            remedy="`openssl rand -hex 32` makes one",
        )
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # start-up time
        Ed25519PrivateKey,
    )

    return Ed25519PrivateKey.from_private_bytes(found.reveal())
