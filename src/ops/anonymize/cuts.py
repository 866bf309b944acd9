"""Choose where each group is cut, from how many rows have each value of one attribute.

A choice only says where; `ops.anonymize.partition` refuses a cut that leaves fewer than k rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ops.measures.classes import Integers
from ops.measures.value_domain import Positions

Cut = Literal["median", "around_median", "midpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The values of each group in one attribute, group after group, ascending.

    Attributes:
        groups: The group of each cell; shape (cells,).
        codes: The code of each cell; shape (cells,).
        reached: The rows of the group up to this cell; shape (cells,).
        starts: The first cell of each group; shape (groups,).
        stops: The cell after the last of each group; shape (groups,).
    """

    groups: Integers
    codes: Integers
    reached: Integers
    starts: Integers
    stops: Integers


def at_median(cells: Cells, rows: Integers) -> Integers:
    """Return the first cell of each group at which half of its rows, rounded down, are reached.

    Args:
        cells: The values of the groups.
        rows: The rows of each group, all positive; shape (groups,).

    Returns:
        The last cell of the lower part of each group; shape (groups,).
    """
    return _reaching(cells, rows, rows // 2)


def around_median(cells: Cells, rows: Integers, *, k: int) -> Integers:
    """Return the cell of the median, or the one before it where fewer than k rows are above it.

    Args:
        cells: The values of the groups.
        rows: The rows of each group, at least 2 k, so that the lower part up to the median has k;
            shape (groups,).
        k: The least number of rows of a part.

    Returns:
        The last cell of the lower part of each group; shape (groups,). Half of the rows is not
        rounded. The first cell of a group has none before it and is returned itself.
    """
    median = _reaching(cells, rows, (rows + 1) // 2)
    is_needed_above = rows - cells.reached[median] < k
    chosen: Integers = np.maximum(median - is_needed_above, cells.starts)
    return chosen


def at_midpoint(cells: Cells, rows: Integers, places: Positions, *, k: int) -> Integers:
    """Return the cell of each group after which the cut is nearest to the middle of its range.

    Args:
        cells: The values of the groups.
        rows: The rows of each group; shape (groups,).
        places: The position of each cell; shape (cells,).
        k: The least number of rows of a part.

    Returns:
        The last cell of the lower part of each group, of the cuts that leave k rows on both sides;
        shape (groups,). The lower one of two that are equally near; the last cell of the group if
        there is none.
    """
    following = np.append(places[1:], 0.0)
    middle = (places[cells.starts] + places[cells.stops - 1])[cells.groups]
    distance = np.abs(places + following - middle)
    is_last = np.zeros(len(places), dtype=np.bool_)
    is_last[cells.stops - 1] = True
    rest = rows[cells.groups] - cells.reached
    distance[(cells.reached < k) | (rest < k) | is_last] = np.inf
    least = np.minimum.reduceat(distance, cells.starts)
    nearest = np.flatnonzero((distance == least[cells.groups]) & np.isfinite(distance))
    chosen = cells.stops - 1
    # Of repeated targets numpy keeps the last assignment: the lowest cell, going backwards.
    chosen[cells.groups[nearest][::-1]] = nearest[::-1]
    return chosen


def _reaching(cells: Cells, rows: Integers, wanted: Integers) -> Integers:
    """Return the first cell of each group at which so many of its rows are reached."""
    before = np.cumsum(rows) - rows
    chosen: Integers = np.searchsorted(cells.reached + before[cells.groups], before + wanted)
    return chosen
