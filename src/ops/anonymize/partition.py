"""Cut weighted tuples into groups, all groups that may still be cut at once.

A round takes one attribute for each group, counts the rows of each of its values there, chooses
a cut, and moves the tuples of the lower part before those of the upper part. Nothing is sorted
unless the values of the groups are too many to count; there are fewer tuples in every round, as
groups are finished.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

import numpy as np
import numpy.typing as npt

from ops.anonymize import cuts
from ops.anonymize.cuts import Cells, Cut
from ops.anonymize.labels import Groups
from ops.measures.classes import Integers
from ops.measures.value_domain import Domain, Positions

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float64]

_DENSE_FACTOR: Final = 4


def partition(
    tuples: Sequence[Integers],
    counts: Integers,
    domains: Sequence[Domain],
    *,
    k: int,
    cut: Cut = "median",
    allows: Callable[[Groups], Flags] | None = None,
) -> Groups:
    """Cut weighted tuples into groups of at least k rows.

    Args:
        tuples: For each attribute the code of each tuple; shape (tuples,) each.
        counts: How many rows have each tuple, all positive; shape (tuples,).
        domains: The domain of each attribute.
        k: The least sum of counts of a group, at least 1.
        cut: Where a group is cut, as `ops.anonymize.mondrian` says.
        allows: Tells which of the groups it is given may exist; None allows all of them.

    Returns:
        The groups, in no particular order; none without tuples.
    """
    space = _Space.of(domains)
    pending = _whole(np.stack(tuples, axis=1).astype(np.int32), counts)
    finished: list[Groups] = []
    while len(pending.lengths):
        is_final = (pending.rows < 2 * k) | ~pending.is_open.any(axis=1)
        finished.append(pending.select(is_final).groups)
        rest = pending.select(~is_final)
        pending = _cut(rest, space, k=k, cut=cut, allows=allows) if len(rest.lengths) else rest
    if not finished:
        return Groups(order=np.zeros(0, dtype=np.int64), lengths=np.zeros(0, dtype=np.int64))
    return Groups(
        order=np.concatenate([groups.order for groups in finished]),
        lengths=np.concatenate([groups.lengths for groups in finished]),
    )


def sum_by_key(keys: Integers, weights: Weights, span: int) -> tuple[Integers, Weights]:
    """Add up weights by key.

    Args:
        keys: Whole numbers from 0 to below `span`; shape (n,).
        weights: What to add up, all positive; shape (n,).
        span: The number of possible keys.

    Returns:
        The keys that occur, ascending, and the sum of each; sums of whole numbers are exact to
        2**53.
    """
    if span <= _DENSE_FACTOR * len(keys):
        sums = np.bincount(keys, weights=weights, minlength=span).astype(np.float64, copy=False)
        found = np.flatnonzero(sums)
        return found, sums[found]
    order = np.argsort(keys)
    ordered = keys[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[starts], np.add.reduceat(weights[order], starts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Space:
    """The positions of all attributes, one after the other, as shares of the extent.

    Attributes:
        positions: The place of each code; shape (codes of all attributes,).
        offsets: Where each attribute begins; shape (attributes,).
        extents: The extent of each attribute; shape (attributes,).
    """

    positions: Positions
    offsets: Integers
    extents: Positions

    @classmethod
    def of(cls, domains: Sequence[Domain]) -> _Space:
        """Return the space of some domains."""
        sizes = np.array([domain.size for domain in domains], dtype=np.int64)
        return cls(
            positions=np.concatenate([domain.positions for domain in domains]),
            offsets=np.cumsum(sizes) - sizes,
            extents=np.array([domain.extent for domain in domains]),
        )

    def at(self, attributes: Integers, codes: Integers) -> Positions:
        """Return the positions of codes of the attributes; shapes broadcast."""
        places: Positions = self.positions[self.offsets[attributes] + codes]
        return places

    def widest(self, pending: _Pending) -> Integers:
        """Return the widest open attribute of each group; the first of equal ones."""
        attributes = np.arange(len(self.offsets))
        widths = self.at(attributes, pending.high) - self.at(attributes, pending.low)
        widths /= self.extents
        chosen: Integers = np.where(pending.is_open, widths, -1.0).argmax(axis=1)
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """Groups that may still be cut.

    Attributes:
        order: The tuples' positions, group after group; shape (tuples,).
        codes: The codes of these tuples; shape (tuples, attributes).
        weights: The rows of these tuples; shape (tuples,).
        lengths: The number of tuples of each group; shape (groups,).
        rows: The number of rows of each group; shape (groups,).
        low: The least code each attribute may have; shape (groups, attributes).
        high: The greatest code each attribute may have; same shape.
        is_open: Whether the attribute may still be tried; same shape.
    """

    order: Integers
    codes: Codes
    weights: Weights
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
        if chosen.all():
            return self
        kept = np.flatnonzero(np.repeat(chosen, self.lengths))
        return _Pending(
            order=self.order[kept],
            codes=self.codes.take(kept, axis=0),
            weights=self.weights[kept],
            lengths=self.lengths[chosen],
            rows=self.rows[chosen],
            low=self.low[chosen],
            high=self.high[chosen],
            is_open=self.is_open[chosen],
        )


def _whole(codes: Codes, counts: Integers) -> _Pending:
    """Return one group of everything, or no group without tuples."""
    tuples, attributes = codes.shape
    groups = min(tuples, 1)
    low, high = (codes.min(axis=0), codes.max(axis=0)) if tuples else (codes, codes)
    low, high = low.reshape(groups, attributes), high.reshape(groups, attributes)
    return _Pending(
        order=np.arange(tuples, dtype=np.int64),
        codes=codes,
        weights=counts.astype(np.float64),
        lengths=np.full(groups, tuples, dtype=np.int64),
        rows=np.full(groups, counts.sum(), dtype=np.int64),
        low=low.astype(np.int64),
        high=high.astype(np.int64),
        is_open=high > low,
    )


def _cut(
    pending: _Pending,
    space: _Space,
    *,
    k: int,
    cut: Cut,
    allows: Callable[[Groups], Flags] | None,
) -> _Pending:
    """Cut each group on its widest attribute, or close the attribute where that is refused."""
    attribute = space.widest(pending)
    codes = _codes_of(pending, attribute)
    cells = _count(pending, attribute, codes)
    chosen = _choose(pending, space, attribute, cells, k=k, cut=cut)
    left_rows = cells.reached[chosen]
    is_cut = (left_rows >= k) & (pending.rows - left_rows >= k)
    last = np.where(is_cut, cells.codes[chosen], cells.codes[cells.stops - 1])
    moved, left_tuples = _move(pending, codes, last)
    if allows is not None:
        is_cut &= _are_allowed(moved, left_tuples, is_cut, allows)
    parts = _Parts.of(is_cut)
    low, high = _bounds(pending, attribute, cells, chosen, parts)
    is_open = pending.is_open[parts.parent]
    is_open[np.arange(len(parts.parent)), attribute[parts.parent]] = False
    is_open[parts.left] = is_open[parts.left + 1] = True
    lengths = parts.split(pending.lengths, left_tuples)
    if cut != "median":
        starts = np.cumsum(lengths) - lengths
        low = np.minimum.reduceat(moved.codes, starts, axis=0).astype(np.int64)
        high = np.maximum.reduceat(moved.codes, starts, axis=0).astype(np.int64)
    return _Pending(
        order=moved.order,
        codes=moved.codes,
        weights=moved.weights,
        lengths=lengths,
        rows=parts.split(pending.rows, left_rows),
        low=low,
        high=high,
        is_open=is_open & (high > low),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What groups become: two parts where they are cut, one where they are not.

    Attributes:
        parent: The group of each part; shape (parts,).
        left: Which parts are lower ones; the upper one follows.
    """

    parent: Integers
    left: Integers

    @classmethod
    def of(cls, is_cut: Flags) -> _Parts:
        """Return the parts of groups."""
        return cls(
            parent=np.repeat(np.arange(len(is_cut)), np.where(is_cut, 2, 1)),
            left=np.flatnonzero(is_cut) + np.arange(np.count_nonzero(is_cut)),
        )

    def split(self, whole: Integers, lower: Integers) -> Integers:
        """Return the amount of each part, given those of the groups and their lower parts."""
        amounts = whole[self.parent]
        amounts[self.left] = lower[self.parent[self.left]]
        amounts[self.left + 1] -= amounts[self.left]
        return amounts


def _codes_of(pending: _Pending, attribute: Integers) -> Codes:
    """Return the code of each tuple in the attribute of its group; shape (tuples,)."""
    tuples, attributes = pending.codes.shape
    places = np.arange(0, tuples * attributes, attributes)
    places += np.repeat(attribute, pending.lengths)
    return pending.codes.ravel().take(places)


def _count(pending: _Pending, attribute: Integers, codes: Codes) -> Cells:
    """Count the rows of each value of each group."""
    groups = np.arange(len(attribute))
    low = pending.low[groups, attribute]
    spans = pending.high[groups, attribute] - low + 1
    stops = np.cumsum(spans)
    bases = stops - spans - low
    keys = np.repeat(bases, pending.lengths)
    keys += codes
    found, rows = sum_by_key(keys, pending.weights, int(stops[-1]))
    borders = np.searchsorted(found, stops)
    starts = np.concatenate([[0], borders[:-1]])
    group_of = np.repeat(groups, borders - starts)
    total = np.cumsum(rows.astype(np.int64))
    before = np.cumsum(pending.rows) - pending.rows
    return Cells(
        groups=group_of,
        codes=found - bases[group_of],
        reached=total - before[group_of],
        starts=starts,
        stops=borders,
    )


def _choose(
    pending: _Pending, space: _Space, attribute: Integers, cells: Cells, *, k: int, cut: Cut
) -> Integers:
    """Return the last cell of the lower part of each group, if it is cut."""
    match cut:
        case "median":
            return cuts.at_median(cells, pending.rows)
        case "around_median":
            return cuts.around_median(cells, pending.rows, k=k)
        case "midpoint":
            places = space.at(attribute[cells.groups], cells.codes)
            return cuts.at_midpoint(cells, pending.rows, places, k=k)
        case _:
            assert_never(cut)


def _move(pending: _Pending, codes: Codes, last: Integers) -> tuple[_Pending, Integers]:
    """Put the tuples up to a code before the others of their group, and count them."""
    is_left = codes <= np.repeat(last.astype(np.int32), pending.lengths)
    left, right = np.flatnonzero(is_left), np.flatnonzero(~is_left)
    stops = np.searchsorted(left, np.cumsum(pending.lengths))
    left_tuples = np.diff(stops, prepend=0)
    sides = np.stack([left_tuples, pending.lengths - left_tuples], axis=1).ravel()
    goes_left = np.repeat(np.tile([True, False], len(last)), sides)
    taken = np.empty(len(codes), dtype=np.int64)
    taken[goes_left] = left
    taken[~goes_left] = right
    moved = replace(
        pending,
        order=pending.order[taken],
        codes=pending.codes.take(taken, axis=0),
        weights=pending.weights[taken],
    )
    return moved, left_tuples


def _are_allowed(
    moved: _Pending, left_tuples: Integers, is_cut: Flags, allows: Callable[[Groups], Flags]
) -> Flags:
    """Tell of each group that is to be cut whether both parts may exist."""
    if not is_cut.any():
        return is_cut
    parts = _Parts.of(is_cut)
    lengths = parts.split(moved.lengths, left_tuples)
    is_part = is_cut[parts.parent]
    verdicts = allows(
        Groups(order=moved.order[np.repeat(is_part, lengths)], lengths=lengths[is_part])
    )
    allowed = np.zeros(len(is_cut), dtype=np.bool_)
    allowed[is_cut] = verdicts[0::2] & verdicts[1::2]
    return allowed


def _bounds(
    pending: _Pending, attribute: Integers, cells: Cells, chosen: Integers, parts: _Parts
) -> tuple[Integers, Integers]:
    """Return the bounds of each part, tight on the attribute tried."""
    parent, left = parts.parent, parts.left
    low, high = pending.low[parent], pending.high[parent]
    numbers, tried = np.arange(len(parent)), attribute[parent]
    low[numbers, tried] = cells.codes[cells.starts][parent]
    high[numbers, tried] = cells.codes[cells.stops - 1][parent]
    high[left, tried[left]] = cells.codes[chosen[parent[left]]]
    low[left + 1, tried[left]] = cells.codes[chosen[parent[left]] + 1]
    return low, high
