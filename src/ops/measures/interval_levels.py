"""Levels of hierarchies of numbers: intervals of one width, or between given edges."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError


def interval(name: str, step: float | Sequence[float], origin: float) -> Width | Edges:
    """Return a level of intervals, as `hierarchies.numeric_intervals` says."""
    if isinstance(step, Sequence) and not isinstance(step, str):
        edges = tuple(_decimal(name, edge) for edge in step)
        if not edges or any(low >= high for low, high in pairwise(edges)):
            raise ConfigurationError(
                f"edges of {name}", found=list(step), expected="at least one number, ascending"
            )
        return Edges(edges=edges)
    width = _decimal(name, step)
    if width <= 0:
        raise ConfigurationError(f"width of {name}", found=step, expected="a positive number")
    return Width(width=width, origin=_decimal(name, origin))


def require_nested(name: str, levels: Sequence[Width | Edges]) -> None:
    """Refuse intervals that cut one of the level below.

    Raises:
        ConfigurationError: They do, or there is no level.
    """
    if not levels:
        raise ConfigurationError(f"steps of {name}", problem="there is none", expected="a width")
    for number, (fine, coarse) in enumerate(pairwise(levels), start=1):
        edges = coarse.edges if isinstance(coarse, Edges) else coarse.first
        is_endless = isinstance(fine, Edges) and isinstance(coarse, Width)
        if is_endless or not all(fine.cuts(edge) for edge in edges):
            raise ConfigurationError(
                f"steps of {name}",
                problem=f"step {number + 1} cuts intervals of step {number}",
                expected="multiples of the width before, or some of the edges before",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """Intervals of one width.

    Attributes:
        width: Of each, positive.
        origin: Where one begins.
    """

    width: Decimal
    origin: Decimal

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the interval of each number; null for an infinite one."""
        numbers = _numbers(values, subject)
        found: npt.NDArray[np.float64] | npt.NDArray[np.object_]
        if isinstance(numbers, list):
            is_finite = np.ones(len(numbers), dtype=np.bool_)
            found = self._exact_bins(numbers)
        else:
            is_finite = np.isfinite(numbers)
            found = self._bins(numbers[is_finite])
        bins, place = np.unique(found, return_inverse=True)
        edges = self._edges(bins.tolist())
        texts = [f"[{_text(low)}, {_text(low + self.width)})" for low in edges]
        codes = np.zeros(len(numbers), dtype=np.int64)
        codes[is_finite] = place
        return pa.array(texts, pa.string()).take(pa.array(codes, mask=~is_finite))

    @property
    def first(self) -> tuple[Decimal, Decimal]:
        """Two edges, which all others follow."""
        return self.origin, self.origin + self.width

    def cuts(self, edge: Decimal) -> bool:
        """Tell whether an interval begins at a number."""
        return (edge - self.origin) % self.width == 0

    def _bins(self, numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the interval that each number is in, by exact edges."""
        guess = np.floor((numbers - float(self.origin)) / float(self.width))
        for step in (1.0, -1.0):  # a quotient may be rounded across an edge: 0.3 / 0.1 < 3
            distinct, place = np.unique(guess + max(step, 0), return_inverse=True)
            edges = [float(each) for each in self._edges(distinct.tolist())]
            edge = np.array(edges, dtype=np.float64)[place]
            is_off = edge <= numbers if step > 0 else edge > numbers
            guess = np.where(is_off, guess + step, guess)
        return guess

    def _exact_bins(self, numbers: list[int]) -> npt.NDArray[np.object_]:
        origin, width = Fraction(self.origin), Fraction(self.width)
        return np.array([(number - origin) // width for number in numbers], dtype=np.object_)

    def _edges(self, bins: Sequence[float]) -> list[Decimal]:
        return [self.origin + self.width * int(number) for number in bins]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Intervals between edges, and one below and one above.

    Attributes:
        edges: Ascending, at least one.
    """

    edges: tuple[Decimal, ...]

    def labels(self, values: pa.Array, subject: str) -> pa.Array:
        """Return the interval of each number."""
        numbers = _numbers(values, subject)
        ends = np.array([float(edge) for edge in self.edges])
        between = [f"[{_text(low)}, {_text(high)})" for low, high in pairwise(self.edges)]
        texts = [f"< {_text(self.edges[0])}", *between, f">= {_text(self.edges[-1])}"]
        if isinstance(numbers, list):
            codes = np.array([bisect_right(self.edges, number) for number in numbers])
        else:
            codes = np.searchsorted(ends, numbers, side="right")
        return pa.array(texts, pa.string()).take(pa.array(codes))

    def cuts(self, edge: Decimal) -> bool:
        """Tell whether an interval begins at a number."""
        return edge in self.edges


def _numbers(values: pa.Array, subject: str) -> npt.NDArray[np.float64] | list[int]:
    """Return numbers as floats, or as Python's own if they are whole and a float is too short."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        try:
            return np.asarray(pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False))
        except pa.ArrowException:  # of whole numbers only; others it rounds
            exact: list[int] = values.to_pylist()
            return exact
    raise AnonymizationError(
        subject,
        problem=f"its values are of type {kind}",
        expected="numbers",
        remedy="declare the column's type as number",
    )


def _decimal(name: str, number: object) -> Decimal:
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        raise ConfigurationError(f"steps of {name}", found=number, expected="numbers")
    if not math.isfinite(number):
        raise ConfigurationError(f"steps of {name}", found=number, expected="finite numbers")
    return Decimal(str(number))


def _text(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
