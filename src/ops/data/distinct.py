"""Work on the distinct values of a column and give each row what its value became."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError
from ops.data import row_values

_ROWS_A_CHUNK: Final = 1 << 20
_SMALL_BYTES: Final = 1 << 30


def map_distinct(
    column: pa.ChunkedArray, function: Callable[[pa.Array], pa.Array], subject: str
) -> pa.ChunkedArray:
    """Apply a function to the distinct values of a column, once each.

    Args:
        column: Values of any type that is not nested; any number of rows. Nulls stay null.
        function: Takes the distinct values, no null among them, in the order of their first
            rows, and returns as many.
        subject: What the column is, for the message ("column 'age'").

    Returns:
        What the function returned for the value of each row, in chunks of at most a million.

    Raises:
        AnonymizationError: The values cannot be compared.
    """
    encoded = encode_distinct(column, subject)
    made = function(encoded.values)
    return gather(made, encoded.codes)


def gather(values: pa.Array, codes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the value of each row.

    Args:
        values: One for each code.
        codes: The code of each row, or null.

    Returns:
        The values in chunks that no text makes too long for Arrow.
    """
    rows = _ROWS_A_CHUNK
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        longest = pc.max(pc.binary_length(values)).as_py() or 1
        rows = max(min(rows, _SMALL_BYTES // longest), 1)
    chunks = [
        values.take(part.slice(start, rows))
        for part in codes.chunks
        for start in range(0, len(part), rows)
    ]
    return pa.chunked_array(chunks, values.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distinct:
    """The distinct values of a column, and which of them each row has.

    Attributes:
        values: The values, no null among them, in the order of their first rows.
        codes: Int32, the position of each row's value; null where the row is null.
    """

    values: pa.Array
    codes: pa.ChunkedArray


def encode_distinct(column: pa.ChunkedArray, subject: str) -> Distinct:
    """Number the distinct values of a column.

    Args:
        column: Values of any type that is not nested; any number of rows.
        subject: What the column is, for the message ("column 'age'").

    Raises:
        AnonymizationError: The values cannot be compared.
    """
    values = row_values.plain(column)
    if pa.types.is_null(values.type):
        return Distinct(
            values=pa.array([], values.type),
            codes=pa.chunked_array([pa.nulls(len(values), pa.int32())]),
        )
    if pa.types.is_string(values.type) and values.nbytes > _SMALL_BYTES:
        values = values.cast(pa.large_string())  # a dictionary of strings ends at 2 GiB
    try:
        encoded = values.dictionary_encode().unify_dictionaries()
    except pa.ArrowException:
        encoded = None
    if encoded is None:  # outside of the handler: Arrow's message may quote a value
        raise AnonymizationError(
            subject,
            problem=f"its values, of type {column.type}, cannot be compared",
            expected="numbers, texts, dates or truth values",
            remedy="convert the column, or leave it out",
        )
    if not encoded.num_chunks:
        return Distinct(values=pa.array([], values.type), codes=pa.chunked_array([], pa.int32()))
    codes = pa.chunked_array([chunk.indices for chunk in encoded.chunks], pa.int32())
    return Distinct(values=encoded.chunk(0).dictionary, codes=codes)


def without_nan(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column in which what is not a number is null."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
