"""Number the distinct values of a column, whether it is of pandas or of Arrow."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from lineage.kernel.errors import AnonymizationError
from ops.data import frames, row_values

Integers = npt.NDArray[np.int64]
Column: TypeAlias = "pd.Series | pa.ChunkedArray"


def encode(column: Column, name: Hashable = None) -> tuple[Integers, int, pd.Index]:
    """Number the distinct values of a column in order of first appearance.

    Args:
        column: Any hashable values; all nulls (None, NaN, NaT, NA) are one value, as are 0.0 and
            -0.0. Of Arrow, only the distinct values are converted to pandas.
        name: What to call an Arrow column in messages; a series has a name.

    Returns:
        The code of each row, the number of codes, and the values by code.

    Raises:
        AnonymizationError: The values cannot be compared (lists, dictionaries).
        DataReadError: pandas cannot hold a value of an Arrow column.
    """
    if isinstance(column, pd.Series):
        return _factorized(column)
    try:
        indices, distinct = _encoded(column)
    except pa.ArrowException:  # a type that Arrow cannot encode
        return _factorized(_series(column, name))
    series = _series(pa.chunked_array([distinct]), name)
    if _is_told_apart_alike(distinct):
        return indices.astype(np.int64), len(series), pd.Index(series.array)
    codes, count, values = _factorized(series)
    # Arrow tells values apart that pandas does not, as NaN from null and 0.0 from -0.0.
    return codes[indices], count, values


def encode_together(columns: Sequence[Column], name: Hashable = None) -> tuple[list[Integers], int]:
    """Number the distinct values of several columns, so that equal values have equal codes.

    Args:
        columns: Values of any type, as of `encode`. Values of different types are equal if Python
            says so, as 1 and 1.0 are.
        name: As of `encode`.

    Returns:
        The code of each row of each column, and the number of codes.
    """
    sides = [encode(column, name) for column in columns]
    codes, count, _ = _factorized(pooled([values for _, _, values in sides]))
    borders = np.cumsum([size for _, size, _ in sides])[:-1]
    places = np.split(codes, borders)
    return [at[own] for at, (own, _, _) in zip(places, sides, strict=True)], count


def pooled(values: Sequence[pd.Index]) -> pd.Series:
    """Return the distinct values of several columns one after the other; categories as values."""
    plain = [v.astype(object) if isinstance(v, pd.CategoricalIndex) else v for v in values]
    return pd.concat([pd.Series(each) for each in plain], ignore_index=True)


def _factorized(column: pd.Series) -> tuple[Integers, int, pd.Index]:
    try:
        codes, values = pd.factorize(column, use_na_sentinel=False)
    except TypeError as error:
        raise AnonymizationError(
            f"column {column.name!r}",
            problem="its values cannot be compared",
            expected="numbers, texts, dates or other hashable values",
            remedy="convert the column, or leave it out",
        ) from error
    return codes.astype(np.int64, copy=False), len(values), pd.Index(values)


def _series(column: pa.ChunkedArray, name: Hashable) -> pd.Series:
    converted = frames.to_dataframe(pa.table([column], ["column"]), f"column {name!r}")
    series: pd.Series = converted["column"]
    series.name = name
    return series


def _is_told_apart_alike(distinct: pa.Array) -> bool:
    """Tell whether pandas is known to tell values apart as Arrow does; nulls are one in both."""
    kind = distinct.type
    if pa.types.is_integer(kind):
        return bool(distinct.null_count == 0)  # with null they may become floats
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return bool(is_text or pa.types.is_boolean(kind))


def _encoded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.signedinteger], pa.Array]:
    """Return the place of each row's value among the distinct ones, and these.

    The distinct values are in order of first appearance, null among them. Those of a dictionary
    are a dictionary again, so that its order is kept.
    """
    kind = column.type
    is_dictionary = pa.types.is_dictionary(kind)
    if is_dictionary:
        whole = column.unify_dictionaries().combine_chunks()
        column = pa.chunked_array([whole.indices])
    elif pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        column = row_values.plain(column)  # of a view, Arrow forgets that an entry is null
    encoded = column.dictionary_encode(null_encoding="encode").unify_dictionaries()
    whole_codes = encoded.combine_chunks()
    if isinstance(whole_codes, pa.ChunkedArray):  # without rows
        whole_codes = pa.array([], kind).dictionary_encode()
    distinct = whole_codes.dictionary
    if is_dictionary:
        distinct = pa.DictionaryArray.from_arrays(distinct, whole.dictionary, ordered=kind.ordered)
    return whole_codes.indices.to_numpy(), distinct
