"""Keep keys on disk, each wrapped by a master key that is kept elsewhere.

A keyring is a folder that only its owner can enter:

| file | content |
| --- | --- |
| `keyring.json` | a check that the master key is the right one |
| `<id>.key` | one key: id, purpose, algorithm, time; the key itself sealed, bound to the rest |
| `<id>.destroyed` | the tombstone of a destroyed key: the same without the key, when and why |

The tombstone is written before the key is removed, and stays, so that no key of that id is ever
made again. Destroying overwrites the file, but copies in a backup or on a copy-on-write disk may
survive: change the master key and forget the old one to make such copies worthless.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lineage.kernel import paths
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import CipherError, PathRefusedError
from lineage.kernel.ids import Ids, RandomIds
from lineage.kernel.secrets import cipher, scrypt, secret, secret_files
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.secret import Randomness, Secret, SecretKey
from lineage.kernel.values import canonical_text, document_text

FOLDER_VARIABLE: Final = "LINEAGE_KEYRING"
MASTER_VARIABLE: Final = "LINEAGE_MASTER_KEY"
MASTER_FILE_VARIABLE: Final = "LINEAGE_MASTER_KEY_FILE"
DEFAULT_FOLDER: Final = ".lineage/keys"
MAX_ID_CHARS: Final = 128

_CHECK: Final = "keyring.json"
_CHECK_DATA: Final = b"lineage keyring check"
_KEY_SUFFIX: Final = ".key"
_STONE_SUFFIX: Final = ".destroyed"

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
    """

    key_id: str
    purpose: str
    algorithm: str
    created_at: str
    destroyed_at: str | None = None
    reason: str | None = None

    @property
    def status(self) -> KeyStatus:
        """Whether it can be used."""
        return "active" if self.destroyed_at is None else "destroyed"


class Keyring:
    """The keys of a project.

    Args:
        folder: Where they are; made with the first key.
        master: The master key or passphrase that wraps them.
        clock: Gives the times.
        ids: Makes ids for keys without one.
        randomness: Makes keys, nonces and salts.
        cost: Of scrypt, if the master is a passphrase and the keyring new.

    Raises:
        CipherError: The keyring was made with another master, or is damaged.
    """

    def __init__(
        self,
        folder: Path,
        master: Secret,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        randomness: Randomness | None = None,
        cost: scrypt.ScryptCost | None = None,
    ) -> None:
        self.folder = folder
        self._cipher = Cipher(master, randomness=randomness, cost=cost)
        self._clock = clock or SystemClock()
        self._ids = ids or RandomIds()
        self._randomness = randomness
        if (folder / _CHECK).exists():
            self._check_master()

    def __repr__(self) -> str:
        return f"Keyring({str(self.folder)!r})"

    def create(self, purpose: str, key_id: str | None = None) -> KeyInfo:
        """Make a new key and return its public facts.

        Args:
            purpose: What it will protect.
            key_id: Its public name; a new id when None.

        Raises:
            CipherError: There is, or was, a key of that name; or the folder cannot be written.
            PathRefusedError: The name has characters other than letters, digits, "_-.".
        """
        name = self._ids.new() if key_id is None else key_id
        path = self._file(name, _KEY_SUFFIX)
        if self._file(name, _STONE_SUFFIX).exists():
            raise _taken(name, "a destroyed key")
        self._make_check()
        info = KeyInfo(
            key_id=name,
            purpose=purpose,
            algorithm=cipher.ALGORITHM,
            created_at=self._clock.now().isoformat(),
        )
        key = SecretKey.generate(self._randomness)
        wrapped = _to_text(self._cipher.seal(key.reveal(), _bound(info)))
        try:
            _write_new(path, {**_public(info), "wrapped": wrapped})
        except FileExistsError:
            raise _taken(name, "a key") from None
        return info

    def load(self, key_id: str) -> SecretKey:
        """Return a key.

        Raises:
            CipherError: There is no such key, it was destroyed, its file was changed or may be
                read by others, or the master key is another one.
            PathRefusedError: The name cannot be that of a key.
        """
        if self._file(key_id, _STONE_SUFFIX).exists():
            raise CipherError(
                f"key {key_id!r}",
                problem="it was destroyed, and with it what it protected",
                remedy="use another key for new data",
            )
        path = self._file(key_id, _KEY_SUFFIX)
        if not path.exists():
            raise self._missing(key_id)
        document = _read(path)
        info = _info(path, document)
        if info.key_id != key_id:
            raise _damaged(path, f"it holds key {info.key_id!r}")
        return SecretKey(self._cipher.open(_from_text(path, document, "wrapped"), _bound(info)))

    def list(self) -> list[KeyInfo]:
        """Return the public facts about all keys, active and destroyed, oldest first.

        Raises:
            CipherError: A file is damaged.
        """
        found = {
            path.stem: _info(path, _read(path))
            for suffix in (_KEY_SUFFIX, _STONE_SUFFIX)  # of both, the tombstone counts
            for path in self.folder.glob(f"[!.]*{suffix}")
        }
        return sorted(found.values(), key=lambda info: (info.created_at, info.key_id))

    def destroy(self, key_id: str, reason: str) -> KeyInfo:
        """Destroy a key for good, and with it whatever only it can open.

        Destroying it again changes nothing, and finishes what a crash left undone.

        Args:
            key_id: The key.
            reason: Why; it is kept, so it must not name a person.

        Raises:
            CipherError: There is no such key, or the folder cannot be written.
            PathRefusedError: The name cannot be that of a key.
        """
        path, stone = self._file(key_id, _KEY_SUFFIX), self._file(key_id, _STONE_SUFFIX)
        if not stone.exists():
            if not path.exists():
                raise self._missing(key_id)
            ended = {"destroyed_at": self._clock.now().isoformat(), "reason": reason}
            with suppress(FileExistsError):
                _write_new(stone, {**_public(_info(path, _read(path))), **ended})
        secret_files.wipe(path)
        return _info(stone, _read(stone))

    def _make_check(self) -> None:
        path = self.folder / _CHECK
        if not path.exists():
            check = _to_text(self._cipher.seal(b"", _CHECK_DATA))
            with suppress(FileExistsError):
                _write_new(path, {"version": 1, "check": check})
        self._check_master()

    def _check_master(self) -> None:
        path = self.folder / _CHECK
        try:
            self._cipher.open(_from_text(path, _read(path), "check"), _CHECK_DATA)
        except CipherError as error:
            raise CipherError(
                f"keyring {str(self.folder)!r}",
                problem="it was made with another master key",
                remedy=f"set {MASTER_VARIABLE} or {MASTER_FILE_VARIABLE} to that key",
            ) from error

    def _file(self, key_id: str, suffix: str) -> Path:
        # it must stay a legal name with its suffix and that of a file being written
        name = paths.check_name(key_id, "key id")
        if len(name) > MAX_ID_CHARS:
            raise PathRefusedError(
                "key id", found=name, expected=f"at most {MAX_ID_CHARS} characters"
            )
        return self.folder / f"{name}{suffix}"

    def _missing(self, key_id: str) -> CipherError:
        known = sorted(path.stem for path in self.folder.glob(f"[!.]*{_KEY_SUFFIX}"))
        return CipherError(
            f"key {key_id!r}",
            problem=f"no such key in {str(self.folder)!r}",
            expected="one of " + ", ".join(known) if known else "a key that was created",
            remedy="create it, or correct the id",
        )


def keyring_folder(root: Path) -> Path:
    """Return where the keyring of a project is: LINEAGE_KEYRING, or `.lineage/keys` in it."""
    return root / (os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER)


def master_secret() -> Secret:
    """Return the master key or passphrase that the environment names.

    LINEAGE_MASTER_KEY holds it (`lineage.kernel.secrets.secret.parse_secret` says how it is read);
    otherwise LINEAGE_MASTER_KEY_FILE names the file that does.

    Raises:
        CipherError: Neither is set, or its value is not a secret.
    """
    if text := os.environ.get(MASTER_VARIABLE):
        return secret.parse_secret(text)
    if path := os.environ.get(MASTER_FILE_VARIABLE):
        return secret_files.read_secret(Path(path))
    raise CipherError(
        "master key",
        problem="not set",
        remedy=f"set {MASTER_VARIABLE} to 64 random hexadecimal digits or a long passphrase, or "
        f"{MASTER_FILE_VARIABLE} to the path of a file with one",
    )


def _taken(key_id: str, what: str) -> CipherError:
    return CipherError(
        f"key {key_id!r}",
        problem=f"the name belongs to {what}",
        remedy="choose another; a key is never replaced",
    )


def _damaged(path: Path, problem: str) -> CipherError:
    return CipherError(
        f"key file {str(path)!r}", problem=problem, remedy="restore it from a backup"
    )


def _public(info: KeyInfo) -> dict[str, str]:
    return {name: value for name, value in dataclasses.asdict(info).items() if value is not None}


def _bound(info: KeyInfo) -> bytes:
    return canonical_text(_public(info)).encode()


def _info(path: Path, document: Mapping[str, object]) -> KeyInfo:
    names = {field.name for field in dataclasses.fields(KeyInfo)}
    values = {name: value for name, value in document.items() if name in names}
    texts = {name: value for name, value in values.items() if isinstance(value, str)}
    try:
        info = KeyInfo(**texts)
    except TypeError:
        raise _damaged(path, "a part is missing") from None
    if len(texts) < len(values):
        raise _damaged(path, "a part has the wrong type")
    return info


def _to_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_text(path: Path, document: Mapping[str, object], name: str) -> bytes:
    try:
        return base64.b64decode(str(document[name]), validate=True)
    except (KeyError, ValueError):
        raise _damaged(path, f"{name!r} is missing or damaged") from None


def _read(path: Path) -> Mapping[str, object]:
    try:
        document = json.loads(secret_files.read(path))
    except ValueError:
        raise _damaged(path, "not valid JSON") from None
    if not isinstance(document, dict):
        raise _damaged(path, "not a JSON object")
    return document


def _write_new(path: Path, document: Mapping[str, object]) -> None:
    secret_files.write_new(path, document_text(document).encode())
