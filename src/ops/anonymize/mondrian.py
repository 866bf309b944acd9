"""Strict Mondrian: k-anonymity by cutting the space of the quasi-identifiers at medians.

The rows are first reduced to distinct tuples with counts. All groups of tuples that may still
be cut are then cut at once, one attribute each, in a few numpy calls per round. A round sorts
the remaining tuples once; there are fewer of them as groups are finished.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.labels import Groups, label_groups
from ops.measures.classes import EquivalenceClasses, Integers, group, require_columns
from ops.measures.value_domain import Domain, encode_ordered

Flags = npt.NDArray[np.bool_]


def anonymize(frame: pd.DataFrame, quasi_identifiers: Sequence[str], *, k: int) -> pd.DataFrame:
    """Generalize quasi-identifiers until every row equals at least k - 1 others in them.

    A group of rows is cut in two at the median of the attribute that is widest in it: the
    lower part takes the values up to the first whose cumulative count reaches half the rows
    (rounded down), the upper part the rest. If a part would have fewer than k rows, the next
    widest attribute is tried; if none can be cut, the group is published. The width of an
    attribute is the distance of the group's bounds over that of the whole column, and of
    equally wide attributes the first given is taken. A bound is where an ancestor was cut, or
    the group's own lowest or highest value once the attribute was tried in it or an ancestor.

    Args:
        frame: Any rows. Null quasi-identifiers are values of their own; no row is dropped.
        quasi_identifiers: The columns to generalize, at least one.
        k: The least size of a class, at least 1.

    Returns:
        A new frame with the rows, order, index and columns of `frame`. The quasi-identifiers
        hold categories of text: ranges of numbers and dates, sets of anything else, written
        as `ops.measures.value_domain` says. The other columns are as they were.

    Raises:
        AnonymizationError: k is not a positive whole number, or larger than the number of rows;
            a column is missing, repeated, unhashable or has infinite numbers.

    Source:
        LeFevre, DeWitt, Ramakrishnan: Mondrian Multidimensional K-Anonymity, ICDE 2006, in
        the strict variant (no value of a cut attribute on both sides of the cut), with the
        choices of the widely used "Basic Mondrian" where the paper leaves them open.
    """
    require_columns(frame, quasi_identifiers)
    _require_k(k, len(frame))
    coded = [encode_ordered(frame[column]) for column in quasi_identifiers]
    classes = group((codes, domain.size) for codes, domain in coded)
    first = classes.first_rows()
    tuples = [codes[first] for codes, _ in coded]
    domains = [domain for _, domain in coded]
    del coded
    groups = partition(tuples, classes.sizes, domains, k=k)
    generalized = _label_rows(groups, classes, tuples, domains, frame.index)
    return frame.assign(**dict(zip(quasi_identifiers, generalized, strict=True)))


def partition(
    tuples: Sequence[Integers], counts: Integers, domains: Sequence[Domain], *, k: int
) -> Groups:
    """Cut weighted tuples into groups of at least k rows.

    Args:
        tuples: For each attribute the code of each tuple; shape (tuples,) each.
        counts: How many rows have each tuple, all positive; shape (tuples,).
        domains: The domain of each attribute.
        k: The least sum of counts of a group, at least 1.

    Returns:
        The groups, in no particular order; none without tuples.
    """
    codes = np.stack(tuples)
    pending = _whole(codes, counts)
    finished: list[Groups] = []
    while len(pending.lengths):
        is_final = (pending.rows < 2 * k) | ~pending.is_open.any(axis=1)
        finished.append(pending.select(is_final).groups)
        pending = _cut(pending.select(~is_final), codes, counts, domains, k=k)
    if not finished:
        return Groups(order=np.zeros(0, dtype=np.int64), lengths=np.zeros(0, dtype=np.int64))
    return Groups(
        order=np.concatenate([groups.order for groups in finished]),
        lengths=np.concatenate([groups.lengths for groups in finished]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """Groups that may still be cut.

    Attributes:
        order: The tuples' positions, group after group; shape (tuples,).
        lengths: The number of tuples of each group; shape (groups,).
        rows: The number of rows of each group; shape (groups,).
        low: The least code each attribute may have; shape (groups, attributes).
        high: The greatest code each attribute may have; same shape.
        is_open: Whether the attribute may still be tried; same shape.
    """

    order: Integers
    lengths: Integers
    rows: Integers
    low: Integers
    high: Integers
    is_open: Flags

    @property
    def groups(self) -> Groups:
        """The tuples alone."""
        return Groups(order=self.order, lengths=self.lengths)

    def select(self, chosen: Flags) -> _Pending:
        """Return only the chosen groups."""
        return _Pending(
            order=self.order[np.repeat(chosen, self.lengths)],
            lengths=self.lengths[chosen],
            rows=self.rows[chosen],
            low=self.low[chosen],
            high=self.high[chosen],
            is_open=self.is_open[chosen],
        )

    def widest(self, domains: Sequence[Domain]) -> Integers:
        """Return the widest open attribute of each group; the first of equal ones."""
        widths = np.stack(
            [
                (domain.positions[self.high[:, i]] - domain.positions[self.low[:, i]])
                / domain.extent
                for i, domain in enumerate(domains)
            ],
            axis=1,
        )
        chosen: Integers = np.where(self.is_open, widths, -1.0).argmax(axis=1)
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Median:
    """The cut of each group on the attribute tried; arrays of shape (groups,).

    Attributes:
        order: The tuples' positions, sorted by the attribute within each group.
        left_tuples: The tuples of the lower part.
        left_rows: The rows of the lower part.
        lowest: The lowest code of the group.
        highest: The highest code of the group.
        last: The highest code of the lower part.
        following: The lowest code of the upper part; meaningless where that is empty.
    """

    order: Integers
    left_tuples: Integers
    left_rows: Integers
    lowest: Integers
    highest: Integers
    last: Integers
    following: Integers


def _whole(codes: Integers, counts: Integers) -> _Pending:
    """Return one group of everything, or no group without tuples."""
    attributes, tuples = codes.shape
    groups = min(tuples, 1)
    low, high = (codes.min(axis=1), codes.max(axis=1)) if tuples else (codes, codes)
    low, high = low.reshape(groups, attributes), high.reshape(groups, attributes)
    return _Pending(
        order=np.arange(tuples, dtype=np.int64),
        lengths=np.full(groups, tuples, dtype=np.int64),
        rows=np.full(groups, counts.sum(), dtype=np.int64),
        low=low,
        high=high,
        is_open=high > low,
    )


def _cut(
    pending: _Pending, codes: Integers, counts: Integers, domains: Sequence[Domain], *, k: int
) -> _Pending:
    """Cut each group on its widest attribute, or close the attribute where that is refused."""
    if not len(pending.lengths):
        return pending
    attribute = pending.widest(domains)
    median = _median(pending, attribute, codes, counts)
    is_cut = (median.left_rows >= k) & (pending.rows - median.left_rows >= k)
    parent = np.repeat(np.arange(len(is_cut)), np.where(is_cut, 2, 1))
    left = np.flatnonzero(is_cut) + np.arange(np.count_nonzero(is_cut))
    low, high = _bounds(pending, attribute, median, parent, left)
    is_open = pending.is_open[parent]
    is_open[np.arange(len(parent)), attribute[parent]] = False
    is_open[left] = is_open[left + 1] = True
    return _Pending(
        order=median.order,
        lengths=_split(pending.lengths, median.left_tuples, parent, left),
        rows=_split(pending.rows, median.left_rows, parent, left),
        low=low,
        high=high,
        is_open=is_open & (high > low),
    )


def _split(whole: Integers, lower: Integers, parent: Integers, left: Integers) -> Integers:
    """Return the amount of each part, given those of the parents and their lower parts."""
    parts = whole[parent]
    parts[left] = lower[parent[left]]
    parts[left + 1] -= parts[left]
    return parts


def _bounds(
    pending: _Pending, attribute: Integers, median: _Median, parent: Integers, left: Integers
) -> tuple[Integers, Integers]:
    """Return the bounds of each part, tight on the attribute tried."""
    low, high = pending.low[parent], pending.high[parent]
    parts, tried = np.arange(len(parent)), attribute[parent]
    low[parts, tried] = median.lowest[parent]
    high[parts, tried] = median.highest[parent]
    high[left, tried[left]] = median.last[parent[left]]
    low[left + 1, tried[left]] = median.following[parent[left]]
    return low, high


def _median(pending: _Pending, attribute: Integers, codes: Integers, counts: Integers) -> _Median:
    """Sort the tuples of each group by its attribute and find where to cut them."""
    span = int(codes.max()) + 1
    numbers = pending.groups.numbers
    keys = numbers * span + codes[attribute[numbers], pending.order]
    by_key = np.argsort(keys)
    order, keys = pending.order[by_key], keys[by_key]
    cumulative = np.cumsum(counts[order])
    stops = np.cumsum(pending.lengths)
    starts = stops - pending.lengths
    before = cumulative[stops - 1] - pending.rows
    middle = np.searchsorted(cumulative, before + pending.rows // 2)
    end = np.searchsorted(keys, keys[middle], side="right")
    return _Median(
        order=order,
        left_tuples=end - starts,
        left_rows=cumulative[end - 1] - before,
        lowest=keys[starts] % span,
        highest=keys[stops - 1] % span,
        last=keys[middle] % span,
        following=keys[np.minimum(end, len(keys) - 1)] % span,
    )


def _label_rows(
    groups: Groups,
    classes: EquivalenceClasses,
    tuples: Sequence[Integers],
    domains: Sequence[Domain],
    index: pd.Index,
) -> list[pd.Series]:
    row_groups = groups.group_of()[classes.labels]
    columns = []
    for codes, domain in zip(tuples, domains, strict=True):
        labels = label_groups(groups, codes, domain)
        columns.append(pd.Series(labels.take(row_groups), index=index))
    return columns


def _require_k(k: int, rows: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise AnonymizationError("parameter k", found=k, expected="a whole number of at least 1")
    if 0 < rows < k:
        raise AnonymizationError(
            f"k-anonymity with k = {k}",
            problem=f"{rows} rows",
            expected="at least k",
            remedy="lower k or add rows",
        )
