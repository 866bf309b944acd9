"""A CSV file as a table: read at once, or in batches whose types hold for the whole file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ops.data import column_types
from ops.data.formats import csv_header, csv_reading, csv_stream
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.reading import lossless
from ops.data.reading.column_evidence import ColumnEvidence
from ops.data.reading.input_file import InputFile
from ops.data.reading.table_file import Part, Query

_BLOCK_BYTES: Final = 1 << 20


class CsvTable:
    """A CSV file.

    Args:
        file: The file.
        dialect: Its dialect, with what was detected.
        detected: Options that were detected.

    Raises:
        DataReadError: See `csv_header.read_layout`.
    """

    def __init__(self, file: InputFile, dialect: CsvDialect, detected: dict[str, str]) -> None:
        self.detected = detected
        self._file = file
        self._layout = csv_header.read_layout(file, dialect)
        if self._layout.dialect.separator != dialect.separator:
            self.detected = detected | {"separator": self._layout.dialect.separator}

    @property
    def header(self) -> Sequence[str]:
        """The names of all columns."""
        return self._layout.names

    def read(self, query: Query) -> Part:
        """Read all rows at once, by several threads if the file allows it."""
        table = csv_reading.read_csv(self._file, self._layout, query.columns)
        return Part(table=table, rows=table.num_rows)

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Read rows in order, after looking once or twice for the types of undeclared columns."""
        types = found_types([self], query.columns)
        yield from self.typed_batches(query, batch_rows, types)

    def typed_batches(
        self, query: Query, batch_rows: int, types: Mapping[str, pa.DataType]
    ) -> Iterator[Part]:
        """Read rows in order, with the types that were found for undeclared columns."""
        first_row = 1
        for text in self.texts(query.columns):
            table = self._typed(text, types, first_row)
            for start in range(0, max(1, table.num_rows), batch_rows):
                part = table.slice(start, batch_rows)
                yield Part(table=part, rows=part.num_rows)
            first_row += text.num_rows

    def texts(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read columns in order, as text; the first table has no rows."""
        yield pa.table({name: pa.array([], pa.string()) for name in columns})
        if not csv_reading.has_rows(self._file, self._layout):
            return  # Arrow's reader of batches may refuse such a file
        done = 0
        try:
            for table in self._blocks(columns, min(_BLOCK_BYTES, csv_stream.ROW_BYTES)):
                done += table.num_rows
                yield table
        except (UnicodeError, pa.ArrowInvalid):
            pass  # a row may be longer than a block
        else:
            return
        try:
            for table in self._blocks(columns, csv_stream.ROW_BYTES):
                rest = table.slice(done)
                done = max(0, done - table.num_rows)
                yield rest
        except (UnicodeError, pa.ArrowInvalid) as error:
            fault = csv_reading.fault_of(error, self._file, self._layout)
        else:
            return
        raise fault

    def _blocks(self, columns: Sequence[str], block_bytes: int) -> Iterator[pa.Table]:
        # Arrow reads many blocks ahead, so they should be small.
        ways = csv_reading.options(self._layout, columns, block_bytes=block_bytes)
        with csv_stream.CsvStream(self._file, self._layout.dialect) as stream:
            for block in pyarrow.csv.open_csv(stream, **ways):
                yield pa.Table.from_batches([block])

    def undeclared(self, columns: Sequence[str]) -> list[str]:
        """Return the columns whose types are to be found."""
        dialect = self._layout.dialect
        return [name for name in columns if name not in dialect.types and dialect.infer_types]

    def quoted(self, first_rows: Mapping[str, int]) -> list[str]:
        """Return the columns whose first value is in quotes, see `csv_reading.quoted_columns`."""
        return csv_reading.quoted_columns(self._file, self._layout, first_rows)

    def _typed(self, text: pa.Table, types: Mapping[str, pa.DataType], first_row: int) -> pa.Table:
        declared = self._layout.dialect.types
        columns = dict(zip(text.column_names, text.columns, strict=True))
        for name, column in columns.items():
            if name in declared:
                columns[name] = column_types.convert(
                    column, declared[name], name, first_row=first_row
                )
            elif name in types:
                columns[name] = pc.cast(lossless.without_empty(column), types[name])
        return pa.table(columns)


def found_types(tables: Sequence[CsvTable], columns: Sequence[str]) -> dict[str, pa.DataType]:
    """Return the types of undeclared columns that are not text, in files that are one table."""
    sought = tables[0].undeclared(columns)
    evidence = {name: ColumnEvidence(name) for name in sought}
    quoted: set[str] = set()
    for table in tables if sought else ():
        first = _look(table, evidence)
        quoted.update(table.quoted(first) if first else ())
    doubtful = [name for name, each in evidence.items() if each.needs_confirmation()]
    for table in tables if doubtful else ():
        for text in table.texts(doubtful):
            for name in doubtful:
                evidence[name].confirm(text[name])
    types = {name: each.type() for name, each in evidence.items()}
    return {name: kind for name, kind in types.items() if kind is not None and name not in quoted}


def _look(table: CsvTable, evidence: Mapping[str, ColumnEvidence]) -> dict[str, int]:
    """Add what a file shows, and return the row of the first value of columns, if they have one."""
    rows: dict[str, int] = {}
    seen = 0
    for text in table.texts(list(evidence)):
        for name, each in evidence.items():
            each.add(text[name])
            if name not in rows:
                row = csv_reading.first_value(text[name])
                rows |= {} if row < 0 else {name: seen + row}
        seen += text.num_rows
    return rows
