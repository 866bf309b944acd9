"""Strict Mondrian: k-anonymity by cutting the space of the quasi-identifiers at medians.

The rows are first reduced to distinct tuples with counts. All groups of tuples that may still
be cut are then cut at once, one attribute each, in a few numpy calls a round; a round sorts
the tuples under way once, and their number falls as groups come to rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.classes import EquivalenceClasses, Integers, group, require_columns
from ops.anonymize.domain import Domain, encode_ordered
from ops.anonymize.labels import Groups, label_groups

Flags = npt.NDArray[np.bool_]


def anonymize(frame: pd.DataFrame, quasi_identifiers: Sequence[str], *, k: int) -> pd.DataFrame:
    """Generalise quasi-identifiers until every row equals at least k - 1 others in them.

    A group of rows is cut in two at the median of the attribute that is widest in it: the
    lower part takes the values up to the first whose cumulative count reaches half the rows
    (rounded down), the upper part the rest. If a part would have fewer than k rows, the next
    widest attribute is tried; if none can be cut, the group is published. The width of an
    attribute is the distance of the group's bounds over that of the whole column, and of
    equally wide attributes the first given is taken. A bound is where an ancestor was cut, or
    the group's own lowest or highest value once the attribute was tried in it or an ancestor.

    Args:
        frame: Any rows. Null quasi-identifiers are values of their own; no row is dropped.
        quasi_identifiers: The columns to generalise, at least one.
        k: The least size of a class, at least 1.

    Returns:
        A new frame with the rows, order, index and columns of `frame`. The quasi-identifiers
        hold categories of text: ranges of numbers and dates, sets of anything else, written
        as `ops.anonymize.domain` says. The other columns are as they were.

    Raises:
        AnonymizationError: k is no positive whole number, or larger than the number of rows;
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
        counts: How many rows each tuple stands for, all positive; shape (tuples,).
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
        """The tuples without what is known of them."""
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
        return np.where(self.is_open, widths, -1.0).argmax(axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Median:
    """The cut of each group on the attribute tried; arrays of shape (groups,).

    Attributes:
        order: The tuples' positions, sorted by the attribute within each group.
        end: Where the lower part of the group ends in `order`.
        left_rows: The rows of the lower part.
        lowest: The lowest code of the group.
        highest: The highest code of the group.
        last: The highest code of the lower part.
        following: The lowest code of the upper part; of no meaning where that is empty.
    """

    order: Integers
    end: Integers
    left_rows: Integers
    lowest: Integers
    highest: Integers
    last: Integers
    following: Integers


def _whole(codes: Integers, counts: Integers) -> _Pending:
    """Return one group of everything, or no group without tuples."""
    tuples = codes.shape[1]
    low = codes.min(axis=1, keepdims=True, initial=0).T if tuples else codes.T
    high = codes.max(axis=1, keepdims=True, initial=0).T if tuples else codes.T
    return _Pending(
        order=np.arange(tuples, dtype=np.int64),
        lengths=np.array([tuples] if tuples else [], dtype=np.int64),
        rows=np.array([counts.sum()] if tuples else [], dtype=np.int64),
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
    right_rows = pending.rows - median.left_rows
    is_cut = (median.left_rows >= k) & (right_rows >= k)
    parts = np.where(is_cut, 2, 1)
    parent = np.repeat(np.arange(len(parts)), parts)
    first = np.cumsum(parts) - parts
    left, right = first[is_cut], first[is_cut] + 1
    tried = attribute[is_cut]

    ends = np.cumsum(pending.lengths)
    lengths, rows = pending.lengths[parent], pending.rows[parent]
    lengths[left] = (median.end - ends + pending.lengths)[is_cut]
    lengths[right] = (ends - median.end)[is_cut]
    rows[left], rows[right] = median.left_rows[is_cut], right_rows[is_cut]

    low, high, is_open = pending.low[parent], pending.high[parent], pending.is_open[parent]
    everyone = np.arange(len(parent))
    low[everyone, attribute[parent]] = median.lowest[parent]
    high[everyone, attribute[parent]] = median.highest[parent]
    high[left, tried] = median.last[is_cut]
    low[right, tried] = median.following[is_cut]
    is_open[first[~is_cut], attribute[~is_cut]] = False
    is_open[left] = is_open[right] = True
    return _Pending(
        order=median.order,
        lengths=lengths,
        rows=rows,
        low=low,
        high=high,
        is_open=is_open & (high > low),
    )


def _median(pending: _Pending, attribute: Integers, codes: Integers, counts: Integers) -> _Median:
    """Sort the tuples of each group by its attribute and find where to cut them."""
    span = int(codes.max()) + 1
    group_of = np.repeat(np.arange(len(pending.lengths)), pending.lengths)
    keys = group_of * span + codes[attribute[group_of], pending.order]
    by_key = np.argsort(keys)
    order, keys = pending.order[by_key], keys[by_key]
    cumulative = np.cumsum(counts[order])
    stops = np.cumsum(pending.lengths)
    before = cumulative[stops - 1] - pending.rows
    middle = np.searchsorted(cumulative, before + pending.rows // 2)
    end = np.searchsorted(keys, keys[middle], side="right")
    return _Median(
        order=order,
        end=end,
        left_rows=cumulative[end - 1] - before,
        lowest=keys[stops - pending.lengths] % span,
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
        raise AnonymizationError(
            "parameter k", found=k, expected="a whole number of at least 1", remedy="choose k"
        )
    if 0 < rows < k:
        raise AnonymizationError(
            f"k-anonymity with k = {k}",
            found=f"{rows} rows",
            expected="at least k rows",
            remedy="lower k or add rows",
        )
