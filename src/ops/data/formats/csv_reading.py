"""Read the rows of a CSV file into Arrow at once and give the columns types."""

from __future__ import annotations

import codecs
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final, TypedDict

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lineage.kernel.errors import DataReadError
from ops.data import column_types
from ops.data.formats import csv_header, csv_stream
from ops.data.formats.csv_header import CsvLayout, CsvRecord
from ops.data.reading.input_file import InputFile

_BLOCK_BYTES: Final = 2 << 20
_VALUES_WORTH_A_THREAD: Final = 100_000
_FIRST_ROWS: Final = 1_000


class CsvOptions(TypedDict):
    """How Arrow parses a file, as arguments of its functions."""

    read_options: pyarrow.csv.ReadOptions
    parse_options: pyarrow.csv.ParseOptions
    convert_options: pyarrow.csv.ConvertOptions


def read_csv(file: InputFile, layout: CsvLayout, columns: Sequence[str]) -> pa.Table:
    """Read columns of a CSV file and give them types.

    Args:
        file: A text file, or gzip when its name ends in ".gz".
        layout: What comes before its rows, from `csv_header.read_layout`.
        columns: The wanted columns in the wanted order; empty reads the first, for its rows.

    Raises:
        DataReadError: A row has another number of fields than there are names, bytes are not in
            the encoding, the compression is damaged, the content is too long, or a value does
            not fit its type.
    """
    wanted = list(columns or layout.names[:1])
    read = _read_at_once(file, layout, wanted)
    if read is None:
        read = _read_in_order(file, layout, wanted)
    return _typed(file, layout, read[0], has_quotes=read[1])


def fault_of(error: Exception, file: InputFile, layout: CsvLayout) -> DataReadError:
    """Return the error that says where parsing failed, and quotes nothing, as Arrow's does.

    It is to be raised where the other is not handled any more.
    """
    if isinstance(error, UnicodeError):
        return csv_header.encoding_fault(file, layout.dialect)
    return _parse_fault(file, layout, str(error))


def options(
    layout: CsvLayout,
    wanted: Sequence[str],
    *,
    block_bytes: int = csv_stream.ROW_BYTES,
    is_simple: bool = False,
) -> CsvOptions:
    """Return how Arrow parses a file into text.

    Args:
        layout: What comes before its rows.
        wanted: The columns, in the wanted order; at least one.
        block_bytes: How many bytes to parse at once; longer rows are refused.
        is_simple: No line end is in quotes, and the text is checked by the caller.
    """
    names = list(layout.names)
    return {
        "read_options": pyarrow.csv.ReadOptions(
            block_size=block_bytes,
            column_names=names,
            skip_rows=int(layout.has_separator_line),
            skip_rows_after_names=int(layout.has_header),
        ),
        "parse_options": pyarrow.csv.ParseOptions(
            delimiter=layout.dialect.separator,
            newlines_in_values=not is_simple,
            # In a file of one column an empty line is a null.
            ignore_empty_lines=len(names) > 1,
        ),
        "convert_options": pyarrow.csv.ConvertOptions(
            check_utf8=not is_simple,
            column_types=dict.fromkeys(wanted, pa.string()),
            include_columns=wanted,
            null_values=list(layout.dialect.null_markers),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    }


def quoted_columns(file: InputFile, layout: CsvLayout, rows: Mapping[str, int]) -> list[str]:
    """Return the columns whose first value is in quotes, which says that it is text.

    In a row with quotes around everything, of a file that quotes its names as well, they say
    nothing.

    Args:
        file: The file.
        layout: What comes before its rows.
        rows: The row of the first value of each column in question, from 0.
    """
    place = {name: at for at, name in enumerate(layout.names)}
    at_row = defaultdict(list)
    for name, row in rows.items():
        at_row[row].append(name)
    quoted: list[str] = []
    with csv_stream.open_lines(file, layout.dialect) as stream:
        for number, record in enumerate(_rows(csv_stream.lines_of(stream), layout)):
            names = at_row.pop(number, [])
            marks = record.quoted() if names else []
            if names and not (layout.quotes_all and _quotes_all(record, marks)):
                quoted += (name for name in names if marks[place[name]])
            if not at_row:
                break
    return quoted


def has_rows(file: InputFile, layout: CsvLayout) -> bool:
    """Tell whether a row follows the header.

    Raises:
        DataReadError: What follows is no row.
    """
    try:
        with csv_stream.open_lines(file, layout.dialect) as stream:
            return next(_rows(csv_stream.lines_of(stream), layout), None) is not None
    except UnicodeError:
        fault = csv_header.encoding_fault(file, layout.dialect)
    except csv.Error:
        fault = csv_header.layout_fault(file)
    raise fault


def first_value(text: pa.ChunkedArray) -> int:
    """Return the row of the first text that is neither null nor empty, from 0; -1 if none is."""
    row = -1
    for rows in (_FIRST_ROWS, len(text)):
        is_value = pc.not_equal(text.slice(0, rows), "")
        row = pc.index(pc.fill_null(is_value, fill_value=False), value=True).as_py()
        if row >= 0:
            break
    return int(row)


def _read_in_order(file: InputFile, layout: CsvLayout, wanted: list[str]) -> tuple[pa.Table, bool]:
    """Read a file as a stream, and tell whether it has quotes."""
    try:
        with csv_stream.CsvStream(file, layout.dialect) as stream:
            text = pyarrow.csv.read_csv(stream, **options(layout, wanted))
            return text, stream.has_quotes
    except (UnicodeError, pa.ArrowInvalid) as error:
        fault = fault_of(error, file, layout)
    raise fault


def _read_at_once(
    file: InputFile, layout: CsvLayout, wanted: list[str]
) -> tuple[pa.Table, bool] | None:
    """Read a file by several threads, and tell whether it has quotes.

    Arrow may then part the file at any line end, so there may be none in quotes. There is none if
    the file has as many lines as rows. None if that is not so, or there is another reason to go
    through the file by its order.
    """
    is_utf8 = codecs.lookup(layout.dialect.encoding).name in {"utf-8", "utf-8-sig"}
    is_plain = is_utf8 and not file.is_packed
    path = file.plain_path
    if file.scan is None or path is None or not is_plain or layout.header_lines > 1:
        return None
    try:
        with pa.OSFile(str(path)) as source:
            ways = options(layout, wanted, block_bytes=_BLOCK_BYTES, is_simple=True)
            text = pyarrow.csv.read_csv(source, **ways)
        scan = file.scan.result()
        if not scan.is_ascii:
            text.validate(full=True)
    except pa.ArrowInvalid:
        return None
    before = int(layout.has_separator_line) + layout.header_lines
    is_by_line = not scan.has_quotes or scan.lines == text.num_rows + before
    return (text, scan.has_quotes) if is_by_line else None


def _typed(file: InputFile, layout: CsvLayout, text: pa.Table, *, has_quotes: bool) -> pa.Table:
    dialect = layout.dialect
    columns = dict(zip(text.column_names, text.columns, strict=True))
    for name in (name for name in text.column_names if name in dialect.types):
        columns[name] = column_types.convert(columns[name], dialect.types[name], name)
    others = [name for name in columns if name not in dialect.types and dialect.infer_types]
    inferred = zip(others, _inferred([columns[name] for name in others]), strict=True)
    found = {name: typed for name, typed in inferred if typed is not columns[name]}
    if has_quotes and found:
        first = {name: first_value(columns[name]) for name in found}
        for name in quoted_columns(file, layout, first):
            del found[name]
    return pa.table(columns | found)


def _inferred(columns: list[pa.ChunkedArray]) -> list[pa.ChunkedArray]:
    if sum(map(len, columns)) < _VALUES_WORTH_A_THREAD:
        return [column_types.infer(column) for column in columns]
    with ThreadPoolExecutor(max_workers=pa.cpu_count()) as pool:
        return list(pool.map(column_types.infer, columns))


def _quotes_all(record: CsvRecord, marks: Sequence[bool]) -> bool:
    return all(mark or not text for text, mark in zip(record.fields, marks, strict=True))


def _rows(lines: Iterable[str], layout: CsvLayout) -> Iterator[CsvRecord]:
    rest = islice(lines, int(layout.has_separator_line), None)
    found = csv_header.records(rest, layout.dialect.separator)
    rows = islice(found, int(layout.has_header), None)
    return (row for row in rows if row.fields or len(layout.names) == 1)


def _parse_fault(file: InputFile, layout: CsvLayout, message: str) -> DataReadError:
    if "UTF8" in message:
        return csv_header.encoding_fault(file, layout.dialect)
    try:
        ragged = _first_ragged_line(file, layout)
    except (csv.Error, UnicodeError):
        ragged = None
    if ragged is None:
        return csv_header.layout_fault(file)
    line, fields = ragged
    return DataReadError(
        f"line {line} of {file.name!r}",
        problem="1 field" if fields == 1 else f"{fields} fields",
        expected=f"{len(layout.names)}, as in the header",
        remedy=f"quote values that hold {layout.dialect.separator!r}, or repair the line",
    )


def _first_ragged_line(file: InputFile, layout: CsvLayout) -> tuple[int, int] | None:
    line = int(layout.has_separator_line)
    with csv_stream.open_lines(file, layout.dialect) as stream:
        lines = islice(csv_stream.lines_of(stream), line, None)
        for record in csv_header.records(lines, layout.dialect.separator):
            line += record.lines
            if len(record.fields) not in {0, len(layout.names)}:
                return line, len(record.fields)
    return None
