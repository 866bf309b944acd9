"""Models of single columns: categories by their shares, numbers by their quantiles.

A model turns values into places from 0 to 1, and places into values. It keeps no value that few
rows have.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types, row_values

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_FEW: Final = 30
"""Numbers with at most so many different values are categories, in their order."""
_MOST_KNOTS: Final = 200
_TRIES: Final = 20
_NEAR: Final = 0.05


@dataclass(slots=True, kw_only=True)
class Categories:
    """A column of few values.

    Attributes:
        values: The values that enough rows have, in the order of their places.
        codes: Which one each row has, -1 for null and for rarer values; shape (rows,).
        null_rate: The share of nulls.
        rare: How many different values are too rare.
        is_nominal: Whether the order of the values means nothing.
    """

    values: pa.Array
    codes: Integers
    null_rate: float
    rare: int
    is_nominal: bool

    @property
    def borders(self) -> Floats:
        """The place at which each value ends; shape (values,)."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))
        return np.cumsum(counts) / max(int(counts.sum()), 1)

    def places(self, random: np.random.Generator) -> Floats:
        """Return the place of each row, by chance within that of its value; NaN for none."""
        ends = self.borders
        starts = np.concatenate([[0.0], ends[:-1]])
        within = starts[self.codes] + (ends - starts)[self.codes] * random.random(len(self.codes))
        return np.where(self.codes >= 0, within, np.nan)

    def reorder(self, order: Integers) -> None:
        """Put the values in another order, by their numbers."""
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        self.values = self.values.take(pa.array(order))
        self.codes = np.where(self.codes >= 0, rank[self.codes], -1)

    def draw(self, places: Floats, random: np.random.Generator) -> pa.Array:
        """Return the value at each place, and null by its rate."""
        found = np.searchsorted(self.borders, places, side="right")
        found = np.minimum(found, len(self.values) - 1)
        is_null = random.random(len(places)) < self.null_rate
        return self.values.take(pa.array(found, mask=is_null))


@dataclass(slots=True, kw_only=True)
class Numbers:
    """A column of many numbers or times.

    Attributes:
        kind: Their type.
        base: What was taken from each, so that floats hold the rest.
        distances: The numbers of the rows beyond `base`, NaN for null; shape (rows,).
        knots: Their quantiles at equal distances between the clipped ends.
        ends: The lowest and the highest place that is drawn.
        null_rate: The share of nulls.
        single: The numbers that one row has, sorted; none of them is drawn.
        is_nominal: False.
    """

    kind: pa.DataType
    base: float
    distances: Floats
    knots: Floats
    ends: tuple[float, float]
    null_rate: float
    single: Floats
    rare: int = 0
    is_nominal: bool = field(default=False, init=False)

    def places(self, random: np.random.Generator) -> Floats:
        """Return the place of each row among all, of equal ones by chance; NaN for null."""
        known = np.flatnonzero(~np.isnan(self.distances))
        order = np.lexsort([random.random(len(known)), self.distances[known]])
        places = np.full(len(self.distances), np.nan)
        places[known[order]] = (np.arange(len(known)) + 0.5) / max(len(known), 1)
        return places

    def draw(self, places: Floats, random: np.random.Generator) -> pa.Array:
        """Return a number near each place that no single row has, and null by its rate."""
        drawn = self._at(places)
        is_null = random.random(len(places)) < self.null_rate
        for _ in range(_TRIES):
            copied = np.flatnonzero(self._is_single(drawn))
            if not len(copied):
                break
            moved = places[copied] + random.uniform(-_NEAR, _NEAR, len(copied))
            drawn[copied] = self._at(moved)
        is_null |= self._is_single(drawn)
        return _restored(drawn, self.base, self.kind, is_null)

    def _at(self, places: Floats) -> Floats:
        low, high = self.ends
        grid = np.linspace(low, high, len(self.knots))
        found = np.interp(np.clip(places, low, high), grid, self.knots)
        return np.asarray(found if self._is_fractional else np.rint(found), dtype=np.float64)

    def _is_single(self, drawn: Floats) -> npt.NDArray[np.bool_]:
        return np.isin(drawn, self.single)

    @property
    def _is_fractional(self) -> bool:
        return bool(pa.types.is_floating(self.kind))


Marginal: TypeAlias = Categories | Numbers


def fit(column: pa.ChunkedArray, *, minimum_count: int, clip: float) -> Marginal | None:
    """Fit a model to a column.

    Args:
        column: Values of any type.
        minimum_count: The fewest rows that have a value which is drawn as it is.
        clip: The share of the lowest and of the highest numbers that are never reached.

    Returns:
        The model; None if it has no value that enough rows have, and is not of numbers or times,
        or is of a type that cannot be compared.
    """
    plain = row_values.plain(column)
    if pa.types.is_floating(plain.type):
        plain = pc.if_else(pc.is_finite(plain), plain, pa.scalar(None, plain.type))
    if pa.types.is_null(plain.type):
        return Categories(
            values=pa.nulls(1, plain.type),
            codes=np.full(len(plain), -1),
            null_rate=1.0,
            rare=0,
            is_nominal=True,
        )
    try:
        counted = pc.value_counts(plain.drop_null())
    except pa.ArrowException:
        return None
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    if not _is_measured(plain.type) or len(values) <= _FEW:
        found = _categories(plain, values, np.asarray(counts), minimum_count)
        if found is not None or not _is_measured(plain.type):
            return found
    return _numbers(plain, minimum_count, clip)


def _categories(
    plain: pa.ChunkedArray, values: pa.Array, counts: Integers, minimum_count: int
) -> Categories | None:
    null_rate = plain.null_count / max(len(plain), 1)
    frequent = values.filter(pa.array(counts >= minimum_count))
    if not len(frequent) and len(values):
        return None
    try:
        frequent = frequent.take(pc.sort_indices(frequent))
    except pa.ArrowException:
        return None
    if not len(frequent):
        frequent = pa.nulls(1, plain.type)
    codes = pc.fill_null(pc.index_in(plain, value_set=frequent, skip_nulls=True), -1)
    return Categories(
        values=frequent,
        codes=np.asarray(codes.to_numpy(), dtype=np.int64),
        null_rate=null_rate,
        rare=int((counts < minimum_count).sum()),
        is_nominal=not _is_measured(plain.type) and not pa.types.is_boolean(plain.type),
    )


def _numbers(plain: pa.ChunkedArray, minimum_count: int, clip: float) -> Numbers:
    base, distances = _measured(plain)
    known = np.sort(distances[~np.isnan(distances)])
    # Each piece between two knots, and what lies beyond the last, has enough rows.
    knots = int(np.clip(len(known) // max(minimum_count, 1), 2, _MOST_KNOTS))
    end = min(max(clip, minimum_count / max(len(known), 1)), 0.5)
    ends = (end, 1 - end)
    values, counts = np.unique(known, return_counts=True)
    return Numbers(
        kind=plain.type,
        base=base,
        distances=distances,
        knots=np.quantile(known, np.linspace(*ends, knots)),
        ends=ends,
        null_rate=plain.null_count / max(len(plain), 1),
        single=values[counts == 1],
    )


def _is_measured(kind: pa.DataType) -> bool:
    """Tell whether values of a type lie at distances from each other."""
    return column_types.is_number(kind) or (
        pa.types.is_temporal(kind) and not pa.types.is_interval(kind)
    )


def _storage(kind: pa.DataType) -> pa.DataType:
    return pa.int32() if kind.bit_width == 32 else pa.int64()  # noqa: PLR2004  # date32, time32


def _measured(plain: pa.ChunkedArray) -> tuple[float, Floats]:
    """Return a base and the distances from it, NaN for null; times and decimals in their units."""
    kind = plain.type
    if pa.types.is_floating(kind):
        return 0.0, _floats(plain)
    if pa.types.is_decimal(kind):
        return 0, np.rint(_floats(plain) * 10.0**kind.scale)
    whole = plain if pa.types.is_integer(kind) else plain.cast(_storage(kind))
    if not pa.types.is_uint64(kind):
        whole = whole.cast(pa.int64())
    base = pc.min(whole).as_py() or 0
    # What is beyond the highest int64 wraps around, and back when it is restored.
    return base, _floats(
        pc.subtract(whole, pa.scalar(base, whole.type)).cast(pa.uint64(), safe=False)
    )


def _floats(column: pa.ChunkedArray) -> Floats:
    filled = pc.fill_null(column.cast(pa.float64(), safe=False), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def _restored(
    drawn: Floats, base: float, kind: pa.DataType, is_null: npt.NDArray[np.bool_]
) -> pa.Array:
    """Return numbers as values of a type."""
    if pa.types.is_floating(kind):
        return pa.array(drawn, mask=is_null).cast(kind)
    whole = np.where(is_null, 0, drawn)
    if pa.types.is_decimal(kind):
        units = pa.array(whole.astype(np.int64), mask=is_null).cast(pa.decimal128(38, 0))
        # The same bytes with another scale are the units divided by it.
        scaled = pa.decimal128(38, kind.scale)
        return pa.Array.from_buffers(scaled, len(units), units.buffers()).cast(kind)
    if pa.types.is_uint64(kind):
        return pa.array(whole.astype(np.uint64) + np.uint64(base), mask=is_null)
    integers = (whole.astype(np.uint64) + np.int64(base).astype(np.uint64)).astype(np.int64)
    values = pa.array(integers, mask=is_null)
    return values.cast(kind if pa.types.is_integer(kind) else _storage(kind)).cast(kind)
