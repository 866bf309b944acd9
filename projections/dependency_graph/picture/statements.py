"""Who stated the edges of a picture: the event, its run, its author, and when."""

from __future__ import annotations

from typing import Any, Final

import networkx as nx

from lineage.kernel.packages import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids

_SQL: Final = statements.statements(__name__)


def tell_statements(catalog: Catalog, graph: nx.DiGraph) -> None:
    """Add to each edge of a picture who stated it.

    Edges get `stated`: of the latest event position, type, run_id, task_id, actor, recorded_at (ISO
    8601) and is_imported; first_position, events and runs (how many state it). Edges that nobody
    stated, such as counts of what lies beyond, get none.

    Args:
        catalog: The catalog to query.
        graph: A graph of `neighbourhood`.
    """
    home: dict[str, str] = {}
    for node, data in graph.nodes(data=True):
        if data["kind"] != "stub":
            home |= dict.fromkeys(data.get("members") or [node], node)
    is_of_columns = any(map(ids.is_column, home))
    find = ids.column_keys_of if is_of_columns else ids.keys_of
    keys = find(catalog, home)
    values = {"keys": [*keys], "boxes": [home[node] for node in keys.values()]}
    sql = _SQL["stated"].format(view="column_steps" if is_of_columns else "edges")
    for row in catalog.rows(sql, values):
        ends = row.pop("source"), row.pop("target")
        if graph.has_edge(*ends):
            stated: dict[str, Any] = {**row, "recorded_at": row["recorded_at"].isoformat()}
            graph.edges[ends]["stated"] = stated
