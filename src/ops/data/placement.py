"""Where a written file or set goes: one safe name below a folder, published whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from os import PathLike
from pathlib import Path

import pyarrow as pa

from lineage.kernel import paths
from lineage.kernel.errors import CipherError, DataWriteError
from lineage.kernel.storage import Content, Fill, LocalStorage, Pending, PendingSet, Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The place of one file, or of one set of files.

    Attributes:
        name: Base file name, without suffix.
        format: The file's format, which is also its suffix.
        subdir: Folder below the root; None is the root itself.
        is_stamped: Add the UTC time to the name; such a file never replaces another.
        overwrite: May replace a file.
        is_set: It is a folder of files of this format, and has no suffix.
    """

    name: str
    format: str
    subdir: str | None = None
    is_stamped: bool = False
    overwrite: bool = True
    is_set: bool = False

    @property
    def subject(self) -> str:
        """The file as error messages name it."""
        return f"{self.format} file {self.name!r}"

    def check_format(self, supported: Collection[str]) -> None:
        """Refuse a format that the caller cannot write.

        Raises:
            DataWriteError: The format is none of the supported ones.
        """
        if self.format not in supported:
            raise DataWriteError(
                f"file {self.name!r}",
                found=f"format {self.format!r}",
                expected="one of " + ", ".join(supported),
            )

    def publish(self, storage: Storage, now: datetime, fill: Fill) -> tuple[str, Content]:
        """Write the file.

        Args:
            storage: Where to; the file must not leave it.
            now: The time for the name.
            fill: Writes the content to the stream it is given.

        Returns:
            The uri in the storage, and what was written there.

        Raises:
            PathRefusedError: The name is not one file name, or the folder lies outside.
            DataWriteError: The file exists and may not be replaced, the folder is read-only
                or full, or Arrow cannot put the content in this format.
        """
        overwrite = self.overwrite and not self.is_stamped
        for name in self._names(now):
            uri = self._uri(name)
            with translated(self.subject), suppress(FileExistsError):
                return uri, storage.publish(uri, fill, overwrite=overwrite)
        raise self._taken()

    @contextmanager
    def publishing(self, storage: Storage, now: datetime) -> Iterator[tuple[str, Pending]]:
        """Write the file in the course of a block; parameters and errors as in `publish`.

        A name with the time also has six random digits: it is chosen before anything is written,
        and no other writer chooses it.
        """
        uri = self._uri(next(self._names(now, is_early=True)))
        with self._refusing_taken(), storage.publishing(uri, overwrite=self.overwrite) as pending:
            yield uri, pending

    @contextmanager
    def publishing_set(self, storage: Storage, now: datetime) -> Iterator[tuple[str, PendingSet]]:
        """Write the set in the course of a block; names and errors as in `publishing`."""
        uri = self._uri(next(self._names(now, is_early=True)))
        with self._refusing_taken(), storage.publishing_set(uri, overwrite=self.overwrite) as files:
            yield uri, files

    def update(
        self, storage: Storage, change: Callable[[bytes | None], bytes]
    ) -> tuple[str, Content]:
        """Replace the file by what a function makes of its content, None if there is none.

        Raises:
            PathRefusedError: As in `publish`.
            DataWriteError: As in `publish`, or others keep changing the file.
        """
        uri = self._uri(paths.check_file_name(f"{self.name}.{self.format}", "file name"))
        with translated(self.subject):
            return uri, storage.update(uri, change)

    def _uri(self, name: str) -> str:
        return f"{self.subdir}/{name}" if self.subdir else name

    def _names(self, now: datetime, *, is_early: bool = False) -> Iterator[str]:
        """Give the file names to try: the first one free is taken."""
        paths.check_file_name(self.name, "file name")
        stem = f"{self.name}_{now:%Y%m%dT%H%M%SZ}" if self.is_stamped else self.name
        if self.is_stamped and is_early:
            stem += f"_{secrets.token_hex(3)}"
        suffix = "" if self.is_set else f".{self.format}"
        first = paths.check_file_name(f"{stem}{suffix}", "file name")
        later = (f"{stem}_{number}{suffix}" for number in count(2))
        return chain([first], later if self.is_stamped else ())

    @contextmanager
    def _refusing_taken(self) -> Iterator[None]:
        try:
            with translated(self.subject):
                yield
        except DataWriteError as error:
            if isinstance(error.__cause__, FileExistsError):
                raise self._taken() from error.__cause__
            raise

    def _taken(self) -> DataWriteError:
        return DataWriteError(
            self.subject,
            found="a folder that is no set, or a set or file that may not be replaced"
            if self.is_set
            else "a file of that name",
            expected="a free name",
            remedy="pass overwrite=True or timestamp_in_name=True, or choose another name",
        )


def storage_at(folder: str | PathLike[str]) -> tuple[Storage, str]:
    """Return the storage of a folder, and what comes before the uris of its files.

    Raises:
        ConfigurationError: It is an address of no store that is known.
        PathRefusedError: The address climbs.
    """
    if isinstance(folder, str) and paths.is_address(folder):
        from lineage.kernel.storage.objects import ObjectStorage  # noqa: PLC0415  # start-up time

        storage = ObjectStorage(folder)
        return storage, storage.address
    path = Path(folder).absolute()
    return LocalStorage(path), str(path)


def misfit(column: pa.Field, format: str) -> DataWriteError:  # noqa: A002  # as Placement has it
    """Return the error for a column that a format cannot hold."""
    return DataWriteError(
        f"column {column.name!r} as {format}",
        problem=f"{column.type} is a column type that it cannot hold, or not with all these values",
        remedy="convert the column, or choose another format",
    )


@contextmanager
def translated(subject: str) -> Iterator[None]:
    """Turn what storage, Arrow and ciphers raise in the block into errors of writing."""
    try:
        yield
    except OSError as error:
        raise DataWriteError(
            subject,
            found=error.strerror or type(error).__name__,
            expected="a folder that may be written to, with free space",
            remedy="free space or choose another task folder",
        ) from error
    except CipherError as error:
        raise error.recast(DataWriteError) from error
    except pa.ArrowException:
        # Not chained: Arrow's message may quote values.
        raise DataWriteError(
            subject,
            found="a column type that it cannot hold",
            expected="types that the format has",
            remedy="convert the column, or choose another format",
        ) from None
