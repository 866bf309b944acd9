"""The text of values that Arrow's own cast would write as raw bytes or bare numbers."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError
from ops.data import row_values

_BYTES: Final = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
    pa.types.is_binary_view,
    pa.types.is_string_view,
)
_WITHOUT: Final = (pa.types.is_duration, pa.types.is_interval, pa.types.is_nested)
_OUT_OF_RANGE: Final = "<value out of range"
_AS_PYTHON_SHOWS: Final = frozenset({"arrow.uuid", "pandas.period", "pandas.interval"})


def castable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column whose cast to text is the text of its values.

    UUIDs, and periods and intervals of pandas, become the text that Python shows; bytes the text
    that they are in UTF-8; runs their values. Text, numbers, booleans, dates, times and
    dictionaries of these stay as they are.

    Args:
        column: Values of any type, any number of rows; nulls stay null.

    Raises:
        pyarrow.ArrowException: The values have no text: durations, lists, structures, bytes that
            are no text. The message may quote values.
    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return _extension_text(column)
    if pa.types.is_dictionary(kind):
        return row_values.each_chunk(column, _with_castable_entries, kind)
    if pa.types.is_run_end_encoded(kind):
        return castable(row_values.plain(column))
    if any(is_kind(kind) for is_kind in _WITHOUT):
        raise pa.ArrowTypeError(str(kind))
    return column.cast(pa.large_string()) if any(is_kind(kind) for is_kind in _BYTES) else column


def cast(column: pa.Array | pa.ChunkedArray, target: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Cast a castable column to a type of text.

    Raises:
        pyarrow.ArrowException: A date or time is beyond the years that have a text, or its zone
            is not known.
    """
    text = pc.cast(column, target)
    if pa.types.is_temporal(column.type) and pc.any(pc.starts_with(text, _OUT_OF_RANGE)).as_py():
        raise pa.ArrowInvalid(_OUT_OF_RANGE)
    return text


def of_values(values: pa.Array, subject: str) -> pa.Array:
    """Return the texts of values: large strings of large strings, else strings.

    Args:
        values: Values of any type; nulls stay null.
        subject: What they are, for the message ("column 'age'").

    Raises:
        AnonymizationError: They have no text.
    """
    kind = pa.large_string() if pa.types.is_large_string(values.type) else pa.string()
    try:
        return cast(castable(pa.chunked_array([values])).combine_chunks(), kind)
    except pa.ArrowException:
        problem = f"its values, of type {values.type}, have no text"
    # outside of the handler: Arrow's message may quote a value
    raise AnonymizationError(subject, problem=problem, remedy="convert the column")


def _with_castable_entries(chunk: pa.DictionaryArray) -> pa.DictionaryArray:
    entries = castable(pa.chunked_array([chunk.dictionary])).combine_chunks()
    return pa.DictionaryArray.from_arrays(chunk.indices, entries, ordered=chunk.type.ordered)


def _extension_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    name = column.type.extension_name
    if name == "arrow.json":
        return row_values.plain(column)
    if name not in _AS_PYTHON_SHOWS:
        raise pa.ArrowTypeError(name)
    # pandas makes numbers of nulls in an interval.
    present = column.drop_null()
    values = present.to_pandas() if name.startswith("pandas.") else present.to_pylist()
    texts = pa.array([str(value) for value in values], pa.large_string())
    nulls = pa.nulls(len(column), texts.type)
    return pa.chunked_array(
        [pc.replace_with_mask(nulls, column.is_valid().combine_chunks(), texts)]
    )
