"""Where a written file goes: one safe name below a folder, published whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count

import pyarrow as pa

from lineage.kernel import paths
from lineage.kernel.errors import DataWriteError
from lineage.kernel.storage import Content, Fill, Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The place of one file.

    Attributes:
        name: Base file name, without suffix.
        format: The file's format, which is also its suffix.
        subdir: Folder below the root; None is the root itself.
        is_stamped: Add the UTC time to the name; such a file never replaces another.
        overwrite: May replace a file.
    """

    name: str
    format: str
    subdir: str | None = None
    is_stamped: bool = False
    overwrite: bool = True

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
            uri = f"{self.subdir}/{name}" if self.subdir else name
            with _translated(self.subject), suppress(FileExistsError):
                return uri, storage.publish(uri, fill, overwrite=overwrite)
        raise DataWriteError(
            self.subject,
            found="a file of that name",
            expected="a free name",
            remedy="pass overwrite=True or timestamp_in_name=True, or choose another name",
        )

    def _names(self, now: datetime) -> Iterator[str]:
        """Give the file names to try: the first one free is taken."""
        paths.check_file_name(self.name, "file name")
        stem = f"{self.name}_{now:%Y%m%dT%H%M%SZ}" if self.is_stamped else self.name
        first = paths.check_file_name(f"{stem}.{self.format}", "file name")
        later = (f"{stem}_{number}.{self.format}" for number in count(2))
        return chain([first], later if self.is_stamped else ())


def misfit(column: pa.Field, format: str) -> DataWriteError:  # noqa: A002  # as Placement has it
    """Return the error for a column that a format cannot hold."""
    return DataWriteError(
        f"column {column.name!r} as {format}",
        problem=f"{column.type} is a column type that it cannot hold, or not with all these values",
        remedy="convert the column, or choose another format",
    )


@contextmanager
def _translated(subject: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataWriteError(
            subject,
            found=error.strerror or type(error).__name__,
            expected="a folder that may be written to, with free space",
            remedy="free space or choose another task folder",
        ) from error
    except pa.ArrowException:
        # Not chained: Arrow's message may quote values.
        raise DataWriteError(
            subject,
            found="a column type that it cannot hold",
            expected="types that the format has",
            remedy="convert the column, or choose another format",
        ) from None
