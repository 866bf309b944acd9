"""The answer of the page of lineage: the graph, complete and filtered, and its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import networkx as nx

from lineage.upkeep import pictured
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.pages.lineage.question import Question, changed, without_filter
from projections.dependency_graph import also
from projections.dependency_graph.picture.filters import filtered
from projections.dependency_graph.surroundings import neighbourhood
from projections.graph_formats import drawing, labels
from projections.graph_formats.boxes import Drawing, short_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question found.

    Attributes:
        whole: The graph before the filter.
        graph: The graph that is shown.
        picture: Its picture.
    """

    whole: nx.DiGraph
    graph: nx.DiGraph
    picture: Drawing


def answer(asked: Asked, question: Question, *, is_linked: bool = True) -> Answer:
    """Return the answer to a question that starts somewhere.

    Args:
        asked: The request.
        question: What it asks.
        is_linked: Whether names lead to pages; not in a file for others.
    """
    whole = neighbourhood(asked.catalog, question.around)
    pictured.complete(
        asked.project,
        asked.catalog,
        whole,
        is_past=asked.moment is not None,
        follow=None if question.is_of_columns else question.follow,
    )
    shown = whole
    if not question.filter.is_empty:
        shown = filtered(whole, question.filter.matches, labels.namer(whole))
    picture = drawing.draw(shown, _links_for(asked) if is_linked else None, question.colour)
    return Answer(whole=whole, graph=shown, picture=picture)


def _links_for(asked: Asked) -> drawing.Links:
    def links_of(node: str, data: Mapping[str, Any]) -> dict[str, str]:
        match data["kind"]:
            case "stub":
                return _stub_links(asked, data)
            case "statement":
                return _statement_links(data)
            case "column":
                return _column_links(data["uri"], data)
            case "group":
                return {"What is in it": _opened(asked, node)}
            case "dataset" | "file":
                return _file_links(asked, node, data)
            case "task":
                return _task_links(asked, node, data)
        return _run_links(data.get("run_id") or node)

    return links_of


def _stub_links(asked: Asked, stub: Mapping[str, Any]) -> dict[str, str]:
    if stub.get("hidden"):
        return {"Show all": without_filter(asked)}
    return {"Show them": changed(asked, also=_with_also(asked, stub))}


def _run_links(run: str) -> dict[str, str]:
    return {
        "This run": links.address("run", id=run),
        "Start here": links.address("graph", run=run),
    }


def _file_links(asked: Asked, node: str, data: Mapping[str, Any]) -> dict[str, str]:
    uri = data.get("uri") or node.rpartition("@")[0]
    found = {
        "This file": links.address("dataset", file=uri),
        "Start here": links.address("graph", file=uri),
    }
    if data.get("release"):
        found["Its release"] = links.address("release", id=data["release"]["release_id"])
    if data.get("versions", 1) > 1:
        found["Its versions one by one"] = _opened(asked, node)
    return found


def _task_links(asked: Asked, node: str, data: Mapping[str, Any]) -> dict[str, str]:
    task = data["task_id"]
    found = {
        "Its runs": links.address("runs", task=task),
        "Start here": links.address("graph", task=task),
        "Its operations one by one": _opened(asked, node),
    }
    if data.get("run_id"):
        found["Its latest run here"] = links.address("run", id=data["run_id"])
    return found


def _column_links(uri: str, column: Mapping[str, Any]) -> dict[str, str]:
    name = column["column"]
    return {
        "Lineage of this column": links.address("graph", file=uri, column=name),
        "This column": links.address("column", file=uri, column=name),
    }


def _statement_links(stated: Mapping[str, Any]) -> dict[str, str]:
    found = {"event": links.address("event", position=stated["position"])}
    if stated.get("run_id"):
        found["run"] = links.address("run", id=stated["run_id"])
    return found


def _opened(asked: Asked, box: str) -> str:
    return changed(asked, open=".".join(filter(None, [asked.text("open"), short_id(box)])))


def _with_also(asked: Asked, stub: Mapping[str, Any]) -> str:
    token = also.Also(short_id(stub["box"]), stub["direction"])
    return ".".join(filter(None, [asked.text("also"), str(token)]))
