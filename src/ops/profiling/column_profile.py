"""Describe one column without showing values that few rows have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types

RULE: Final = (
    "a value is shown only if at least k rows have it; low, high and quantiles are means of "
    "groups of at least k neighbouring rows in the order of the values; mean and standard "
    "deviation need at least k rows; identifiers show no values at all"
)
_QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrequentValues:
    """The values that many rows have.

    Attributes:
        shown: (value, rows) of the most frequent values, most frequent first, ties by text.
        unlisted: How many more values occur in at least k rows.
        withheld_values: How many values occur in fewer than k rows.
        withheld_rows: How many rows have such a value.
    """

    shown: tuple[tuple[object, int], ...]
    unlisted: int
    withheld_values: int
    withheld_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSummary:
    """Where the numbers of a column lie.

    Attributes:
        low: Mean of the lowest group of at least k rows.
        high: Mean of the highest group.
        quantiles: Share of rows below ("0.25") to the mean of the group there.
        mean: Over all rows with a value.
        std: Standard deviation with n - 1; None for a single row.
    """

    low: float
    high: float
    quantiles: Mapping[str, float]
    mean: float
    std: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """One column.

    Attributes:
        name: Its name.
        type: One of `column_types.COLUMN_TYPES`, or Arrow's name of another type.
        rows: All rows.
        nulls: Rows without a value (null or NaN).
        distinct: How many different values; None for nested types.
        singletons: How many values occur in only one row; None for nested types.
        uniqueness: `distinct` by rows with a value; None without any.
        is_identifier: Declared an identifier, so no value is shown.
        numbers: None for other types, identifiers and fewer than k values.
        frequent: None for identifiers and nested types.
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int | None = None
    singletons: int | None = None
    uniqueness: float | None = None
    is_identifier: bool = False
    numbers: NumberSummary | None = None
    frequent: FrequentValues | None = None


def profile(
    column: pa.ChunkedArray, name: str, *, k: int, top: int, is_identifier: bool = False
) -> ColumnProfile:
    """Describe a column by the rule in `RULE`.

    Args:
        column: Values of any type, any number of rows; NaN counts as null.
        name: Its name.
        k: Fewest rows behind a shown value.
        top: How many frequent values to list.
        is_identifier: Show no value.
    """
    present = column.filter(pc.invert(pc.is_null(column, nan_is_null=True)))
    if pa.types.is_dictionary(present.type):
        present = present.cast(present.type.value_type)
    bare = ColumnProfile(
        name=name,
        type=column_types.name_of(column.type),
        rows=len(column),
        nulls=len(column) - len(present),
        is_identifier=is_identifier,
    )
    if pa.types.is_nested(present.type):
        return bare
    values, counts = _counted(present)
    numbers = _as_floats(present) if column_types.is_number(present.type) else None
    return replace(
        bare,
        distinct=len(counts),
        singletons=int(np.count_nonzero(counts == 1)),
        uniqueness=len(counts) / len(present) if len(present) else None,
        numbers=None if is_identifier or numbers is None else summarise(numbers, k),
        frequent=None if is_identifier else frequent(values, counts, k=k, top=top),
    )


def frequent(
    values: pa.Array, counts: npt.NDArray[np.int64], *, k: int, top: int
) -> FrequentValues:
    """Pick the values that may be shown.

    Args:
        values: Different values, none null.
        counts: Rows of each, same order.
        k: Fewest rows of a shown value.
        top: How many to show.
    """
    is_common = counts >= k
    common = values.filter(pa.array(is_common))
    table = pa.table(
        {"value": common, "rows": counts[is_common], "text": pc.cast(common, pa.string())}
    )
    order = [("rows", "descending"), ("text", "ascending")]
    shown = table.take(pc.select_k_unstable(table, min(top, len(common)), order))
    pairs = zip(shown["value"].to_pylist(), shown["rows"].to_pylist(), strict=True)
    return FrequentValues(
        shown=tuple(pairs),
        unlisted=len(common) - shown.num_rows,
        withheld_values=len(counts) - len(common),
        withheld_rows=int(counts[~is_common].sum()),
    )


def summarise(numbers: npt.NDArray[np.float64], k: int) -> NumberSummary | None:
    """Summarise numbers by the means of groups of neighbours.

    Args:
        numbers: Any order, no NaN.
        k: Rows a group has; the last one has up to 2k - 1.

    Returns:
        None for fewer than k numbers.

    Source: fixed-size univariate microaggregation, Domingo-Ferrer and Mateo-Sanz, IEEE TKDE
    14 (2002) 189-201.
    """
    count = len(numbers)
    if count < k:
        return None
    last = count // k - 1
    groups = {q: min(round(q * (count - 1)) // k, last) for q in (0.0, *_QUANTILES, 1.0)}
    bounds = {i: (i * k, count if i == last else (i + 1) * k) for i in groups.values()}
    cuts = sorted({cut for pair in bounds.values() for cut in pair if cut < count})
    ordered = np.partition(numbers, cuts)
    means = {q: float(ordered[slice(*bounds[i])].mean()) for q, i in groups.items()}
    return NumberSummary(
        low=means.pop(0.0),
        high=means.pop(1.0),
        quantiles={f"{q}": mean for q, mean in means.items()},
        mean=float(numbers.mean()),
        std=float(numbers.std(ddof=1)) if count > 1 else None,
    )


def _counted(present: pa.ChunkedArray) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Return the different values and how many rows have each."""
    if pa.types.is_integer(present.type) or pa.types.is_floating(present.type):
        # Sorting numbers is several times faster than hashing them.
        values, counts = np.unique(present.to_numpy(), return_counts=True)
        return pa.array(values), counts
    pairs = pc.value_counts(present)
    return pairs.field("values"), pairs.field("counts").to_numpy()


def _as_floats(present: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    floats: npt.NDArray[np.float64] = pc.cast(present, pa.float64(), safe=False).to_numpy()
    return floats
