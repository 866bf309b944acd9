"""When the nodes and edges of a graph came to be, by both clocks: recorded, and happened."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph.named_graph import NamedGraph

_SQL: Final = statements(__name__)


def tell_times(catalog: Catalog, drawn: NamedGraph) -> None:
    """Add recorded_at and happened_at to all nodes and edges that have a position.

    The position of a node is that of the first edge at it in the whole history, so that a past
    has the node exactly if the past reaches so far.
    """
    nodes = [(node, data) for node, data in drawn.graph.nodes(data=True) if data.get("position")]
    edges = [data for _, _, data in drawn.graph.edges(data=True)]
    things = [data for _, data in nodes] + edges
    positions = sorted({data["position"] for data in things})
    if not positions:
        return
    rows = catalog.rows(_SQL["moments"], [positions])
    moments = {row["position"]: _times(row["recorded_at"], row["happened_at"]) for row in rows}
    keys = [drawn.keys[node] for node, _ in nodes]
    imported = {row["key"]: row["happened_at"] for row in catalog.rows(_SQL["imported"], [keys])}
    for data in things:
        data.update(moments[data["position"]])
    for (_, data), key in zip(nodes, keys, strict=True):
        if key in imported:
            first = min(datetime.fromisoformat(data["happened_at"]), imported[key])
            data["happened_at"] = first.isoformat()


def _times(recorded_at: datetime, happened_at: datetime) -> dict[str, str]:
    return {"recorded_at": recorded_at.isoformat(), "happened_at": happened_at.isoformat()}
