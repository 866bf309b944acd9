"""Turn the keys of an answer into a graph of named datasets, operations and runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.named_graph import NamedGraph
from projections.dependency_graph.search import Part
from projections.dependency_graph.times import tell_times

_SQL: Final = statements(__name__)
_EDGE_KINDS: Final = {
    (True, False): "used",
    (False, True): "generated",
    (True, True): "derived",
    (False, False): "reused",
}
"""Whether source and target are datasets to the kind of the edge between them."""


class NodeGraph(NamedGraph):
    """The nodes and edges of an answer by their names.

    Args:
        catalog: The catalog to query.
        part: The answer.
        starts: Nodes that may not be recorded, by key.

    Raises:
        ProjectionError: Two nodes have the same key.
    """

    def __init__(
        self, catalog: Catalog, part: Part, starts: Mapping[int, str] | None = None
    ) -> None:
        super().__init__()
        wanted = part.keys
        for row in catalog.rows(_SQL["datasets"], [wanted]):
            node = ids.dataset_id(row["uri"], row["sha256"])
            self.name(row.pop("key"), node, {"kind": "dataset", **row})
        self._silent: set[str] = set()
        for row in catalog.rows(_SQL["steps"], [wanted]):
            self._name_step(row["key"], row)
        for key, node in (starts or {}).items():
            if not self.knows(key):
                self.name(key, node, {"kind": ids.kind_of(node)})
        self.join(part.edges)
        self.add(wanted)
        tell_times(catalog, self)
        self._describe_edges()
        self._describe_steps(catalog, "operation", _SQL["operations"])
        self._describe_steps(catalog, "run", _SQL["runs"])

    def _name_step(self, key: int, row: dict[str, Any]) -> None:
        node = ids.step_id(row["run_id"], row["operation"])
        if not row["has_inputs"]:
            self._silent.add(node)
        kind = "run" if row["operation"] is None else "operation"
        self.name(key, node, {"kind": kind, "position": row["position"]})

    def _describe_edges(self) -> None:
        kinds = self.graph.nodes(data="kind")
        for source, target, data in self.graph.edges(data=True):
            kind = _EDGE_KINDS[kinds[source] == "dataset", kinds[target] == "dataset"]
            data.update(kind=kind, is_assumed=kind == "used" and target in self._silent)

    def _describe_steps(self, catalog: Catalog, kind: str, sql: str) -> None:
        nodes = [node for node, found in self.graph.nodes(data="kind") if found == kind]
        runs = sorted(set(map(ids.run_of, nodes)))
        for row in catalog.rows(sql, [runs]) if runs else ():
            node = row.pop("node")
            if node in self.graph:
                started = row["started_at"]
                row["started_at"] = None if started is None else started.isoformat()
                self.graph.nodes[node].update(row)
