"""How strongly columns are associated, whatever their types.

Numbers with numbers: Pearson's r, or Spearman's rho if ranks are compared. Categories with
categories: Cramér's V with Bergsma's correction. Numbers with categories: the correlation ratio
eta. Each pair uses the rows in which both have a value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, TypeAlias, assert_never, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ops.profiling.variables import (
    Categories,
    Codes,
    Counts,
    Floats,
    Numbers,
    Variable,
    centred,
    length_of,
    ranked,
)

Measure: TypeAlias = Literal["pearson", "cramers_v", "eta", "spearman"]
SOURCES: Final[Mapping[Measure, str]] = {
    "pearson": "Pearson, Proceedings of the Royal Society 58 (1895) 240-242",
    "cramers_v": "Bergsma, Journal of the Korean Statistical Society 42 (2013) 323-328",
    "eta": "correlation ratio; Fisher, Statistical Methods for Research Workers (1925), ch. VIII",
    "spearman": "Spearman, American Journal of Psychology 15 (1904) 72-101; ties by mean ranks",
}
_ROWS_A_CHUNK: Final = 1 << 18
_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """One pair of columns.

    Attributes:
        first: The one earlier in the table.
        second: The other.
        measure: What `value` is.
        rows: Rows in which both have a value.
        value: From -1 to 1 for "pearson" and "spearman", else from 0 to 1; None if it is not
            defined (in these rows one of the columns is constant) or `rows` is below the threshold.
    """

    first: str
    second: str
    measure: Measure
    rows: int
    value: float | None


class Associations(Sequence[Association]):
    """All pairs of columns, in the order of the columns, in little memory.

    Args:
        names: The columns.
        measures: The measure of each pair, as its place in `SOURCES`.
        rows: The rows of each pair.
        values: The value of each pair; NaN for None.
    """

    def __init__(
        self,
        names: Sequence[str],
        measures: npt.NDArray[np.uint8],
        rows: npt.NDArray[np.int64],
        values: Floats,
    ) -> None:
        self.names = tuple(names)
        self.measures, self.rows, self.values = measures, rows, values
        self.firsts, self.seconds = np.triu_indices(len(names), 1)

    @property
    def strengths(self) -> Floats:
        """The absolute values of the pairs that have one."""
        strengths: Floats = np.abs(self.values[~np.isnan(self.values)])
        return strengths

    @property
    def matrix(self) -> Floats:
        """The symmetric matrix: 1.0 for a column with itself, NaN without a value."""
        matrix = np.eye(len(self.names))
        matrix[self.firsts, self.seconds] = matrix[self.seconds, self.firsts] = self.values
        return matrix

    def strongest(self, count: int) -> list[Association]:
        """Return the strongest pairs, strongest first, those without a value last."""
        order = np.argsort(-np.nan_to_num(np.abs(self.values), nan=-1.0), kind="stable")
        return [self[place] for place in order[:count].tolist()]

    def to_table(self) -> pa.Table:
        """Return a row for each pair, with the fields of `Association`."""
        names, measures = pa.array(self.names, pa.string()), pa.array(list(SOURCES))
        return pa.table(
            {
                "first": names.take(pa.array(self.firsts)),
                "second": names.take(pa.array(self.seconds)),
                "measure": measures.take(pa.array(self.measures)),
                "rows": self.rows,
                "value": pa.array(self.values, from_pandas=True),
            }
        )

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, place: int) -> Association: ...

    @overload
    def __getitem__(self, place: slice) -> list[Association]: ...

    def __getitem__(self, place: int | slice) -> Association | list[Association]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        value = float(self.values[place])
        return Association(
            first=self.names[self.firsts[place]],
            second=self.names[self.seconds[place]],
            measure=tuple(SOURCES)[self.measures[place]],
            rows=int(self.rows[place]),
            value=None if math.isnan(value) else value,
        )


def associate(variables: Sequence[Variable], k: int) -> Associations:
    """Measure every pair.

    Args:
        variables: Columns of one table, so with equally many rows.
        k: Fewest rows for which a value is given.

    Returns:
        The pairs in the order of the variables, without pairs of a column with itself.
    """
    count = math.comb(len(variables), 2)
    measures = np.empty(count, dtype=np.uint8)
    rows = np.empty(count, dtype=np.int64)
    values = np.full(count, math.nan)
    places = {measure: place for place, measure in enumerate(SOURCES)}
    for place, (first, second) in enumerate(combinations(variables, 2)):
        measure, rows[place], value = _measured(first, second)
        measures[place] = places[measure]
        if value is not None and rows[place] >= k:
            # The last digits of a sum depend on the number of threads, those of a file must not.
            values[place] = round(value, _DIGITS)
    return Associations([found.name for found in variables], measures, rows, values)


def pearson(first: Floats, second: Floats) -> tuple[int, float | None]:
    """Return the rows in which both numbers are there, and their correlation.

    Source: SOURCES["pearson"].
    """
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = centred(first[both]), centred(second[both])
    return len(first), _cosine(first, second, length_of(first), length_of(second))


def spearman(first: Floats, second: Floats) -> tuple[int, float | None]:
    """Return the rows in which both numbers are there, and the correlation of their ranks.

    Source: SOURCES["spearman"].
    """
    both = ~(np.isnan(first) | np.isnan(second))
    if not both.any():
        return 0, None
    return pearson(ranked(first[both]), ranked(second[both]))


def cramers_v(table: Counts) -> float | None:
    """Return Cramér's V of a contingency table, corrected for bias.

    Args:
        table: Counts; rows and columns without any are ignored.

    Returns:
        From 0 to 1; None when fewer than two rows or columns have counts, or so few counts
        that the correction leaves no dimension.

    Source: SOURCES["cramers_v"], with r~ = r - (r - 1)^2 / (n - 1) and the same for columns.
    """
    down, across = table.sum(axis=1).astype(float), table.sum(axis=0).astype(float)
    if not (down.all() and across.all()):
        table = table[down > 0][:, across > 0]
        down, across = down[down > 0], across[across > 0]
    n = float(down.sum())
    if min(table.shape) < 2:  # noqa: PLR2004  # one category associates with anything
        return None
    expected = np.outer(down, across) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    rows, columns = table.shape
    corrected = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    room = min(size - (size - 1) ** 2 / (n - 1) for size in (rows, columns)) - 1
    return min(1.0, math.sqrt(corrected / room)) if room > 0 else None


def eta(codes: Codes, levels: int, numbers: Floats) -> tuple[int, float | None]:
    """Return the rows in which both are there, and the correlation ratio.

    Args:
        codes: Category of each row; `levels` is null.
        levels: Number of categories.
        numbers: Any; NaN is null.

    Source: SOURCES["eta"]: the square root of the share of the numbers' sum of squares that
    lies between the categories.
    """
    both = ~np.isnan(numbers) & (codes < levels)
    codes, numbers = codes[both], centred(numbers[both])
    counts = np.bincount(codes, minlength=levels)
    return len(numbers), _ratio(codes, counts, numbers, length_of(numbers))


def _measured(first: Variable, second: Variable) -> tuple[Measure, int, float | None]:
    match first:
        case Numbers():
            if isinstance(second, Numbers):
                if first.is_ranked:
                    return "spearman", *_spearman(first, second)
                return "pearson", *_pearson(first, second)
            return "eta", *_eta(second, first)
        case Categories():
            if isinstance(second, Numbers):
                return "eta", *_eta(first, second)
            table = _contingency(first, second)
            return "cramers_v", int(table.sum()), cramers_v(table)
    assert_never(first)


def _contingency(first: Categories, second: Categories) -> Counts:
    """Count the pairs of codes in pieces that fit the cache; nulls are left out."""
    shape = (first.levels + 1, second.levels + 1)
    cells = np.zeros(math.prod(shape), dtype=np.int64)
    for start in range(0, len(first.codes), _ROWS_A_CHUNK):
        part = slice(start, start + _ROWS_A_CHUNK)
        pairs = first.codes[part].astype(np.int64) * shape[1] + second.codes[part]
        cells += np.bincount(pairs, minlength=cells.size)
    return cells.reshape(shape)[:-1, :-1]


def _pearson(first: Numbers, second: Numbers) -> tuple[int, float | None]:
    if first.length is None or second.length is None:
        return pearson(first.raw(), second.raw())
    cosine = _cosine(first.floats, second.floats, first.length, second.length)
    return len(first.floats), cosine


def _spearman(first: Numbers, second: Numbers) -> tuple[int, float | None]:
    if first.ranks is None or second.ranks is None:
        return spearman(first.raw(), second.raw())
    lengths = length_of(first.ranks), length_of(second.ranks)
    return len(first.ranks), _cosine(first.ranks, second.ranks, *lengths)


def _eta(categories: Categories, numbers: Numbers) -> tuple[int, float | None]:
    if numbers.length is None or not categories.is_complete:
        return eta(categories.codes, categories.levels, numbers.raw())
    ratio = _ratio(categories.codes, categories.counts, numbers.floats, numbers.length)
    return len(numbers.floats), ratio


def _ratio(codes: Codes, counts: Counts, floats: Floats, length: float) -> float | None:
    """Return eta of centred numbers, of which `length` is the root of the sum of squares."""
    if length == 0.0 or np.count_nonzero(counts) < 2:  # noqa: PLR2004  # one category associates with anything
        return None
    sums = np.bincount(codes, weights=floats, minlength=len(counts))
    between = float((sums * sums / np.maximum(counts, 1)).sum())
    return min(1.0, math.sqrt(between) / length)


def _cosine(first: Floats, second: Floats, length: float, other: float) -> float | None:
    if length == 0.0 or other == 0.0:
        return None
    return min(1.0, max(-1.0, float(first @ second) / (length * other)))
