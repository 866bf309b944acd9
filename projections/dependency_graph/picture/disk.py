"""Which files of a graph are missing on disk."""

from __future__ import annotations

import networkx as nx

from lineage.kernel.errors import PathRefusedError
from lineage.kernel.storage import StorageOf
from projections.dependency_graph import ids


def mark_missing(graph: nx.DiGraph, storage_of: StorageOf) -> None:
    """Mark each file of a graph as missing on disk or not (is_missing).

    A group of files is missing if all of them are, and has the number of those that are.

    Args:
        graph: A graph of this package.
        storage_of: The storage of each file (`Project.storage`).
    """
    known: dict[str, bool] = {}

    def is_missing(uri: str) -> bool:
        if uri not in known:
            known[uri] = _is_missing(storage_of, uri)
        return known[uri]

    for _, data in graph.nodes(data=True):
        if data["kind"] in {"dataset", "file"} and data.get("uri") is not None:
            data["is_missing"] = is_missing(data["uri"])
        elif data["kind"] == "group":
            members = (one for one in data["members"] if ids.kind_of(one) == "dataset")
            uris = {ids.parse_dataset(one)[0] for one in members}
            data["missing"] = sum(map(is_missing, uris))
            data["is_missing"] = bool(uris) and data["missing"] == len(uris)


def _is_missing(storage_of: StorageOf, uri: str) -> bool:
    try:
        return storage_of(uri).status(uri) is None
    except (OSError, PathRefusedError):
        return False
