"""How much of a column's values is still visible in a column made from it.

An *exposure* is what a reader of the result learns about the value of one person. The levels
form a chain, from everything to nothing:

| exposure | what is visible | effect of a step |
| --- | --- | --- |
| exposed | the value | identity |
| transformed | something computed from it, perhaps reversible | transformation |
| noised | its approximate value | noise |
| generalized | its group or range | generalization |
| masked | a part of it | masking |
| pseudonymized | that two are equal; with the key, the value | pseudonymization |
| aggregated | what holds for many people together | aggregation |
| synthesized | what a model has learned | synthesis |
| suppressed | nothing | suppression |

*Along a path* the lowest level counts: no later step restores what one step has hidden, so
identity after masking is masked. *Across paths* the highest level counts: one path of
identities among masked ones exposes the value. Minimum and maximum of a chain distribute over
each other, so the result over all paths, of which there may be exponentially many, is found by
propagating from column to column which levels are attained.

A path is *direct* if all its steps are. A step is indirect if its source only chose rows or
values (a filter, a join, a group); exposure by such a path is kept separate.

"transformed" and above protect nobody: those steps are not meant to hide anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lineage.kernel.effects import HIDING, Effect
from projections.dependency_graph.edges import Indices, distinct

Masks = NDArray[np.uint32]


class Exposure(IntEnum):
    """A level of the chain; a higher one exposes more."""

    SUPPRESSED = 0
    SYNTHESIZED = 1
    AGGREGATED = 2
    PSEUDONYMIZED = 3
    MASKED = 4
    GENERALIZED = 5
    NOISED = 6
    TRANSFORMED = 7
    EXPOSED = 8

    @property
    def word(self) -> str:
        """Its name in lower case."""
        return self.name.lower()

    @property
    def protects(self) -> bool:
        """Whether a step was meant to hide the value."""
        return EFFECTS[self] in HIDING


LEVELS: Final[Mapping[Effect, Exposure]] = {
    "identity": Exposure.EXPOSED,
    "transformation": Exposure.TRANSFORMED,
    "noise": Exposure.NOISED,
    "generalization": Exposure.GENERALIZED,
    "masking": Exposure.MASKED,
    "pseudonymization": Exposure.PSEUDONYMIZED,
    "aggregation": Exposure.AGGREGATED,
    "synthesis": Exposure.SYNTHESIZED,
    "suppression": Exposure.SUPPRESSED,
}
"""Effect of a step to the level it leaves, one to one."""

EFFECTS: Final[Mapping[Exposure, Effect]] = {level: effect for effect, level in LEVELS.items()}
"""The inverse of `LEVELS`."""

_WIDTH: Final = len(Exposure)
_DIRECT_BITS: Final = np.uint32((1 << _WIDTH) - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """The levels of all paths from a source to a column.

    Attributes:
        direct: Levels of direct paths, highest first; empty if there is none.
        indirect: Levels of all other paths.
    """

    direct: tuple[Exposure, ...] = ()
    indirect: tuple[Exposure, ...] = ()

    @property
    def exposure(self) -> Exposure | None:
        """The exposure by all direct paths; None without any."""
        return self.direct[0] if self.direct else None

    @property
    def indirect_exposure(self) -> Exposure | None:
        """The exposure by all other paths; None without any."""
        return self.indirect[0] if self.indirect else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivations:
    """Steps between columns that are numbered from 0.

    Attributes:
        near: For each step the column it starts from.
        far: The column it leads to.
        level: The level it leaves.
        is_direct: Whether its source supplied the values.
        count: Number of columns.
    """

    near: Indices
    far: Indices
    level: NDArray[np.uint32]
    is_direct: NDArray[np.bool_]
    count: int


def attained(steps: Derivations, starts: Sequence[int]) -> list[Attained]:
    """Return for each column what all paths from the starts to it attain.

    A start exposes itself. Each step is visited at most once per level, however many paths there
    are, and cycles terminate.
    """
    masks = np.zeros(steps.count, np.uint32)
    masks[starts] = _bit(Exposure.EXPOSED, is_direct=True)
    order, first, size = _by_near(steps)
    frontier = np.array(sorted(set(starts)), np.intp)
    while frontier.size:
        rows = _rows(order, first[frontier], size[frontier])
        ends = distinct(steps.far[rows])
        before = masks[ends]
        np.bitwise_or.at(masks, steps.far[rows], _after(masks[steps.near[rows]], steps, rows))
        frontier = ends[masks[ends] != before]
    return [_attained(int(mask)) for mask in masks]


def witness(
    steps: Derivations, starts: Sequence[int], goals: Sequence[int]
) -> tuple[int, ...] | None:
    """Return the steps of a shortest path that exposes as much as all paths together.

    Returns:
        Their numbers, beginning at a start; empty if a start is a goal, None without a path. A
        direct path is preferred; of equally short paths, the one whose steps have the lowest
        numbers.
    """
    came_from = dict(_search(steps, starts))
    ends = [state for state in came_from if state[0] in set(goals)]
    if not ends:
        return None
    # of the states that expose most, the one reached first
    end = max(ends, key=lambda state: (state[2], state[1]))
    way: list[int] = []
    while (step := came_from[end]) is not None:
        way.insert(0, step[1])
        end = step[0]
    return tuple(way)


_State = tuple[int, Exposure, bool]


def _search(
    steps: Derivations, starts: Sequence[int]
) -> Iterator[tuple[_State, tuple[_State, int] | None]]:
    """Yield each attained state of each column, nearest first, and the step that led to it."""
    order, first, size = _by_near(steps)
    waiting: deque[_State] = deque((start, Exposure.EXPOSED, True) for start in sorted(starts))
    known = set(waiting)
    yield from ((state, None) for state in waiting)
    while waiting:
        state = column, level, is_direct = waiting.popleft()
        for row in sorted(order[first[column] : first[column] + size[column]].tolist()):
            after = (
                int(steps.far[row]),
                Exposure(min(level, int(steps.level[row]))),
                is_direct and bool(steps.is_direct[row]),
            )
            if after not in known:
                known.add(after)
                waiting.append(after)
                yield after, (state, row)


def _after(masks: Masks, steps: Derivations, rows: Indices) -> Masks:
    """Return the levels attained after one more step."""
    level = steps.level[rows]
    direct = _capped(masks & _DIRECT_BITS, level)
    indirect = _capped(masks >> np.uint32(_WIDTH), level)
    shifted = np.where(steps.is_direct[rows], indirect, direct | indirect) << np.uint32(_WIDTH)
    after: Masks = np.where(steps.is_direct[rows], direct, np.uint32(0)) | shifted
    return after


def _capped(bits: Masks, level: NDArray[np.uint32]) -> Masks:
    one = np.uint32(1)
    kept = bits & ((one << (level + one)) - one)
    has_more = (bits >> (level + one)) != 0
    capped: Masks = kept | (has_more.astype(np.uint32) << level)
    return capped


def _bit(level: Exposure, *, is_direct: bool) -> int:
    return 1 << (level if is_direct else level + _WIDTH)


@cache
def _attained(mask: int) -> Attained:
    direct, indirect = (
        tuple(level for level in reversed(Exposure) if mask & _bit(level, is_direct=is_direct))
        for is_direct in (True, False)
    )
    return Attained(direct=direct, indirect=indirect)


def _by_near(steps: Derivations) -> tuple[Indices, Indices, Indices]:
    size = np.bincount(steps.near, minlength=steps.count)
    return np.argsort(steps.near, kind="stable"), np.cumsum(size) - size, size


def _rows(order: Indices, first: Indices, size: Indices) -> Any:
    ends = np.cumsum(size)
    return order[np.repeat(first - (ends - size), size) + np.arange(ends[-1])]
