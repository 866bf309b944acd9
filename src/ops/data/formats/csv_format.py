"""Write CSV so that reading it gives the same values.

Arrow's own writer prints the float 1.0 as "1", which would come back as an integer, so lines are
joined here. Text that would come back as numbers or booleans is put in quotes, which tell the
reader that it is text.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types, value_texts
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.formats.csv_header import SUSPECT_IN_NAMES
from ops.data.placement import misfit

_ROWS_A_BATCH: Final = 1 << 16


def write_csv(table: pa.Table, write: Callable[[bytes], object], dialect: CsvDialect) -> None:
    r"""Write a table as UTF-8 CSV with a header and "\n" after each line.

    | values | are written as |
    | --- | --- |
    | null | nothing |
    | floats | the shortest form that reads back exactly, always with a point |
    | integers, decimals, booleans | their digits, `true` or `false` |
    | dates, times | `2026-01-31`, `12:30:00`, `2026-01-31 12:30:00`, then `+0100` or `Z` |
    | text, also JSON | as it is, empty text as a pair of quotes |
    | UUIDs, periods and intervals of pandas | the text that Python shows |
    | bytes | the text that they are in UTF-8 |
    | dictionaries, runs | their values |

    Text is quoted only where it must be, or in the whole column if it would read as numbers.

    Args:
        table: Columns of these types, any number of rows.
        write: Takes the bytes, batch by batch.
        dialect: Only its separator is used.

    Raises:
        DataWriteError: Values of a column have no such text: durations, lists, structures, bytes
            that are no text, dates beyond the years that can be written, an unknown time zone.
    """
    separator = dialect.separator
    # A name with another separator in it would look like a header read with the wrong one.
    suspect = _where(separator + SUSPECT_IN_NAMES)
    names = _quoted(pa.array(table.column_names, pa.string()), suspect)
    write((separator.join(names.to_pylist()) + "\n").encode())
    columns = [
        _named(value_texts.castable, column, field)
        for column, field in zip(table.columns, table.schema, strict=True)
    ]
    needed, always = _where(separator), ""
    patterns = [always if _reads_as_numbers(column) else needed for column in columns]
    castable = pa.Table.from_arrays(columns, table.column_names)
    for batch in castable.to_batches(max_chunksize=_ROWS_A_BATCH):
        rendered = [
            _named(partial(_rendered, pattern=pattern), column, field)
            for column, pattern, field in zip(batch.columns, patterns, table.schema, strict=True)
        ]
        rendered[-1] = _joined(rendered[-1], pa.scalar("\n"), separator="")
        write(_joined_bytes(_joined(*rendered, separator=separator)))


def _named(convert: Callable[[pa.Array], pa.Array], values: pa.Array, field: pa.Field) -> pa.Array:
    """Convert values, with an error that names their column."""
    with suppress(pa.ArrowException):  # its message may quote values
        return convert(values)
    raise misfit(field, "CSV")


def _reads_as_numbers(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if pa.types.is_dictionary(kind) and column_types.is_text(kind.value_type):
        column = pa.chunked_array([column.unique()])
    elif not column_types.is_text(kind):
        return False
    text = pc.cast(column, pa.string())
    return column_types.infer(text) is not text


def _rendered(column: pa.Array, pattern: str) -> pa.Array:
    """Return a column's values as the text between separators; nulls stay null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _rendered(column.dictionary_decode(), pattern)
    text = value_texts.cast(column, pa.string())
    if pa.types.is_floating(kind):
        whole = pc.match_substring_regex(text, "^-?[0-9]+$")
        return pc.if_else(whole, _joined(text, pa.scalar(".0"), separator=""), text)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return text
    return _quoted(text, pattern)


def _where(special: str) -> str:
    """Return a pattern of texts that are quoted: the empty one and those with a special sign."""
    signs = "".join(f"\\x{{{ord(sign):x}}}" for sign in special)
    return f'^$|["\\r\\n{signs}]'


def _quoted(text: pa.Array, pattern: str) -> pa.Array:
    needed = pc.match_substring_regex(text, pattern)
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
