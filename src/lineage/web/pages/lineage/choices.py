"""What else the page of lineage can show: other steps, boxes and colours, and the filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import networkx as nx

from lineage.web import links
from lineage.web.asked import AT, Asked
from lineage.web.pages.lineage.question import (
    SINGLE,
    Question,
    changed,
    steps_of,
    without_filter,
)
from projections.dependency_graph.picture import filters
from projections.dependency_graph.picture.classes import WORDS
from projections.dependency_graph.search import Direction
from projections.graph_formats.folding import Fold

Choice = tuple[str, str, bool]
"""A text, the address that it leads to, and whether it is chosen."""

_STEPS: Final = ("0", "1", "2", "3", "5", "all")
_FOLDS: Final[Mapping[Fold, str]] = {
    "tasks": "tasks and files",
    "folders": "folders",
    "tags": "tags",
    "runs": "runs and versions",
}
_COLOURS: Final = {
    "kind": "what it is",
    "status": "status",
    "exposure": "exposure",
    "class": "class",
}
_SIDES: Final[tuple[tuple[str, str, Direction], ...]] = (
    ("Steps to sources", "up", "upstream"),
    ("to results", "down", "downstream"),
)


def choices(asked: Asked, question: Question) -> Iterator[tuple[str, list[Choice]]]:
    """Yield what else the page can show: words, and the choices."""
    if not question.around.goals:
        for words, name, direction in _SIDES:
            now = steps_of(asked, name, direction)
            shown = "all" if now is None else str(now)
            yield (
                words,
                [
                    (text, changed(asked, direction=None, **{name: text}), text == shown)
                    for text in _STEPS
                ],
            )
    if not question.is_of_columns:
        yield "Shown as", [*_folds(asked, question)]
    elif question.around.fold in {"tasks", "runs"}:
        yield "Shown as", [one for one in _folds(asked, question) if one[0] not in _GROUPS]
    yield (
        "Colour says",
        [
            (text, changed(asked, colour=None if word == "kind" else word), word == question.colour)
            for word, text in _COLOURS.items()
        ],
    )
    if not question.is_of_columns:
        nothing = [("nothing", changed(asked, follow=None), question.follow is None)]
        yield (
            "Follow",
            nothing
            + [
                (text, changed(asked, follow=word), word == question.follow)
                for word, text in WORDS.items()
            ],
        )
    closed = question.around.is_closed
    if not question.around.goals:
        yield (
            "What lies beyond",
            [
                ("counted", changed(asked, closed=None), not closed),
                ("left out", changed(asked, closed="1", also=None), closed),
            ],
        )


_GROUPS: Final = {"folders", "tags"}


def _folds(asked: Asked, question: Question) -> Iterator[Choice]:
    for fold, text in _FOLDS.items():
        detail = None if fold == "tasks" else fold
        address = changed(asked, detail=detail, also=None, open=None)
        yield text, address, fold == question.around.fold


def filter_form(asked: Asked, question: Question, graph: nx.DiGraph) -> dict[str, Any]:
    """Return what the form of the filter shows.

    Args:
        asked: The request.
        question: What it asks.
        graph: The answer before it is filtered; it has the tags that there are.

    Returns:
        An object with words (the filter, "" without one); groups (a heading, the name of the
        parameter, and for each box to tick value, text and whether it is chosen); kept (parameters
        that stay) and reset (the address without a filter).
    """
    tags = {tag for _, data in graph.nodes(data=True) for tag in filters.tags_of(data)}
    tags |= question.filter.tags
    groups: list[tuple[str, str, Mapping[Any, str], frozenset[str]]] = [
        ("Class", "class", WORDS, question.filter.classes),
        (
            "Exposure",
            "exposure",
            {one: one for one in filters.EXPOSURES},
            question.filter.exposures,
        ),
        ("State", "state", filters.STATES, question.filter.states),
        ("Tag", "tag", {tag: tag for tag in sorted(tags)}, question.filter.tags),
    ]
    kept = [(name, asked.text(name)) for name in (*SINGLE, AT)]
    return {
        "words": question.filter.words(),
        "groups": [
            (title, name, [(word, text, word in chosen) for word, text in words.items()])
            for title, name, words, chosen in groups
            if words
        ],
        "kept": [(name, value) for name, value in kept if value],
        "reset": without_filter(asked),
    }


def nothing_found(asked: Asked, question: Question, graph: nx.DiGraph) -> dict[str, Any] | None:
    """Return a sentence and next steps if the answer has nothing to show; None if it has."""
    if question.around.goals and not graph:
        first, last = question.names
        return {
            "text": f"No recorded path leads from {first} to {last}.",
            "links": [
                links.Link("What lies around the first", links.address("graph", name=first)),
                links.Link("What lies around the second", links.address("graph", name=last)),
                links.Link(
                    "The other way round",
                    links.address("graph", **{"from": last, "to": first}),
                ),
            ],
        }
    if question.filter.is_empty or graph.graph.get("matched"):
        return None
    hidden = graph.graph["hidden"]
    noun = "box is" if hidden == 1 else "boxes are"
    return {
        "text": f"Nothing here matches {question.filter.words()}. What was asked about is shown "
        f"all the same; {hidden:,} {noun} hidden.",
        "links": [
            links.Link("Show all of them", without_filter(asked)),
            links.Link("Look further, all steps", changed(asked, up="all", down="all")),
        ],
    }
