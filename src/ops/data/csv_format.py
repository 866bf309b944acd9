"""CSV in and out, so that reading what was written gives the same values.

Arrow parses; types are found afterwards by `column_types.infer`. Arrow's own writer prints
the float 1.0 as "1", which would come back as an integer, so lines are joined here.
"""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import column_types

_USUAL_SEPARATORS: Final = (",", ";", "\t", "|")
_SUSPECT_IN_HEADER: Final = "".join(_USUAL_SEPARATORS) + "\ufeff"
_BLOCK_BYTES: Final = 8 << 20
_ROWS_A_BATCH: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvDialect:
    """How a CSV file is laid out.

    Attributes:
        separator: One character between fields.
        encoding: Name of a Python codec; a UTF-8 byte order mark is skipped.
        null_markers: Unquoted texts that mean null.
        types: Column name to declared type.
        infer_types: Find the types of the other columns; False leaves them text.
    """

    separator: str = ","
    encoding: str = "utf-8"
    null_markers: tuple[str, ...] = ("",)
    types: Mapping[str, column_types.ColumnType] = field(default_factory=dict)
    infer_types: bool = True

    def __post_init__(self) -> None:
        """Refuse what Arrow or a reader of the file could not take."""
        sign = self.separator
        if len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in '"\r\n+-.':
            raise ConfigurationError(
                "CSV separator", found=sign, expected="one ASCII character not used in numbers"
            )
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ConfigurationError(
                "CSV encoding", found=self.encoding, expected="a codec that Python knows"
            ) from error


def read_header(path: Path, dialect: CsvDialect) -> list[str]:
    """Return the column names of a CSV file.

    Raises:
        DataReadError: No header, obviously the wrong separator, a name used twice, a quote that
            is never closed, or bytes that are not in the encoding.
    """
    try:
        with _opened(path, dialect) as lines:
            first = lines.readline()
            lines.seek(0)
            header = next(csv.reader(lines, delimiter=dialect.separator), [])
    except UnicodeError:
        raise _encoding_fault(path, dialect) from None
    except csv.Error:
        raise _layout_fault(path) from None
    if not header:
        raise DataReadError(f"header of {path.name!r}", expected="column names in the first line")
    if len(header) == 1:
        _refuse_other_separator(path, first, dialect.separator)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataReadError(
            f"header of {path.name!r}",
            problem=f"column {twice[0]!r} occurs {header.count(twice[0])} times",
            remedy="rename one of the columns in the file",
        )
    return header


def read_csv(
    path: Path, dialect: CsvDialect, header: Sequence[str], columns: Sequence[str]
) -> pa.Table:
    """Read columns of a CSV file and give them types.

    Args:
        path: A text file, or gzip when its name ends in ".gz".
        dialect: Its layout.
        header: All its column names, from `read_header`.
        columns: The wanted ones in the wanted order; empty reads the first, for its rows.

    Raises:
        DataReadError: A row has another number of fields than the header, bytes are not in
            the encoding, the compression is damaged, or a value does not fit its type.
    """
    wanted = list(columns or header[:1])
    try:
        text = _parse(path, dialect, header, wanted)
    except UnicodeError:
        fault = _encoding_fault(path, dialect)
    except pa.ArrowInvalid as error:
        fault = _parse_fault(path, dialect, len(header), str(error))
    else:
        return _typed(text, dialect)
    # Raised outside the handler: Arrow's message quotes the row.
    raise fault


def write_csv(table: pa.Table, write: Callable[[bytes], object], dialect: CsvDialect) -> None:
    r"""Write a table as UTF-8 CSV with a header and "\n" after each line.

    Args:
        table: Columns of numbers, text, booleans, dates, times, decimals or dictionaries of
            these. Null is written as nothing, empty text as a pair of quotes; text is quoted
            only where it must be. Floats keep their point, in the shortest form that reads
            back exactly.
        write: Takes the bytes, batch by batch.
        dialect: Only its separator is used.

    Raises:
        pyarrow.ArrowException: A column's type has no text form.
    """
    separator = dialect.separator
    # A name with another separator in it would look like a header read with the wrong one.
    names = _quoted(pa.array(table.column_names, pa.string()), separator + _SUSPECT_IN_HEADER)
    write((separator.join(names.to_pylist()) + "\n").encode())
    for batch in table.to_batches(max_chunksize=_ROWS_A_BATCH):
        rendered = [_rendered(column, separator) for column in batch.columns]
        rendered[-1] = _joined(rendered[-1], pa.scalar("\n"), separator="")
        write(_joined_bytes(_joined(*rendered, separator=separator)))


def _typed(text: pa.Table, dialect: CsvDialect) -> pa.Table:
    columns = dict(zip(text.column_names, text.columns, strict=True))
    for name, column in columns.items():
        if name in dialect.types:
            columns[name] = column_types.convert(column, dialect.types[name], name)
        elif dialect.infer_types:
            columns[name] = column_types.infer(column)
    return pa.table(columns)


def _parse(path: Path, dialect: CsvDialect, header: Sequence[str], wanted: list[str]) -> pa.Table:
    with pa.input_stream(str(path), compression="gzip" if _is_gzip(path) else None) as stream:
        return pyarrow.csv.read_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                encoding=dialect.encoding, block_size=_BLOCK_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=dialect.separator,
                newlines_in_values=True,
                # In a file of one column an empty line is a null.
                ignore_empty_lines=len(header) > 1,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                include_columns=wanted,
                null_values=list(dialect.null_markers),
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _is_gzip(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _opened(path: Path, dialect: CsvDialect) -> TextIO:
    encoding = "utf-8-sig" if _is_utf8(dialect.encoding) else dialect.encoding
    if _is_gzip(path):
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name == "utf-8"


def _refuse_other_separator(path: Path, first: str, separator: str) -> None:
    for other in _USUAL_SEPARATORS:
        if other != separator and len(next(csv.reader([first], delimiter=other), [])) > 1:
            raise DataReadError(
                f"header of {path.name!r}",
                problem="only one column",
                expected=f"columns separated by {separator!r}",
                remedy=f"read it with separator={other!r}",
            )


def _encoding_fault(path: Path, dialect: CsvDialect) -> DataReadError:
    return DataReadError(
        f"text of {path.name!r}",
        problem=f"not in the encoding {dialect.encoding!r}",
        remedy="give the encoding it was saved in, as in encoding='cp1252'",
    )


def _parse_fault(path: Path, dialect: CsvDialect, width: int, message: str) -> DataReadError:
    if "UTF8" in message:
        return _encoding_fault(path, dialect)
    try:
        ragged = _first_ragged_line(path, dialect, width)
    except csv.Error:
        ragged = None
    if ragged is None:
        return _layout_fault(path)
    line, fields = ragged
    return DataReadError(
        f"line {line} of {path.name!r}",
        problem="1 field" if fields == 1 else f"{fields} fields",
        expected=f"{width}, as in the header",
        remedy=f"quote values that hold {dialect.separator!r}, or repair the line",
    )


def _layout_fault(path: Path) -> DataReadError:
    return DataReadError(
        f"rows of {path.name!r}",
        expected=f"CSV with every row under {_BLOCK_BYTES >> 20} MB and every quote closed",
        remedy="repair the file or convert it to Parquet",
    )


def _first_ragged_line(path: Path, dialect: CsvDialect, width: int) -> tuple[int, int] | None:
    with _opened(path, dialect) as lines:
        rows = csv.reader(lines, delimiter=dialect.separator)
        return next(((rows.line_num, len(row)) for row in rows if len(row) not in {0, width}), None)


def _rendered(column: pa.Array, separator: str) -> pa.Array:
    """Return a column's values as the text between separators; nulls stay null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _rendered(column.dictionary_decode(), separator)
    text = pc.cast(column, pa.string())
    if pa.types.is_floating(kind):
        whole = pc.match_substring_regex(text, "^-?[0-9]+$")
        return pc.if_else(whole, _joined(text, pa.scalar(".0"), separator=""), text)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return text
    return _quoted(text, separator)


def _quoted(text: pa.Array, special: str) -> pa.Array:
    signs = "".join(f"\\x{{{ord(sign):x}}}" for sign in special)
    needed = pc.match_substring_regex(text, f'^$|["\\r\\n{signs}]')
    if not pc.any(needed).as_py():
        return text
    quote = pa.scalar('"')
    doubled = pc.replace_substring(text, pattern='"', replacement='""')
    return pc.if_else(needed, _joined(quote, doubled, quote, separator=""), text)


def _joined(*parts: pa.Array | pa.Scalar, separator: str) -> pa.Array:
    return pc.binary_join_element_wise(
        *parts, separator, null_handling="replace", null_replacement=""
    )


def _joined_bytes(lines: pa.Array) -> bytes:
    _, offsets, data = lines.buffers()
    ends = memoryview(offsets).cast("i")
    return bytes(data[ends[lines.offset] : ends[lines.offset + len(lines)]])
