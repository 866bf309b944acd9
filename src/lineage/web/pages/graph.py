"""Where something came from and where it went, as a picture and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import networkx as nx
from markupsafe import Markup

from lineage.kernel.errors import ConfigurationError
from lineage.policies import dictionary
from lineage.upkeep import liveness
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from projections import graph_formats
from projections.dependency_graph import also, find, find_columns, mark_missing
from projections.dependency_graph.neighbourhood import (
    DEPTH,
    Around,
    neighbourhood,
    newest,
)
from projections.dependency_graph.privacy_flow.flow import build_column_verdicts
from projections.dependency_graph.search import Direction
from projections.graph_formats import boxes, component, drawing

_SUBJECTS: Final = ("file", "column", "run", "task")
_STEPS: Final = ("0", "1", "2", "3", "5", "all")
_MOST_CARDS: Final = 60
"""Files whose columns are listed in the picture."""

_SHOWN: Final = 3


def graph(asked: Asked) -> Page:
    """Show what lies around a file, a column, a run or a task; else around the newest releases."""
    subject, starts = _starts(asked)
    question = Around(
        starts=starts,
        upstream=_steps(asked, "up", "upstream"),
        downstream=_steps(asked, "down", "downstream"),
        also=also.parse(asked.text("also") or ""),
        is_unfolded=asked.text("detail") == "runs",
    )
    if not starts:
        values = {"component": None, "warnings": (), "choices": ()}
        document: dict[str, Any] = {"nodes": [], "edges": []}
        return Page(
            title="Lineage", lead=subject, document=document, template="graph.html", values=values
        )
    found = neighbourhood(asked.catalog, question)
    _complete(asked, found, is_of_columns=bool(asked.text("column")))
    drawn = drawing.draw(found, _links_for(asked))
    return Page(
        title="Lineage",
        lead=f"{subject}.",
        document=graph_formats.to_json(found),
        template="graph.html",
        values={
            "component": Markup(  # noqa: S704  # its texts are escaped
                component.component({"Lineage": drawn}, title=subject, is_served=True)
            ),
            "warnings": graph_formats.labels.warnings_of(found),
            "choices": [*_choices(asked)],
        },
    )


def _starts(asked: Asked) -> tuple[str, tuple[str, ...]]:
    """Return what the page is about in words, and the nodes in the middle of it."""
    file, column, run, task = (asked.text(name) for name in _SUBJECTS)
    if column is not None:
        if file is None:
            raise ConfigurationError("parameter 'file'", problem="a column needs it")
        nodes = find_columns(asked.catalog, f"{file}:{column}").nodes
        return f"Where {column} of {file} comes from, and where it went", nodes
    for kind, name in (("file", file), ("run", run), ("task", task)):
        if name is not None:
            nodes = find(asked.catalog, f"{kind}:{name}").nodes
            return f"What lies around {kind} {name}", nodes
    word, nodes = newest(asked.catalog)
    return f"What lies around the newest {word}", nodes


def _steps(asked: Asked, name: str, direction: Direction) -> int | None:
    """Return the steps to follow in a direction; None for all."""
    if asked.text("direction") not in {None, "both", direction}:
        return 0
    value = asked.text(name) or asked.text("depth")
    if value == "all":
        return None
    steps = asked.number(name) if asked.text(name) else asked.number("depth")
    return DEPTH if steps is None else steps


def _complete(asked: Asked, found: nx.DiGraph, *, is_of_columns: bool) -> None:
    """Add what is known of columns, of files on this disk, and of runs that are open now."""
    if asked.moment is None:
        mark_missing(found, asked.project.storage)
        seen = liveness.of_open_runs(asked.project, asked.catalog)
        for _, data in found.nodes(data=True):
            if data.get("status") == "running" and data.get("run_id") in seen:
                data["liveness"] = str(seen[data["run_id"]])
    nodes = [data for _, data in found.nodes(data=True) if data.get("sha256")]
    files = [*dict.fromkeys((data["uri"], data["sha256"]) for data in nodes)][:_MOST_CARDS]
    declared = dictionary.declared(asked.project, asked.catalog, is_past=asked.moment is not None)
    known = build_column_verdicts(asked.catalog, files, declared, root=asked.project.root)
    for data in nodes:
        columns = known.get((data["uri"], data["sha256"]), [])
        if is_of_columns:
            named = [one for one in columns if one["column"] == data.get("column")]
            data |= {key: named[0][key] for key in ("role", "special_category") if named}
        else:
            data["columns"] = columns


def _column_links(uri: str, column: Mapping[str, Any]) -> dict[str, str]:
    name = column["column"]
    return {
        "Lineage of this column": links.address("graph", file=uri, column=name),
        "This column": links.address("column", file=uri, column=name),
    }


def _links_for(asked: Asked) -> drawing.Links:
    def links_of(node: str, data: Mapping[str, Any]) -> dict[str, str]:
        match data["kind"]:
            case "stub":
                return {"Show them": _changed(asked, also=_with_also(asked, data))}
            case "column":
                return _column_links(data["uri"], data)
            case "dataset" | "file":
                uri = data.get("uri") or node.rpartition("@")[0]
                return {
                    "This file": links.address("dataset", file=uri),
                    "Start here": links.address("graph", file=uri),
                }
            case "task":
                task = data["task_id"]
                return {
                    "Its runs": links.address("runs", task=task),
                    "Start here": links.address("graph", task=task),
                }
        run = data.get("run_id") or node
        return {
            "This run": links.address("run", id=run),
            "Start here": links.address("graph", run=run),
        }

    return links_of


def _with_also(asked: Asked, stub: Mapping[str, Any]) -> str:
    token = also.Also(boxes.short_id(stub["box"]), stub["direction"])
    return ".".join(filter(None, [asked.text("also"), str(token)]))


def _choices(asked: Asked) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    """Yield what else the page can show: words, and for each choice its text and address."""
    for words, name, direction in (
        ("Steps to sources", "up", "upstream"),
        ("to results", "down", "downstream"),
    ):
        now = _steps(asked, name, direction)  # type: ignore[arg-type]  # one of the two
        shown = "all" if now is None else str(now)
        steps = [
            (text, _changed(asked, direction=None, **{name: text}), text == shown)
            for text in _STEPS
        ]
        yield words, steps
    is_unfolded = asked.text("detail") == "runs"
    yield (
        "Shown as",
        [
            ("tasks and files", _changed(asked, detail=None, also=None), not is_unfolded),
            ("runs and versions", _changed(asked, detail="runs", also=None), is_unfolded),
        ],
    )


def _changed(asked: Asked, **changes: str | None) -> str:
    names = (*_SUBJECTS, "depth", "direction", "up", "down", "detail", "also")
    now: dict[str, str | None] = {name: asked.text(name) for name in names}
    return links.address("graph", **{**now, **changes})
