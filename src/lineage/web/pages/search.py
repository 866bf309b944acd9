"""Search over everything: the page of it, and what is suggested while somebody types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.parts.cells import time_of
from projections.documents.history_search import KINDS, build_history_search
from projections.pages.cells import Status, Table
from projections.pages.section import Section, counted

MOST: Final = 20
"""What the page lists of each kind."""

MOST_PROPOSED: Final = 3
"""What is suggested of each kind."""

_HEADINGS: Final = {
    "tasks": ("task", "what it does"),
    "runs": ("run", "task", "started"),
    "files": ("file",),
    "columns": ("column", "file"),
    "releases": ("release", "state", "file", "decided"),
    "metrics": ("metric", "task"),
}


def search(asked: Asked) -> Page:
    """Show what has a text in its name."""
    text = asked.text("text")
    document = build_history_search(asked.catalog, text or "", limit=MOST)
    return Page(
        title="Search",
        lead=_lead(document),
        document=document,
        sections=[*_sections(document)],
    )


def suggestions(asked: Asked) -> Page:
    """Show the first of what has a text in its name, as links."""
    text = asked.text("text")
    document = build_history_search(asked.catalog, text or "", limit=MOST_PROPOSED)
    found = [
        (_link(kind, one), _told(kind, one)) for kind in KINDS for one in document[kind]["found"]
    ]
    return Page(
        title="Proposals",
        document=document,
        template="suggestions.html",
        values={
            "found": found,
            "text": text,
            "everything": links.Link(
                f"All {document['total']:,}", links.address("search", text=text)
            ),
        },
    )


def _told(kind: str, one: Mapping[str, Any]) -> str:
    """Return what a name is the name of."""
    noun = kind.removesuffix("s")
    return f"{noun} of {one['detail']}" if kind in {"runs", "columns", "metrics"} else noun


def _lead(document: Mapping[str, Any]) -> str:
    if not document["text"]:
        return "Type a part of a name, or the beginning of an id or digest."
    if not document["total"]:
        return (
            f"Nothing is called {document['text']}: no task, run, file, column, release or metric."
        )
    return f"{counted(document['total'], 'name')} with {document['text']}."


def _sections(document: Mapping[str, Any]) -> Iterator[Section]:
    for kind in KINDS:
        answer = document[kind]
        if not answer["found"]:
            continue
        rows = [_row(kind, one) for one in answer["found"]]
        hidden = answer["total"] - len(rows)
        yield Section(
            title=kind.capitalize(),
            tables=[
                Table(
                    headings=_HEADINGS[kind],
                    rows=rows,
                    more=f"and {hidden:,} more" if hidden else "",
                )
            ],
            notes=[*_more(kind, document["text"])] if hidden else (),
        )


def _more(kind: str, text: str) -> Iterator[links.Link]:
    page = {"runs": "runs", "files": "datasets"}.get(kind)
    if page is not None:
        yield links.Link(f"All {kind} with {text}", links.address(page, text=text))


def _row(kind: str, one: Mapping[str, Any]) -> tuple[object, ...]:
    first = _link(kind, one)
    match kind:
        case "runs":
            return first, links.task(one["detail"]), time_of(one["at"])
        case "files":
            return (first,)
        case "columns":
            return first, links.dataset(one["detail"])
        case "releases":
            file = links.dataset(one["detail"])
            return first, Status(one["state"]), file, time_of(one["at"])
        case "metrics":
            return first, links.task(one["detail"])
        case _:
            return first, one["detail"]


def _link(kind: str, one: Mapping[str, Any]) -> links.Link:
    name, detail = one["name"], one["detail"]
    made: dict[str, Callable[[], links.Link]] = {
        "tasks": lambda: links.task(name),
        "runs": lambda: links.run(name),
        "files": lambda: links.dataset(name),
        "columns": lambda: links.column(detail, name),
        "releases": lambda: links.release(name),
        "metrics": lambda: links.metric(detail, name),
    }
    return made[kind]()
