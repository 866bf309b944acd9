"""One reading of a file or a set of files, from what was asked for to what is on record."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.data import column_types, frames
from ops.data.encryption import Key
from ops.data.reading import file_scan, file_set, filters
from ops.data.reading.filters import Filter
from ops.data.reading.input_file import InputFile
from ops.data.reading.place import Place, Stamp, stamp
from ops.data.reading.plan import Plan
from ops.data.reading.table_file import Query, TableFile
from ops.result import DatasetRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The files of a reading, as they were when it began.

    Attributes:
        parts: Those that hold rows, in order.
        format: The format of the first part.
        is_set: They are those of a set.
        stamp: What changes when one of all the files is written.
    """

    parts: Sequence[Place]
    format: str
    is_set: bool
    stamp: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for.

    Attributes:
        place: The file or the folder.
        plan: How to read it.
        columns: The wanted columns in order; all when None.
        filters: Which rows are wanted.
        key: What decrypts it; None means the key of the running task.
        column_keys: Keys of single columns of a Parquet file.
    """

    place: Place
    plan: Plan
    columns: Sequence[str] | None
    filters: tuple[Filter, ...]
    key: Key | None
    column_keys: Mapping[str, Key] | None

    @property
    def subject(self) -> str:
        """What messages call it."""
        return self.place.subject

    def found(self) -> Found:
        """Look for the file, or the files of the set.

        Raises:
            DataReadError: The folder has no files, or a link.
            OSError: There is no file.
        """
        if self.place.is_set():
            found = self.place.files()
            parts = file_set.parts_among(found, self.place)
        else:
            found = parts = [self.place]
        return Found(
            parts=parts,
            format=self.plan.format_of(parts[0].name),
            is_set=parts[0] is not self.place,
            stamp=stamp(found),
        )

    @contextmanager
    def open_scanned(self, found: Found) -> Iterator[tuple[TableFile, list[str]]]:
        """Open the table, and give the digest of what was read when the block ends well."""
        digests: list[str] = []
        if found.is_set:
            yield self.open_table(found), digests
            digests.append(self.sha256(found))
            return
        with file_scan.scanning(self.place, is_text=found.format == "csv") as scan:
            yield self.plan.open_table(replace(self._input(self.place), scan=scan)), digests
            digests.append(scan.result().sha256)

    def open_table(self, found: Found) -> TableFile:
        """Open the table."""
        inputs = [self._input(place) for place in found.parts]
        if not found.is_set:
            return self.plan.open_table(inputs[0])
        return file_set.FileSet(self.place, inputs, self.plan)

    def sha256(self, found: Found) -> str:
        """Return the digest of the file or the set."""
        return self.place.sha256_of_set() if found.is_set else self.place.sha256()

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

    def typed(self, table: pa.Table, first_row: int, found: Found) -> pa.Table:
        """Return a table with the declared types."""
        types = self.plan.dialect.types
        declared = [name for name in table.column_names if name in types]
        if declared and found.format != "csv":
            columns = dict(zip(table.column_names, table.columns, strict=True))
            for name in declared:
                columns[name] = column_types.convert(
                    columns[name], types[name], name, first_row=first_row
                )
            table = pa.table(columns)
        return table

    def chosen(self, table: pa.Table, wanted: Sequence[str]) -> pa.Table:
        """Return the wanted columns of the rows that the filters choose."""
        return filters.rows_of(table, self.filters, self.subject).select(list(wanted))

    def types(self, schema: pa.Schema, wanted: Sequence[str]) -> dict[str, str]:
        """Return the type of each column that is wanted, or that a filter looks at."""
        looked_at = {*wanted, *(each.column for each in self.filters)}
        types = column_types.names_of(schema)
        return {name: kind for name, kind in types.items() if name in looked_at}

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

    def refuse_change(self, found: Found) -> None:
        """Refuse a file or a set that is another than when reading began.

        Raises:
            DataReadError: It is.
        """
        now = self.place.files() if found.is_set else [self.place]
        if stamp(now) != found.stamp:
            raise DataReadError(
                self.subject,
                problem="it changed while it was read",
                remedy="read it again when it is complete",
            )

    def version(self, name: str | None, found: Found, sha256: str, table: TableFile) -> DatasetRead:
        """Return the version that was read, without rows and types."""
        return DatasetRead(
            name=name or self.place.name.split(".", maxsplit=1)[0],
            uri=self.place.uri,
            sha256=sha256,
            size_bytes=sum(status.size_bytes or 0 for _, status in found.stamp),
            format=found.format,
            columns=tuple(table.header),
            detected=table.detected,
        )

    def _input(self, place: Place) -> InputFile:
        return InputFile.of(place, self.key, self.column_keys)


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Turn errors of the system and of Arrow into ones that name the file and quote nothing."""
    subject = place.subject
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
        case pa.ArrowNotImplementedError():  # a valid file, whose types Arrow cannot read yet
            return "its content is of a kind that cannot be read", "write it with simpler types"
    return "its content is damaged", "fetch or write it again"
