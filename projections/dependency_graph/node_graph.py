"""Datasets, operations and runs by name: from the keys of an answer to a graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.named_graph import NamedGraph, rows_among
from projections.dependency_graph.steps import Keys

_EDGES: Final = """
select source_kind, source, source_key, target_kind, target, target_key,
  min_by(kind, position) as kind, bool_and(is_assumed) as is_assumed, min(position) as position
from edges
{among}
group by all
order by position, source, target
"""
_DATASETS: Final = """
select dataset_id, uri, sha256, format, row_count, size_bytes, produced_by_task, produced_by_run
from datasets
{among}
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


class NodeGraph(NamedGraph):
    """Some nodes and all edges among them.

    Args:
        catalog: Where they are recorded.
        keys: The nodes; None for all.
        starts: Nodes that are drawn even if no edge leads to them.

    Raises:
        ProjectionError: Two nodes have one key.
    """

    def __init__(self, catalog: Catalog, keys: Keys | None, starts: Sequence[str] = ()) -> None:
        super().__init__()
        for row in rows_among(catalog, _EDGES, ("source_key", "target_key"), keys):
            source = self.add(row["source"], row["source_key"], kind=row["source_kind"])
            target = self.add(row["target"], row["target_key"], kind=row["target_kind"])
            self.graph.add_edge(source, target, kind=row["kind"], is_assumed=row["is_assumed"])
        for start in starts:
            self.add(start, int(ids.keys_of(catalog, [start])[0]), kind=ids.kind_of(start))
        self._describe_datasets(catalog, keys)
        for kind, sql in (("operation", _OPERATIONS), ("run", _RUNS)):
            self._describe_steps(catalog, kind, sql)

    def _describe_datasets(self, catalog: Catalog, keys: Keys | None) -> None:
        for row in rows_among(catalog, _DATASETS, ("dataset_key",), keys):
            if row["dataset_id"] in self.graph:
                self.graph.nodes[row["dataset_id"]].update(
                    uri=row["uri"],
                    sha256=row["sha256"],
                    format=row["format"],
                    rows=row["row_count"],
                    size_bytes=row["size_bytes"],
                    task_id=row["produced_by_task"],
                    run_id=row["produced_by_run"],
                )

    def _describe_steps(self, catalog: Catalog, kind: str, sql: str) -> None:
        nodes = [node for node, data in self.graph.nodes(data=True) if data["kind"] == kind]
        runs = sorted(set(map(ids.run_of, nodes)))
        for row in catalog.rows(sql, [runs]) if runs else ():
            node = row.pop("node")
            if node in self.graph:
                self.graph.nodes[node].update(row)
