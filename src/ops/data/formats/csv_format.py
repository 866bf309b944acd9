"""Write CSV so that reading it gives the same values.

Arrow's own writer prints the float 1.0 as "1", which would come back as an integer, so lines are
joined here. Text that would come back as numbers or booleans is put in quotes, which tell the
reader that it is text.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types, value_texts
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.formats.csv_header import SUSPECT_IN_NAMES
from ops.data.placement import misfit

_ROWS_A_BATCH: Final = 1 << 16
_WORKERS: Final = min(4, os.cpu_count() or 1)
_PROBED_ROWS: Final = 1_000
_NO_NUMBER: Final = "^(-?0[0-9]|[+])"
"""A pattern of texts that keep their column text, see `column_types.infer`; most codes have one."""

_ALWAYS: Final = ""
"""The pattern of texts to quote that all texts match."""


class CsvSink:
    r"""Writes UTF-8 CSV with a header and "\n" after each line.

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
        schema: Columns of these types.
        write: Takes the bytes, batch by batch.
        dialect: Only its separator is used.
        quotes_text: Quote all text: rows that are not there yet might make a column read as
            numbers. Otherwise `write` is called once.
    """

    def __init__(
        self,
        schema: pa.Schema,
        write: Callable[[bytes], object],
        dialect: CsvDialect,
        *,
        quotes_text: bool = False,
    ) -> None:
        self._write = write
        self._separator = separator = dialect.separator
        self._quotes_text = quotes_text
        # A name with another separator in it would look like a header read with the wrong one.
        suspect = _where(separator + SUSPECT_IN_NAMES)
        names = _quoted(pa.array(schema.names, pa.string()), suspect)
        write((separator.join(names.to_pylist()) + "\n").encode())

    def write(self, table: pa.Table) -> None:
        """Write rows, see `sinks.Sink`.

        Raises:
            DataWriteError: Values of a column have no such text: durations, lists, structures,
                bytes that are no text, dates beyond the years that can be written, an unknown
                time zone.
        """
        columns = [
            _named(value_texts.castable, column, field)
            for column, field in zip(table.columns, table.schema, strict=True)
        ]
        needed = _where(self._separator)
        patterns = [_ALWAYS if self._is_quoted(column) else needed for column in columns]
        castable = pa.Table.from_arrays(columns, table.column_names)
        lines = partial(_lines, patterns=patterns, schema=table.schema, separator=self._separator)
        for text in _in_order(lines, castable.to_batches(max_chunksize=_ROWS_A_BATCH)):
            self._write(text)

    def close(self) -> None:
        """Do nothing: every line is written."""

    def _is_quoted(self, column: pa.ChunkedArray) -> bool:
        kind = column.type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
            column = pa.chunked_array([column.unique().dictionary_decode()], kind)
        if not column_types.is_text(kind):
            return False
        if self._quotes_text:
            return True
        probe = pc.match_substring_regex(column.slice(0, _PROBED_ROWS), _NO_NUMBER)
        if pc.any(probe).as_py():
            return False
        text = pc.cast(column, pa.string())
        return column_types.infer(text) is not text


def _in_order(
    work: Callable[[pa.RecordBatch], bytes], batches: Iterable[pa.RecordBatch]
) -> Iterator[bytes]:
    """Do work on batches in threads, a few at a time, and give the results in order."""
    left = iter(batches)
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[Future[bytes]] = deque(
            pool.submit(work, batch) for batch in islice(left, _WORKERS + 1)
        )
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(work, batch) for batch in islice(left, 1))


def _lines(
    batch: pa.RecordBatch, *, patterns: list[str], schema: pa.Schema, separator: str
) -> bytes:
    rendered = [
        _named(partial(_rendered, pattern=pattern, separator=separator), column, field)
        for column, pattern, field in zip(batch.columns, patterns, schema, strict=True)
    ]
    rendered[-1] = _joined(rendered[-1], pa.scalar("\n"), separator="")
    return _joined_bytes(_joined(*rendered, separator=separator))


def _named(convert: Callable[[pa.Array], pa.Array], values: pa.Array, field: pa.Field) -> pa.Array:
    """Convert values, with an error that names their column."""
    with suppress(pa.ArrowException):  # its message may quote values
        return convert(values)
    raise misfit(field, "CSV")


def _rendered(column: pa.Array, pattern: str, separator: str) -> pa.Array:
    """Return a column's values as the text between separators; nulls stay null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _rendered(column.dictionary_decode(), pattern, separator)
    text = value_texts.cast(column, pa.string())
    if pa.types.is_floating(kind):
        return _with_points(column, text)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return text
    if pattern == _ALWAYS or _has_special(text, separator):
        return _quoted(text, pattern)
    return text


def _with_points(numbers: pa.Array, text: pa.Array) -> pa.Array:
    """Add ".0" to the texts of floats that read as integers."""
    numbers = numbers.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.is_finite(numbers))
    if not pc.any(whole).as_py():
        return text
    whole = pc.and_(whole, pc.invert(pc.match_substring(text, "e")))
    return pc.if_else(whole, _joined(text, pa.scalar(".0"), separator=""), text)


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


def _has_special(text: pa.Array, separator: str) -> bool:
    """Tell quickly whether a text may need quotes: one is empty, or any has a special sign."""
    if pc.any(pc.equal(pc.binary_length(text), 0)).as_py():
        return True
    data = bytes(_bytes_of(text))
    return any(sign in data for sign in (b'"', b"\r", b"\n", separator.encode()))


def _joined(*parts: pa.Array | pa.Scalar, separator: str) -> pa.Array:
    return pc.binary_join_element_wise(
        *parts, separator, null_handling="replace", null_replacement=""
    )


def _joined_bytes(lines: pa.Array) -> bytes:
    return bytes(_bytes_of(lines))


def _bytes_of(text: pa.Array) -> memoryview:
    """Return the bytes of all texts of an array of strings, one after the other."""
    _, offsets, data = text.buffers()
    if data is None or not len(text):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    return memoryview(data)[ends[text.offset] : ends[text.offset + len(text)]]
