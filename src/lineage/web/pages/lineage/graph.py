"""Where something came from and where it went, as a picture and as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.lineage import choices
from lineage.web.pages.lineage.answer import Answer, answer
from lineage.web.pages.lineage.question import Question, changed, moment_of, question_of
from projections import graph_formats
from projections.graph_formats import component, rows, tables

_ENDINGS: Final = ("csv", "parquet")
"""Files of the tables, see `files`."""


def graph(asked: Asked) -> Page:
    """Show what lies around a file, a column, a run or a task; else around the newest releases."""
    question = question_of(asked)
    if not question.around.starts:
        return _page("", question, {"nodes": [], "edges": []}, {"component": None})
    found = answer(asked, question)
    missing = choices.nothing_found(asked, question, found.graph)
    document = {
        **graph_formats.to_json(found.graph),
        "commands": question.commands(moment_of(asked)),
    }
    values = {
        "component": _component(asked, question, found),
        "warnings": graph_formats.labels.warnings_of(found.graph),
        "choices": [*choices.choices(asked, question)],
        "filter": choices.filter_form(asked, question, found.whole),
        "nothing": missing,
        "commands": document["commands"],
        "ask": {name: asked.text(name) or "" for name in ("name", "from", "to")},
    }
    return _page(".", question, document, values)


def _page(
    end: str, question: Question, document: Mapping[str, Any], values: Mapping[str, Any]
) -> Page:
    return Page(
        title="Lineage",
        lead=f"{question.subject}{end}",
        document=document,
        template="graph.html",
        values={"warnings": (), "nothing": None, "choices": (), **values},
    )


def _component(asked: Asked, question: Question, found: Answer) -> Markup | None:
    if not found.graph:
        return None
    exports = tables.Exports(
        addresses={
            (what, ending): changed(asked, f"graph.{ending}", rows=what)
            for what in rows.WHATS
            for ending in _ENDINGS
        },
        pictures={
            "the picture as SVG": changed(asked, "graph.svg"),
            "all of it as one HTML file": changed(asked, "graph.html"),
        },
    )
    return Markup(  # noqa: S704  # its texts are escaped
        component.component(
            {"Lineage": found.picture},
            title=question.subject,
            colour=question.colour,
            is_served=True,
            exports=exports,
        )
    )
