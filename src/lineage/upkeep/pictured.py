"""What a picture of lineage says of files, runs and columns, as far as it is known now."""

from __future__ import annotations

import networkx as nx

from lineage.policies import dictionary
from lineage.project import Project
from lineage.upkeep import liveness
from projections.catalog import Catalog
from projections.dependency_graph import mark_missing
from projections.dependency_graph.picture import carried, classes, counts, files, statements
from projections.dependency_graph.picture.classes import Class
from projections.dependency_graph.privacy_flow.flow import build_column_verdicts

MOST_CARDS = 60
"""Files whose columns are looked up for a picture."""


def complete(
    project: Project,
    catalog: Catalog,
    graph: nx.DiGraph,
    *,
    is_past: bool,
    follow: Class | None = None,
) -> None:
    """Add to a graph what is known of its files, steps, columns and edges.

    Args:
        project: The project, for its disk, its processes and its dictionary.
        catalog: The catalog that the graph is from.
        graph: A graph of `neighbourhood` or `dependency_graph`, of files or of columns.
        is_past: Whether the catalog is as of an earlier moment, so that the disk says nothing.
        follow: The class of columns whose way is told.
    """
    if not is_past:
        mark_missing(graph, project.storage)
        seen = liveness.of_open_runs(project, catalog)
        for _, data in graph.nodes(data=True):
            if data.get("status") == "running" and data.get("run_id") in seen:
                data["liveness"] = str(seen[data["run_id"]])
    statements.tell_statements(catalog, graph)
    declared = dictionary.declared(project, catalog, is_past=is_past)
    if any(kind == "column" for _, kind in graph.nodes(data="kind")):
        nodes = [data for _, data in graph.nodes(data=True) if data["kind"] == "column"]
        versions = [*dict.fromkeys((data["uri"], data["sha256"]) for data in nodes)][:MOST_CARDS]
        known = build_column_verdicts(catalog, versions, declared, root=project.root)
        classes.tell_roles(graph, known)
        return
    files.tell_files(catalog, graph)
    counts.tell_counts(catalog, graph)
    found = classes.newest_versions(catalog, graph, MOST_CARDS)
    versions = [*dict.fromkeys(version for one in found.values() for version in one)]
    known = build_column_verdicts(catalog, versions, declared, root=project.root)
    classes.tell_columns(graph, found, known)
    if follow is not None:
        carried.tell_carried(catalog, graph, found, known, follow)
