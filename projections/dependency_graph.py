"""The graph of dataset versions, operations and runs, and what lies up- and downstream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import networkx as nx

from lineage.kernel.errors import DatasetNotFoundError
from projections.catalog import Catalog

_BY_DIGEST: Final = 2

Direction = Literal["upstream", "downstream"]

# Materialized, or each step of the recursion would work the view out anew.
_CLOSURE = """
with recursive steps as materialized (
  select source_kind, source, target_kind, target, kind, run_id, is_assumed, position from edges
),
reached(node) as (
  select unnest(?::varchar[])
  union
  select {to_column} from steps join reached on steps.{from_column} = reached.node
)
select source_kind, source, target_kind, target, kind, run_id, is_assumed,
  min(position) as position
from steps
where {from_column} in (select node from reached)
group by all
order by position, source, target
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which part of the graph is wanted.

    Attributes:
        starts: Dataset versions to start from, "uri@sha256"; empty for the whole graph.
        direction: Where to go from there.
    """

    starts: tuple[str, ...] = ()
    direction: Direction = "upstream"


def dependency_graph(catalog: Catalog, selection: Selection | None = None) -> nx.DiGraph:
    """Return the lineage graph, or the part of it that a selection reaches.

    Every node is reached once, however many paths lead to it.

    Returns:
        Nodes are dataset versions ("uri@sha256"; attributes kind="dataset", uri, sha256, format,
        rows), operations ("<run>#<n>"; kind="operation", name, status, run_id, task_id) and runs
        that used or wrote files outside of operations ("<run>"; kind="run", name, status,
        task_id). Edges point from source to result and have kind (used, generated, derived) and
        is_assumed.
    """
    wanted = selection or Selection()
    graph = nx.DiGraph()
    for row in _edges(catalog, wanted):
        graph.add_node(row["source"], kind=row["source_kind"])
        graph.add_node(row["target"], kind=row["target_kind"])
        graph.add_edge(row["source"], row["target"], kind=row["kind"], is_assumed=row["is_assumed"])
    for start in wanted.starts:
        graph.add_node(start, kind="dataset")
    _describe(catalog, graph)
    return graph


def find_datasets(catalog: Catalog, name: str) -> list[str]:
    """Return the versions of a dataset that a name means, newest first.

    Args:
        catalog: Where they are recorded.
        name: "uri@sha256", a path as recorded, the end of one ("output/people.parquet"), or at
            least 8 leading digits of a digest.

    Returns:
        Dataset ids "uri@sha256"; all versions of one file, or of all files with that digest.

    Raises:
        DatasetNotFoundError: Nothing recorded answers to the name, or files in different
            places or with different digests do.
    """
    rows = catalog.rows(
        """
        select dataset_id, uri, sha256,
          case
            when dataset_id = $name then 0
            when uri = $name then 1
            when length($name) >= 8 and starts_with(sha256, lower($name)) then 2
            when ends_with(uri, '/' || $name) then 3
          end as rank
        from datasets
        where rank is not null
        order by rank, last_position desc
        """,
        {"name": name},
    )
    best = [row for row in rows if row["rank"] == rows[0]["rank"]]
    told_by = "sha256" if best and best[0]["rank"] == _BY_DIGEST else "uri"
    found = sorted({row[told_by] for row in best})
    if len(found) != 1:
        raise DatasetNotFoundError(
            f"file {name!r}",
            found=found or "no such file in the history",
            expected="one recorded file" if found else "a recorded file",
            remedy="name it in full" if found else "`lineage query` on table datasets lists them",
        )
    return [row["dataset_id"] for row in best]


def _edges(catalog: Catalog, selection: Selection) -> list[dict[str, Any]]:
    if not selection.starts:
        return catalog.rows(
            """
            select source_kind, source, target_kind, target, kind, run_id, is_assumed,
              min(position) as position
            from edges
            group by all
            order by position, source, target
            """
        )
    upwards = selection.direction == "upstream"
    sql = _CLOSURE.format(
        from_column="target" if upwards else "source", to_column="source" if upwards else "target"
    )
    return catalog.rows(sql, [list(selection.starts)])


def _describe(catalog: Catalog, graph: nx.DiGraph) -> None:
    for row in _described(catalog, graph, "dataset", "datasets", "dataset_id"):
        graph.nodes[row["dataset_id"]].update(
            uri=row["uri"],
            sha256=row["sha256"],
            format=row["format"],
            rows=row["row_count"],
            task_id=row["produced_by_task"],
        )
    for row in _described(catalog, graph, "operation", "operations", "run_id || '#' || operation"):
        graph.nodes[row["node"]].update(
            name=row["name"], status=row["status"], run_id=row["run_id"], task_id=row["task_id"]
        )
    for row in _described(catalog, graph, "run", "runs", "run_id"):
        graph.nodes[row["node"]].update(
            name=row["task_id"],
            status=row["status"],
            run_id=row["run_id"],
            task_id=row["task_id"],
        )


def _described(
    catalog: Catalog, graph: nx.DiGraph, kind: str, view: str, node: str
) -> list[dict[str, Any]]:
    wanted = [name for name, data in graph.nodes(data=True) if data["kind"] == kind]
    if not wanted:
        return []
    return catalog.rows(
        f"select *, {node} as node from {view} where node in (select unnest(?::varchar[]))",  # noqa: S608  # names stand in this module
        [wanted],
    )
