"""Questions about columns: what they were made from, and how much of it they still expose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.column_graph import ColumnGraph, words
from projections.dependency_graph.column_steps import ColumnSteps
from projections.dependency_graph.edges import Indices
from projections.dependency_graph.questions import Selection, at_once
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
        effect), effects (all of them), is_direct and is_assumed (nobody declared it, but name and
        type are the same). `graph.graph` is as for `dependency_graph`, with undeclared: the files
        at which column lineage ends, because the operations that wrote them declared none;
        is_assumed: whether the answer rests on assumed edges; and, if there are starts, answer:
        "yes", "no" (there are none), or "unknown" (there are undeclared files, so that the columns
        found may not be all).
    """
    wanted = selection or Selection()
    columns = ColumnSteps.load(catalog)
    if not wanted.starts:
        everything = columns.edges.everything()
        keys = everything.keys[: wanted.limit]
        drawn = ColumnGraph(catalog, columns, keys, everything.rows)
        count = columns.edges.count(everything.rows)
        told = {"question": "all", "undeclared": undeclared_files(catalog)}
        return drawn.tell(told | _assumed(columns, everything.rows), everything.keys.size, count)
    starts = ids.column_keys_of(catalog, wanted.starts)
    everything = columns.edges.reach(ids.keys_in(starts), wanted.direction)
    reached = everything
    if wanted.depth is not None:
        reached = columns.edges.reach(ids.keys_in(starts), wanted.direction, wanted.depth)
    keys = columns.edges.nearest(reached, wanted.limit)
    drawn = ColumnGraph(catalog, columns, keys, reached.rows, starts)
    drawn.show(columns.attained(everything, ids.keys_in(starts), wanted.direction))
    files = undeclared(catalog, starts, everything, wanted.direction)
    asked: dict[str, Any] = {
        "question": wanted.direction,
        "starts": [*wanted.starts],
        "depth": wanted.depth,
        "answer": reply(is_found=bool(everything.rows.size), files=files),
        "undeclared": files,
        **_assumed(columns, everything.rows),
    }
    return drawn.tell(asked, reached.keys.size, columns.edges.count(reached.rows))


def columns_between(
    catalog: Catalog, sources: Sequence[str], targets: Sequence[str], *, limit: int | None = None
) -> nx.DiGraph:
    """Return all columns on any path from some columns to others.

    Returns:
        A graph as from `column_graph`; its nodes have what they expose of the sources. Its
        answer is "unknown" if no path is recorded, but one may lead by the undeclared files.
    """
    columns = ColumnSteps.load(catalog)
    starts = ids.column_keys_of(catalog, sources)
    goals = ids.column_keys_of(catalog, targets)
    reached = columns.edges.between(ids.keys_in(starts), ids.keys_in(goals))
    keys = columns.edges.nearest(reached, limit)
    drawn = ColumnGraph(catalog, columns, keys, reached.rows, at_once(starts, goals))
    drawn.show(columns.attained(reached, ids.keys_in(starts), "downstream"))
    ends = (ids.keys_in(starts), ids.keys_in(goals))
    files = [] if reached.keys.size else hiding(catalog, columns.edges, *ends)
    asked = {
        "question": "between",
        "starts": [*sources],
        "goals": [*targets],
        "answer": reply(is_found=bool(reached.keys.size), files=files),
        "undeclared": files,
        "is_assumed": bool(reached.keys.size) and columns.only_assumed(reached.rows, *ends),
    }
    return drawn.tell(asked, reached.keys.size, columns.edges.count(reached.rows))


def column_path(catalog: Catalog, sources: Sequence[str], targets: Sequence[str]) -> nx.DiGraph:
    """Return a shortest of the paths by which columns expose most of others.

    Returns:
        A graph as from `column_graph`, without nodes if there is no path; its answer is as for
        `columns_between`. `graph.graph` has paths: "none", "one" or "several"; and what the target
        at the end of the path exposes of the sources over all paths: exposure, indirect_exposure,
        direct and indirect.
    """
    columns = ColumnSteps.load(catalog)
    starts = ids.column_keys_of(catalog, sources)
    goals = ids.column_keys_of(catalog, targets)
    reached = columns.edges.between(ids.keys_in(starts), ids.keys_in(goals))
    ends = (ids.keys_in(starts), ids.keys_in(goals))
    rows = columns.witness(reached, *ends)
    asked: dict[str, Any] = {"question": "path", "starts": [*sources], "goals": [*targets]}
    if rows is None:
        drawn = ColumnGraph(catalog, columns, ids.keys_in({}), reached.rows)
        files = hiding(catalog, columns.edges, *ends)
        asked |= {"answer": reply(is_found=False, files=files), "undeclared": files}
        return drawn.tell(asked | {"paths": "none", "is_assumed": False}, 0, 0)
    at_both = at_once(starts, goals)
    way = columns.edges.way(rows) if rows.size else ids.keys_in(at_both)[:1]
    attained = columns.attained(reached, ids.keys_in(starts), "downstream")
    drawn = ColumnGraph(catalog, columns, way, reached.rows, at_both)
    drawn.keep_way(way.tolist())
    drawn.show(attained)
    goal = int(way[-1])
    asked |= words(attained[goal]) | {"shown_by": goals[goal]}
    asked |= {"answer": "yes", "undeclared": []}
    asked["is_assumed"] = columns.only_assumed(reached.rows, *ends)
    asked["paths"] = "one" if columns.edges.count(reached.rows) == rows.size else "several"
    return drawn.tell(asked, way.size, rows.size)


def _assumed(columns: ColumnSteps, rows: Indices) -> dict[str, bool]:
    return {"is_assumed": bool(columns.is_assumed[rows].any())}
