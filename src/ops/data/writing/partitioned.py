"""Tables as sets of files: one after a number of rows, or one for each value of some columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import quote

import pyarrow as pa

from lineage.kernel.errors import DataWriteError
from lineage.kernel.paths import MAX_NAME_BYTES
from lineage.kernel.storage import PendingSet
from ops.data import value_texts
from ops.data.encryption import FileEncryption
from ops.data.formats import sinks
from ops.data.formats.sinks import Layout, Sink
from ops.data.placement import misfit
from ops.data.writing.publishing import encrypted

NULL_FOLDER: Final = "__HIVE_DEFAULT_PARTITION__"
"""What stands for null in the name of a folder, as in Hive, Spark, DuckDB and Arrow."""

_MAX_KEYS: Final = 512  # files that are open at once


class Target(Protocol):
    """Takes the pieces of a table."""

    def write(self, table: pa.Table) -> None:
        """Write rows."""
        ...

    def close(self) -> None:
        """Write what comes after the rows."""
        ...

    def abandon(self) -> None:
        """Close what is open, after an exception."""
        ...


class OneFile:
    """A single file.

    Args:
        sink: The file, in its format.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, table: pa.Table) -> None:
        """Write rows."""
        self._sink.write(table)

    def close(self) -> None:
        """Write what comes after the rows."""
        self._sink.close()

    def abandon(self) -> None:
        """Close what the format holds; the stream is closed by whoever opened it."""
        sinks.abandon(self._sink)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFiles:
    """How the files of a set are opened.

    Attributes:
        files: The set that is written.
        layout: The format of each file.
        cipher: How each is encrypted; None for not.
    """

    files: PendingSet
    layout: Layout
    cipher: FileEncryption | None = None

    def open(self, folder: str, number: int, schema: pa.Schema) -> OpenPart:
        """Begin a file of the set."""
        name = f"{folder}part-{number:05}.{self.layout.format}"
        with ExitStack() as opened:
            pending = opened.enter_context(self.files.part(name))
            stream = opened.enter_context(encrypted(pending.stream, self.cipher))  # type: ignore[arg-type]  # a binary stream
            return OpenPart(self.layout.open(schema, stream), opened.pop_all())
        raise AssertionError  # the stack swallows nothing


class OpenPart:
    """One file of a set.

    Args:
        sink: The file, in its format.
        opened: What is to be left when it is closed.
    """

    def __init__(self, sink: Sink, opened: ExitStack) -> None:
        self.sink = sink
        self._opened = opened

    def close(self) -> None:
        """Write what comes after the rows, and flush the file to the disk."""
        with self._opened:
            self.sink.close()

    def abandon(self) -> None:
        """Close the file without its end."""
        sinks.abandon(self.sink)
        error = DataWriteError("part", problem="abandoned")
        self._opened.__exit__(type(error), error, None)


class NumberedParts:
    """Files "part-00000", "part-00001" and so on, each with the same number of rows.

    Args:
        parts: How they are opened.
        schema: The columns.
        rows: How many rows a file has; None if `end_part` says.
    """

    def __init__(self, parts: PartFiles, schema: pa.Schema, rows: int | None) -> None:
        self._parts = parts
        self._schema = schema
        self._rows = rows
        self._number = self._taken = 0
        self._open: OpenPart | None = None

    def write(self, table: pa.Table) -> None:
        """Write rows, to as many files as it takes."""
        start = 0
        while start < table.num_rows or self._rows is None:
            room = table.num_rows if self._rows is None else self._rows - self._taken
            piece = table.slice(start, room)
            self._part().sink.write(piece)
            start += piece.num_rows
            self._taken += piece.num_rows
            if self._rows is None:
                return
            if self._taken == self._rows:
                self.end_part()

    def end_part(self) -> None:
        """End the file that is open; the next rows begin another."""
        self._part().close()
        self._open, self._taken = None, 0

    def close(self) -> None:
        """End the last file; a table without rows has one."""
        if self._open is not None or not self._number:
            self.end_part()

    def abandon(self) -> None:
        """Close the file that is open."""
        if self._open is not None:
            self._open.abandon()

    def _part(self) -> OpenPart:
        if self._open is None:
            self._open = self._parts.open("", self._number, self._schema)
            self._number += 1
        return self._open


class KeyedParts:
    """One file in a folder "<column>=<value>/..." for each combination of values of some columns.

    The files do not have these columns. Values are percent-encoded in the names.

    Args:
        parts: How the files are opened.
        schema: The columns of the table.
        columns: Those to divide by.

    Raises:
        DataWriteError: A column is missing or named twice, or no column would be left.
    """

    def __init__(self, parts: PartFiles, schema: pa.Schema, columns: Sequence[str]) -> None:
        _check_keys(schema, columns)
        self._parts = parts
        self._columns = list(columns)
        self._schema = pa.schema([field for field in schema if field.name not in set(columns)])
        self._open: dict[str, OpenPart] = {}

    def write(self, table: pa.Table) -> None:
        """Write rows, to the files of their values."""
        for folder, rows in self._groups(table):
            if folder not in self._open:
                if len(self._open) == _MAX_KEYS:
                    raise _too_many_keys(self._columns)
                self._open[folder] = self._parts.open(folder, 0, self._schema)
            self._open[folder].sink.write(rows)

    def close(self) -> None:
        """End all files.

        Raises:
            DataWriteError: There were no rows, and so there is no file to hold the columns.
        """
        if not self._open:
            raise DataWriteError(
                f"set by {', '.join(map(repr, self._columns))}",
                problem="no rows, and so no file",
                remedy="write it without partition_cols",
            )
        while self._open:
            self._open.popitem()[1].close()

    def abandon(self) -> None:
        """Close the files that are open."""
        while self._open:
            self._open.popitem()[1].abandon()

    def _groups(self, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
        names = [str(at) for at in range(len(self._columns))]
        texts = [_texts(table.column(name), table.schema.field(name)) for name in self._columns]
        rows = pa.array(range(table.num_rows), pa.int64())
        keys = pa.table([*texts, rows], [*names, "row"])
        kept = table.select(self._schema.names)
        grouped = keys.group_by(names, use_threads=False).aggregate([("row", "list")])
        for group in grouped.to_batches(max_chunksize=1):
            folder = "".join(
                f"{_segment(name, group[str(at)][0].as_py())}/"
                for at, name in enumerate(self._columns)
            )
            yield folder, kept.take(group["row_list"].flatten())


def _check_keys(schema: pa.Schema, columns: Sequence[str]) -> None:
    problem = None
    if isinstance(columns, str):
        problem = "a text instead of a list of column names"
    elif missing := [name for name in columns if name not in schema.names]:
        problem = f"no column {missing[0]!r}"
    elif len(set(columns)) < len(columns):
        problem = "a column is named twice"
    elif not columns or len(columns) == len(schema):
        problem = "all columns, or none"
    if problem is not None:
        raise DataWriteError(
            "partition_cols", problem=problem, expected="some of the table's columns"
        )


def _texts(column: pa.ChunkedArray, field: pa.Field) -> pa.ChunkedArray:
    if pa.types.is_dictionary(field.type):
        column = column.cast(field.type.value_type)
    try:
        return value_texts.cast(value_texts.castable(column), pa.string())
    except pa.ArrowException:
        pass  # its message may quote values
    raise misfit(field, "folder names")


def _segment(column: str, value: str | None) -> str:
    """Return the name of a folder; the error does not show the value."""
    text = NULL_FOLDER if value is None else quote(value, safe="")
    segment = f"{quote(column, safe='')}={text}"
    if len(segment) > MAX_NAME_BYTES:
        raise DataWriteError(
            f"partition column {column!r}",
            problem=f"a value too long for the name of a folder ({MAX_NAME_BYTES} bytes)",
            remedy="divide by another column",
        )
    return segment


def _too_many_keys(columns: Sequence[str]) -> DataWriteError:
    return DataWriteError(
        f"partition columns {', '.join(map(repr, columns))}",
        problem=f"more than {_MAX_KEYS} different values",
        expected="a file for each, all open at once",
        remedy="divide by columns with fewer values",
    )
