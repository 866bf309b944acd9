"""A person who is to be erased: known here by the value that names them, on record by a digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from lineage.kernel.errors import CipherError, ConfigurationError
from lineage.kernel.secrets import secret_files
from lineage.project import Project
from ops.deidentify.master_keys import find_master_key
from ops.deidentify.pseudonyms import canonical
from ops.deidentify.vault import Vault
from projections.privacy.holdings import vaults

_KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A person.

    Attributes:
        value: What names them.
        column: The column that holds it.
    """

    value: str
    column: str


def token(key: bytes, subject: Subject) -> str:
    """Return how the history names a person: a digest that nobody can repeat without the key."""
    said = f"{subject.column}\0{subject.value}".encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def new_key(path: Path) -> bytes:
    """Make the key of a token; it is destroyed when the erasure is completed."""
    key = secrets.token_bytes(_KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    secret_files.write_new(path, key.hex().encode())
    return key


def read_key(path: Path) -> bytes:
    """Return the key of a token.

    Raises:
        CipherError: It is gone, or may be read by others.
    """
    if not path.exists():
        raise CipherError("key of the erasure", problem="it is gone; the erasure is completed")
    return bytes.fromhex(secret_files.read(path).decode())


def forget(project: Project, uri: str, subject: Subject) -> int:
    """Erase a person from a vault of pseudonyms, and return in how many domains they were.

    Raises:
        CipherError: The vault's key is not here, or the vault is damaged.
        ConfigurationError: No operation on record used this vault.
    """
    with project.catalog() as catalog:
        known = [row for row in vaults(catalog) if project.display(row["path"]) == uri]
    if not known:
        raise ConfigurationError(f"vault {uri!r}", problem="no operation on record used it")
    form = canonical(pa.array([subject.value]), keep_case=False)[0].as_py()
    erased = 0
    for row in known:
        key = find_master_key(row["key_id"], row["key_path"], project.root).key
        vault = Vault(project.root / uri, key, domain=row["domain"])
        erased += vault.erase(form) or vault.erase(subject.value)
    return erased


def why_closed(project: Project, uri: str) -> str | None:
    """Return why nobody here can erase an entry of a vault; None if its key is here."""
    with project.catalog() as catalog:
        known = [row for row in vaults(catalog) if project.display(row["path"]) == uri]
    try:
        for row in known:
            key = find_master_key(row["key_id"], row["key_path"], project.root).key
            Vault(project.root / uri, key, domain=row["domain"]).find("")
    except CipherError as error:
        return str(error)
    return None
