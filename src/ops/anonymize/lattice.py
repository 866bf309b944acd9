"""Search all combinations of levels for the one that loses least.

The rows are reduced to distinct tuples with counts. The classes of a combination are made from
those of a finer one, so a combination costs as much as the classes that it joins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Literal

import numpy as np

from lineage.kernel.errors import AnonymizationError
from ops.anonymize.constraints import Guarantee, Sensitive
from ops.anonymize.partition import Flags, Weights
from ops.measures.classes import Integers, group
from ops.measures.hierarchy_codes import LevelCodes

Cost = Literal["loss", "discernibility_unsuppressed", "average_class_size", "non_uniform_entropy"]
Node = tuple[int, ...]

_MOST_NODES: Final = 1_000_000
_MOST_CLASSES_HELD: Final = 2**23
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuples:
    """The distinct tuples of the quasi-identifiers.

    Attributes:
        codes: For each attribute the value of each tuple; shape (tuples,) each.
        weights: The rows of each tuple; shape (tuples,).
        sensitive: The sensitive attributes, counted by tuple.
        hierarchies: The values of each attribute at the levels of its hierarchy.
    """

    codes: Sequence[Integers]
    weights: Weights
    sensitive: Sequence[Sensitive]
    hierarchies: Sequence[LevelCodes]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.weights.sum())


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimum:
    """The combination of levels that loses least.

    Attributes:
        node: The level of each attribute.
        cost: What it loses.
        class_of: The class of each tuple; shape (tuples,).
        is_kept: Which classes are published; shape (classes,).
        nodes: How many combinations there are.
        evaluated: How many of them were looked at.
    """

    node: Node
    cost: float
    class_of: Integers
    is_kept: Flags
    nodes: int
    evaluated: int


def search(tuples: Tuples, guarantee: Guarantee, cost: Cost) -> Optimum:
    """Return the combination of levels that is as asked and loses least.

    A class that is not as asked is suppressed, if all these together are within the limit. Of equal
    costs the one with the smallest sum of levels is taken, then the first in lexical order.
    A combination is passed over only where that cannot change the result: because its cost without
    any suppression, or that of a finer one, is already more than the best found; the first for
    costs that suppression only raises, the second for costs that more generalization only raises.

    Args:
        tuples: The distinct tuples, at least one.
        guarantee: What is asked of the classes.
        cost: "loss" (geometric mean over attributes of the share of the hierarchy's leaves that
            a value stands for), "discernibility_unsuppressed" (DM*, the sum of squared class sizes
            before suppression), "average_class_size" (AECS, all suppressed rows being one class)
            or "non_uniform_entropy" (the bits that generalization takes from all values, before
            suppression).

    Raises:
        AnonymizationError: No combination is as asked, or there are more than a million.

    Source:
        Samarati: Protecting Respondents' Identities in Microdata Release, IEEE TKDE 13(6), 2001
        (full-domain generalization); the costs as in ARX 3.9; El Emam et al.: A Globally Optimal
        k-Anonymity Method, JAMIA 16(5), 2009 (optimal search of the lattice).
    """
    return _Search.of(tuples, guarantee, cost).run()


def cost_of(tuples: Tuples, guarantee: Guarantee, cost: Cost, node: Node) -> float:
    """Return what one combination of levels costs; parameters as in `search`."""
    seeking = _Search.of(tuples, guarantee, cost)
    classes = seeking.classes_of(node)
    return seeking.cost_of(node, classes, classes.kept(guarantee.k))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Classes:
    """The classes of one combination.

    Attributes:
        first: One tuple of each class; shape (classes,).
        sizes: The rows of each class; shape (classes,).
        sensitive: The sensitive attributes, counted by class.
    """

    first: Integers
    sizes: Weights
    sensitive: Sequence[Sensitive]

    def kept(self, k: int) -> Flags:
        """Tell which classes are as asked."""
        kept = self.sizes >= k
        for values in self.sensitive:
            kept &= values.are_satisfied()
        return kept


@dataclass(slots=True, kw_only=True)
class _Search:
    """The state of one search.

    Attributes:
        tuples: The distinct tuples.
        guarantee: What is asked.
        cost: What is to be least.
        levels: For each attribute and level what `cost` adds up without suppression.
        classes: The classes of combinations looked at, as many as fit.
        floors: For each combination seen what it and all coarser ones cost at least.
        held: How many classes these have, but for the tuples.
        evaluated: How many were looked at.
    """

    tuples: Tuples
    guarantee: Guarantee
    cost: Cost
    levels: Sequence[Sequence[float]]
    classes: dict[Node, _Classes] = field(default_factory=dict)
    floors: dict[Node, float] = field(default_factory=dict)
    held: int = 0
    evaluated: int = 0

    @classmethod
    def of(cls, tuples: Tuples, guarantee: Guarantee, cost: Cost) -> _Search:
        """Return a search that has not begun."""
        levels = [
            [_level_cost(tuples, at, level, cost) for level in range(hierarchy.highest + 1)]
            for at, hierarchy in enumerate(tuples.hierarchies)
        ]
        return cls(tuples=tuples, guarantee=guarantee, cost=cost, levels=levels)

    def run(self) -> Optimum:
        """Look at the combinations in the order of their lowest possible cost."""
        best: tuple[float, int, Node] | None = None
        least: tuple[float, Node] | None = None
        ordered = self._ordered()
        for lowest, total, node in ordered:
            if best is not None and lowest > best[0] + _ROUNDING * abs(best[0]):
                break
            if best is not None and self._floor(node) >= best[0]:
                continue
            classes = self.classes_of(node)
            kept = classes.kept(self.guarantee.k)
            suppressed = self.tuples.rows - float(classes.sizes[kept].sum())
            least = min(least or (math.inf, node), (suppressed, node))
            value = self.cost_of(node, classes, kept)
            if self._has_floors:
                self.floors[node] = value
            if kept.any() and suppressed <= self.guarantee.suppression_limit * self.tuples.rows:
                best = min(best or (math.inf, 0, ()), (value, total, node))
        if best is None:
            assert least is not None  # noqa: S101  # there is a combination, and all were seen
            raise self._refusal(least[1])
        return self._optimum(best, len(ordered))

    def _ordered(self) -> list[tuple[float, int, Node]]:
        """Return each combination with its lowest possible cost and the sum of its levels."""
        heights = [hierarchy.highest + 1 for hierarchy in self.tuples.hierarchies]
        if math.prod(heights) > _MOST_NODES:
            raise AnonymizationError(
                "lattice of generalizations",
                found=math.prod(heights),
                expected=f"at most {_MOST_NODES} combinations of levels",
                remedy="leave levels out of the hierarchies",
            )
        nodes = product(*map(range, heights))
        return sorted((self._lowest(node), sum(node), node) for node in nodes)

    def _lowest(self, node: Node) -> float:
        """Return what a combination costs without suppression, as far as levels alone tell."""
        parts = [self.levels[at][level] for at, level in enumerate(node)]
        if self.cost == "loss":
            return _geometric(parts)
        return sum(parts)

    @property
    def _has_floors(self) -> bool:
        """Whether a coarser combination never costs less."""
        if self.cost == "discernibility_unsuppressed":
            return True
        return self.cost == "average_class_size" and not self.guarantee.suppression_limit

    def _floor(self, node: Node) -> float:
        """Return what a combination costs at least, because finer ones cost that much."""
        if not self._has_floors:
            return -math.inf
        floor = max(
            (self.floors.get(finer, -math.inf) for finer in _finer(node)), default=-math.inf
        )
        self.floors[node] = floor
        return floor

    def classes_of(self, node: Node) -> _Classes:
        """Return the classes of a combination, made from the fewest that are at hand."""
        self.evaluated += 1
        base = self.classes.get(()) or _Classes(
            first=np.arange(len(self.tuples.weights)),
            sizes=self.tuples.weights,
            sensitive=self.tuples.sensitive,
        )
        self.classes[()] = base
        at_hand = [found for finer in _finer(node) if (found := self.classes.get(finer))]
        source = min([base, *at_hand], key=lambda classes: len(classes.sizes))
        grouped = group(self._coded(node, source.first))
        made = _Classes(
            first=source.first[grouped.first_rows()],
            sizes=_added_up(grouped.labels, source.sizes, grouped.count),
            sensitive=[v.merged(grouped.labels, grouped.count) for v in source.sensitive],
        )
        self.classes[node] = made
        self.held += len(made.sizes)
        while self.held > _MOST_CLASSES_HELD:
            finest = next(other for other in self.classes if other)
            self.held -= len(self.classes.pop(finest).sizes)
        return made

    def _coded(self, node: Node, first: Integers) -> list[tuple[Integers, int]]:
        """Return the codes of some tuples at the levels of a combination."""
        found: list[tuple[Integers, int]] = []
        for codes, level, hierarchy in zip(
            self.tuples.codes, node, self.tuples.hierarchies, strict=True
        ):
            if level < hierarchy.highest or len(hierarchy.texts[level]) > 1 or not found:
                found.append((hierarchy.codes[level][codes[first]], len(hierarchy.texts[level])))
        return found

    def cost_of(self, node: Node, classes: _Classes, kept: Flags) -> float:
        """Return what a combination costs with the rest suppressed."""
        rows = self.tuples.rows
        suppressed = rows - float(classes.sizes[kept].sum())
        if self.cost == "discernibility_unsuppressed":
            return float((classes.sizes**2).sum())
        if self.cost == "average_class_size":
            return rows / max(int(kept.sum()) + (suppressed > 0), 1)
        if self.cost == "non_uniform_entropy" or not suppressed:
            return self._lowest(node)
        lost = classes.first[~kept], classes.sizes[~kept]
        return _geometric([self._loss(at, level, *lost) for at, level in enumerate(node)])

    def _loss(self, at: int, level: int, first: Integers, sizes: Weights) -> float:
        """Return the loss of one attribute if some classes are suppressed."""
        rows, hierarchy = self.tuples.rows, self.tuples.hierarchies[at]
        codes = hierarchy.codes[level][self.tuples.codes[at][first]]
        more = float((sizes * (1.0 - hierarchy.shares[level][codes])).sum())
        return self.levels[at][level] + more / max(rows - rows / hierarchy.leaves, _ROUNDING)

    def _optimum(self, best: tuple[float, int, Node], nodes: int) -> Optimum:
        cost, _, node = best
        everything = np.arange(len(self.tuples.weights))
        grouped = group(self._coded(node, everything))
        sizes = _added_up(grouped.labels, self.tuples.weights, grouped.count)
        classes = _Classes(
            first=grouped.first_rows(),
            sizes=sizes,
            sensitive=[v.merged(grouped.labels, grouped.count) for v in self.tuples.sensitive],
        )
        return Optimum(
            node=node,
            cost=cost,
            class_of=grouped.labels,
            is_kept=classes.kept(self.guarantee.k),
            nodes=nodes,
            evaluated=self.evaluated,
        )

    def _refusal(self, node: Node) -> AnonymizationError:
        """Return the error that says what the combination that suppresses least lacks."""
        classes = self.classes_of(node)
        rows, k = self.tuples.rows, self.guarantee.k
        small = int(classes.sizes[classes.sizes < k].sum())
        lost = rows - int(classes.sizes[classes.kept(k)].sum())
        facts = [f"{small} in classes under k = {k}"] if small else []
        for values in classes.sensitive:
            if not values.are_satisfied().all():
                asked, reached, _ = values.reached()
                facts.append(f"{asked} is not reached ({reached})")
        return AnonymizationError(
            "full-domain generalization",
            problem=f"at best {lost} of {rows} rows would be suppressed: {'; '.join(facts)}",
            expected=f"at most {math.floor(self.guarantee.suppression_limit * rows)}",
            remedy="raise suppression_limit, ask for less, or add a coarser level; nothing was "
            "written",
        )


def _finer(node: Node) -> list[Node]:
    """Return the combinations with one level less in one attribute."""
    return [(*node[:at], level - 1, *node[at + 1 :]) for at, level in enumerate(node) if level]


def _geometric(parts: Sequence[float]) -> float:
    return math.prod(1.0 + part for part in parts) ** (1.0 / len(parts)) - 1.0


def _sizes_at(tuples: Tuples, at: int, level: int) -> Weights:
    hierarchy = tuples.hierarchies[at]
    codes = hierarchy.codes[level][tuples.codes[at]]
    return _added_up(codes, tuples.weights, len(hierarchy.texts[level]))


def _added_up(labels: Integers, weights: Weights, count: int) -> Weights:
    return np.bincount(labels, weights=weights, minlength=count).astype(np.float64, copy=False)


def _level_cost(tuples: Tuples, at: int, level: int, cost: Cost) -> float:
    """Return what a level costs without suppression; 0 where that is not a sum over rows."""
    hierarchy, rows, sizes = tuples.hierarchies[at], tuples.rows, _sizes_at(tuples, at, level)
    if cost == "loss":
        least = rows / hierarchy.leaves
        return (float((sizes * hierarchy.shares[level]).sum()) - least) / max(
            rows - least, _ROUNDING
        )
    if cost == "non_uniform_entropy":
        return _bits(sizes) - _bits(_sizes_at(tuples, at, 0))
    return 0.0


def _bits(sizes: Weights) -> float:
    return float((sizes * np.log2(np.maximum(sizes, 1.0))).sum())
