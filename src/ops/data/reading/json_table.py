"""JSON records as a table: a list of them, or one on each line (NDJSON)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa

from lineage.kernel import strict_json
from lineage.kernel.errors import DataReadError
from lineage.kernel.values import JsonValue
from ops.data.formats import csv_header, csv_stream, json_records
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.reading.input_file import InputFile
from ops.data.reading.table_file import Part, Query, WholeTable

_RECORDS_AT_ONCE: Final = 8192


class JsonTable(WholeTable):
    """A list of JSON records, which is read whole.

    Args:
        file: The file.
        encoding: Name of a Python codec.
        detected: Options that were detected.

    Raises:
        DataReadError: See `json_records.read_json`.
    """

    def __init__(self, file: InputFile, encoding: str, detected: dict[str, str]) -> None:
        super().__init__(json_records.read_json(file, encoding), detected)


class NdjsonTable:
    """One JSON record a line, read twice: for the columns and their types, and for the values.

    Args:
        file: The file.
        dialect: Encoding, and the limit of a compressed file.
        detected: Options that were detected.

    Raises:
        DataReadError: A line is no record, or has what `strict_json` refuses, or is too long; a
            column has values of several types; the file is not in its encoding.
    """

    def __init__(self, file: InputFile, dialect: CsvDialect, detected: dict[str, str]) -> None:
        self.detected = detected
        self._file = file
        self._dialect = dialect
        self._schema = self._whole_schema()

    @property
    def header(self) -> Sequence[str]:
        """The names of all columns, in order of their first record."""
        names: list[str] = self._schema.names
        return names

    def read(self, query: Query) -> Part:
        """Read all rows."""
        parts = list(self.batches(query, _RECORDS_AT_ONCE))
        table = pa.concat_tables([part.table for part in parts])
        return Part(table=table, rows=table.num_rows)

    def batches(self, query: Query, batch_rows: int) -> Iterator[Part]:
        """Read rows in order."""
        schema = pa.schema([self._schema.field(name) for name in query.columns])
        yield Part(table=schema.empty_table(), rows=0)
        for records in self._records(min(batch_rows, _RECORDS_AT_ONCE)):
            columns = {
                field.name: json_records.column(
                    self._file.subject,
                    field.name,
                    [record.get(field.name) for record in records],
                    field.type,
                )
                for field in schema
            }
            yield Part(table=pa.table(columns, schema=schema), rows=len(records))

    def _whole_schema(self) -> pa.Schema:
        types: dict[str, pa.DataType] = {}
        for records in self._records(_RECORDS_AT_ONCE):
            for name in dict.fromkeys(key for record in records for key in record):
                values = [record.get(name) for record in records]
                found = json_records.column(self._file.subject, name, values).type
                types[name] = self._common(name, types.get(name, found), found)
        return pa.schema(types)

    def _common(self, name: str, known: pa.DataType, found: pa.DataType) -> pa.DataType:
        if known == found:
            return known
        schemas = [pa.schema({name: known}), pa.schema({name: found})]
        try:
            kind: pa.DataType = pa.unify_schemas(schemas, promote_options="permissive")[0].type
        except pa.ArrowException:
            kind = None
        if kind is None:
            raise json_records.mixed_types(self._file.subject, name)
        return kind

    def _records(self, at_once: int) -> Iterator[list[dict[str, JsonValue]]]:
        records: list[dict[str, JsonValue]] = []
        try:
            with csv_stream.open_lines(self._file, self._dialect) as stream:
                for number, line in enumerate(csv_stream.lines_of(stream), 1):
                    if line.isspace():
                        continue
                    records.append(self._record(number, line))
                    if len(records) == at_once:
                        yield records
                        records = []
        except UnicodeError:
            fault = csv_header.encoding_fault(self._file, self._dialect)
        except csv.Error:
            fault = DataReadError(
                self._file.subject,
                problem=f"a line is longer than {csv_stream.ROW_BYTES >> 20} MB",
                expected="one JSON record a line",
            )
        else:
            if records:
                yield records
            return
        # Raised outside the handler: the codec's error holds the content.
        raise fault

    def _record(self, number: int, line: str) -> dict[str, JsonValue]:
        subject = f"line {number:,} of {self._file.name!r}"
        record = strict_json.parse(
            line, subject, fault=DataReadError, allow_nan=True, keep_digits=True
        )
        if not isinstance(record, dict):
            raise DataReadError(
                subject,
                problem="it is not a record",
                expected="one JSON record a line",
                remedy="write each line as {...}; give format='json' for a list of records",
            )
        return record
