"""How much lies up- and downstream of each box of a picture, directly and in all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import networkx as nx

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids

MOST: Final = 60
"""Boxes that are counted: the first. One search counts all of them, with a bit for each."""

_SQL: Final = statements(__name__)
_NAMES: Final[Mapping[str, str]] = {"upstream": "sources", "downstream": "results"}


def tell_counts(catalog: Catalog, graph: nx.DiGraph) -> None:
    """Add to the first boxes of a picture how much lies up- and downstream of them.

    Boxes get sources and results, each with direct_files, direct_steps, files and steps: how many
    file versions and operations are one step away, and in all.

    Args:
        catalog: The catalog to query.
        graph: A graph of `neighbourhood`, not of columns.
    """
    boxes = [node for node, data in graph.nodes(data=True) if data["kind"] != "stub"][:MOST]
    bits: dict[str, int] = {}
    for bit, box in enumerate(boxes):
        for node in graph.nodes[box].get("members") or [box]:
            bits[node] = bits.get(node, 0) | 1 << bit
    keys = ids.keys_of(catalog, bits)
    values = {
        "keys": [*keys],
        "masks": [bits[node] for node in keys.values()],
        "bits": len(boxes),
    }
    nothing = {"direct_files": 0, "direct_steps": 0, "files": 0, "steps": 0}
    for box in boxes:
        graph.nodes[box].update({name: dict(nothing) for name in _NAMES.values()})
    for row in catalog.rows(_SQL["reached"], values) if keys else ():
        found: dict[str, Any] = {key: row[key] for key in nothing}
        graph.nodes[boxes[row["bit"]]][_NAMES[row["direction"]]] = found
