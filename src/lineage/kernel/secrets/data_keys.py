"""One data key for each file, wrapped by a key of the keyring and kept there.

Encrypted files name their data key and do not hold it: when the key of the keyring is rotated, the
data keys are wrapped again and no file is touched; when a data key is destroyed, every copy of its
file is unreadable. `data/<key>/` of the keyring has, for each data key,

| file | content |
| --- | --- |
| `<id>.key` | its name, time, the version that wraps it, and itself, sealed and bound to the rest |
| `<id>.destroyed` | its tombstone, written before the key is removed |
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock

from lineage.kernel import paths
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import CipherError
from lineage.kernel.secrets import secret_files
from lineage.kernel.secrets.cipher import Cipher
from lineage.kernel.secrets.key_files import KeyInfo
from lineage.kernel.secrets.keyring import Keyring
from lineage.kernel.secrets.secret import Randomness, SecretKey, SystemRandomness
from lineage.kernel.values import canonical_text, document_text

_ID_BYTES: Final = 16
_KEY: Final = ".key"
_STONE: Final = ".destroyed"
_ONLY_OWNER: Final = 0o700


class DataKeyStore:
    """The data keys that one key of a keyring wraps; safe to share between threads.

    Args:
        ring: The keyring.
        key_id: The key that wraps new data keys; data keys of others can be loaded, too.
        clock: Gives the times.
        randomness: Makes ids and keys.
    """

    def __init__(
        self,
        ring: Keyring,
        key_id: str,
        *,
        clock: Clock | None = None,
        randomness: Randomness | None = None,
    ) -> None:
        self._ring = ring
        self._key_id = key_id
        self._clock = clock or SystemClock()
        self._randomness = randomness or SystemRandomness()

    @property
    def key_id(self) -> str:
        """The name of the key that wraps new data keys."""
        return self._key_id

    def new(self) -> tuple[str, SecretKey]:
        """Return a new data key and its name, "<key>/<id>"; it is on disk when this returns.

        Raises:
            CipherError: There is no such key in the keyring, or the folder cannot be written.
        """
        name = f"{self._key_id}/{self._randomness.token(_ID_BYTES).hex()}"
        key = SecretKey.generate(self._randomness)
        with self._locked():
            versions = self._ring.load_versions(self._key_id)
            now = self._clock.now().isoformat()
            document = _wrapped(name, key, now, (max(versions), versions[max(versions)]))
            secret_files.write_new(self._path(name, _KEY), document)
        return name, key

    def load(self, name: str) -> SecretKey:
        """Return a data key.

        Raises:
            CipherError: There is none of that name, it or its key was destroyed, or its file has
                changed.
            PathRefusedError: It cannot be the name of a data key.
        """
        if self._path(name, _STONE).exists():
            raise CipherError(
                f"data key {name!r}",
                problem="it was destroyed, and with it the file it encrypted",
            )
        key_id = name.partition("/")[0]
        versions = self._ring.load_versions(key_id)
        path = self._path(name, _KEY)
        if not path.exists():
            raise CipherError(
                f"data key {name!r}",
                problem=f"not in the keyring {str(self._ring.folder)!r}",
                remedy="use the keyring that the file was encrypted with, or restore it",
            )
        return _unwrapped(path, name, versions)[0]

    def rotate(self, *, forgets_old: bool = False) -> tuple[KeyInfo, int]:
        """Give the key a new version and wrap all its data keys with it; no file is touched.

        After a crash, what was not wrapped again still opens, and rotating again finishes.

        Args:
            forgets_old: Remove the older versions then; so a data key that was destroyed stays
                so, even if a backup of the keyring's data keys is restored.

        Returns:
            The key's public facts, and how many data keys were wrapped again.

        Raises:
            CipherError: There is no such key, a file is damaged, or the folder cannot be written.
        """
        with self._locked():
            info = self._ring.rotate(self._key_id)
            versions = self._ring.load_versions(self._key_id)
            found = sorted(self._ring.data_folder(self._key_id).glob(f"*{_KEY}"))
            for path in found:
                name = f"{self._key_id}/{path.stem}"
                key, created_at = _unwrapped(path, name, versions)
                newest = (info.version, versions[info.version])
                secret_files.replace(path, _wrapped(name, key, created_at, newest))
            if forgets_old:
                self._ring.forget_old_versions(self._key_id)
        return info, len(found)

    def destroy(self, name: str, reason: str) -> None:
        """Destroy a data key for good, and with it the file it encrypted, in every copy.

        Destroying it again changes nothing, and finishes what a crash left undone.

        Args:
            name: Its name, as the file says it.
            reason: Why; it is kept, so it must not name a person.

        Raises:
            CipherError: There is none of that name, or the folder cannot be written.
            PathRefusedError: It cannot be the name of a data key.
        """
        path, stone = self._path(name, _KEY), self._path(name, _STONE)
        with self._locked():
            if not stone.exists():
                if not path.exists():
                    raise CipherError(f"data key {name!r}", problem="there is none of that name")
                ended = {"name": name, "destroyed_at": self._clock.now().isoformat()}
                with suppress(FileExistsError):
                    secret_files.write_new(stone, _text({**ended, "reason": reason}))
            secret_files.wipe(path)

    def _path(self, name: str, suffix: str) -> Path:
        key_id, _, own = name.partition("/")
        return self._ring.data_folder(key_id) / f"{paths.check_name(own, 'data key')}{suffix}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep a key from being rotated while it wraps a new data key."""
        folder = self._ring.data_folder(self._key_id)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=_ONLY_OWNER)
            lock = FileLock(folder / ".lock", mode=0o600)
            held = lock.acquire()
        except OSError as error:
            raise CipherError(
                f"data keys of {self._key_id!r}",
                problem=error.strerror,
                remedy="check the keyring's owner and permissions",
            ) from error
        with held:
            yield


def _wrapped(name: str, key: SecretKey, created_at: str, by: tuple[int, SecretKey]) -> bytes:
    version, wrapping = by
    facts = {"name": name, "created_at": created_at, "version": version}
    sealed = Cipher(wrapping).seal(key.reveal(), canonical_text(facts).encode())
    return _text({**facts, "wrapped": base64.b64encode(sealed).decode("ascii")})


def _unwrapped(path: Path, name: str, versions: Mapping[int, SecretKey]) -> tuple[SecretKey, str]:
    try:
        document = json.loads(secret_files.read(path))
        facts = {part: document[part] for part in ("name", "created_at", "version")}
        sealed = base64.b64decode(document["wrapped"], validate=True)
        wrapping = versions.get(facts["version"])
    except (ValueError, KeyError, TypeError):
        raise _damaged(path, "it is damaged") from None
    if facts["name"] != name:
        raise _damaged(path, f"it holds {facts['name']!r}")
    if wrapping is None:
        raise _damaged(path, f"version {facts['version']} of its key was forgotten")
    key = SecretKey(Cipher(wrapping).open(sealed, canonical_text(facts).encode()))
    return key, str(facts["created_at"])


def _text(document: Mapping[str, object]) -> bytes:
    return document_text(document).encode()


def _damaged(path: Path, problem: str) -> CipherError:
    return CipherError(
        f"data key file {str(path)!r}", problem=problem, remedy="restore it from a backup"
    )
