"""A graph of names that knows the key of each node."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

import networkx as nx

from lineage.kernel.errors import ProjectionError
from projections.catalog import Catalog
from projections.dependency_graph.steps import Keys

_WANTED: Final = "with wanted as (select unnest($keys::ubigint[]) as key)"
_AMONG: Final = "{column} in (select key from wanted)"


class NamedGraph:
    """What an answer is made of.

    Attributes:
        graph: Nodes by name.
        keys: Key of each node.
    """

    def __init__(self) -> None:
        self.graph = nx.DiGraph()
        self.keys: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def add(self, node: str, key: int, **attributes: Any) -> str:
        """Add a node, unless it is there.

        Raises:
            ProjectionError: Another node has its key, so that the answer may hold too much.
        """
        if self._names.setdefault(key, node) != node:
            raise ProjectionError(
                f"key {key} of the catalog",
                found=sorted((self._names[key], node)),
                expected="one node of the lineage graph",
                remedy="ask for each by `lineage query` on the view edges or column_steps",
            )
        self.keys[node] = key
        self.graph.add_node(node, **attributes)
        return node

    def keep_way(self, way: Sequence[int]) -> None:
        """Remove all edges but those from each of some keys to the next."""
        kept = set(pairwise(way))
        for source, target in list(self.graph.edges):
            if (self.keys[source], self.keys[target]) not in kept:
                self.graph.remove_edge(source, target)

    def tell(self, asked: dict[str, Any], node_count: int, edge_count: int) -> nx.DiGraph:
        """Return the graph, with what was asked and how much there is of the answer."""
        self.graph.graph.update(
            asked,
            node_count=node_count,
            edge_count=edge_count,
            is_truncated=node_count > self.graph.number_of_nodes(),
        )
        return self.graph


def rows_among(
    catalog: Catalog, sql: str, columns: Sequence[str], keys: Keys | None
) -> list[dict[str, Any]]:
    """Return the rows of a query whose columns all hold one of some keys.

    Args:
        catalog: What is asked.
        sql: The query, with `{among}` where its condition belongs.
        columns: Which columns of it.
        keys: The keys; None for any, which leaves the condition out.
    """
    if keys is None:
        return catalog.rows(sql.format(among=""))
    condition = " and ".join(_AMONG.format(column=column) for column in columns)
    wanted = sql.format(among=f"where {condition}")
    return catalog.rows(_WANTED + wanted, {"keys": keys.tolist()})
