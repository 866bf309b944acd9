"""Values without the form in which Arrow stores them, and one error for what cannot be computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import LineageError, OperationError

_Computed = TypeVar("_Computed")


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the values of a column in a type that Arrow can filter, count and cast.

    Dictionaries, runs, views and extension types become their values; small decimals become
    decimal128. Other types, nested ones among them, stay as they are.

    Args:
        column: Values of any type, any number of rows; nulls stay null.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return plain(_each(column, lambda chunk: chunk.storage, kind.storage_type))
    if pa.types.is_dictionary(kind):
        return plain(_each(column, _taken, kind.value_type))
    if pa.types.is_run_end_encoded(kind):
        return plain(_each(column, pc.run_end_decode, kind.value_type))
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_binary_view(kind):
        return column.cast(pa.large_binary())
    if pa.types.is_decimal32(kind) or pa.types.is_decimal64(kind):
        return column.cast(pa.decimal128(kind.precision, kind.scale))
    return column


def computed(subject: str, kind: pa.DataType, compute: Callable[[], _Computed]) -> _Computed:
    """Return what a computation gives, or fail with an error of ours.

    Every error of Arrow, NumPy and pandas in this package passes here.

    Args:
        subject: What is computed, for the message ("column 'age'").
        kind: The Arrow type of its values.
        compute: The computation.

    Raises:
        OperationError: The computation failed; without the foreign message, which may quote
            a value.
    """
    try:
        return compute()
    except (LineageError, MemoryError):
        raise
    except Exception:  # noqa: BLE001, S110  # foreign code, which may raise anything; told below
        pass
    raise OperationError(
        subject,
        problem=f"values of type {kind} cannot be compared",
        remedy="convert the column, or leave it out with the parameter columns",
    )


def _each(
    column: pa.ChunkedArray, convert: Callable[[pa.Array], pa.Array], kind: pa.DataType
) -> pa.ChunkedArray:
    chunks = [convert(chunk) for chunk in column.chunks]
    return pa.chunked_array(chunks, chunks[0].type if chunks else kind)


def _taken(chunk: pa.DictionaryArray) -> pa.Array:
    # The dictionary first: views and runs cannot be taken from.
    return plain(pa.chunked_array([chunk.dictionary])).combine_chunks().take(chunk.indices)
