"""Where a file or a set that is read is: on this machine or in an object store."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeAlias, cast

from lineage.kernel import paths, storage
from lineage.kernel.errors import ConfigurationError, DataReadError
from lineage.kernel.storage import LocalStorage, Status, Storage
from ops.data.placement import storage_at

Stamp: TypeAlias = tuple[tuple[str, Status], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file or a folder that may be read.

    Attributes:
        storage: Where it is.
        key: What the storage calls it.
        uri: What the history calls it: an absolute path or an address.
    """

    storage: Storage
    key: str
    uri: str

    @classmethod
    def of(cls, path: str | PathLike[str]) -> Place:
        """Return the place with a path or an address ("s3://bucket/people.csv").

        Raises:
            ConfigurationError: It is an address without a key, or of no store that is known.
            PathRefusedError: The address climbs.
        """
        uri = paths.uri_of(path)
        if not paths.is_address(uri):
            local = Path(uri)
            if ".." in local.parts:
                local = Path(os.path.realpath(local))
            # From the root, so that a set above that a crash left without its name is found.
            return cls(storage=LocalStorage(Path(local.anchor)), key=str(local), uri=uri)
        scheme, _, rest = uri.partition("://")
        bucket, _, key = rest.partition("/")
        folder, _, name = key.rpartition("/")
        if not name:
            raise ConfigurationError(
                "object", found=uri, expected="an address like 's3://bucket/people.csv'"
            )
        store, _ = storage_at(f"{scheme}://{bucket}/{folder}".rstrip("/"))
        return cls(storage=store, key=name, uri=uri)

    @property
    def name(self) -> str:
        """Its last name."""
        return self.uri.rstrip("/").rpartition("/")[2] if self.path is None else self.path.name

    @property
    def path(self) -> Path | None:
        """Its path; None if it is an object."""
        return None if paths.is_address(self.uri) else Path(self.uri)

    @property
    def subject(self) -> str:
        """What messages call it."""
        return f"file {self.uri!r}"

    def open(self) -> BinaryIO:
        """Open the file as it is stored, seekable; the caller closes it.

        Raises:
            OSError: It is missing or cannot be read.
        """
        return cast("BinaryIO", self.storage.open(self.key))

    def status(self) -> Status:
        """Return what is known about the file without reading it.

        Raises:
            OSError: It is missing or cannot be examined.
        """
        found = self.storage.status(self.key)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), self.uri)
        return found

    @property
    def size_bytes(self) -> int:
        """The length of the file as it is stored."""
        return self.status().size_bytes or 0

    def is_set(self) -> bool:
        """Tell whether it is a folder; an unfinished swap of a set is finished before."""
        found = self.storage.status(self.key)
        if self.path is not None:
            return self.path.is_dir()
        return found is None and next(self.storage.list(self.key), None) is not None

    def files(self) -> list[Place]:
        """Return the files below the folder in the order of their paths.

        Raises:
            DataReadError: One is a link, which may lead anywhere.
        """
        if self.path is not None:
            link = next((each for each in self.path.rglob("*") if each.is_symlink()), None)
            if link is not None:
                raise DataReadError(
                    f"folder {self.uri!r}",
                    problem=f"{link.name!r} is a symbolic link",
                    expected="the files of one table",
                )
        below = [(key, self._below(key)) for key in self.storage.list(self.key)]
        return [replace(self, key=key, uri=f"{self.uri}/{path}") for key, path in below]

    def below(self, folder: Place) -> PurePosixPath:
        """Return the path below a folder."""
        return PurePosixPath(folder._below(self.key))

    def sha256(self) -> str:
        """Return the digest of the file as it is stored.

        Raises:
            OSError: It is missing or cannot be read.
        """
        return storage.sha256(self.storage, self.key)

    def sha256_of_set(self) -> str:
        """Return the digest of all files below the folder, see `storage.sha256_of_set`."""
        return storage.sha256_of_set(self.storage, self.key)

    def _below(self, key: str) -> str:
        return key.removeprefix(f"{self.key}/")


def stamp(places: Sequence[Place]) -> Stamp:
    """Return what changes when one of the files is written.

    Raises:
        OSError: One is missing.
    """
    return tuple((place.uri, place.status()) for place in places)
