"""Describe one column without showing values that few rows have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ops.data import column_types, row_values
from ops.profiling import personal_values

RULE: Final = (
    "a value is shown only if at least k rows have it; low, high and quantiles are means of "
    "groups of at least k neighbouring rows in the order of the values; mean and standard "
    "deviation need at least k rows; no values are shown of identifiers, and none of columns that "
    "are nearly unique or look like personal data, unless they are declared to be shown"
)
NEARLY: Final = 0.9
"""From which share of rows on values that few rows have make a column nearly unique."""

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
    """Where the finite numbers of a column lie.

    Attributes:
        low: Mean of the lowest group of at least k rows.
        high: Mean of the highest group.
        quantiles: Share of rows below ("0.25") to the mean of the group there.
        mean: Over all rows with a finite number.
        std: Standard deviation with n - 1; None for a single row, or if it exceeds float64.
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
        distinct: How many different values; None where they cannot be compared (nested types).
        singletons: How many values occur in only one row; None as `distinct`.
        uniqueness: `distinct` by rows with a value; None as `distinct` and without any.
        is_identifier: Declared an identifier, so no value is shown.
        withheld: Why no value is shown; None if values are shown.
        numbers: None for other types, if values are withheld, and for fewer than k finite ones.
        frequent: None for identifiers and where values cannot be compared; without values, but
            with counts, if values are withheld for another reason.
    """

    name: str
    type: str
    rows: int
    nulls: int
    distinct: int | None = None
    singletons: int | None = None
    uniqueness: float | None = None
    is_identifier: bool = False
    withheld: str | None = None
    numbers: NumberSummary | None = None
    frequent: FrequentValues | None = None


def profile(
    column: pa.ChunkedArray,
    name: str,
    *,
    k: int,
    top: int,
    is_identifier: bool = False,
    shows_values: bool = False,
) -> ColumnProfile:
    """Describe a column by the rule in `RULE`.

    Args:
        column: Values of any type, any number of rows; NaN counts as null.
        name: Its name.
        k: Fewest rows behind a shown value.
        top: How many frequent values to list.
        is_identifier: Show no value.
        shows_values: Show values that k rows have even if the column is nearly unique or looks
            like personal data as `personal_values` describes it.
    """
    values = row_values.plain(column)
    present = values.filter(pc.invert(pc.is_null(values, nan_is_null=True)))
    bare = ColumnProfile(
        name=name,
        type=column_types.name_of(column.type),
        rows=len(column),
        nulls=len(column) - len(present),
        is_identifier=is_identifier,
        withheld="declared an identifier" if is_identifier else None,
    )
    counted = _counted(present)
    if counted is None:
        return replace(
            bare, withheld=bare.withheld or f"values of type {column.type} cannot be compared"
        )
    numbers = _as_floats(present) if column_types.is_number(present.type) else None
    withheld = bare.withheld or _opaque(column.type, present.type)
    if withheld is None and not shows_values:
        withheld = _reason(name, *counted, numbers, k)
    counts = counted[1]
    return replace(
        bare,
        distinct=len(counts),
        singletons=int(np.count_nonzero(counts == 1)),
        uniqueness=len(counts) / len(present) if len(present) else None,
        withheld=withheld,
        numbers=None if withheld or numbers is None else summarise(numbers, k),
        frequent=None if is_identifier else frequent(*counted, k=k, top=0 if withheld else top),
    )


def frequent(
    values: pa.Array, counts: npt.NDArray[np.int64], *, k: int, top: int
) -> FrequentValues:
    """Pick the values that may be shown.

    Args:
        values: Different values, none null.
        counts: Rows of each, same order.
        k: Fewest rows of a shown value.
        top: How many to show; 0 counts only.
    """
    is_common = counts >= k
    common = values.filter(pa.array(is_common))
    shown: list[tuple[object, int]] = []
    if top:
        table = pa.table({"value": common, "rows": counts[is_common], "text": _texts(common)})
        order = [("rows", "descending"), ("text", "ascending")]
        first = table.take(pc.select_k_unstable(table, min(top, len(common)), order))
        shown = list(zip(_objects(first["value"]), first["rows"].to_pylist(), strict=True))
    return FrequentValues(
        shown=tuple(shown),
        unlisted=len(common) - len(shown),
        withheld_values=len(counts) - len(common),
        withheld_rows=int(counts[~is_common].sum()),
    )


def summarise(numbers: npt.NDArray[np.float64], k: int) -> NumberSummary | None:
    """Summarise numbers by the means of groups of neighbours.

    Args:
        numbers: Any order, no NaN; infinities are left out.
        k: Rows a group has; the last one has up to 2k - 1.

    Returns:
        None for fewer than k finite numbers.

    Source: fixed-size univariate microaggregation, Domingo-Ferrer and Mateo-Sanz, IEEE TKDE
    14 (2002) 189-201.
    """
    numbers = numbers[np.isfinite(numbers)]
    count = len(numbers)
    if count < k:
        return None
    # Scaled by a power of two, which loses nothing: sums and squares stay finite.
    exponent = int(np.frexp(np.abs(numbers).max())[1])
    numbers = np.ldexp(numbers, -exponent)
    last = count // k - 1
    groups = {q: min(round(q * (count - 1)) // k, last) for q in (0.0, *_QUANTILES, 1.0)}
    bounds = {i: (i * k, count if i == last else (i + 1) * k) for i in groups.values()}
    cuts = sorted({cut for pair in bounds.values() for cut in pair if cut < count})
    ordered = np.partition(numbers, cuts)
    means = {q: _scaled(ordered[slice(*bounds[i])].mean(), exponent) for q, i in groups.items()}
    return NumberSummary(
        low=means.pop(0.0),
        high=means.pop(1.0),
        quantiles={f"{q}": mean for q, mean in means.items()},
        mean=_scaled(numbers.mean(), exponent),
        std=_finite(_scaled(numbers.std(ddof=1), exponent)) if count > 1 else None,
    )


def _counted(present: pa.ChunkedArray) -> tuple[pa.Array, npt.NDArray[np.int64]] | None:
    """Return the different values and how many rows have each; None if they have no equality."""
    if pa.types.is_integer(present.type) or pa.types.is_floating(present.type):
        # Sorting numbers is several times faster than hashing them.
        values, counts = np.unique(present.to_numpy(), return_counts=True)
        return pa.array(values), counts
    try:
        pairs = pc.value_counts(present)
    except pa.ArrowNotImplementedError:  # Arrow cannot count lists and structures
        return None
    return pairs.field("values"), pairs.field("counts").to_numpy()


def _opaque(kind: pa.DataType, plain: pa.DataType) -> str | None:
    """Return why values of a type are never shown; None if they may be."""
    is_known = (
        column_types.is_number(plain)
        or column_types.is_text(plain)
        or pa.types.is_boolean(plain)
        or (pa.types.is_temporal(plain) and not pa.types.is_interval(plain))
        or pa.types.is_null(plain)
    )
    if is_known and not isinstance(kind, pa.BaseExtensionType):
        return None
    return f"values of type {kind} are never shown"


def _reason(
    name: str,
    values: pa.Array,
    counts: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.float64] | None,
    k: int,
) -> str | None:
    """Return why the values of an undeclared column are not shown; None if they are."""
    rows, rare = int(counts.sum()), int(counts[counts < k].sum())
    if len(counts) > NEARLY * rows or rare > NEARLY * rows:
        return f"nearly unique: most rows have a value that fewer than {k} rows have"
    if pa.types.is_boolean(values.type):
        return None
    if personal_values.name_says_so(name):
        return "the column's name says that they are personal"
    look = None
    if numbers is not None:
        look = personal_values.look_of_numbers(numbers)
    elif column_types.is_text(values.type):
        look = personal_values.look_of_texts(values, counts, k)
    return None if look is None else f"values look like {look}"


def _texts(values: pa.Array) -> pa.Array:
    """Return the texts by which values are ordered."""
    try:
        return pc.cast(values, pa.string())
    except pa.ArrowInvalid:  # a time zone that this machine does not know
        return pc.cast(values.cast(pa.timestamp(values.type.unit)), pa.string())


def _objects(values: pa.ChunkedArray) -> list[object]:
    """Return values as Python objects; dates that Python has no objects for as texts."""
    try:
        objects: list[object] = values.to_pylist()
    except (ValueError, OverflowError, LookupError):
        objects = _texts(values).to_pylist()
    return objects


def _as_floats(present: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    floats: npt.NDArray[np.float64] = pc.cast(present, pa.float64(), safe=False).to_numpy()
    return floats


def _scaled(number: np.floating, exponent: int) -> float:
    with np.errstate(over="ignore"):
        return float(np.ldexp(number, exponent))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
