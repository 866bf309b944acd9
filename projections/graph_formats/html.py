"""A graph as a self-contained page: no network, no server, no other file."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib import resources
from string import Template

import networkx as nx

from projections.graph_formats import component, folding, labels
from projections.graph_formats.boxes import Colour, Drawing
from projections.graph_formats.drawing import draw


def render(graph: nx.DiGraph) -> str:
    """Return a page with the component of `projections.graph_formats.component`.

    A graph of files and steps is shown folded at first. Its content security policy allows only
    its own scripts and style.
    """
    return page_of(
        _views(graph),
        title=labels.title_of(graph),
        summary=labels.summary_of(graph),
        warning=" ".join(labels.warnings_of(graph)),
        is_truncated=bool(graph.graph.get("is_truncated")),
    )


def page_of(
    drawings: Mapping[str, Drawing],
    *,
    title: str,
    summary: str,
    warning: str = "",
    is_truncated: bool = False,
    colour: Colour = "kind",
) -> str:
    """Return a page with pictures that are drawn already; addresses in them are shown as they are.

    Args:
        drawings: Views of one answer by their names; the first is shown at first.
        title: What it shows.
        summary: How much it shows.
        warning: What the answer cannot know.
        is_truncated: Whether the summary says that something is left out.
        colour: What colours of boxes say.
    """
    library, script = component.asset(component.LIBRARY), component.asset(component.SCRIPT)
    style = component.asset(component.STYLE)
    page = resources.files("projections.graph_formats").joinpath("page.html").read_text("utf-8")
    return Template(page).substitute(
        title=_text(title),
        summary=_text(summary),
        summary_class="truncated" if is_truncated else "whole",
        warning=_text(warning),
        component=component.component(drawings, title=title, colour=colour),
        library=library,
        library_hash=component.policy_hash(library),
        script=script,
        script_hash=component.policy_hash(script),
        style=style,
        style_hash=component.policy_hash(style),
    )


def _views(graph: nx.DiGraph) -> dict[str, Drawing]:
    """Return the graph as it is, after its folded form if that is smaller."""
    whole = draw(graph)
    kinds = {kind for _, kind in graph.nodes(data="kind")}
    if "column" in kinds or not kinds:
        return {"Columns" if kinds else "Files and steps": whole}
    folded = draw(folding.folded(graph))
    return {"Tasks and files": folded, "Runs and versions": whole}


def _text(value: str) -> str:
    return escape(labels.visible(value))
