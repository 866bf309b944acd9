"""Sources of columns within a query, and what steps of the query do to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, get_args

from lineage.kernel.effects import Effect
from ops.result import DatasetRead


class Source(NamedTuple):
    """One source of a column.

    Attributes:
        place: The frame or dataset that has the column, and what it is called there; None for
            what is made from nothing.
        effect: What is done to it.
        is_direct: False when it only decides which rows or values appear.
    """

    place: tuple[str | DatasetRead, str] | None
    effect: Effect
    is_direct: bool


Sources = frozenset[Source]
NOTHING: Final[Sources] = frozenset()


class UnknownLineageError(Exception):
    """The query has a part whose lineage is not known."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What a query, or a frame of it, gives.

    Attributes:
        columns: Name and sources of each column, in order.
        rows: Indirect sources: what decides which rows there are.
    """

    columns: Sequence[tuple[str, Sources]]
    rows: Sources = NOTHING

    def column(self, name: str) -> Sources:
        """Return the sources of a column.

        Raises:
            UnknownLineageError: There is not exactly one of this name.
        """
        found = [sources for each, sources in self.columns if each == name]
        if len(found) != 1:
            raise UnknownLineageError
        return found[0]

    def all(self) -> Sources:
        """Return the sources of all columns and of the rows."""
        return frozenset().union(self.rows, *(sources for _, sources in self.columns))


def through(sources: Iterable[Source], effect: Effect, *, is_direct: bool = True) -> Sources:
    """Return sources after a step that has an effect on them; the stronger effect stays."""
    return frozenset(
        Source(place, max(before, effect, key=_rank), is_direct=was_direct and is_direct)
        for place, before, was_direct in sources
        if place is not None or is_direct
    )


def deciding(sources: Iterable[Source]) -> Sources:
    """Return sources of what decides which rows there are."""
    return through(sources, "transformation", is_direct=False)


def among(rows: Sources, sources: Sources) -> Sources:
    """Return the sources of a column with those of its rows, as much hidden as its values."""
    is_summary = any(s.effect == "aggregation" for s in sources if s.is_direct)
    effect: Effect = "aggregation" if is_summary else "transformation"
    return sources | through(rows, effect, is_direct=False)


def whole(sources: Sources) -> Sources:
    """Return sources without those that add nothing to the others."""
    direct = {source for source in sources if source.is_direct}
    real = {source for source in direct if source.place is not None}
    places = {source.place for source in real}
    indirect = {source for source in sources - direct if source.place not in places}
    return frozenset((real or direct) | indirect)


def _rank(effect: Effect) -> int:
    return ("identity", "transformation", "aggregation", *get_args(Effect)).index(effect)
