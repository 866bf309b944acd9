"""Where a written file goes: one safe name below a folder, published whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from lineage.kernel import files, paths
from lineage.kernel.errors import DataWriteError

Fill: TypeAlias = Callable[[files.DigestingStream], object]


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

    def publish(self, root: Path, now: datetime, fill: Fill) -> files.FileVersion:
        """Write the file below a folder, which is made if missing.

        Args:
            root: The folder that the file must not leave.
            now: The time for the name.
            fill: Writes the content to the stream it is given.

        Raises:
            PathRefusedError: The name is not one file name, or the folder lies outside.
            DataWriteError: The file exists and may not be replaced, the folder is read-only
                or full, or Arrow cannot put the content in this format.
        """
        names = self._names(now)
        folder = paths.resolve(self.subdir or ".", root)
        with _translated(self.subject):
            folder.mkdir(parents=True, exist_ok=True)
            for name in names:
                version = self._written(folder / name, fill)
                if version is not None:
                    return version
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

    def _written(self, path: Path, fill: Fill) -> files.FileVersion | None:
        overwrite = self.overwrite and not self.is_stamped
        try:
            with files.replacing(path, overwrite=overwrite) as pending:
                fill(pending.stream)
        except FileExistsError:
            return None
        return pending.written


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
