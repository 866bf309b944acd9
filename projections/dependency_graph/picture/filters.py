"""Show only some boxes of a picture; what is hidden between them is counted, not cut out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

import networkx as nx

from lineage.kernel.errors import ConfigurationError
from projections.dependency_graph.picture.classes import WORDS, State

BoxState: TypeAlias = Literal[
    "failed", "running", "stale", "missing", "erased", "undeclared", "released", "refused"
]

STATES: Final[Mapping[BoxState, str]] = {
    "failed": "failed or interrupted",
    "running": "running",
    "stale": "stale: made from an older version",
    "missing": "not on disk",
    "erased": "erased",
    "undeclared": "columns undeclared",
    "released": "released",
    "refused": "release refused",
}
"""States of boxes, and what they mean."""

EXPOSURES: Final[tuple[State, ...]] = get_args(State)
_BAD: Final = {"failed", "error", "interrupted"}
_NAMED: Final = 3
"""Hidden boxes that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a box has to be; all conditions have to hold, and of each one any word.

    Attributes:
        classes: Classes of columns that it holds.
        exposures: Whether such columns (all of them without classes) still show in it.
        tags: Tags of it, of its runs or of its columns.
        states: What happened to it, see `STATES`.
    """

    classes: frozenset[str] = frozenset()
    exposures: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        known: dict[str, tuple[frozenset[str], Collection[str]]] = {
            "class": (self.classes, WORDS),
            "exposure": (self.exposures, EXPOSURES),
            "state": (self.states, STATES),
        }
        for name, (given, words) in known.items():
            if wrong := sorted(given - {*words}):
                raise ConfigurationError(
                    name, found=wrong[0], expected=f"one of {', '.join(words)}"
                )

    @property
    def is_empty(self) -> bool:
        """Whether everything matches."""
        return not (self.classes or self.exposures or self.tags or self.states)

    def matches(self, data: Mapping[str, Any]) -> bool:
        """Tell whether a box of a picture is shown."""
        held: Mapping[str, str] = data.get("classes") or {}
        looked = {kind: state for kind, state in held.items() if kind in self.classes}
        return (
            (not self.classes or bool(looked))
            and (not self.exposures or bool(self.exposures & {*_shown(held, looked)}))
            and (not self.tags or bool(self.tags & {*tags_of(data)}))
            and (not self.states or any(_is(data, state) for state in self.states))
        )

    def words(self) -> str:
        """Return the conditions in words."""
        parts = (
            ("class", self.classes),
            ("exposure", self.exposures),
            ("tag", self.tags),
            ("state", self.states),
        )
        return ", ".join(f"{name} {' or '.join(sorted(words))}" for name, words in parts if words)


def _shown(held: Mapping[str, str], looked: Mapping[str, str]) -> Iterable[str]:
    return (looked or held).values()


def tags_of(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tags of a box: those recorded with it, and those declared of its columns."""
    yield from data.get("tags") or ()
    for column in data.get("columns") or ():
        yield from column.get("tags") or ()


def states_of(data: Mapping[str, Any]) -> list[str]:
    """Return the states that a box is in."""
    return [state for state in STATES if _is(data, state)]


def _is(data: Mapping[str, Any], state: str) -> bool:
    status = str(data.get("liveness") or data.get("status") or "")
    release = data.get("release") or {}
    match state:
        case "failed":
            return status in _BAD or bool(data.get("failed"))
        case "running":
            return status == "running"
        case "stale":
            return bool(data.get("stale_because"))
        case "released":
            return release.get("state") == "published"
        case "refused":
            return release.get("state") == "refused"
        case "undeclared":
            return data.get("column_lineage") in {"undeclared", "partly known"} or (
                data.get("is_undeclared") is True or data.get("origin") == "undeclared"
            )
    return bool(data.get(f"is_{state}"))


def filtered(
    graph: nx.DiGraph, is_shown: Callable[[Mapping[str, Any]], bool], name_of: Callable[[str], str]
) -> nx.DiGraph:
    """Return a picture with only some of its boxes, and with what was asked about.

    Args:
        graph: A graph of `neighbourhood`.
        is_shown: Tells whether a box, by its attributes, is shown.
        name_of: What a hidden box is called.

    Returns:
        The graph without the others. Where a way led through hidden boxes only, there is an edge of
        kind "hidden" with hidden (their number on all such ways), effects (the same in words) and
        through (some of their names); where there is an edge already, that gets hidden and through.
        Hidden boxes that lead to no box that is shown are counted by a node of kind "stub".
        `graph.graph` has hidden (how many boxes), matched (how many match), and stands_for of what
        is shown.
    """
    stubs = {node for node, kind in graph.nodes(data="kind") if kind == "stub"}
    asked = {*graph.graph.get("starts", []), *graph.graph.get("goals", [])}
    boxes = [node for node in graph if node not in stubs]
    matched = {node for node in boxes if is_shown(graph.nodes[node])}
    kept = [node for node in boxes if node in matched or node in asked]
    stays = {*kept}
    beside = {node for node in stubs if graph.nodes[node]["box"] in stays}
    shown = graph.copy()
    shown.remove_nodes_from([node for node in graph if node not in stays | beside])
    _Hidden(graph, [node for node in boxes if node not in stays], name_of).bridge(shown, kept)
    members = [graph.nodes[node].get("members") or [node] for node in kept]
    shown.graph |= {
        "hidden": len(boxes) - len(kept),
        "matched": len(matched),
        "stands_for": {
            "nodes": sum(map(len, members)),
            "edges": sum(data.get("count", 1) for *_, data in shown.edges(data=True)),
        },
    }
    return shown


class _Hidden:
    """The hidden boxes of a picture. Sets of them are integers with a bit for each."""

    def __init__(
        self, graph: nx.DiGraph, hidden: Sequence[str], name_of: Callable[[str], str]
    ) -> None:
        self._graph, self._hidden, self._name_of = graph, hidden, name_of
        self._bits = {node: 1 << number for number, node in enumerate(hidden)}

    def bridge(self, shown: nx.DiGraph, kept: Sequence[str]) -> None:
        """Add what leads through hidden boxes, or into them, to what is shown."""
        after = {node: self._reached(node, self._graph.successors) for node in kept}
        before = {node: self._reached(node, self._graph.predecessors) for node in kept}
        ahead, behind = dict(after), dict(before)
        sources = [node for node in kept if after[node]]
        targets = [node for node in kept if before[node]]
        for source in sources:
            for target in targets:
                through = after[source] & before[target]
                if not through:
                    continue
                ahead[source] &= ~through
                behind[target] &= ~through
                if source != target:
                    self._join(shown, source, target, through)
        for direction, rest in (("downstream", ahead), ("upstream", behind)):
            for box, left in rest.items():
                if left:
                    self._end(shown, box, direction, left)

    def _reached(self, start: str, next_of: Callable[[str], Iterable[str]]) -> int:
        """Return the hidden boxes that lead on from a box, through hidden boxes only."""
        waiting, found = [start], 0
        while waiting:
            for node in next_of(waiting.pop()):
                bit = self._bits.get(node, 0)
                if bit and not found & bit:
                    found |= bit
                    waiting.append(node)
        return found

    def _names(self, boxes: int) -> list[str]:
        first: list[str] = []
        while boxes and len(first) < _NAMED:
            first.append(self._name_of(self._hidden[(boxes & -boxes).bit_length() - 1]))
            boxes &= boxes - 1
        return first

    def _join(self, shown: nx.DiGraph, source: str, target: str, through: int) -> None:
        said: dict[str, Any] = {"hidden": through.bit_count(), "through": self._names(through)}
        if shown.has_edge(source, target):
            shown.edges[source, target].update(said)
        else:
            words = [f"{said['hidden']:,} hidden"]
            shown.add_edge(source, target, kind="hidden", effects=words, is_assumed=False, **said)

    def _end(self, shown: nx.DiGraph, box: str, direction: str, left: int) -> None:
        stub = f"hidden {direction} {box}"
        count = left.bit_count()
        facts = {"direction": direction, "box": box, "hidden": count, "through": self._names(left)}
        shown.add_node(stub, kind="stub", name=f"{count:,} hidden", **facts)
        ends = (stub, box) if direction == "upstream" else (box, stub)
        shown.add_edge(*ends, kind="beyond", is_assumed=False)
