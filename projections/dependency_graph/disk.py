"""Which files of a graph are missing on disk."""

from __future__ import annotations

import networkx as nx

from lineage.kernel.errors import PathRefusedError
from lineage.kernel.storage import StorageOf


def mark_missing(graph: nx.DiGraph, storage_of: StorageOf) -> None:
    """Mark each file of a graph as missing on disk or not (is_missing).

    Args:
        graph: A graph of this package.
        storage_of: The storage of each file (`Project.storage`).
    """
    is_missing: dict[str, bool] = {}
    for _, data in graph.nodes(data=True):
        uri = data.get("uri")
        if uri is None or data["kind"] != "dataset":
            continue
        if uri not in is_missing:
            is_missing[uri] = _is_missing(storage_of, uri)
        data["is_missing"] = is_missing[uri]


def _is_missing(storage_of: StorageOf, uri: str) -> bool:
    try:
        return storage_of(uri).status(uri) is None
    except (OSError, PathRefusedError):
        return False
