"""Describe one column without showing values that few rows have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.roles import ColumnRole
from ops.data import column_types, row_values
from ops.profiling import histogram, personal_values, sample, shapes
from ops.profiling.detectors import evidence
from ops.profiling.detectors.evidence import Finding
from ops.profiling.histogram import Bin
from ops.profiling.number_summary import NumberSummary, summarise
from ops.profiling.sample import Sample
from ops.profiling.shapes import Shapes

RULE: Final = (
    "a value is shown only if at least k rows have it; low, high and quantiles are means of "
    "groups of at least k neighbouring rows in the order of the values; mean and standard "
    "deviation need at least k rows; a bin of a histogram has at least k rows, and its ends are "
    "even steps between low and high; no values are shown of identifiers, and none of columns that "
    "are nearly unique or look like personal data, unless they are declared to be shown; a shape "
    "is shown if at least k rows have it, and in columns without values at least k different values"
)
NEARLY: Final = 0.9
"""From which share of rows on values that few rows have make a column nearly unique."""


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
        histogram: Of numbers, dates and timestamps; None for other types, if values are withheld,
            and where k rows leave only one bin.
        shapes: How texts are written; None for identifiers and for what is no text.
        personal_data: What it may hold, the most certain first: proposals, without values.
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
    histogram: tuple[Bin, ...] | None = None
    shapes: Shapes | None = None
    personal_data: tuple[Finding, ...] = ()


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
    sampled = sample.take(*counted)
    found = _personal_data(name, present.type, sampled)
    numbers = _as_floats(present) if column_types.is_number(present.type) else None
    withheld = bare.withheld or _opaque(column.type, present.type)
    if withheld is None and not shows_values:
        withheld = _reason(name, *counted, numbers, k) or _finding_as_reason(found)
    counts = counted[1]
    summary = None if withheld or numbers is None else summarise(numbers, k)
    has_shapes = column_types.is_text(present.type) and not is_identifier
    return replace(
        bare,
        distinct=len(counts),
        singletons=int(np.count_nonzero(counts == 1)),
        uniqueness=len(counts) / len(present) if len(present) else None,
        withheld=withheld,
        numbers=summary,
        frequent=None if is_identifier else frequent(*counted, k=k, top=0 if withheld else top),
        histogram=None if withheld else _histogram(*counted, summary, k),
        shapes=shapes.of_texts(sampled, k=k, top=top, is_withheld=withheld is not None)
        if has_shapes
        else None,
        personal_data=found,
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


def _counted(present: pa.ChunkedArray) -> tuple[pa.Array, npt.NDArray[np.int64]] | None:
    """Return the different values and how many rows have each; None if they have no equality."""
    if pa.types.is_integer(present.type) or pa.types.is_floating(present.type):
        # Sorting numbers is several times faster than hashing them.
        values, counts = np.unique(present.to_numpy(), return_counts=True)
        return pa.array(values), counts
    try:
        pairs = pc.value_counts(present)
    except pa.ArrowNotImplementedError:
        # Lists and structures have no equality in Arrow, and it publishes no list of types that do.
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


def _finding_as_reason(found: Sequence[Finding]) -> str | None:
    """Return that values are those of a direct identifier; None if no finding says so."""
    direct = (f for f in found if f.role is ColumnRole.DIRECT_IDENTIFIER and f.values_matching)
    first = next(direct, None)
    return None if first is None else f"values look like {first.meaning}"


def _personal_data(name: str, kind: pa.DataType, sampled: Sample) -> tuple[Finding, ...]:
    """Return what a column may hold; of truth values only what they say of a person."""
    found = evidence.find(name, sampled)
    if not pa.types.is_boolean(kind):
        return found
    return tuple(finding for finding in found if finding.role is ColumnRole.SENSITIVE)


def _histogram(
    values: pa.Array, counts: npt.NDArray[np.int64], summary: NumberSummary | None, k: int
) -> tuple[Bin, ...] | None:
    if summary is not None:
        floats = pc.cast(values, pa.float64(), safe=False).to_numpy()
        return histogram.of_numbers(floats, counts, (summary.low, summary.high), k)
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return histogram.of_dates(values, counts, k)
    return None


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
