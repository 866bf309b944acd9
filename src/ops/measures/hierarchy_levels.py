"""The levels of hierarchies: each gives the distinct values of a column their labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal, Protocol, TypeAlias, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data import value_texts

ANYTHING: Final = "*"
DatePart: TypeAlias = Literal["day", "week", "month", "quarter", "year", "decade"]

_TEXT: Final = pa.string()
_WITHIN_YEARS: Final[tuple[DatePart, ...]] = ("day", "month", "quarter", "year", "decade")


class Level(Protocol):
    """One level of a hierarchy."""

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the label of each value.

        Args:
            values: No nulls.
            subject: What the hierarchy is called, for messages.

        Returns:
            Texts; null for a value that the level does not know.

        Raises:
            AnonymizationError: It cannot take values of this type.
        """
        ...


@dataclass(frozen=True, slots=True)
class Itself:
    """Level 0: the text of the value."""

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the texts of the values."""
        return texts_of(values, subject)


@dataclass(frozen=True, slots=True)
class Anything:
    """The top: all values are one."""

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return a star for each value."""
        del subject
        return pa.repeat(pa.scalar(ANYTHING, _TEXT), len(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Labels listed for each value.

    Attributes:
        values: The texts of the values, each once.
        above: The label of each.
    """

    values: pa.Array = field(repr=False)
    above: pa.Array = field(repr=False)

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the labels of the values; null for those that are not listed."""
        return self.above.take(self.places(values, subject))

    def places(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the place of each value in the list; null for those that are not listed."""
        texts = texts_of(values, subject)
        known = self.values.cast(texts.type)
        if pa.types.is_boolean(values.type):
            known = pc.utf8_lower(known)  # "true" and "True" are both usual
        return pc.index_in(texts, value_set=known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A part of a date.

    Attributes:
        part: Which.
    """

    part: DatePart

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the part of each date, in the time zone of its column."""
        kind = values.type
        if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
            raise AnonymizationError(
                subject,
                problem=f"its values are of type {kind}",
                expected="dates",
                remedy="declare the column's type as date",
            )
        try:
            return _DATE_TEXTS[self.part](values)
        except pa.ArrowException:
            problem = "a date has no text, or the time zone is not known"
        raise AnonymizationError(subject, problem=problem, expected="dates of the years 1 to 9999")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The first characters of a code.

    Attributes:
        length: How many stay.
        keep_length: Whether each other character becomes a star, or all of them one.
    """

    length: int
    keep_length: bool = True

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the prefix of each code with stars; null for one that would stay what it is."""
        texts = texts_of(values, subject)
        if not self.keep_length:
            prefix = pc.utf8_slice_codeunits(texts, 0, self.length)
            return pc.binary_join_element_wise(
                prefix, *(pa.scalar(end, texts.type) for end in (ANYTHING, ""))
            )
        lengths = pc.utf8_length(texts)
        hidden = pc.max_element_wise(pc.subtract(lengths, self.length), 0)
        made = pc.binary_join_element_wise(
            pc.utf8_slice_codeunits(texts, 0, self.length),
            pc.binary_repeat(pa.scalar("*", texts.type), hidden),
            pa.scalar("", texts.type),
        )
        return pc.if_else(pc.greater(lengths, self.length), made, pa.scalar(None, texts.type))


def texts_of(values: pa.Array, subject: str) -> pa.Array:
    """Return the texts by which hierarchies know values; that of a midnight is its date.

    Args:
        values: Any values that have a text; nulls stay null.
        subject: What the hierarchy is called, for messages.

    Raises:
        AnonymizationError: They have no text.
    """
    texts = value_texts.of_values(values, subject)
    if not pa.types.is_timestamp(values.type) or values.type.tz is not None:
        return texts
    is_midnight = pc.equal(pc.floor_temporal(values, unit="day"), values)
    return pc.if_else(is_midnight, pc.utf8_slice_codeunits(texts, 0, len("2026-02-03")), texts)


def listed(name: str, table: pa.Table) -> list[Listed]:
    """Return the levels that a table lists, as `hierarchies.of_table` says."""
    if table.num_columns == 1 or not table.num_rows:
        raise ConfigurationError(
            name,
            problem="no values" if table.num_columns > 1 else "no level",
            expected="a column of values, then a column for each level",
        )
    texts = [value_texts.of_values(column.combine_chunks(), name) for column in table.columns]
    for number, column in enumerate(texts):
        _require_filled(name, column, number)
    first = _first_rows(texts[0])
    for number, (below, above) in enumerate(pairwise(texts)):
        _require_tree(name, below, above, number)
    values = texts[0].take(first)
    return [Listed(values=values, above=column.take(first)) for column in texts[1:]]


def require_parts(name: str, parts: Sequence[str]) -> None:
    """Refuse parts of dates that do not contain each other.

    Raises:
        ConfigurationError: They do not, or there is none.
    """
    known = get_args(DatePart)
    calendar = [part for part in parts if part != "week"]
    order = [_WITHIN_YEARS.index(part) for part in calendar if part in _WITHIN_YEARS]
    ascends = all(low < high for low, high in pairwise(order)) and len(order) == len(calendar)
    is_week = list(parts) in (["week"], ["day", "week"])
    if not parts or not (is_week or (ascends and "week" not in parts)):
        raise ConfigurationError(
            f"parts of {name}",
            found=list(parts),
            expected=f"some of {', '.join(known)}, finest first; above week there is none",
        )


def _require_filled(name: str, column: pa.Array, number: int) -> None:
    is_empty = pc.fill_null(pc.equal(column, ""), fill_value=True)
    if pc.any(is_empty).as_py() and number:
        row = pc.index(is_empty, value=True).as_py() + 1
        raise ConfigurationError(
            name, problem=f"row {row} has no label at level {number}", expected="a text"
        )


def _first_rows(column: pa.Array) -> pa.Array:
    codes = column.dictionary_encode().indices.to_numpy()
    return pa.array(np.unique(codes, return_index=True)[1])


def _require_tree(name: str, below: pa.Array, above: pa.Array, number: int) -> None:
    """Refuse two labels above one below."""
    codes = below.dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    expected = above.take(pa.array(first[codes]))
    differs = pc.not_equal(above, expected)
    if pc.any(differs).as_py():
        row = pc.index(differs, value=True).as_py() + 1
        raise ConfigurationError(
            name,
            problem=f"row {row} gives an entry of level {number} another label at level "
            f"{number + 1} than an earlier row",
            expected="one label above each entry",
        )


def _pattern(form: str) -> Callable[[pa.Array], pa.Array]:
    return lambda values: pc.cast(pc.strftime(values, form), _TEXT)


def _quarters(values: pa.Array) -> pa.Array:
    year = pc.cast(pc.strftime(values, "%Y-Q"), _TEXT)
    return pc.binary_join_element_wise(
        year, pc.cast(pc.quarter(values), _TEXT), pa.scalar("", _TEXT)
    )


def _decades(values: pa.Array) -> pa.Array:
    year = pc.cast(pc.strftime(values, "%Y"), _TEXT)
    return pc.utf8_replace_slice(year, -1, 4, "0s")


_DATE_TEXTS: Final[Mapping[DatePart, Callable[[pa.Array], pa.Array]]] = {
    "day": _pattern("%Y-%m-%d"),
    "week": _pattern("%G-W%V"),
    "month": _pattern("%Y-%m"),
    "quarter": _quarters,
    "year": _pattern("%Y"),
    "decade": _decades,
}
