"""Generalization hierarchies: what a value reads as, level by level.

Level 0 is the value itself. Each level joins values of the one below and never parts them. A null
is a value of its own; it stays null until the level that has a single value for all.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.measures.classes import Integers

ALL: Final = "*"
_DATE_PARTS: Final = ("month", "year", "decade")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """The levels of a column's distinct values.

    Attributes:
        codes: For each level the code of each value; shape (values,) each, level 0 numbers them.
        texts: For each level the text of each code, null for null. Those of level 0 are not
            published: its values are.
        shares: For each level the share of the hierarchy's leaves under each code, leaves that no
            row has among them.
    """

    codes: tuple[Integers, ...]
    texts: tuple[tuple[str | None, ...], ...]
    shares: tuple[npt.NDArray[np.float64], ...]

    @property
    def highest(self) -> int:
        """The number of the highest level."""
        return len(self.codes) - 1

    @property
    def leaves(self) -> float:
        """The number of leaves."""
        return 1.0 / float(self.shares[0].min()) if len(self.shares[0]) else 1.0


def of(spec: Mapping[str, object] | None, values: pd.Index, *, name: str) -> Hierarchy:
    """Return the hierarchy that a parameter describes.

    Args:
        spec: One kind and its steps, as `built` takes them; "rows" with a table as `of_rows` takes
            it; or "values" with the texts of the levels by value. None has "*" above the values.
        values: The distinct values of the column; null among them.
        name: The column.

    Raises:
        ConfigurationError: The description is none of these.
        AnonymizationError: The values do not fit it.
    """
    (kind, content), *others = (spec or {"prefixes": ()}).items() or ((None, ()),)
    if kind == "values" and isinstance(content, Mapping):
        kind, content = "rows", [(value, *_listed(levels)) for value, levels in content.items()]
    if others or isinstance(content, str) or not isinstance(content, Sequence):
        raise ConfigurationError(
            f"hierarchy of {name!r}",
            problem="not one kind with a list",
            expected="such as {'intervals': [5, 10]} or {'values': {'Rome': ['Italy', 'Europe']}}",
        )
    if kind == "rows":
        return of_rows([_listed(row) for row in content], values, name=name)
    return built(str(kind), content, values, name=name)


def of_rows(rows: Sequence[Sequence[object]], values: pd.Index, *, name: str) -> Hierarchy:
    """Return the hierarchy that a table states.

    Args:
        rows: One row a value: the value's text, then that of each level.
        values: The distinct values of the column; null among them.
        name: The column.

    Raises:
        AnonymizationError: The rows differ in length, repeat a value or part what a lower level
            joined, or lack a value of the column.
    """
    subject = f"hierarchy of {name!r}"
    table = {text_of(row[0]): tuple(map(text_of, row[1:])) for row in rows if row}
    if not table or len(table) < len(rows) or len({len(levels) for levels in table.values()}) > 1:
        raise AnonymizationError(
            subject,
            problem="rows of different length, or a value twice, or no row",
            expected="one row a value, with as many levels each",
        )
    texts = [None if is_null else text_of(v) for v, is_null in _with_nulls(values)]
    missing = sum(text is not None and text not in table for text in texts)
    if missing:
        raise AnonymizationError(
            subject,
            problem=f"no row for {missing} of {len(texts)} values",
            expected="a row for every value of the column",
            remedy="add them",
        )
    return _of_table(table, texts, subject)


def built(kind: str, steps: Sequence[object], values: pd.Index, *, name: str) -> Hierarchy:
    """Return a hierarchy that is computed from the values; its last level is "*".

    Args:
        kind: "intervals" (steps are widths of numbers), "prefixes" (numbers of first characters)
            or "date_parts" ("month", "year", "decade").
        steps: One a level, from fine to coarse.
        values: The distinct values of the column; null among them.
        name: The column.

    Raises:
        ConfigurationError: The kind is unknown, or the steps do not become coarser.
        AnonymizationError: The values are of another type.
    """
    make = {"intervals": _intervals, "prefixes": _prefixes, "date_parts": _date_parts}.get(kind)
    if make is None:
        raise ConfigurationError(
            f"hierarchy of {name!r}",
            found=kind,
            expected="'values', 'dataset', 'intervals', 'prefixes' or 'date_parts'",
        )
    table: dict[str, tuple[str, ...]] = {}
    texts: list[str | None] = []
    for value, is_null in _with_nulls(values):
        texts.append(None if is_null else text_of(value))
        if not is_null:
            table[text_of(value)] = (*make(value, steps, f"hierarchy of {name!r}"), ALL)
    return _of_table(table, texts, f"hierarchy of {name!r}")


def text_of(value: object) -> str:
    """Return a value as hierarchies name it: a date by ISO 8601, 39.0 as "39"."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, dt.date):
        return value.isoformat()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _listed(value: object) -> Sequence[object]:
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return value if is_list and isinstance(value, Sequence) else (value,)


def _with_nulls(values: pd.Index) -> list[tuple[object, bool]]:
    return list(zip(values.tolist(), np.asarray(values.isna()).tolist(), strict=True))


def _of_table(
    table: Mapping[str, tuple[str, ...]], texts: Sequence[str | None], subject: str
) -> Hierarchy:
    """Number the codes of each level and count the leaves under them."""
    leaves: list[tuple[str | None, ...]] = [(text, *levels) for text, levels in table.items()]
    height = len(leaves[0]) if leaves else 2
    if None in texts:
        tops = {leaf[-1] for leaf in leaves} or {ALL}
        top = next(iter(tops)) if len(tops) == 1 and height > 1 else None
        leaves.append((None,) * (height - 1) + (top,))
    place = {leaf[0]: number for number, leaf in enumerate(leaves)}
    rows = np.array([place[text] for text in texts], dtype=np.int64)
    codes, names, shares = [], [], []
    below: Integers | None = None
    for level in range(height):
        numbers: dict[str | None, int] = {}
        of_leaf = np.array(
            [numbers.setdefault(leaf[level], len(numbers)) for leaf in leaves], dtype=np.int64
        )
        if below is not None:
            _require_nesting(below, of_leaf, level, subject)
        below = of_leaf
        codes.append(np.arange(len(rows)) if level == 0 else of_leaf[rows])
        under = np.bincount(of_leaf, minlength=len(numbers)) / max(len(leaves), 1)
        names.append(tuple(texts) if level == 0 else tuple(numbers))
        shares.append(under[of_leaf[rows]] if level == 0 else under)
    return Hierarchy(codes=tuple(codes), texts=tuple(names), shares=tuple(shares))


def _require_nesting(below: Integers, above: Integers, level: int, subject: str) -> None:
    """Refuse a level that parts what the level below joined."""
    if len(set(zip(below.tolist(), above.tolist(), strict=True))) > len(set(below.tolist())):
        raise AnonymizationError(
            subject,
            problem=f"level {level} parts values that level {level - 1} has joined",
            expected="levels that only join",
            remedy="correct the rows",
        )


def _intervals(value: object, steps: Sequence[object], subject: str) -> list[str]:
    """Return the half-open interval of each width, counted from 0."""
    widths = [step for step in steps if isinstance(step, int | float) and step > 0]
    if len(widths) < len(steps) or any(b % a for a, b in pairwise(map(Fraction, map(str, widths)))):
        raise ConfigurationError(
            subject, found=steps, expected="widths, each a multiple of the last"
        )
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    if not is_number or not math.isfinite(cast("float", value)):
        raise AnonymizationError(subject, problem="not all values are finite numbers")
    place = Fraction(cast("float", value))
    found = []
    for width in map(Fraction, map(str, widths)):
        low = place // width * width
        found.append(f"[{_number(low)}, {_number(low + width)})")
    return found


def _number(value: Fraction) -> str:
    """Return a number without the digits that floating point would add."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def _prefixes(value: object, steps: Sequence[object], subject: str) -> list[str]:
    """Return the first characters, and a star."""
    lengths = [step for step in steps if isinstance(step, int) and step > 0]
    if len(lengths) < len(steps) or any(b >= a for a, b in pairwise(lengths)):
        raise ConfigurationError(
            subject, found=steps, expected="ever smaller numbers of characters"
        )
    return [text_of(value)[:length] + ALL for length in lengths]


def _date_parts(value: object, steps: Sequence[object], subject: str) -> list[str]:
    """Return the month, year or decade."""
    places = [_DATE_PARTS.index(str(step)) if step in _DATE_PARTS else -1 for step in steps]
    if -1 in places or places != sorted(set(places)):
        raise ConfigurationError(
            subject, found=steps, expected="some of 'month', 'year', 'decade', in this order"
        )
    if not isinstance(value, dt.date):
        raise AnonymizationError(subject, problem="not all values are dates")
    parts = (f"{value.year:04}-{value.month:02}", f"{value.year:04}", f"{value.year // 10:03}0s")
    return [parts[place] for place in places]
