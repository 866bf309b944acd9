"""Questions about columns: what they were made from, and how much of that they still show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.column_graph import ColumnGraph, words
from projections.dependency_graph.column_steps import ColumnSteps
from projections.dependency_graph.questions import Selection
from projections.dependency_graph.undeclared import undeclared


def column_graph(catalog: Catalog, selection: Selection | None = None) -> nx.DiGraph:
    """Return the lineage of columns, or the part of it that a selection reaches.

    Args:
        catalog: Where they are recorded.
        selection: As for `dependency_graph`; the starts are columns ("uri@sha256:column").

    Returns:
        Nodes are columns of dataset versions ("uri@sha256:column"; attributes kind="column",
        uri, sha256, column, and origin: derived, generated, outside (of a file that no run
        wrote) or undeclared (nobody said where it came from)). Where there are starts, upstream
        nodes tell what the starts show of them, downstream nodes what they show of the starts:
        exposure and indirect_exposure, each a word or None, and all attained levels in direct
        and indirect; see `projections.dependency_graph.exposure`. Edges have kind (the effect),
        effects (all of them), is_direct and is_assumed. `graph.graph` is as for
        `dependency_graph`, with undeclared: the files at which the trail is lost, because
        nobody said where their columns came from.
    """
    wanted = selection or Selection()
    columns = ColumnSteps.load(catalog)
    steps = columns.steps
    if not wanted.starts:
        keys = None if wanted.limit is None else steps.newest(wanted.limit)
        drawn = ColumnGraph(catalog, keys)
        return drawn.tell({"question": "all"}, steps.count_nodes(), steps.count())
    starts = ids.column_keys_of(catalog, wanted.starts)
    everything = reached = steps.reach(starts, wanted.direction)
    if wanted.depth is not None:
        reached = steps.reach(starts, wanted.direction, wanted.depth)
    keys = reached.keys if wanted.limit is None else steps.nearest(reached, wanted.limit)
    drawn = ColumnGraph(catalog, keys, wanted.starts)
    drawn.show(columns.attained(everything, starts, wanted.direction))
    asked: dict[str, Any] = {
        "question": wanted.direction,
        "starts": [*wanted.starts],
        "depth": wanted.depth,
        "undeclared": undeclared(catalog, wanted.starts, everything, wanted.direction),
    }
    return drawn.tell(asked, reached.keys.size, steps.count(reached.rows))


def columns_between(
    catalog: Catalog, sources: Sequence[str], targets: Sequence[str], *, limit: int | None = None
) -> nx.DiGraph:
    """Return all columns on any way from some columns to others.

    Returns:
        A graph as of `column_graph`; its nodes tell what they show of the sources.
    """
    columns = ColumnSteps.load(catalog)
    starts = ids.column_keys_of(catalog, sources)
    reached = columns.steps.between(starts, ids.column_keys_of(catalog, targets))
    keys = reached.keys if limit is None else columns.steps.nearest(reached, limit)
    drawn = ColumnGraph(catalog, keys, sorted({*sources} & {*targets}))
    drawn.show(columns.attained(reached, starts, "downstream"))
    asked = {"question": "between", "starts": [*sources], "goals": [*targets]}
    return drawn.tell(asked, reached.keys.size, columns.steps.count(reached.rows))


def column_path(catalog: Catalog, sources: Sequence[str], targets: Sequence[str]) -> nx.DiGraph:
    """Return a shortest of the ways by which columns show most of others.

    Returns:
        A graph as of `column_graph`, without nodes if there is no way. `graph.graph` has paths:
        "none", "one" or "several"; and what the target at the end of the way shows of the
        sources over all ways: exposure, indirect_exposure, direct and indirect.
    """
    columns = ColumnSteps.load(catalog)
    starts = ids.column_keys_of(catalog, sources)
    goals = ids.column_keys_of(catalog, targets)
    reached = columns.steps.between(starts, goals)
    rows = columns.witness(reached, starts, goals)
    asked: dict[str, Any] = {"question": "path", "starts": [*sources], "goals": [*targets]}
    if rows is None:
        return ColumnGraph(catalog, starts[:0]).tell(asked | {"paths": "none"}, 0, 0)
    way = columns.steps.way(rows)
    drawn = ColumnGraph(catalog, way, sorted({*sources} & {*targets})[:1])
    drawn.keep_way(way.tolist())
    attained = columns.attained(reached, starts, "downstream")
    drawn.show(attained)
    end = next(target for target in targets if target in drawn.graph)
    asked |= words(attained[drawn.keys[end]]) | {"shown_by": end}
    asked["paths"] = "one" if columns.steps.count(reached.rows) == rows.size else "several"
    return drawn.tell(asked, drawn.graph.number_of_nodes(), rows.size)
