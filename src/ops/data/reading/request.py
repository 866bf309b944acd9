"""One reading of a file or a set of files, from what was asked for to what is on record."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import DataReadError
from ops.data import column_types, frames
from ops.data.encryption import Key
from ops.data.reading import file_scan, file_set, filters
from ops.data.reading.filters import Filter
from ops.data.reading.input_file import InputFile
from ops.data.reading.plan import Plan
from ops.data.reading.table_file import Query, TableFile
from ops.result import DatasetRead

Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Attributes:
        path: The file or the folder, absolute.
        plan: How to read it.
        columns: The wanted columns in order; all when None.
        filters: Which rows are wanted.
        key: What decrypts it; None means the key of the running task.
        column_keys: Keys of single columns of a Parquet file.
    """

    path: Path
    plan: Plan
    columns: Sequence[str] | None
    filters: tuple[Filter, ...]
    key: Key | None
    column_keys: Mapping[str, Key] | None

    @property
    def subject(self) -> str:
        """What messages call it."""
        return f"file {str(self.path)!r}"

    def files(self) -> list[Path]:
        """Return the file, or those of the set in order."""
        return file_set.files_of(self.path) if self.path.is_dir() else [self.path]

    @contextmanager
    def open_scanned(self, files: Sequence[Path]) -> Iterator[tuple[TableFile, list[str]]]:
        """Open the table, and give the digests of its files when the block ends well."""
        digests: list[str] = []
        if len(files) > 1 or self.path.is_dir():
            yield self.open_table(files), digests
            digests += map(sha256_file, files)
            return
        is_csv = self.plan.format_of(self.path) == "csv"
        with file_scan.scanning(self.path, is_text=is_csv) as scan:
            yield self._open_file(replace(self._input(self.path), scan=scan)), digests
            digests.append(scan.result().sha256)

    def open_table(self, files: Sequence[Path]) -> TableFile:
        """Open the table."""
        if not self.path.is_dir():
            return self._open_file(self._input(self.path))
        return file_set.FileSet(self.path, [self._input(path) for path in files], self.plan)

    def query(self, header: Sequence[str]) -> Query:
        """Return what is read: the wanted columns, and those that filters need.

        Raises:
            DataReadError: A column does not exist.
        """
        wanted = self.wanted(header)
        frames.choose_columns(self.subject, header, list(self.plan.dialect.types))
        needed = frames.choose_columns(
            self.subject, header, [*wanted, *(each.column for each in self.filters)]
        )
        # Statistics are about the file's types, not about declared ones.
        pushed = tuple(each for each in self.filters if each.column not in self.plan.dialect.types)
        return Query(columns=needed or header[:1], filters=pushed)

    def wanted(self, header: Sequence[str]) -> list[str]:
        """Return the wanted columns."""
        return frames.choose_columns(self.subject, header, self.columns)

    def finished(self, table: pa.Table, wanted: Sequence[str], first_row: int) -> pa.Table:
        """Return a table with declared types, wanted columns and chosen rows."""
        types = self.plan.dialect.types
        declared = [name for name in table.column_names if name in types]
        if declared and self.plan.format_of(self.files()[0]) != "csv":
            columns = dict(zip(table.column_names, table.columns, strict=True))
            for name in declared:
                columns[name] = column_types.convert(
                    columns[name], types[name], name, first_row=first_row
                )
            table = pa.table(columns)
        return filters.rows_of(table, self.filters).select(list(wanted))

    def refuse_emptiness(self, rows: int) -> None:
        """Refuse a file without rows, if the plan does.

        Raises:
            DataReadError: It has none.
        """
        if self.plan.require_rows and rows == 0:
            raise DataReadError(
                self.subject,
                problem="no rows",
                expected="at least one row of data",
                remedy="pass require_rows=False if it may be empty",
            )

    def refuse_change(self, before: Stamp) -> None:
        """Refuse a file that is another than when reading began.

        Raises:
            DataReadError: It is.
        """
        if stamp(self.files()) != before:
            raise DataReadError(
                self.subject,
                problem="it changed while it was read",
                remedy="read it again when it is complete",
            )

    def version(
        self,
        name: str | None,
        files: Sequence[Path],
        digests: Sequence[str],
        table: TableFile,
    ) -> DatasetRead:
        """Return the version that was read, without rows and types."""
        sha256 = digests[0]
        if self.path.is_dir():
            places = [path.relative_to(self.path).as_posix() for path in files]
            sha256 = sha256_of_set(dict(zip(places, digests, strict=True)))
        return DatasetRead(
            name=name or self.path.name.split(".", maxsplit=1)[0],
            path=self.path,
            sha256=sha256,
            size_bytes=sum(path.stat().st_size for path in files),
            format=self.plan.format_of(files[0]),
            columns=tuple(table.header),
            detected=table.detected,
        )

    def _input(self, path: Path) -> InputFile:
        return InputFile.of(path, self.key, self.column_keys)

    def _open_file(self, file: InputFile) -> TableFile:
        return self.plan.open_table(file)


def sha256_of_set(digests: Mapping[str, str]) -> str:
    r"""Return the digest of a set of files: of the sorted lines "<relative path> <sha256>\n".

    Args:
        digests: Relative path with "/" to the SHA-256 of the file.
    """
    lines = sorted(f"{path} {digest}\n" for path, digest in digests.items())
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def stamp(files: Sequence[Path]) -> Stamp:
    """Return what changes when one of the files is written."""
    found = [(str(path), path.stat()) for path in files]
    return tuple((path, each.st_size, each.st_mtime_ns, each.st_ino) for path, each in found)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of the system and of Arrow into ones that name the file and quote nothing."""
    subject = f"file {str(path)!r}"
    try:
        yield
    except FileNotFoundError as error:
        raise DataReadError(subject, problem="no such file", remedy="check the path") from error
    except (OSError, EOFError, zlib.error, pa.ArrowException, UnicodeError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DataReadError(subject, problem=error.strerror) from error
        problem, remedy = _described(error)
    else:
        return
    # Arrow's own message may quote content.
    raise DataReadError(subject, problem=problem, remedy=remedy) from None


def _described(error: Exception) -> tuple[str, str]:
    match error:
        case MemoryError():
            return "it does not fit into memory", "read fewer columns, or smaller files"
        case pa.ArrowNotImplementedError():  # valid, but Arrow has no reader for it
            return "its content is of a kind that cannot be read", "write it with simpler types"
    return "its content is damaged", "fetch or write it again"
