"""t-closeness: how far the classes' sensitive values are from those of all rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ops.data.frames import Frame
from ops.measures.cells import Cells, Shares, tabulate
from ops.measures.classes import column_of, pack_columns, require_columns
from ops.measures.codes import Integers
from ops.measures.value_domain import order_values

Distance = Literal["equal", "ordered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosenessMetrics:
    """How far a sensitive attribute's distribution in a class is from that of all rows.

    Attributes:
        t: The greatest distance of a class, from 0 to 1.
        distance: "equal" (half the sum of the differences) or "ordered" (earth mover's
            distance over the ranks of the values).
    """

    t: float
    distance: Distance

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def measure_closeness(
    frame: Frame,
    quasi_identifiers: Sequence[str],
    sensitive_attribute: str,
    *,
    distance: Distance | None = None,
) -> ClosenessMetrics:
    """Measure the greatest distance of a class's distribution from that of all rows.

    Args:
        frame: One row per person.
        quasi_identifiers: The columns whose equal rows form the classes.
        sensitive_attribute: The column to look at; null is a value of its own, which comes
            before all others in the ordered distance of numbers.
        distance: How distributions are compared; None takes "ordered" for numbers and dates
            and "equal" for anything else. The ordered distance of other values goes by their
            first appearance, or by the order of an ordered categorical.

    Raises:
        AnonymizationError: A column is missing, repeated or unhashable.

    Source:
        Li, Li, Venkatasubramanian: t-Closeness, ICDE 2007, sections 4.1 and 4.2.
    """
    require_columns(frame, [sensitive_attribute])
    packed = pack_columns(frame, quasi_identifiers)
    column = column_of(frame, sensitive_attribute)
    ordered = order_values(column, sensitive_attribute)
    found = tabulate(packed, ordered.codes, len(ordered.distinct))
    return of_cells(found, distance or ("ordered" if ordered.is_range else "equal"))


def of_cells(found: Cells, used: Distance) -> ClosenessMetrics:
    """Measure the closeness of a column as `measure_closeness`.

    Args:
        found: The values within each class, coded in their order.
        used: How distributions are compared.
    """
    measure = _ordered_distances if used == "ordered" else _equal_distances
    distances = measure(found)
    # The sums are exact but for rounding, which may leave the interval by its last digit.
    t = min(max(float(distances.max(initial=0.0)), 0.0), 1.0)
    return ClosenessMetrics(t=t, distance=used)


def _equal_distances(found: Cells) -> Shares:
    """Return, for each class, half the sum over all values of |share - overall share|.

    Values that a class lacks contribute their overall share, so no row of zeros is needed.
    """
    if not len(found.classes):
        return np.zeros(0)
    expected = found.value_shares[found.codes]
    present = np.add.reduceat(np.abs(found.shares - expected) - expected, found.starts)
    return (present + 1.0) / 2


def _ordered_distances(found: Cells) -> Shares:
    """Return, for each class, the mean over ranks of |cumulated share - that of all rows|.

    The cumulated share of a class is constant from one of its cells to the next; over such a
    stretch the differences are summed from running totals, with one change of sign where the
    overall cumulated share passes it.
    """
    steps = len(found.value_sizes) - 1
    if steps < 1 or not len(found.classes):
        return np.zeros(len(found.class_sizes))
    overall = np.cumsum(found.value_shares)
    running = np.concatenate([[0.0], np.cumsum(overall[:-1])])
    starts, stops = found.starts, found.stops
    reached = _cumulated(found)
    begin = found.codes
    end = np.append(begin[1:], steps)
    end[stops - 1] = steps
    stretches = _stretch(overall, running, reached, begin, end)
    before = running[begin[starts]]
    distances: Shares = (np.add.reduceat(stretches, starts) + before) / steps
    return distances


def _cumulated(found: Cells) -> Shares:
    """Return the cumulated share of each cell in its class."""
    total = np.cumsum(found.counts)
    before = total[found.starts] - found.counts[found.starts]
    return (total - before[found.classes]) / found.class_sizes[found.classes]


def _stretch(
    overall: Shares, running: Shares, reached: Shares, begin: Integers, end: Integers
) -> Shares:
    """Return the sum of |reached - overall| over the ranks from begin to before end."""
    passed = np.clip(np.searchsorted(overall, reached), begin, end)
    below = reached * (passed - begin) - (running[passed] - running[begin])
    above = (running[end] - running[passed]) - reached * (end - passed)
    return below + above
