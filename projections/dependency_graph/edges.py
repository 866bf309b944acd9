"""The graph as integers: searches whose cost depends on what they reach.

Nodes are the 64-bit keys of the catalog. The edges are sorted once by one of their ends, so that
the neighbours of a node are adjacent; a search advances one distance at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from projections.catalog import Catalog

Keys = NDArray[np.uint64]
Indices = NDArray[np.intp]
Direction = Literal["upstream", "downstream"]

_VIEWS: Final = {
    "edges": "select source_key, target_key, position from edges",
    "column_steps": "select source_key, target_key, position from column_steps",
}
_PAIRING: Final = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that multiplying by it loses no bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """What a search found.

    Attributes:
        keys: The nodes by distance, starts first.
        distances: For each node the smallest number of steps from a start.
        rows: The edges between them, as rows of `Edges`, with duplicates.
    """

    keys: Keys
    distances: NDArray[np.int64]
    rows: Indices


class Edges:
    """All edges of one kind in a catalog.

    Args:
        source: Key of the source node of each edge.
        target: Key of its target node.
        position: Position at which it was recorded.
    """

    def __init__(self, source: Keys, target: Keys, position: NDArray[np.int64]) -> None:
        self.source = source
        self.target = target
        self.position = position
        self._sides: dict[Direction, _Side] = {}

    @classmethod
    def load(cls, catalog: Catalog, view: Literal["edges", "column_steps"]) -> Edges:
        """Read the edges of a view."""
        return cls(*catalog.arrays(_VIEWS[view]))

    def reach(self, starts: Keys, direction: Direction, depth: int | None = None) -> Reached:
        """Find all nodes in a direction, including the starts, each once.

        Args:
            starts: Where to begin.
            direction: "upstream" against the edges, "downstream" along them.
            depth: Maximum distance; None for no limit.
        """
        side = self._side(direction)
        search = _Search(side, starts)
        while search.frontier.size and (depth is None or search.distance < depth):
            search.advance()
        keys, distances = search.found()
        rows = search.rows()
        if search.frontier.size:
            among = side.rows(search.frontier)
            rows = np.concatenate([rows, among[is_among(side.far[among], np.sort(keys))]])
        return Reached(keys=keys, distances=distances, rows=rows)

    def shortest(self, starts: Keys, goals: Keys) -> Indices | None:
        """Return the edges of a shortest path downstream, in order; None if there is none."""
        if np.intersect1d(starts, goals).size:
            return np.empty(0, np.intp)
        side = self._side("downstream")
        search = _Search(side, starts)
        while search.frontier.size:
            hits = np.intersect1d(search.advance(), goals)
            if hits.size:
                return self._back(search.levels, hits.min())
        return None

    def way(self, rows: Indices) -> Keys:
        """Return the nodes along consecutive edges."""
        return np.concatenate([self.source[rows[:1]], self.target[rows]])

    def newest(self, limit: int) -> Keys:
        """Return up to `limit` nodes, those of the latest edges first."""
        count = limit
        while True:
            rows = self._latest(count)
            ends = np.stack([self.source[rows], self.target[rows]], axis=1).ravel()
            keys, first = np.unique(ends, return_index=True)
            if keys.size >= limit or rows.size == self.position.size:
                return keys[np.argsort(first)][:limit]
            count *= 4

    def nearest(self, reached: Reached, limit: int | None) -> Keys:
        """Return up to `limit` nodes of an answer: nearest first, then newest."""
        if limit is None or reached.keys.size <= limit:
            return reached.keys
        last = reached.distances[limit - 1]
        sure = reached.keys[reached.distances < last]
        rest = np.sort(reached.keys[reached.distances == last])
        latest = np.zeros(rest.size, np.int64)
        for ends in (self.source[reached.rows], self.target[reached.rows]):
            places = np.minimum(np.searchsorted(rest, ends), rest.size - 1)
            hits = rest[places] == ends
            np.maximum.at(latest, places[hits], self.position[reached.rows[hits]])
        return np.concatenate([sure, rest[np.lexsort((rest, -latest))]])[:limit]

    def count(self, rows: Indices | None = None) -> int:
        """Return the number of distinct edges among some rows, or in total."""
        chosen = slice(None) if rows is None else rows
        pairs = self.source[chosen] * _PAIRING + self.target[chosen]
        return int(distinct(pairs).size)

    def between(self, starts: Keys, goals: Keys) -> Reached:
        """Find all nodes on any path downstream from some nodes to others."""
        down, up = self.reach(starts, "downstream"), self.reach(goals, "upstream")
        on_way = is_among(down.keys, np.sort(up.keys))
        keys = down.keys[on_way]
        rows = self.inside(keys, down.rows)
        return Reached(keys=keys, distances=down.distances[on_way], rows=rows)

    def inside(self, keys: Keys, rows: Indices) -> Indices:
        """Return those edges that have both ends among some nodes."""
        in_order = np.sort(keys)
        leaving = rows[is_among(self.source[rows], in_order)]
        return leaving[is_among(self.target[leaving], in_order)]

    def everything(self) -> Reached:
        """Return all nodes and edges, those of the latest edges first."""
        rows = np.arange(self.position.size)
        keys = self.newest(2 * rows.size)
        return Reached(keys=keys, distances=np.zeros(keys.size, np.int64), rows=rows)

    def _latest(self, count: int) -> Indices:
        """Return at least `count` edges, latest first."""
        size = self.position.size
        rows = np.arange(size)
        if count < size:
            oldest = np.partition(self.position, size - count)[size - count]
            rows = np.flatnonzero(self.position >= oldest)
        order = np.lexsort((self.target[rows], self.source[rows], -self.position[rows]))
        return rows[order]

    def _side(self, direction: Direction) -> _Side:
        if direction not in self._sides:
            ends = (self.source, self.target)
            near, far = ends if direction == "downstream" else ends[::-1]
            self._sides[direction] = _Side(near, far)
        return self._sides[direction]

    def _back(self, levels: list[Indices], goal: np.uint64) -> Indices:
        """Return the path that a search took to a node; of several, the one recorded first."""
        way: list[np.intp] = []
        for rows in reversed(levels):
            leading = rows[self.target[rows] == goal]
            first = np.lexsort((self.source[leading], self.position[leading]))[0]
            way.insert(0, leading[first])
            goal = self.source[leading[first]]
        return np.array(way, np.intp)


class _Side:
    """The edges, sorted by the end at which a search arrives."""

    def __init__(self, near: Keys, far: Keys) -> None:
        self.far = far
        self._order = np.argsort(near)
        in_order = near[self._order]
        is_first = np.ones(in_order.size, bool)
        is_first[1:] = in_order[1:] != in_order[:-1]
        self._first = np.flatnonzero(is_first)
        self._count = np.diff(self._first, append=in_order.size)
        self.keys = in_order[self._first]

    def slots(self, keys: Keys) -> tuple[Indices, Keys]:
        """Return the slots of nodes with edges, and the nodes without."""
        if not self.keys.size:
            return np.empty(0, np.intp), keys
        places = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        has_edges = self.keys[places] == keys
        return places[has_edges], keys[~has_edges]

    def rows(self, slots: Indices) -> Indices:
        """Return the edges of some slots."""
        counts = self._count[slots]
        ends = np.cumsum(counts)
        within = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
        rows: Indices = self._order[np.repeat(self._first[slots], counts) + within]
        return rows


class _Search:
    """A search by distance.

    Attributes:
        distance: The distance reached so far.
        frontier: Slots of the nodes at that distance that have further edges.
        levels: The edges taken at each distance.
    """

    def __init__(self, side: _Side, starts: Keys) -> None:
        self.distance = 0
        self.levels: list[Indices] = []
        self._side = side
        self._is_visited = np.zeros(side.keys.size, bool)
        self._inner: list[Keys] = []
        self._ends: list[Keys] = []
        self.frontier = self._arrive(starts)

    def advance(self) -> Keys:
        """Follow all edges of the frontier and return their ends, known nodes included."""
        rows = self._side.rows(self.frontier)
        self.levels.append(rows)
        self.distance += 1
        ends = self._side.far[rows]
        self.frontier = self._arrive(ends)
        return ends

    def found(self) -> tuple[Keys, NDArray[np.int64]]:
        """Return all nodes by distance, and their distances."""
        inner, inner_distances = _by_distance(self._inner)
        ends, end_distances = _by_distance(self._ends)
        # Only nodes without further edges may occur twice.
        ends, first = np.unique(ends, return_index=True)
        keys = np.concatenate([inner, ends])
        distances = np.concatenate([inner_distances, end_distances[first]])
        order = np.argsort(distances, kind="stable")
        return keys[order], distances[order]

    def rows(self) -> Indices:
        """Return all edges taken."""
        return np.concatenate([np.empty(0, np.intp), *self.levels])

    def _arrive(self, keys: Keys) -> Indices:
        """Record nodes, some of them perhaps known, and return the slots of the new ones."""
        slots, ends = self._side.slots(distinct(keys))
        new = slots[~self._is_visited[slots]]
        self._is_visited[new] = True
        self._inner.append(self._side.keys[new])
        self._ends.append(ends)
        return new


def _by_distance(arrivals: Sequence[Keys]) -> tuple[Keys, NDArray[np.int64]]:
    """Return the nodes found at each distance from 0, and these distances."""
    sizes = [arrived.size for arrived in arrivals]
    return np.concatenate(arrivals), np.repeat(np.arange(len(sizes)), sizes)


def distinct(keys: NDArray[Any]) -> NDArray[Any]:
    """Return each number once, sorted.

    `numpy.unique` builds a hash table, which takes a hundred times as long for this many keys.
    """
    in_order = np.sort(keys)
    is_first = np.ones(in_order.size, bool)
    is_first[1:] = in_order[1:] != in_order[:-1]
    return in_order[is_first]


def is_among(values: NDArray[Any], in_order: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell for each value whether a sorted array contains it."""
    if not in_order.size:
        return np.zeros(values.size, bool)
    places = np.minimum(np.searchsorted(in_order, values), in_order.size - 1)
    found: NDArray[np.bool_] = in_order[places] == values
    return found
