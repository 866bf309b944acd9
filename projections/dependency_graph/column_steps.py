"""All steps between columns, as integers, and the exposure that each leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from projections.catalog import Catalog
from projections.dependency_graph import exposure
from projections.dependency_graph.edges import Direction, Edges, Indices, Keys, Reached
from projections.dependency_graph.exposure import Attained, Derivations

_STEPS: Final = """
select source_key, target_key, position, list_position($effects, effect) - 1 as effect, is_direct,
  is_assumed
from column_steps
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSteps:
    """The steps of a catalog.

    Attributes:
        edges: From which column to which.
        level: For each step the `Exposure` it leaves.
        is_direct: Whether its source gave the values.
        is_assumed: Whether nobody declared it.
    """

    edges: Edges
    level: NDArray[np.uint32]
    is_direct: NDArray[np.bool_]
    is_assumed: NDArray[np.bool_]

    @classmethod
    def load(cls, catalog: Catalog) -> Self:
        """Read all steps."""
        source, target, position, effect, is_direct, is_assumed = catalog.arrays(
            _STEPS, {"effects": [*exposure.LEVELS]}
        )
        levels = np.array([*exposure.LEVELS.values()], np.uint32)
        return cls(
            edges=Edges(source, target, position),
            level=levels[effect],
            is_direct=is_direct,
            is_assumed=is_assumed,
        )

    def attained(
        self, reached: Reached, starts: Keys, direction: Direction
    ) -> Mapping[int, Attained]:
        """Return for each reached column key what all paths from the starts attain."""
        keys = np.sort(reached.keys)
        derivations = self._derivations(reached.rows, keys, direction)
        found = exposure.attained(derivations, _numbers(keys, starts))
        return dict(zip(keys.tolist(), found, strict=True))

    def witness(self, reached: Reached, starts: Keys, goals: Keys) -> Indices | None:
        """Return the steps of a shortest path that exposes most, in order; None without a path.

        Args:
            reached: Everything between starts and goals.
            starts: Where the path may begin.
            goals: Where it may end.
        """
        keys = np.sort(reached.keys)
        ends = (self.edges.target[reached.rows], self.edges.source[reached.rows])
        rows = reached.rows[np.lexsort((*ends, self.edges.position[reached.rows]))]
        way = exposure.witness(
            self._derivations(rows, keys, "downstream"),
            _numbers(keys, starts),
            _numbers(keys, goals),
        )
        return None if way is None else rows[list(way)]

    def only_assumed(self, rows: Indices, starts: Keys, goals: Keys) -> bool:
        """Tell whether every path from starts to goals takes a step that nobody declared.

        Args:
            rows: All steps on these paths.
            starts: Where they begin.
            goals: Where they end.
        """
        sure = rows[~self.is_assumed[rows]]
        edges = self.edges
        stated = Edges(edges.source[sure], edges.target[sure], edges.position[sure])
        return stated.shortest(starts, goals) is None

    def _derivations(self, rows: Indices, keys: Keys, direction: Direction) -> Derivations:
        near, far = self.edges.source[rows], self.edges.target[rows]
        if direction == "upstream":
            near, far = far, near
        return Derivations(
            near=np.searchsorted(keys, near),
            far=np.searchsorted(keys, far),
            level=self.level[rows],
            is_direct=self.is_direct[rows],
            count=keys.size,
        )


def _numbers(in_order: Keys, keys: Keys) -> list[int]:
    """Return the indices in a sorted array of the keys it contains."""
    chosen = np.intersect1d(keys, in_order)
    return [int(place) for place in np.searchsorted(in_order, chosen)]
