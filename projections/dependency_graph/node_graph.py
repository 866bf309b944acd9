"""Turn the keys of an answer into a graph of named datasets, operations and runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.edges import Edges, Indices, Keys
from projections.dependency_graph.named_graph import NamedGraph

# These query the tables, not the views, which would look up the keys last.
_DATASETS: Final = """
with wanted as (select unnest(?::ubigint[]) as key)
select dataset_key as key, uri, sha256, max(format) as format, max(row_count) as rows,
  max(size_bytes) as size_bytes,
  max_by(task_id, position) filter (is_made) as task_id,
  max_by(run_id, position) filter (is_made) as run_id
from (
  select dataset_key, uri, sha256, format, row_count, size_bytes, task_id, run_id, position,
    false as is_made
  from inputs
  where dataset_key in (select key from wanted)
  union all
  select dataset_key, uri, sha256, artifact_type, row_count, size_bytes, task_id, run_id, position,
    true
  from artifacts
  where dataset_key in (select key from wanted)
  union all
  select dataset_key, uri, sha256, null, null, size_bytes, task_id, run_id, position,
    run_id is not null
  from imports
  where dataset_key in (select key from wanted)
  union all
  select source_key, source_uri, sha256, null, null, size_bytes, null, null, position, false
  from imports
  where source_key in (select key from wanted)
)
group by dataset_key, uri, sha256
"""
_STEPS: Final = """
with wanted as (select unnest(?::ubigint[]) as key)
select step_key as key, run_id, operation, bool_or(is_input) as has_inputs
from (
  select step_key, run_id, operation, true as is_input
  from inputs
  where step_key in (select key from wanted)
  union all
  select step_key, run_id, operation, false
  from artifacts
  where step_key in (select key from wanted)
  union all
  select unnest([hash(run_id, operation), hash(reused_run, reused_operation)]),
    unnest([run_id, reused_run]), unnest([operation, reused_operation]), false
  from operation_beginnings
  where reused_run is not null
)
where step_key in (select key from wanted)
group by step_key, run_id, operation
"""
_OPERATIONS: Final = """
select run_id || '#' || operation as node, name, status, run_id, task_id
from operations
where operation is not null and run_id in (select unnest(?::varchar[]))
"""
_RUNS: Final = """
select run_id as node, task_id as name, status, run_id, task_id
from runs
where run_id in (select unnest(?::varchar[]))
"""
_EDGE_KINDS: Final = {
    (True, False): "used",
    (False, True): "generated",
    (True, True): "derived",
    (False, False): "reused",
}
"""Whether source and target are datasets to the kind of the edge between them."""


class NodeGraph(NamedGraph):
    """Some nodes and all edges between them.

    Args:
        catalog: The catalog to query.
        edges: Its edges.
        keys: The nodes.
        rows: Candidate edges; those between the nodes are added.
        starts: Nodes that may not be recorded, by key.

    Raises:
        ProjectionError: Two nodes have the same key.
    """

    def __init__(
        self,
        catalog: Catalog,
        edges: Edges,
        keys: Keys,
        rows: Indices,
        starts: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__()
        wanted = keys.tolist()
        for row in catalog.rows(_DATASETS, [wanted]):
            node = ids.dataset_id(row["uri"], row["sha256"])
            self.name(row.pop("key"), node, {"kind": "dataset", **row})
        self._silent: set[str] = set()
        for row in catalog.rows(_STEPS, [wanted]):
            self._name_step(row["key"], row)
        for key, node in (starts or {}).items():
            if not self.knows(key):
                self.name(key, node, {"kind": ids.kind_of(node)})
        self.join(edges, edges.inside(keys, rows))
        self.add(wanted)
        self._describe_edges()
        self._describe_steps(catalog, "operation", _OPERATIONS)
        self._describe_steps(catalog, "run", _RUNS)

    def _name_step(self, key: int, row: dict[str, Any]) -> None:
        node = ids.step_id(row["run_id"], row["operation"])
        if not row["has_inputs"]:
            self._silent.add(node)
        self.name(key, node, {"kind": "run" if row["operation"] is None else "operation"})

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
                self.graph.nodes[node].update(row)
