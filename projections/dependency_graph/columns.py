"""Questions about columns: what they were made from, and how much of it they still expose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from projections.catalog import Catalog
from projections.dependency_graph import column_search, ids
from projections.dependency_graph.column_naming import ColumnGraph, words
from projections.dependency_graph.column_search import ColumnPart
from projections.dependency_graph.questions import Selection, at_once, paths
from projections.dependency_graph.search import Keys
from projections.dependency_graph.undeclared import (
    hiding,
    reply,
    undeclared,
    undeclared_files,
)


def column_graph(catalog: Catalog, selection: Selection | None = None) -> nx.DiGraph:
    """Return the lineage of columns, or the part of it that a selection reaches.

    Args:
        catalog: The catalog to query.
        selection: As for `dependency_graph`; the starts are columns ("uri@sha256:column").

    Returns:
        Nodes are columns of dataset versions ("uri@sha256:column"; attributes kind="column",
        uri, sha256, column, and origin: derived, generated, outside (of a file that no run
        wrote) or undeclared (no operation declared where it came from)). If there are starts,
        upstream nodes have what the starts expose of them, downstream nodes what they expose of
        the starts: exposure and indirect_exposure, each a word or None, and all attained levels
        in direct and indirect; see `projections.dependency_graph.exposure`. Edges have kind (the
        effect), effects (all of them), is_direct, is_assumed (nobody declared it, but name and type
        are the same) and is_observed (nobody declared it, but the content is the same).
        `graph.graph` is as for `dependency_graph`, with undeclared: the files at which column
        lineage ends, because the operations that wrote them declared none; is_assumed: whether the
        answer rests on assumed edges; and, if there are starts, answer: "yes", "no" (there are
        none), or "unknown" (there are undeclared files, so that the columns found may not be all).
    """
    wanted = selection or Selection()
    if not wanted.starts:
        return _everything(catalog, wanted.limit)
    starts = ids.column_keys_of(catalog, wanted.starts)
    part = column_search.reach(
        catalog, starts, wanted.direction, depth=wanted.depth, limit=wanted.limit
    )
    drawn = ColumnGraph(catalog, part, starts)
    drawn.show(part.exposures())
    files = undeclared(catalog, starts, part.reached, wanted.direction)
    asked: dict[str, Any] = {
        "question": wanted.direction,
        "starts": [*wanted.starts],
        "depth": wanted.depth,
        "answer": reply(is_found=part.is_assumed is not None, files=files),
        "undeclared": files,
        "is_assumed": bool(part.is_assumed),
    }
    return drawn.tell(asked, part.node_count, part.edge_count)


def columns_between(
    catalog: Catalog, sources: Sequence[str], targets: Sequence[str], *, limit: int | None = None
) -> nx.DiGraph:
    """Return all columns on any path from some columns to others.

    Returns:
        A graph as from `column_graph`; its nodes have what they expose of the sources. Its
        answer is "unknown" if no path is recorded, but one may lead by the undeclared files.
    """
    starts = ids.column_keys_of(catalog, sources)
    goals = ids.column_keys_of(catalog, targets)
    part = column_search.between(catalog, starts, goals, limit=limit)
    drawn = ColumnGraph(catalog, part, at_once(starts, goals))
    drawn.show(part.exposures())
    files = [] if part.keys else hiding(catalog, starts, goals)
    asked = {
        "question": "between",
        "starts": [*sources],
        "goals": [*targets],
        "answer": reply(is_found=bool(part.keys), files=files),
        "undeclared": files,
        "is_assumed": _is_assumed(catalog, part, starts, goals),
    }
    return drawn.tell(asked, part.node_count, part.edge_count)


def column_path(catalog: Catalog, sources: Sequence[str], targets: Sequence[str]) -> nx.DiGraph:
    """Return a shortest of the paths by which columns expose most of others.

    Returns:
        A graph as from `column_graph`, without nodes if there is no path; its answer is as for
        `columns_between`. `graph.graph` has paths: "none", "one" or "several"; and what the target
        at the end of the path exposes of the sources over all paths: exposure, indirect_exposure,
        direct and indirect.
    """
    starts = ids.column_keys_of(catalog, sources)
    goals = ids.column_keys_of(catalog, targets)
    part = column_search.between(catalog, starts, goals)
    steps = part.witness(starts, goals)
    at_both = at_once(starts, goals)
    way = [steps[0][0], *(far for _, far in steps)] if steps else [*at_both][:1]
    drawn = ColumnGraph(catalog, part.only(way), at_both)
    drawn.keep_way(way)
    asked: dict[str, Any] = {"question": "path", "starts": [*sources], "goals": [*targets]}
    if way:
        attained = part.exposures()
        drawn.show(attained)
        asked |= words(attained[way[-1]]) | {"shown_by": goals[way[-1]]}
    files = [] if way else hiding(catalog, starts, goals)
    asked |= {
        "answer": reply(is_found=bool(way), files=files),
        "undeclared": files,
        "is_assumed": _is_assumed(catalog, part, starts, goals),
        "paths": paths(part, len(steps or ())),
    }
    return drawn.tell(asked, len(way), len(steps or ()))


def _everything(catalog: Catalog, limit: int | None) -> nx.DiGraph:
    part = column_search.everything(catalog, limit=limit)
    asked = {
        "question": "all",
        "undeclared": undeclared_files(catalog),
        "is_assumed": bool(part.is_assumed),
    }
    return ColumnGraph(catalog, part).tell(asked, part.node_count, part.edge_count)


def _is_assumed(catalog: Catalog, part: ColumnPart, starts: Keys, goals: Keys) -> bool:
    """Tell whether every path takes a step that nobody declared."""
    may_be = bool(part.keys) and bool(part.is_assumed)
    return may_be and not column_search.is_stated(catalog, starts, goals)
