"""How strongly columns are associated, whatever their types.

Numbers with numbers: Pearson's r. Categories with categories: Cramér's V with Bergsma's
correction. Numbers with categories: the correlation ratio eta. Each pair uses the rows in
which both have a value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, TypeAlias, assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types

Measure: TypeAlias = Literal["pearson", "cramers_v", "eta"]
SOURCES: Final[Mapping[Measure, str]] = {
    "pearson": "Pearson, Proceedings of the Royal Society 58 (1895) 240-242",
    "cramers_v": "Bergsma, Journal of the Korean Statistical Society 42 (2013) 323-328",
    "eta": "correlation ratio; Fisher, Statistical Methods for Research Workers (1925), ch. VIII",
}
_ROWS_A_CHUNK: Final = 1 << 18
_DIGITS: Final = 12

_Floats: TypeAlias = npt.NDArray[np.float64]
_Codes: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A column of numbers prepared for comparison.

    Attributes:
        name: The column.
        numbers: NaN for null.
    """

    name: str
    numbers: _Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Categories:
    """A column of categories prepared for comparison.

    Attributes:
        name: The column.
        levels: Number of categories.
        codes: Category of each row from 0; `levels` for null.
    """

    name: str
    levels: int
    codes: _Codes


Variable: TypeAlias = Numbers | Categories


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """One pair of columns.

    Attributes:
        first: The one earlier in the table.
        second: The other.
        measure: What `value` is.
        rows: Rows in which both have a value.
        value: From -1 to 1 for "pearson", else from 0 to 1; None if it is not defined (a
            constant column) or `rows` is below the threshold.
    """

    first: str
    second: str
    measure: Measure
    rows: int
    value: float | None


def variable(column: pa.ChunkedArray, name: str, max_levels: int) -> Variable | None:
    """Prepare a column.

    Args:
        column: Values of any type; NaN and infinities count as null.
        name: Its name.
        max_levels: Most categories it may have.

    Returns:
        None for a nested type or for more categories than that (an identifier, free text).
    """
    if column_types.is_number(column.type):
        return Numbers(name=name, numbers=_as_floats(column))
    if pa.types.is_nested(column.type):
        return None
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    array = pa.chunked_array([column.combine_chunks()]).dictionary_encode().chunk(0)
    levels = len(array.dictionary)
    if levels > max_levels:
        return None
    codes = pc.fill_null(pc.cast(array.indices, pa.int32()), levels)
    return Categories(name=name, levels=levels, codes=codes.to_numpy())


def associate(variables: Sequence[Variable], k: int) -> list[Association]:
    """Measure every pair.

    Args:
        variables: Columns of one table, so with equally many rows.
        k: Fewest rows for which a value is given.

    Returns:
        The pairs in the order of the variables, without pairs of a column with itself.
    """
    return [_associated(first, second, k) for first, second in combinations(variables, 2)]


def pearson(first: _Floats, second: _Floats) -> tuple[int, float | None]:
    """Return the rows in which both numbers are there, and their correlation.

    Source: SOURCES["pearson"].
    """
    both = ~(np.isnan(first) | np.isnan(second))
    if not both.all():
        first, second = first[both], second[both]
    if _is_constant(first) or _is_constant(second):
        return len(first), None
    first, second = first - first.mean(), second - second.mean()
    scale = math.sqrt(first @ first) * math.sqrt(second @ second)
    return len(first), float(np.clip((first @ second) / scale, -1.0, 1.0))


def cramers_v(table: npt.NDArray[np.int64]) -> float | None:
    """Return Cramér's V of a contingency table, corrected for bias.

    Args:
        table: Counts; rows and columns without any are ignored.

    Returns:
        From 0 to 1; None when fewer than two rows or columns have counts, or so few counts
        that the correction leaves no dimension.

    Source: SOURCES["cramers_v"], with r~ = r - (r - 1)^2 / (n - 1) and the same for columns.
    """
    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(float)
    n = counts.sum()
    if min(counts.shape) < 2:  # noqa: PLR2004  # one category associates with anything
        return None
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi2 = float(((counts - expected) ** 2 / expected).sum()) / n
    rows, columns = counts.shape
    corrected = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    room = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)) - 1
    return min(1.0, math.sqrt(corrected / room)) if room > 0 else None


def eta(codes: _Codes, levels: int, numbers: _Floats) -> tuple[int, float | None]:
    """Return the rows in which both are there, and the correlation ratio.

    Args:
        codes: Category of each row; `levels` is null.
        levels: Number of categories.
        numbers: Any; NaN is null.

    Source: SOURCES["eta"]: the square root of the share of the numbers' sum of squares that
    lies between the categories.
    """
    both = ~np.isnan(numbers) & (codes < levels)
    if not both.all():
        codes, numbers = codes[both], numbers[both]
    if _is_constant(numbers):
        return len(numbers), None
    numbers = numbers - numbers.mean()
    counts = np.bincount(codes, minlength=levels)
    sums = np.bincount(codes, weights=numbers, minlength=levels)
    between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
    return len(numbers), min(1.0, math.sqrt(between / float(numbers @ numbers)))


def _associated(first: Variable, second: Variable, k: int) -> Association:
    measure, rows, value = _measured(first, second)
    return Association(
        first=first.name,
        second=second.name,
        measure=measure,
        rows=rows,
        # The last digits of a sum depend on the number of threads, those of a file must not.
        value=None if value is None or rows < k else round(value, _DIGITS),
    )


def _measured(first: Variable, second: Variable) -> tuple[Measure, int, float | None]:
    match first:
        case Numbers():
            if isinstance(second, Numbers):
                return "pearson", *pearson(first.numbers, second.numbers)
            return "eta", *eta(second.codes, second.levels, first.numbers)
        case Categories():
            if isinstance(second, Numbers):
                return "eta", *eta(first.codes, first.levels, second.numbers)
            table = _contingency(first, second)
            return "cramers_v", int(table.sum()), cramers_v(table)
    assert_never(first)


def _contingency(first: Categories, second: Categories) -> npt.NDArray[np.int64]:
    """Count the pairs of codes in pieces that fit the cache; nulls are left out."""
    shape = (first.levels + 1, second.levels + 1)
    cells = np.zeros(math.prod(shape), dtype=np.int64)
    for start in range(0, len(first.codes), _ROWS_A_CHUNK):
        part = slice(start, start + _ROWS_A_CHUNK)
        pairs = first.codes[part].astype(np.int64) * shape[1] + second.codes[part]
        cells += np.bincount(pairs, minlength=cells.size)
    return cells.reshape(shape)[:-1, :-1]


def _as_floats(column: pa.ChunkedArray) -> _Floats:
    floats = pc.fill_null(pc.cast(column, pa.float64(), safe=False), math.nan)
    numbers: _Floats = pc.if_else(pc.is_finite(floats), floats, math.nan).to_numpy()
    return numbers


def _is_constant(numbers: _Floats) -> bool:
    return len(numbers) == 0 or bool(numbers.min() == numbers.max())
