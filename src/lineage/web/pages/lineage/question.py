"""What the page of lineage was asked: the subject, how far, what is shown of it, and how."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from lineage.kernel.errors import ConfigurationError
from lineage.web import links
from lineage.web.asked import AT, Asked
from projections.dependency_graph import Found, also, find, find_columns
from projections.dependency_graph.picture.classes import WORDS, Class
from projections.dependency_graph.picture.filters import Filter
from projections.dependency_graph.search import Direction
from projections.dependency_graph.surroundings import DEPTH, Around, newest
from projections.graph_formats.boxes import COLOURS, Colour
from projections.graph_formats.folding import FOLDS, Fold

SUBJECTS: Final = ("file", "column", "run", "task", "name", "from", "to")
FILTERS: Final = ("class", "exposure", "tag", "state")
SINGLE: Final = (
    *SUBJECTS,
    "depth",
    "direction",
    "up",
    "down",
    "detail",
    "open",
    "also",
    "closed",
    "colour",
    "follow",
)
"""Parameters that are given once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to the page.

    Attributes:
        subject: What it is about, in words.
        names: What the command line calls it: none, one, or two for a slice.
        around: The question to the history.
        filter: Which boxes are shown.
        colour: What colours say.
        follow: The class of columns whose way is told; None for none.
    """

    subject: str
    names: tuple[str, ...]
    around: Around
    filter: Filter
    colour: Colour
    follow: Class | None

    @property
    def is_of_columns(self) -> bool:
        """Whether it is about columns, not files."""
        return bool(self.names) and self.names[0].startswith("column:")

    def commands(self, at: str | None) -> list[str]:
        """Return the commands that answer the same in a terminal."""
        words = [*self._filter_words(), *(["--as-of", at] if at else [])]
        return [shlex.join(["lineage", "graph", *asking, *words]) for asking in self._askings()]

    def _askings(self) -> Iterator[list[str]]:
        around = self.around
        if not self.names:
            yield []
        elif around.goals:
            yield ["--between", *self.names]
        elif around.upstream == around.downstream and not self.is_of_columns:
            yield ["--around", *self.names, *_depth(around.upstream)]
        else:
            for way, steps in (("upstream", around.upstream), ("downstream", around.downstream)):
                if steps != 0:
                    yield [f"--{way}", *self.names, *_depth(steps)]

    def _filter_words(self) -> Iterator[str]:
        given = (
            ("class", self.filter.classes),
            ("exposure", self.filter.exposures),
            ("tag", self.filter.tags),
            ("state", self.filter.states),
        )
        for name, values in given:
            for value in sorted(values):
                yield from (f"--{name}", value)


def _depth(steps: int | None) -> list[str]:
    return [] if steps is None else ["--depth", str(steps)]


def question_of(asked: Asked) -> Question:
    """Return what an address asks.

    Raises:
        ConfigurationError: A parameter has a value that it cannot have.
        DatasetNotFoundError: A name is unknown or ambiguous.
    """
    subject, names, starts, goals = _subject(asked)
    wanted = Filter(
        classes=frozenset(asked.every("class")),
        exposures=frozenset(asked.every("exposure")),
        tags=frozenset(asked.every("tag")),
        states=frozenset(asked.every("state")),
    )
    opened = (asked.text("open") or "").split(".")
    return Question(
        subject=subject,
        names=names,
        around=Around(
            starts=starts,
            goals=goals,
            upstream=steps_of(asked, "up", "upstream"),
            downstream=steps_of(asked, "down", "downstream"),
            also=also.parse(asked.text("also") or ""),
            fold=cast("Fold", _one_of(asked, "detail", FOLDS)),
            opened=frozenset(filter(None, opened)),
            is_closed=bool(asked.text("closed") or goals),
            is_filtered=not wanted.is_empty,
        ),
        filter=wanted,
        colour=cast("Colour", _one_of(asked, "colour", COLOURS)),
        follow=cast("Class | None", _one_of(asked, "follow", (None, *WORDS))),
    )


def _one_of(asked: Asked, name: str, words: tuple[str | None, ...]) -> str | None:
    value = asked.text(name) or words[0]
    if value not in words:
        expected = ", ".join(filter(None, words))
        raise ConfigurationError(f"parameter {name!r}", found=value, expected=f"one of {expected}")
    return value


_Subject = tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _subject(asked: Asked) -> _Subject:
    """Return what the page is about: in words, as typed, and the nodes where it starts and ends."""
    given = {name: asked.text(name) for name in SUBJECTS}
    if given["from"] or given["to"]:
        return _slice(asked)
    if given["column"]:
        if given["file"] is None:
            raise ConfigurationError("parameter 'file'", problem="a column needs it")
        name = f"{given['file']}:{given['column']}"
        nodes = find_columns(asked.catalog, name).nodes
        words = f"Where {given['column']} of {given['file']} comes from, and where it went"
        return words, (f"column:{name}",), nodes, ()
    for kind in ("file", "run", "task"):
        if given[kind]:
            nodes = find(asked.catalog, f"{kind}:{given[kind]}").nodes
            return f"What lies around {kind} {given[kind]}", (f"{kind}:{given[kind]}",), nodes, ()
    if given["name"]:
        found = find(asked.catalog, given["name"])
        words = f"What lies around {found.kind} {found.label}"
        return words, (f"{found.kind}:{found.label}",), found.nodes, ()
    word, nodes = newest(asked.catalog)
    return f"What lies around the newest {word}", (), nodes, ()


def _slice(asked: Asked) -> _Subject:
    ends: list[Found] = [find(asked.catalog, asked.needed(name)) for name in ("from", "to")]
    if len({one.kind == "column" for one in ends}) > 1:
        raise ConfigurationError(
            "parameters 'from' and 'to'", problem="one is a column, the other is not"
        )
    first, last = ends
    return (
        f"What lies between {first.kind} {first.label} and {last.kind} {last.label}",
        tuple(f"{one.kind}:{one.label}" for one in ends),
        first.nodes,
        last.nodes,
    )


def steps_of(asked: Asked, name: str, direction: Direction) -> int | None:
    """Return the steps to follow in a direction; None for all."""
    if asked.text("direction") not in {None, "both", direction}:
        return 0
    value = asked.text(name) or asked.text("depth")
    if value == "all":
        return None
    steps = asked.number(name) if asked.text(name) else asked.number("depth")
    return DEPTH if steps is None else steps


def without_filter(asked: Asked) -> str:
    """Return the address of the same question without a filter."""
    nothing: dict[str, Any] = dict.fromkeys(FILTERS)
    return changed(asked, **nothing)


def changed(asked: Asked, page: str = "graph", /, **changes: object) -> str:
    """Return the address of the same question with changes.

    Args:
        asked: The question.
        page: The page that is asked.
        changes: Parameters that differ; None for one that is left out.
    """
    now: dict[str, Any] = {name: asked.text(name) for name in SINGLE}
    now |= {name: asked.every(name) or None for name in FILTERS}
    return links.address(page, **{**now, **changes})


def moment_of(asked: Asked) -> str | None:
    """Return the moment that the page shows, as typed."""
    return asked.text(AT)
