"""Generalization hierarchies: what each value of a column becomes, level by level.

A hierarchy is read from a file or built from a rule; `hierarchy_forms` has the form in which
operations take one. Level 0 is the value itself, and each level above is coarser: values that one
level joins, no higher level separates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias

import pyarrow as pa

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.distinct import Distinct, encode_distinct, gather, without_nan
from ops.data.formats.csv_dialect import USUAL_SEPARATORS
from ops.measures import hierarchy_levels as forms
from ops.measures import interval_levels
from ops.measures.hierarchy_levels import DatePart, Level

__all__ = [
    "DatePart",
    "Hierarchy",
    "Level",
    "Relabelled",
    "Unknown",
    "date_parts",
    "numeric_intervals",
    "of_mapping",
    "of_table",
    "only_top",
    "prefixes",
    "read_hierarchy",
]

Unknown: TypeAlias = Literal["error", "suppress"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relabelled:
    """The distinct values of a column, and what they became.

    Attributes:
        before: The values; nulls and what is not a number are null.
        after: Their labels; what the level does not know is null as well.
    """

    before: Distinct
    after: Distinct


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """What each value of a column becomes at each level.

    Attributes:
        name: What it is called in messages ("hierarchy of 'workclass'").
        levels: From the value itself, level 0, to the coarsest.
    """

    name: str
    levels: tuple[Level, ...]

    @property
    def height(self) -> int:
        """The number of the coarsest level."""
        return len(self.levels) - 1

    @property
    def leaves(self) -> pa.Array | None:
        """The texts of the values that it lists, each once; None if a rule takes any value."""
        first = self.levels[1] if len(self.levels) > 1 else None
        return first.values if isinstance(first, forms.Listed) else None

    def places(self, values: pa.Array) -> pa.Array:
        """Return the place of each value among the leaves, null for one that is not listed.

        Args:
            values: Distinct values, none of them null; for a rule, these are the leaves.
        """
        first = self.levels[1] if len(self.levels) > 1 else None
        if isinstance(first, forms.Listed):
            return first.places(values, self.name)
        return pa.array(range(len(values)), pa.int32())

    def labels(self, values: pa.Array, level: int) -> pa.Array:
        """Return what values become.

        Args:
            values: Any values, best distinct ones; none of them null.
            level: From 0 to `height`.

        Returns:
            Texts, in the order of the values; null for a value that the level does not know.

        Raises:
            ConfigurationError: There is no such level.
            AnonymizationError: The values are of a type that the level cannot take.
        """
        self.require_level(level)
        if not len(values):
            return pa.array([], pa.string())
        return self.levels[level].labels(values, self.name)

    def generalize(
        self, column: pa.ChunkedArray, level: int, *, unknown: Unknown = "error"
    ) -> pa.ChunkedArray:
        """Return a column at a level.

        Args:
            column: Any number of rows; nulls and what is not a number become null.
            level: From 0 to `height`.
            unknown: What becomes of a value that the level does not know: an error, or null.

        Returns:
            Texts, one a row.

        Raises:
            ConfigurationError: There is no such level.
            AnonymizationError: The level does not know a value, or cannot take the column's type.
        """
        made = self.encode(column, level, unknown=unknown).after
        return gather(made.values, made.codes)

    def encode(
        self, column: pa.ChunkedArray, level: int, *, unknown: Unknown = "error"
    ) -> Relabelled:
        """Return the distinct values of a column, and what they become at a level.

        Arguments and errors as of `generalize`.
        """
        self.require_level(level)
        before = encode_distinct(without_nan(column), self.name)
        labels = self.labels(before.values, level).dictionary_encode()
        after = Distinct(values=labels.dictionary, codes=gather(labels.indices, before.codes))
        lost = after.codes.null_count - before.codes.null_count
        if lost and unknown == "error":
            raise AnonymizationError(
                self.name,
                problem=f"{lost:,} cells have values that level {level} does not know",
                expected="every value of the column",
                remedy='add the values, or set unknown to "suppress"',
            )
        return Relabelled(before=before, after=after)

    def require_level(self, level: object) -> int:
        """Return a level, or refuse what is none.

        Raises:
            ConfigurationError: It is no whole number from 0 to `height`.
        """
        if isinstance(level, bool) or not isinstance(level, int) or not 0 <= level <= self.height:
            raise ConfigurationError(
                f"level of {self.name}", found=level, expected=f"a number from 0 to {self.height}"
            )
        return level


def read_hierarchy(path: str | PathLike[str], separator: str | None = None) -> Hierarchy:
    """Read a hierarchy from a CSV file without a header.

    Each line is a value, then what it becomes at level 1, 2 and so on, as ARX writes it:
    `Private;Employed;*`.

    Args:
        path: The file, in UTF-8.
        separator: The character between the fields; the only one of `,` `;` tab `|` that is in
            the first line when None.

    Raises:
        DataReadError: The file cannot be read as described.
        ConfigurationError: The separator is not clear, or the levels contradict each other.
    """
    from ops.data.reader import DataReader  # noqa: PLC0415  # loads more than other hierarchies use

    table = DataReader().read_table(
        path,
        format="csv",
        separator=separator or _separator(Path(path)),
        header=False,
        infer_types=False,
        null_markers=(),
    )
    return of_table(f"hierarchy {Path(path).name!r}", table)


def of_table(name: str, table: pa.Table) -> Hierarchy:
    """Return the hierarchy that a table holds: a column of values, then one a level.

    Args:
        name: What it is called in messages.
        table: One row a value; cells are compared and shown as texts. No nulls.

    Raises:
        ConfigurationError: There is no level, or a cell is empty, or a value occurs twice with
            different levels, or a level separates what one below joins; rows count from 1.
    """
    return Hierarchy(name=name, levels=(forms.Itself(), *forms.listed(name, table)))


def of_mapping(name: str, mapping: Mapping[str, str | Sequence[str]]) -> Hierarchy:
    """Return a hierarchy from a mapping of values to what they become.

    Args:
        name: What it is called in messages.
        mapping: Text of a value to its level 1, or to its levels from 1 upwards.

    Raises:
        ConfigurationError: It is empty, values have different numbers of levels, or as of
            `of_table`.
    """
    rows = [
        (key, *([above] if isinstance(above, str) else above)) for key, above in mapping.items()
    ]
    widths = {len(row) for row in rows}
    if len(widths) != 1 or widths == {1}:
        raise ConfigurationError(
            name,
            problem="no values" if not rows else "values without levels, or with different numbers",
            expected="the same number of levels for every value, at least one",
        )
    columns = [pa.array([str(cell) for cell in column]) for column in zip(*rows, strict=True)]
    return of_table(name, pa.table(columns, [f"level {i}" for i in range(len(columns))]))


def numeric_intervals(
    name: str, steps: Sequence[float | Sequence[float]], *, origin: float = 0
) -> Hierarchy:
    """Return a hierarchy of numbers: intervals, ever wider, and above them `*`.

    `[20, 30)` holds 20 but not 30. With edges 18 and 65 the intervals are `< 18`, `[18, 65)` and
    `>= 65`.

    Args:
        name: What it is called in messages.
        steps: For each level, finest first, the width of its intervals, or their edges, ascending.
        origin: Where an interval begins, for those of a width.

    Raises:
        ConfigurationError: There is no step, a width is not positive, edges do not ascend, or a
            step cuts an interval of the one before.
    """
    levels = [interval_levels.interval(name, step, origin) for step in steps]
    interval_levels.require_nested(name, levels)
    return _to_the_top(name, levels)


def date_parts(name: str, parts: Sequence[DatePart]) -> Hierarchy:
    """Return a hierarchy of dates: parts of them, ever coarser, and above them `*`.

    They read `2026-02-03`, `2026-W06` (ISO 8601), `2026-02`, `2026-Q1`, `2026` and `2020s`.

    Args:
        name: What it is called in messages.
        parts: "day", "week", "month", "quarter", "year" or "decade", finest first.

    Raises:
        ConfigurationError: There is no part, or one does not contain the one before: a week may
            lie in two months, quarters and years.
    """
    forms.require_parts(name, parts)
    return _to_the_top(name, [forms.Dated(part=part) for part in parts])


def prefixes(name: str, lengths: Sequence[int], *, keep_length: bool = True) -> Hierarchy:
    """Return a hierarchy of codes: their first characters, ever fewer, and above them `*`.

    With a length of 3, 12345 is `123**`, or `123*` if its length is not kept. The former level does
    not know a value that is no longer than its prefix, since that would stay what it is.

    Args:
        name: What it is called in messages.
        lengths: How many characters stay at each level, descending; 0 leaves stars alone.
        keep_length: Whether each other character becomes a star, or all of them one.

    Raises:
        ConfigurationError: There is no length, or they do not descend.
    """
    wrong = any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in lengths)
    if not lengths or wrong or list(lengths) != sorted(set(lengths), reverse=True):
        raise ConfigurationError(
            f"lengths of {name}", found=list(lengths), expected="whole numbers, descending"
        )
    return _to_the_top(name, [forms.Prefix(length=n, keep_length=keep_length) for n in lengths])


def only_top(name: str) -> Hierarchy:
    """Return the hierarchy that has `*` above all values."""
    return _to_the_top(name, [])


def _to_the_top(name: str, levels: Sequence[Level]) -> Hierarchy:
    return Hierarchy(name=name, levels=(forms.Itself(), *levels, forms.Anything()))


def _separator(path: Path) -> str:
    """Return the only usual separator in the first line of a file."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            first = lines.readline(1 << 16)
    except (OSError, UnicodeDecodeError):
        return ","  # the reader says what is wrong with the file
    found = [sign for sign in USUAL_SEPARATORS if sign in first]
    if len(found) != 1:
        raise ConfigurationError(
            f"hierarchy {path.name!r}",
            problem="several separators may be meant"
            if found
            else "no separator in its first line",
            expected="a value and its levels, separated by one of , ; tab |",
            remedy="name the separator",
        )
    return found[0]
