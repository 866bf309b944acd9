"""Columns prepared for comparison: numbers centred and scaled, categories coded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types, row_values

Floats: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int32]
Counts: TypeAlias = npt.NDArray[np.int64]

_NEAR: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A column of numbers prepared for comparison.

    No measure depends on where numbers lie or on their scale, so they are compared as distances
    from their mean, scaled to at most 1: the squares of very large or very small numbers would
    overflow or vanish.

    Attributes:
        name: The column.
        column: The numbers as they came.
        floats: NaN for null; without a null centred and scaled.
        length: The square root of the sum of squares of `floats`; None with a null.
        ranks: Ranks of the numbers, centred; None with a null, or if ranks are not compared.
        is_ranked: Numbers are compared with numbers by their ranks.
    """

    name: str
    column: pa.ChunkedArray
    floats: Floats
    length: float | None
    ranks: Floats | None = None
    is_ranked: bool = False

    def raw(self) -> Floats:
        """Return the numbers neither centred nor scaled; NaN for null.

        Where rows are left out because the partner has no value, the mean changes, and
        an extreme value that is gone must not have rounded the others away.
        """
        return self.floats if self.length is None else _as_known_floats(self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """A column of categories prepared for comparison.

    Attributes:
        name: The column.
        levels: Number of categories.
        codes: Category of each row from 0; `levels` for null.
        counts: Rows of each category.
        is_complete: No row is null.
    """

    name: str
    levels: int
    codes: Codes
    counts: Counts
    is_complete: bool


Variable: TypeAlias = Numbers | Categories


def variable(
    column: pa.ChunkedArray, name: str, max_levels: int, *, is_ranked: bool = False
) -> Variable | None:
    """Prepare a column.

    Args:
        column: Values of any type; NaN and infinities count as null.
        name: Its name.
        max_levels: Most categories it may have.
        is_ranked: Compare numbers with numbers by their ranks.

    Returns:
        None for a nested type or for more categories than that (an identifier, free text).
    """
    is_extension = isinstance(column.type, pa.BaseExtensionType)
    column = row_values.plain(column)
    if column_types.is_number(column.type) and not is_extension:
        return _numbers(column, name, is_ranked=is_ranked)
    if pa.types.is_nested(column.type):
        return None
    array = pa.chunked_array([column.combine_chunks()]).dictionary_encode().chunk(0)
    levels = len(array.dictionary)
    if levels > max_levels:
        return None
    codes = pc.fill_null(pc.cast(array.indices, pa.int32()), levels).to_numpy()
    counts = np.bincount(codes, minlength=levels)[:levels]
    return Categories(
        name=name,
        levels=levels,
        codes=codes,
        counts=counts,
        is_complete=array.indices.null_count == 0,
    )


def centred(numbers: Floats) -> Floats:
    """Subtract the mean of numbers and scale them to at most 1; equal numbers become 0.

    Args:
        numbers: Finite.
    """
    if not len(numbers):
        return numbers
    low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        return np.zeros_like(numbers)
    distances = _scaled(numbers, max(-low, high))
    distances -= distances.mean()
    largest = float(np.abs(distances).max())
    if largest > _NEAR:
        return distances
    # Far from 0 for their spread: the mean itself is rounded, and squares would be tiny.
    distances = _scaled(distances, largest)
    distances -= distances.mean()
    return distances


def ranked(numbers: Floats) -> Floats:
    """Return ranks from 1; equal numbers have the mean of theirs.

    Args:
        numbers: Finite.
    """
    _, place, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    means: Floats = np.cumsum(counts) - (counts - 1) / 2
    ranks: Floats = means[place]
    return ranks


def length_of(floats: Floats) -> float:
    """Return the square root of the sum of squares."""
    return math.sqrt(floats @ floats)


def _numbers(column: pa.ChunkedArray, name: str, *, is_ranked: bool) -> Numbers:
    floats = _as_floats(column)
    length = ranks = None
    if not np.isnan(floats).any():
        ranks = centred(ranked(floats)) if is_ranked else None
        floats = centred(floats)
        length = length_of(floats)
    return Numbers(
        name=name,
        column=column,
        floats=floats,
        length=length,
        ranks=ranks,
        is_ranked=is_ranked,
    )


def _as_floats(column: pa.ChunkedArray) -> Floats:
    if pa.types.is_integer(column.type):
        column = _from_lowest(column)
    floats = pc.fill_null(pc.cast(column, pa.float64(), safe=False), math.nan)
    numbers: Floats = pc.if_else(pc.is_finite(floats), floats, math.nan).to_numpy()
    return numbers


def _as_known_floats(column: pa.ChunkedArray) -> Floats:
    """Return what `_as_floats` does, faster, of a column that has only finite numbers."""
    if pa.types.is_integer(column.type):
        column = _from_lowest(column)
    numbers: Floats = pc.cast(column, pa.float64(), safe=False).to_numpy()
    return numbers


def _from_lowest(integers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Subtract the lowest, so that float64 keeps the differences of large integers."""
    lowest = pc.min(integers)
    # Modulo 2^64 the difference of any two of them is exact.
    return pc.subtract(*(pc.cast(v, pa.uint64(), safe=False) for v in (integers, lowest)))


def _scaled(numbers: Floats, largest: float) -> Floats:
    """Divide by a power of two, which loses nothing."""
    scaled: Floats = np.ldexp(numbers, -math.frexp(largest)[1])
    return scaled
