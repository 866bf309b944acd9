"""Read the rows of a CSV file into Arrow and give the columns types."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lineage.kernel.errors import DataReadError
from ops.data import column_types
from ops.data.formats import csv_header, csv_stream
from ops.data.formats.csv_header import CsvLayout, CsvRecord


def read_csv(path: Path, layout: CsvLayout, columns: Sequence[str]) -> pa.Table:
    """Read columns of a CSV file and give them types.

    Args:
        path: A text file, or gzip when its name ends in ".gz".
        layout: What comes before its rows, from `csv_header.read_layout`.
        columns: The wanted columns in the wanted order; empty reads the first, for its rows.

    Raises:
        DataReadError: A row has another number of fields than there are names, bytes are not in
            the encoding, the compression is damaged, the content is too long, or a value does
            not fit its type.
    """
    wanted = list(columns or layout.names[:1])
    try:
        with csv_stream.CsvStream(path, layout.dialect) as stream:
            text = _parse(stream, layout, wanted)
            has_quotes = stream.has_quotes
    except UnicodeError:
        fault = csv_header.encoding_fault(path, layout.dialect)
    except pa.ArrowInvalid as error:
        fault = _parse_fault(path, layout, str(error))
    else:
        return _typed(path, layout, text, has_quotes=has_quotes)
    # Raised outside the handler: Arrow's message quotes the row.
    raise fault


def _parse(stream: csv_stream.CsvStream, layout: CsvLayout, wanted: list[str]) -> pa.Table:
    names = list(layout.names)
    return pyarrow.csv.read_csv(
        stream,
        read_options=pyarrow.csv.ReadOptions(
            block_size=csv_stream.ROW_BYTES,
            column_names=names,
            skip_rows=int(layout.has_separator_line),
            skip_rows_after_names=int(layout.has_header),
        ),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=layout.dialect.separator,
            newlines_in_values=True,
            # In a file of one column an empty line is a null.
            ignore_empty_lines=len(names) > 1,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.string()),
            include_columns=wanted,
            null_values=list(layout.dialect.null_markers),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _typed(path: Path, layout: CsvLayout, text: pa.Table, *, has_quotes: bool) -> pa.Table:
    dialect = layout.dialect
    columns = dict(zip(text.column_names, text.columns, strict=True))
    found = {}
    for name, column in columns.items():
        if name in dialect.types:
            columns[name] = column_types.convert(column, dialect.types[name], name)
        elif dialect.infer_types:
            typed = column_types.infer(column)
            if typed is not column:
                found[name] = typed
    if has_quotes and found:
        for name in _quoted_columns(path, layout, {name: columns[name] for name in found}):
            del found[name]
    return pa.table(columns | found)


def _quoted_columns(
    path: Path, layout: CsvLayout, columns: Mapping[str, pa.ChunkedArray]
) -> list[str]:
    """Return the columns whose first value is in quotes, which says that it is text.

    In a row with quotes around everything, of a file that quotes its names as well, they say
    nothing.
    """
    place = {name: at for at, name in enumerate(layout.names)}
    at_row = defaultdict(list)
    for name, column in columns.items():
        is_value = pc.fill_null(pc.not_equal(column, ""), fill_value=False)
        at_row[pc.index(is_value, value=True).as_py()].append(name)
    quoted: list[str] = []
    with csv_stream.open_lines(path, layout.dialect) as stream:
        for number, record in enumerate(_rows(csv_stream.lines_of(stream), layout)):
            names = at_row.pop(number, [])
            marks = record.quoted() if names else []
            if not (layout.quotes_all and _quotes_all(record, marks)):
                quoted += (name for name in names if marks[place[name]])
            if not at_row:
                break
    return quoted


def _quotes_all(record: CsvRecord, marks: Sequence[bool]) -> bool:
    return all(mark or not text for text, mark in zip(record.fields, marks, strict=True))


def _rows(lines: Iterable[str], layout: CsvLayout) -> Iterator[CsvRecord]:
    rest = islice(lines, int(layout.has_separator_line), None)
    found = csv_header.records(rest, layout.dialect.separator)
    rows = islice(found, int(layout.has_header), None)
    return (row for row in rows if row.fields or len(layout.names) == 1)


def _parse_fault(path: Path, layout: CsvLayout, message: str) -> DataReadError:
    if "UTF8" in message:
        return csv_header.encoding_fault(path, layout.dialect)
    try:
        ragged = _first_ragged_line(path, layout)
    except (csv.Error, UnicodeError):
        ragged = None
    if ragged is None:
        return csv_header.layout_fault(path)
    line, fields = ragged
    return DataReadError(
        f"line {line} of {path.name!r}",
        problem="1 field" if fields == 1 else f"{fields} fields",
        expected=f"{len(layout.names)}, as in the header",
        remedy=f"quote values that hold {layout.dialect.separator!r}, or repair the line",
    )


def _first_ragged_line(path: Path, layout: CsvLayout) -> tuple[int, int] | None:
    line = int(layout.has_separator_line)
    with csv_stream.open_lines(path, layout.dialect) as stream:
        lines = islice(csv_stream.lines_of(stream), line, None)
        for record in csv_header.records(lines, layout.dialect.separator):
            line += record.lines
            if len(record.fields) not in {0, len(layout.names)}:
                return line, len(record.fields)
    return None
