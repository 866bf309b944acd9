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
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple, Self

from lineage.kernel.effects import HIDING, Effect


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """The levels of all paths from a source to a column.

    Attributes:
        direct: Levels of direct paths, highest first; empty if there is none.
        indirect: Levels of all other paths.
    """

    direct: tuple[Exposure, ...] = ()
    indirect: tuple[Exposure, ...] = ()

    @classmethod
    def by(cls, paths: Collection[tuple[Exposure, bool]]) -> Self:
        """Return the levels of paths, each with whether it is direct."""
        direct, indirect = (
            tuple(
                sorted({level for level, is_direct in paths if is_direct is wanted}, reverse=True)
            )
            for wanted in (True, False)
        )
        return cls(direct=direct, indirect=indirect)

    @property
    def exposure(self) -> Exposure | None:
        """The exposure by all direct paths; None without any."""
        return self.direct[0] if self.direct else None

    @property
    def indirect_exposure(self) -> Exposure | None:
        """The exposure by all other paths; None without any."""
        return self.indirect[0] if self.indirect else None


class Step(NamedTuple):
    """A step between columns.

    Attributes:
        near: The column it starts from.
        far: The column it leads to.
        level: The level it leaves.
        is_direct: Whether its source supplied the values.
    """

    near: int
    far: int
    level: Exposure
    is_direct: bool


_State = tuple[int, Exposure, bool]


class Ways:
    """Where steps lead, for searches from several columns.

    Args:
        steps: The steps.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._leaving: dict[int, list[int]] = {}
        for number, step in enumerate(steps):
            self._leaving.setdefault(step.near, []).append(number)

    def attained(self, starts: Sequence[int]) -> dict[int, Attained]:
        """Return for each reached column what all paths from the starts attain there."""
        found: dict[int, set[tuple[Exposure, bool]]] = {}
        for (column, level, is_direct), _ in self.search(starts):
            found.setdefault(column, set()).add((level, is_direct))
        return {column: Attained.by(paths) for column, paths in found.items()}

    def search(self, starts: Sequence[int]) -> Iterator[tuple[_State, tuple[_State, int] | None]]:
        """Yield each attained state of each column, nearest first, and the step that led to it."""
        waiting: deque[_State] = deque((start, Exposure.EXPOSED, True) for start in sorted(starts))
        known = set(waiting)
        yield from ((state, None) for state in waiting)
        while waiting:
            state = column, level, is_direct = waiting.popleft()
            for number in self._leaving.get(column, ()):
                step = self._steps[number]
                after = (step.far, min(level, step.level), is_direct and step.is_direct)
                if after not in known:
                    known.add(after)
                    waiting.append(after)
                    yield after, (state, number)


def witness(
    steps: Sequence[Step], starts: Sequence[int], goals: Sequence[int]
) -> tuple[int, ...] | None:
    """Return the steps of a shortest path that exposes as much as all paths together.

    Returns:
        Their numbers, beginning at a start; empty if a start is a goal, None without a path. A
        direct path is preferred; of equally short paths, the one whose steps have the lowest
        numbers.
    """
    came_from = dict(Ways(steps).search(starts))
    wanted = set(goals)
    ends = [state for state in came_from if state[0] in wanted]
    if not ends:
        return None
    # of the states that expose most, the one reached first
    return _way(came_from, max(ends, key=_exposes))


def witnesses(steps: Sequence[Step], starts: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """Return for each column that is reached what `witness` returns for it alone."""
    came_from = dict(Ways(steps).search(starts))
    ends: dict[int, _State] = {}
    for state in came_from:
        known = ends.get(state[0])
        if known is None or _exposes(state) > _exposes(known):
            ends[state[0]] = state
    return {column: _way(came_from, end) for column, end in ends.items()}


def _exposes(state: _State) -> tuple[bool, Exposure]:
    _, level, is_direct = state
    return is_direct, level


def _way(came_from: Mapping[_State, tuple[_State, int] | None], end: _State) -> tuple[int, ...]:
    way: list[int] = []
    while (step := came_from[end]) is not None:
        way.append(step[1])
        end = step[0]
    return tuple(reversed(way))
