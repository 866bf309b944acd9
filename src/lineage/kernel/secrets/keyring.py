"""Keep keys on disk, each wrapped by a master key that is kept elsewhere.

A keyring is a folder that only its owner can enter:

| file | content |
| --- | --- |
| `keyring.json` | a check that the master key is the right one |
| `<id>.key` | a key, sealed and bound to id, purpose, algorithm, time; then its later versions |
| `<id>.destroyed` | the tombstone of a destroyed key: the same without the key, when and why |
| `data/<id>/` | the data keys that this key wraps, see `lineage.kernel.secrets.data_keys` |

The newest version of a key encrypts; those before it only decrypt, until they are forgotten.

The tombstone is written before the key is removed, and stays, so that no key of that id is ever
made again. Destroying overwrites the file, but copies in a backup or on a copy-on-write disk may
survive: change the master key and forget the old one to make such copies worthless.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from lineage.kernel import paths
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import CipherError, PathRefusedError
from lineage.kernel.ids import Ids, RandomIds
from lineage.kernel.secrets import (
    cipher,
    key_files,
    scrypt,
    secret,
    secret_files,
    system_keyring,
)
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.key_files import LATER, WRAPPED, KeyInfo
from lineage.kernel.secrets.secret import Randomness, Secret, SecretKey

FOLDER_VARIABLE: Final = "LINEAGE_KEYRING"
MASTER_VARIABLE: Final = "LINEAGE_MASTER_KEY"
MASTER_FILE_VARIABLE: Final = "LINEAGE_MASTER_KEY_FILE"
MASTER_ENTRY_VARIABLE: Final = "LINEAGE_MASTER_KEY_ENTRY"
MASTER_REMEDY: Final = (
    f"set {MASTER_VARIABLE} to 64 random hexadecimal digits or a long passphrase, or "
    f"{MASTER_FILE_VARIABLE} to the path of a file with one, or {MASTER_ENTRY_VARIABLE} to the "
    "name of an entry of the system's keyring"
)
"""What helps who has no master key."""

DEFAULT_FOLDER: Final = ".lineage/keys"
MAX_ID_CHARS: Final = 128

_CHECK: Final = "keyring.json"
_CHECK_DATA: Final = b"lineage keyring check"
_KEY_SUFFIX: Final = ".key"
_STONE_SUFFIX: Final = ".destroyed"


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
        wrapped = key_files.to_text(self._cipher.seal(key.reveal(), key_files.bound_to(info)))
        try:
            key_files.write_new(path, {**key_files.public_facts(info), WRAPPED: wrapped})
        except FileExistsError:
            raise _taken(name, "a key") from None
        return info

    def load(self, key_id: str) -> SecretKey:
        """Return the newest version of a key.

        Raises:
            CipherError: There is no such key, it was destroyed, its file was changed or may be
                read by others, or the master key is another one.
            PathRefusedError: The name cannot be that of a key.
        """
        versions = self.load_versions(key_id)
        return versions[max(versions)]

    def load_versions(self, key_id: str) -> dict[int, SecretKey]:
        """Return the versions of a key that are not forgotten, by number; errors as in `load`."""
        path, document = self._document(key_id)
        info = key_files.info_of(path, document)
        if info.key_id != key_id:
            raise key_files.damaged(path, f"it holds key {info.key_id!r}")
        sealed = {1: (WRAPPED, key_files.bound_to(info), document)}
        for number, later in enumerate(key_files.later_versions(path, document), 2):
            sealed[number] = (WRAPPED, key_files.bound_to(info) + str(number).encode(), later)
        return {
            number: SecretKey(self._cipher.open(key_files.from_text(path, holder, name), bound))
            for number, (name, bound, holder) in sealed.items()
            if holder.get(name, "") is not None  # forgotten
        }

    def rotate(self, key_id: str) -> KeyInfo:
        """Give a key a new version, which encrypts from now on, and return its public facts.

        Raises:
            CipherError: As for `load`, or the folder cannot be written.
            PathRefusedError: The name cannot be that of a key.
        """
        self.load_versions(key_id)
        path, document = self._document(key_id)
        info, later = key_files.info_of(path, document), key_files.later_versions(path, document)
        bound = key_files.bound_to(info) + str(len(later) + 2).encode()
        key = SecretKey.generate(self._randomness)
        newest = {
            "created_at": self._clock.now().isoformat(),
            WRAPPED: key_files.to_text(self._cipher.seal(key.reveal(), bound)),
        }
        key_files.replace(path, {**document, LATER: [*later, newest]})
        return dataclasses.replace(info, version=len(later) + 2)

    def forget_old_versions(self, key_id: str) -> None:
        """Remove all versions of a key but the newest, for good.

        What only they open is lost: a data key that was not wrapped again, or a message that was
        encrypted with them directly.

        Raises:
            CipherError: As for `rotate`.
            PathRefusedError: The name cannot be that of a key.
        """
        path, document = self._document(key_id)
        later = key_files.later_versions(path, document)
        if later:
            old = [{**holder, WRAPPED: None} for holder in later[:-1]]
            key_files.replace(path, {**document, WRAPPED: None, LATER: [*old, later[-1]]})

    def info(self, key_id: str) -> KeyInfo:
        """Return the public facts about a key, also of a destroyed one.

        Raises:
            CipherError: There is no such key, or its file is damaged.
            PathRefusedError: The name cannot be that of a key.
        """
        for suffix in (_STONE_SUFFIX, _KEY_SUFFIX):
            path = self._file(key_id, suffix)
            if path.exists():
                return key_files.info_of(path, key_files.read(path))
        raise self._missing(key_id)

    def _document(self, key_id: str) -> tuple[Path, Mapping[str, object]]:
        if self._file(key_id, _STONE_SUFFIX).exists():
            raise CipherError(
                f"key {key_id!r}",
                problem="it was destroyed, and with it what it protected",
                remedy="use another key for new data",
            )
        path = self._file(key_id, _KEY_SUFFIX)
        if not path.exists():
            raise self._missing(key_id)
        return path, key_files.read(path)

    def list(self) -> list[KeyInfo]:
        """Return the public facts about all keys, active and destroyed, oldest first.

        Raises:
            CipherError: A file is damaged.
        """
        return list_keys(self.folder)

    def destroy(self, key_id: str, reason: str) -> KeyInfo:
        """Destroy a key for good, and with it whatever only it can open.

        Its data keys go with it. Destroying it again changes nothing, and finishes what a crash
        left undone.

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
            document = key_files.read(path)
            facts = key_files.public_facts(key_files.info_of(path, document))
            versions = [{**v, WRAPPED: None} for v in key_files.later_versions(path, document)]
            ended = {"destroyed_at": self._clock.now().isoformat(), "reason": reason}
            with suppress(FileExistsError):
                key_files.write_new(
                    stone, {**facts, **ended, **({LATER: versions} if versions else {})}
                )
        secret_files.wipe(path)
        for wrapped in self.data_folder(key_id).glob("*.*"):
            secret_files.wipe(wrapped)
        return key_files.info_of(stone, key_files.read(stone))

    def data_folder(self, key_id: str) -> Path:
        """Return where the data keys of a key are.

        Raises:
            PathRefusedError: The name cannot be that of a key.
        """
        return self.folder / "data" / self._file(key_id, "").name

    def _make_check(self) -> None:
        path = self.folder / _CHECK
        if not path.exists():
            check = key_files.to_text(self._cipher.seal(b"", _CHECK_DATA))
            with suppress(FileExistsError):
                key_files.write_new(path, {"version": 1, "check": check})
        self._check_master()

    def _check_master(self) -> None:
        path = self.folder / _CHECK
        try:
            self._cipher.open(key_files.from_text(path, key_files.read(path), "check"), _CHECK_DATA)
        except CipherError as error:
            raise CipherError(
                f"keyring {str(self.folder)!r}",
                problem="it was made with another master key",
                remedy="set that key in the environment, or name its file or entry there",
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


def list_keys(folder: Path) -> list[KeyInfo]:
    """Return the public facts about all keys of a keyring, oldest first; no master is needed.

    Raises:
        CipherError: A file is damaged.
    """
    found = {
        path.stem: key_files.info_of(path, key_files.read(path))
        for suffix in (_KEY_SUFFIX, _STONE_SUFFIX)  # of both, the tombstone counts
        for path in folder.glob(f"[!.]*{suffix}")
    }
    return sorted(found.values(), key=lambda info: (info.created_at, info.key_id))


def keyring_folder(root: Path) -> Path:
    """Return where the keyring of a project is: LINEAGE_KEYRING, or `.lineage/keys` in it."""
    return root / (os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER)


def master_source() -> str | None:
    """Return where the master key comes from, for people; None if the environment names none.

    Whether there is one, and the right one, shows when it is used.
    """
    if os.environ.get(MASTER_VARIABLE):
        return MASTER_VARIABLE
    if os.environ.get(MASTER_FILE_VARIABLE):
        return f"the file of {MASTER_FILE_VARIABLE}"
    if entry := os.environ.get(MASTER_ENTRY_VARIABLE):
        return f"entry {entry!r} of the system's keyring"
    return None


def master_secret() -> Secret:
    """Return the master key or passphrase that the environment names.

    LINEAGE_MASTER_KEY holds it (`lineage.kernel.secrets.secret.parse_secret` says how it is read);
    otherwise LINEAGE_MASTER_KEY_FILE names the file that does, or LINEAGE_MASTER_KEY_ENTRY the
    entry of the operating system's keyring (`lineage.kernel.secrets.system_keyring`).

    Raises:
        CipherError: None is set, it names nothing that can be read, or its value is not a secret.
    """
    if text := os.environ.get(MASTER_VARIABLE):
        return secret.parse_secret(text)
    if path := os.environ.get(MASTER_FILE_VARIABLE):
        return secret_files.read_secret(Path(path))
    if entry := os.environ.get(MASTER_ENTRY_VARIABLE):
        return secret.parse_secret(system_keyring.read(entry, MASTER_ENTRY_VARIABLE))
    raise CipherError("master key", problem="not set", remedy=MASTER_REMEDY)


def _taken(key_id: str, what: str) -> CipherError:
    return CipherError(
        f"key {key_id!r}",
        problem=f"the name belongs to {what}",
        remedy="choose another; a key is never replaced",
    )
