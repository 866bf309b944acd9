"""Random histories of columns, and what is to be found out about each by all paths to it.

A history is a few files of two columns each, and runs that write them: some again, some under the
name of another one, some with columns of which nothing was declared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from hypothesis import strategies as st

from lineage.kernel.effects import HIDING, Effect
from lineage.kernel.roles import ColumnRole
from projections.dependency_graph.exposure import LEVELS

FILES = 4
URIS = ("a", "b", "c")
NAMES = ("x", "y")
TAGGED = "tagged"
"""What is said of a column that has a tag and no role."""

Said: TypeAlias = ColumnRole | Literal["tagged"]
How: TypeAlias = Literal["declared", "assumed", "generated", "silent"]
DIRECT = ColumnRole.DIRECT_IDENTIFIER


class Column(NamedTuple):
    """A column of a file version.

    Attributes:
        file: Number of the file version, which is also its content.
        place: Number of the column in it.
    """

    file: int
    place: int


class Edge(NamedTuple):
    """A step from a source to a column."""

    source: Column
    target: Column
    effect: Effect
    is_direct: bool
    is_assumed: bool


class Origin(NamedTuple):
    """What a run says of a column that it writes: how it came about, and from which columns."""

    how: How
    parts: tuple[tuple[Column, Effect, bool], ...]


class Writing(NamedTuple):
    """A run that writes a file."""

    target: int
    origins: tuple[Origin, ...]

    def with_same_names(self) -> Writing:
        """The same run, whose guesses are between columns of one name."""
        origins = [
            Origin(
                how,
                tuple(
                    (s._replace(place=place) if how == "assumed" else s, e, d) for s, e, d in parts
                ),
            )
            for place, (how, parts) in enumerate(self.origins)
        ]
        return self._replace(origins=tuple(origins))

    @property
    def read(self) -> set[int]:
        """The files that it made columns from."""
        return {edge.source.file for edge in self.edges()}

    def edges(self) -> Iterator[Edge]:
        """The steps to the columns of the file."""
        for place, (how, parts) in enumerate(self.origins):
            for source, effect, is_direct in parts:
                if how == "declared":
                    yield Edge(source, Column(self.target, place), effect, is_direct, False)
                if how == "assumed":
                    yield Edge(source, Column(self.target, place), "identity", True, True)


@dataclass(frozen=True)
class History:
    """Runs in their order.

    Attributes:
        uris: Where each file version lies.
        runs: What was written.
        said: What the dictionary says of the columns of a file, in all its versions.
        shows_reads: Whether what a run read is on record.
    """

    uris: Sequence[str]
    runs: Sequence[Writing]
    said: Mapping[tuple[str, int], Said]
    shows_reads: bool

    @cached_property
    def edges(self) -> list[Edge]:
        """All steps, each once."""
        return [*dict.fromkeys(edge for run in self.runs for edge in run.edges())]

    @cached_property
    def seen(self) -> set[int]:
        """The files that were read before they were written."""
        found: set[int] = set()
        written: set[int] = set()
        for run in self.runs:
            found |= self.on_record(run) - written
            written.add(run.target)
        return found

    def on_record(self, run: Writing) -> set[int]:
        """The files of which it is on record that a run read them."""
        return run.read if self.shows_reads else set()

    def said_of(self, column: Column) -> Said | None:
        """What the dictionary says of a column."""
        return self.said.get((self.uris[column.file], column.place))

    def origin(self, column: Column) -> str:
        """Where a column comes from: derived, generated, undeclared or outside."""
        if any(edge.target == column for edge in self.edges):
            return "derived"
        how = [run.origins[column.place].how for run in self.runs if run.target == column.file]
        if "generated" in how:
            return "generated"
        return "undeclared" if how else "outside"


class Told(NamedTuple):
    """What is to be said of a column.

    Attributes:
        verdict: unchanged, protected, generated or unknown.
        role: The strongest of the sources of the verdict.
        exposure: The highest level that a source attains; None if none does directly.
        lacks_role: Whether values that nobody classified reach it unchanged.
        sources: Source to the strongest effect on it, and whether it is direct and known.
    """

    verdict: str
    role: ColumnRole | None
    exposure: str | None
    lacks_role: bool
    sources: Mapping[Column, tuple[str, bool, bool]]


Way: TypeAlias = tuple[Edge, ...]


class ByAllWays:
    """What is known of a column, by looking at every path to it.

    Args:
        history: The history.
        goal: The column.
    """

    def __init__(self, history: History, goal: Column) -> None:
        self._history, self._goal = history, goal
        self._known = [*self._ways(goal, [e for e in history.edges if not e.is_assumed])]
        self._all = [*self._ways(goal, history.edges)]
        self._direct = [way for way in self._known if all(edge.is_direct for edge in way)]

    def told(self) -> Told:
        """What is to be said."""
        sources = [way for way in self._direct if self._is_source(self._begin(way))]
        bare = [way for way in sources if self._shows(way)]
        names = any(self._role(way) is DIRECT for way in bare)
        if names or (bare and not self._is_dark(sources)):
            verdict, counted = "unchanged", bare
        else:
            made = "protected" if sources else "generated"
            verdict, counted = "unknown" if self._is_dark(sources) else made, sources
        roles = {self._role(way) for way in counted}
        return Told(
            verdict=verdict,
            role=next((role for role in ColumnRole if role in roles), None),
            exposure=LEVELS[strongest(sources)].word if sources else None,
            lacks_role=any(not any(map(self._has_role, self._on(way))) for way in bare),
            sources=self._sources(),
        )

    def _ways(
        self, node: Column, edges: Collection[Edge], on: frozenset[Column] = frozenset()
    ) -> Iterator[Way]:
        """Every path to a column that meets none twice, the empty one included."""
        yield ()
        for edge in edges:
            if edge.target == node and edge.source not in {*on, node}:
                before = self._ways(edge.source, edges, on | {node})
                yield from ((*way, edge) for way in before)

    def _sources(self) -> dict[Column, tuple[str, bool, bool]]:
        found = {}
        for source in {self._begin(way) for way in self._all}:
            is_end = source == self._goal and self._history.origin(source) == "undeclared"
            if self._is_source(source) and not is_end:
                known = [way for way in self._known if self._begin(way) == source]
                ways = known or [way for way in self._all if self._begin(way) == source]
                direct = [way for way in ways if all(edge.is_direct for edge in way)]
                effect = "" if source == self._goal else strongest(direct or ways)
                found[source] = (effect, bool(direct), bool(known))
        return found

    def _is_source(self, column: Column) -> bool:
        """Values begin there, or somebody said what they are."""
        begins = self._history.origin(column) in {"outside", "undeclared"}
        return begins or self._history.said_of(column) is not None or self._is_first(column)

    def _is_first(self, column: Column) -> bool:
        """It was there before it was written again from what had been made of it."""
        edges = [e for e in self._history.edges if e.is_direct and not e.is_assumed]
        into = [edge.source for edge in edges if edge.target == column]
        upstream = {self._begin(way, at) for at in into for way in self._ways(at, edges)}
        return column.file in self._history.seen and column in upstream

    def _is_dark(self, sources: Sequence[Way]) -> bool:
        """Nobody declared where some column on the way comes from, or all come from each other."""
        reached = {self._begin(way) for way in self._direct}
        supplied = {e.target for e in self._history.edges if e.is_direct and not e.is_assumed}
        guessed = {edge.target for edge in self._history.edges if edge.is_assumed}
        ends = {column for column in reached if self._history.origin(column) == "undeclared"}
        return bool(reached & (guessed | ends)) or (not sources and reached <= supplied)

    def _shows(self, way: Way) -> bool:
        """Nothing on a path hides what its first column tells."""
        effects = {edge.effect for edge in way}
        is_noise_enough = self._role(way) not in {None, DIRECT}
        hidden = effects & (HIDING - {"noise"})
        return not hidden and not ("noise" in effects and is_noise_enough)

    def _role(self, way: Way) -> ColumnRole | None:
        said = self._history.said_of(self._begin(way))
        return None if said == TAGGED else said

    def _has_role(self, column: Column) -> bool:
        return self._history.said_of(column) not in {None, TAGGED}

    def _begin(self, way: Way, goal: Column | None = None) -> Column:
        return way[0].source if way else goal or self._goal

    def _on(self, way: Way) -> set[Column]:
        return {self._begin(way), *(edge.target for edge in way)}


def strongest(ways: Sequence[Way]) -> Effect:
    """The effect of the path that shows most: of each path, that which hides most."""
    each: list[Effect] = [
        min((edge.effect for edge in way), key=LEVELS.__getitem__, default="identity")
        for way in ways
    ]
    return max(each, key=LEVELS.__getitem__)


effects = st.sampled_from(["identity", "identity", "transformation", *get_args(Effect)])
columns = st.builds(Column, st.integers(0, FILES - 1), st.integers(0, len(NAMES) - 1))
parts = st.tuples(columns, effects, st.sampled_from([True, True, True, False]))
origins = st.builds(
    Origin,
    st.sampled_from(["declared"] * 6 + ["assumed", "generated", "silent"]),
    st.lists(parts, min_size=1, max_size=3).map(tuple),
)
writings = st.builds(Writing, st.integers(0, FILES - 1), st.tuples(*(origins for _ in NAMES)))
histories = st.builds(
    History,
    uris=st.tuples(*(st.sampled_from(URIS) for _ in range(FILES))),
    runs=st.lists(writings, max_size=5),
    said=st.dictionaries(
        st.tuples(st.sampled_from(URIS), st.integers(0, len(NAMES) - 1)),
        st.sampled_from([*ColumnRole, TAGGED]),
        max_size=4,
    ),
    shows_reads=st.sampled_from([True, True, False]),
)
"""Graphs of few columns: diamonds, renamed columns, versions, reruns and circles among them."""


def _with_same_names(history: History) -> History:
    return replace(history, runs=[run.with_same_names() for run in history.runs])


same_named_histories = histories.map(_with_same_names)
"""The same, with guesses that could be recorded: between columns of one name."""


def declared_in(history: History) -> dict[str, Any]:
    """The dictionary as a project declares it."""
    declared: dict[str, Any] = {uri: {"path": uri, "columns": {}} for uri in URIS}
    for (uri, place), said in history.said.items():
        declared[uri]["columns"][NAMES[place]] = {"tags": ["t"]} if said == TAGGED else said
    return declared
