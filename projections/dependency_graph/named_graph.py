"""A graph of named nodes with the key of each node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lineage.kernel.errors import ProjectionError

if TYPE_CHECKING:
    import networkx as nx


class NamedGraph:
    """A graph under construction.

    Attributes:
        graph: The graph; nodes are names.
        keys: Key of each node.
    """

    def __init__(self) -> None:
        # networkx has hundreds of modules; most pages of a server draw nothing.
        from projections.dependency_graph.lineage_graph import LineageGraph  # noqa: PLC0415

        self.graph = LineageGraph()
        self.keys: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._attributes: dict[int, Mapping[str, Any]] = {}

    def name(self, key: int, node: str, attributes: Mapping[str, Any]) -> None:
        """Give a key its name.

        Raises:
            ProjectionError: Another node has the same key, so the answer may contain too much.
        """
        if self._names.setdefault(key, node) != node:
            raise ProjectionError(
                f"key {key} of the catalog",
                found=sorted((self._names[key], node)),
                expected="one node of the lineage graph",
                remedy="query the views edges or column_steps with `lineage query` instead",
            )
        self._attributes[key] = attributes

    def join(self, edges: Iterable[Mapping[str, Any]]) -> None:
        """Add edges (source, target, position) in recorded order, with the nodes at their ends."""
        positions: dict[tuple[int, int], int] = {}
        for edge in edges:
            pair, position = (edge["source"], edge["target"]), edge["position"]
            positions[pair] = min(position, positions.get(pair, position))
        named = [
            (position, self._names[source], self._names[target], source, target)
            for (source, target), position in positions.items()
        ]
        for position, source_name, target_name, source, target in sorted(named):
            self.add([source, target])
            self.graph.add_edge(source_name, target_name, position=position)

    def add(self, keys: Iterable[int]) -> None:
        """Add the nodes of keys that are not there yet."""
        for key in keys:
            node = self._names[key]
            if node not in self.keys:
                self.keys[node] = key
                self.graph.add_node(node, **self._attributes[key])

    def knows(self, key: int) -> bool:
        """Tell whether a key has a name."""
        return key in self._names

    def keep_way(self, way: Sequence[int]) -> None:
        """Keep only the edges from each key to the next."""
        kept = set(pairwise(way))
        for source, target in list(self.graph.edges):
            if (self.keys[source], self.keys[target]) not in kept:
                self.graph.remove_edge(source, target)

    def tell(self, asked: dict[str, Any], node_count: int, edge_count: int) -> nx.DiGraph:
        """Return the graph with the question and the size of the answer."""
        self.graph.graph.update(
            asked,
            node_count=node_count,
            edge_count=edge_count,
            is_truncated=node_count > self.graph.number_of_nodes(),
        )
        return self.graph
