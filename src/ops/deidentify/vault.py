"""A vault: random tokens for values, which its key can turn back, one subject at a time.

The file has a check, by which a wrong key is told from damage; for each value its keyed hash, its
token, a record key of its own, sealed with the vault's key, and the value, sealed with the record
key, both bound to the token; and the tokens of erased values, which are never given out again.

Every change writes a new file beside the old one, flushes it and renames it, under a lock. The old
file is overwritten when a value is erased; a copy in a backup stays readable to holders of the key.
The file is read and written whole, which takes some 2.5 KB of memory a value; therefore a vault has
at most `MOST_VALUES`.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lineage.kernel import files
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import secret_files
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.derive import derive_key
from lineage.kernel.secrets.secret import SecretKey
from lineage.kernel.values import canonical_text

MOST_VALUES: Final = 2_000_000
"""How many values a vault can have."""

_FORMAT: Final = "lineage vault 1"
_CHECK: Final = b"lineage vault check"
_TOKEN_BYTES: Final = 16
_LOCK_TIMEOUT_S: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """What is kept of one value, in base64 but for the token."""

    token: str
    key: str
    value: str


@dataclass(slots=True)
class _Content:
    """What the file holds.

    Attributes:
        records: Keyed hash of a value to its record.
        erased: Tokens whose records are gone.
    """

    records: dict[str, _Record] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)


class Vault:
    """Random tokens for values, in an encrypted file; safe for several processes of one machine.

    Args:
        path: The file; made with the first token, for its owner alone.
        master: The key from which those of the vault are derived.
        domain: Where equal values get equal tokens; another domain needs another file.

    Raises:
        CipherError: The domain is empty.
    """

    def __init__(self, path: str | os.PathLike[str], master: SecretKey, *, domain: str) -> None:
        self.path = Path(path).absolute()
        key = derive_key(master, domain=domain, purpose="vault", version=1)
        self._cipher = Cipher(key)
        self._lookup = derive_key(master, domain=domain, purpose="vault lookup", version=1)

    def __repr__(self) -> str:
        return f"Vault({str(self.path)!r})"

    def tokens(self, values: Sequence[str], shown: Sequence[str] | None = None) -> list[str]:
        """Return the token of each value, new ones for values that have none; then all are on disk.

        Args:
            values: What is looked up, distinct.
            shown: What `reveal` returns for each; the values when None.

        Raises:
            CipherError: The file is damaged, may be read by others, was made with another key or
                cannot be written, or it would have more than `MOST_VALUES`; it stays as it is.
        """
        names = [self._name(value) for value in values]
        with self._locked() as content:
            used = {record.token for record in content.records.values()} | set(content.erased)
            before = len(content.records)
            self._refuse_too_many(content.records.keys() | names)
            found = []
            for name, text in zip(names, shown or values, strict=True):
                if name not in content.records:
                    content.records[name] = self._record(text, used)
                found.append(content.records[name].token)
            if len(content.records) > before:
                self._write(content)
            return found

    def find(self, value: str) -> str | None:
        """Return the token of a value; None if it has none, or none any more.

        Args:
            value: As it was looked up: in its canonical form.

        Raises:
            CipherError: As of `tokens`.
        """
        with self._locked() as content:
            record = content.records.get(self._name(value))
        return None if record is None else record.token

    def reveal(self, token: str) -> str:
        """Return the value of a token.

        Raises:
            CipherError: The token was never given out or its value was erased, or the file is
                damaged or was made with another key.
        """
        with self._locked() as content:  # a file that is being overwritten looks damaged
            pass
        if token in content.erased:
            raise CipherError("token", problem="its value was erased, for good")
        for record in content.records.values():
            if record.token == token:
                bound = token.encode()
                key = SecretKey(self._cipher.open(_bytes(record.key), bound))
                return Cipher(key).open(_bytes(record.value), bound).decode()
        raise CipherError("token", problem=f"not one of vault {str(self.path)!r}")

    def erase(self, value: str) -> bool:
        """Erase a value with its key; a later token of it is another one.

        Args:
            value: As it was looked up: in its canonical form.

        Returns:
            Whether it was there.

        Raises:
            CipherError: As of `tokens`.
        """
        with self._locked() as content:
            record = content.records.pop(self._name(value), None)
            if record is None:
                return False
            content.erased.append(record.token)
            self._write(content, wipes=True)
            return True

    def _record(self, text: str, used: set[str]) -> _Record:
        token = secrets.token_hex(_TOKEN_BYTES)
        while token in used:  # a token of an erased value must not come back
            token = secrets.token_hex(_TOKEN_BYTES)
        used.add(token)
        key, bound = SecretKey.generate(), token.encode()
        return _Record(
            token=token,
            key=_text(self._cipher.seal(key.reveal(), bound)),
            value=_text(Cipher(key).seal(text.encode(), bound)),
        )

    def _refuse_too_many(self, names: Collection[str]) -> None:
        if len(names) > MOST_VALUES:
            raise CipherError(
                f"vault {str(self.path)!r}",
                problem=f"it would have {len(names):,} values",
                expected=f"at most {MOST_VALUES:,}, since it is read whole",
                remedy="divide the data by domains that have a vault each, or use method 'hmac'",
            )

    def _name(self, value: str) -> str:
        return hmac.digest(self._lookup.reveal(), value.encode(), "sha256").hex()

    @contextmanager
    def _locked(self) -> Iterator[_Content]:
        from filelock import FileLock, Timeout  # noqa: PLC0415  # start-up time

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(f"{self.path}.lock", timeout=_LOCK_TIMEOUT_S):
                self._sweep()
                yield self._read()
        except Timeout:
            raise self._fault("another process works with it", "try again later") from None
        except OSError as error:
            raise self._fault(str(error.strerror), "check the folder and the disk") from error

    def _read(self) -> _Content:
        if not self.path.exists():
            return _Content()
        secret_files.refuse_exposed(self.path)
        damaged = self._fault("it is damaged", "restore it from a backup")
        try:
            document = json.loads(self.path.read_bytes())
            if document["format"] != _FORMAT:
                raise damaged
            check = _bytes(document["check"])
            records = {name: _Record(**record) for name, record in document["records"].items()}
            content = _Content(records, [str(token) for token in document["erased"]])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise damaged from None
        try:
            self._cipher.open(check, _CHECK)
        except CipherError:
            raise self._fault(
                "it was made with another key or for another domain", "give that key and domain"
            ) from None
        return content

    def _write(self, content: _Content, *, wipes: bool = False) -> None:
        records = {
            name: {"token": r.token, "key": r.key, "value": r.value}
            for name, r in content.records.items()
        }
        document: Mapping[str, object] = {
            "format": _FORMAT,
            "check": _text(self._cipher.seal(b"", _CHECK)),
            "records": records,
            "erased": content.erased,
        }
        old = self._part()
        if wipes:  # the name keeps the old file, until it is overwritten, also after a crash
            os.link(self.path, old)
        new = self._part()
        secret_files.write_new(new, canonical_text(document).encode())
        new.replace(self.path)
        files.sync_folder(self.path.parent)
        secret_files.wipe(old)

    def _sweep(self) -> None:
        """Overwrite what a killed process left; another name of the file itself only goes."""
        for left_over in self.path.parent.glob(f".{self.path.name}.*{files.PART_SUFFIX}"):
            if self.path.exists() and left_over.samefile(self.path):
                left_over.unlink()
            else:
                secret_files.wipe(left_over)

    def _part(self) -> Path:
        return self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}{files.PART_SUFFIX}")

    def _fault(self, problem: str, remedy: str) -> CipherError:
        return CipherError(f"vault {str(self.path)!r}", problem=problem, remedy=remedy)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
