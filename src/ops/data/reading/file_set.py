"""A folder of files as one table: parts in path order, and columns from "<column>=<value>" folders.

Names that begin with "." or "_", and ".tmp" files, belong to whoever writes the set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

import pyarrow as pa

from lineage.kernel.errors import DataReadError
from ops.data import column_types
from ops.data.reading import csv_table
from ops.data.reading.csv_table import CsvTable
from ops.data.reading.input_file import InputFile
from ops.data.reading.place import Place
from ops.data.reading.plan import Plan
from ops.data.reading.table_file import Part, Query, TableFile

_NULL: Final = "__HIVE_DEFAULT_PARTITION__"


def parts_among(files: Sequence[Place], folder: Place) -> list[Place]:
    """Return those of a folder's files that hold rows, in the same order.

    Raises:
        DataReadError: There is none.
    """
    found = [file for file in files if not _is_unfinished(file.below(folder))]
    if not found:
        raise DataReadError(
            f"folder {folder.uri!r}", problem="no files", expected="the files of one table"
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    place: str
    table: TableFile
    of_folders: dict[str, str | None]


class FileSet:
    """Files of one format that are one table.

    Args:
        folder: The folder.
        files: The files in order, each with what decrypts it.
        plan: How to read each of them.

    Raises:
        DataReadError: A file has other columns than the first, or cannot be read.
    """

    def __init__(self, folder: Place, files: Sequence[InputFile], plan: Plan) -> None:
        self._subject = f"folder {folder.uri!r}"
        self._members = [
            _Member(
                place=file.place.below(folder).as_posix(),
                table=plan.open_table(file),
                of_folders=_of_folders(file.place.below(folder)),
            )
            for file in files
        ]
        first = self._members[0]
        for member in self._members:
            if list(member.table.header) != list(first.table.header):
                raise self._other(member, "other columns")
            if list(member.of_folders) != list(first.of_folders):
                raise self._other(member, "folders of other columns")
        twice = [name for name in first.of_folders if name in first.table.header]
        if twice:
            raise self._other(first, f"column {twice[0]!r} and a folder of that name")
        self.detected = first.table.detected
        self._hive = self._hive_columns(plan)

    @property
    def header(self) -> Sequence[str]:
        """The names of all columns: those of the files, then those of the folders."""
        return [*self._members[0].table.header, *self._hive]

    def read(self, query: Query) -> Part:
        """Read all rows."""
        parts = list(self._parts(query, None))
        table = pa.concat_tables([part.table for part in parts])
        return Part(table=table, rows=sum(part.rows for part in parts))

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Read the rows of one file after the other."""
        return self._parts(query, batch_rows)

    def _parts(self, query: Query, batch_rows: int | None) -> Iterator[Part]:
        own = [name for name in query.columns if name not in self._hive]
        inner = Query(
            columns=own or self._members[0].table.header[:1],
            filters=[each for each in query.filters if each.column in own],
        )
        texts = [each.table for each in self._members if isinstance(each.table, CsvTable)]
        types = csv_table.found_types(texts, inner.columns) if texts else {}
        schema: pa.Schema | None = None
        for place, member in enumerate(self._members):
            for part in self._parts_of(member, inner, batch_rows, types):
                table = self._with_hive(part, place, query.columns)
                schema = schema or table.schema
                if not table.schema.equals(schema):
                    names = [name for name in schema.names if not _is_alike(table, schema, name)]
                    raise self._other(member, f"column {names[0]!r} of another type")
                yield Part(table=table, rows=part.rows)

    def _parts_of(
        self, member: _Member, query: Query, batch_rows: int | None, types: dict[str, pa.DataType]
    ) -> Iterator[Part]:
        if isinstance(member.table, CsvTable):
            yield from member.table.typed_batches(query, batch_rows or 1 << 62, types)
        elif batch_rows is None:
            yield member.table.read(query)
        else:
            yield from member.table.batches(query, batch_rows)

    def _hive_columns(self, plan: Plan) -> dict[str, pa.ChunkedArray]:
        """Return the values of each column that folders name, one for each file."""
        columns = {}
        for name in self._members[0].of_folders:
            texts = [member.of_folders[name] for member in self._members]
            column = pa.chunked_array([pa.array(texts, pa.string())])
            declared = plan.dialect.types.get(name)
            if declared is not None:
                column = column_types.convert(column, declared, name)
            elif plan.dialect.infer_types:
                column = column_types.infer(column)
            columns[name] = column
        return columns

    def _with_hive(self, part: Part, place: int, columns: Sequence[str]) -> pa.Table:
        table = part.table
        for name in columns:
            if name in self._hive:
                value = self._hive[name][place]
                values = pa.repeat(value, table.num_rows)
                table = table.append_column(name, values)
        return table.select(list(columns))

    def _other(self, member: _Member, problem: str) -> DataReadError:
        return DataReadError(
            f"part {member.place!r} of {self._subject}",
            problem=problem,
            expected="files of one table, as the first one is",
            remedy="write the set again, or read its files one by one",
        )


def _is_unfinished(path: PurePosixPath) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts) or path.suffix == ".tmp"


def _of_folders(path: PurePosixPath) -> dict[str, str | None]:
    named = [part.partition("=") for part in path.parts[:-1] if "=" in part]
    return {unquote(name): None if text == _NULL else unquote(text) for name, _, text in named}


def _is_alike(table: pa.Table, schema: pa.Schema, name: str) -> bool:
    return bool(table.schema.field(name).equals(schema.field(name)))
