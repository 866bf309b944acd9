"""The present state on disk of recorded files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import networkx as nx

from lineage.kernel.errors import PathRefusedError
from lineage.kernel.storage import StorageOf, sha256

FileState = Literal["present", "replaced", "missing", "unreadable", "unknown"]


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


def file_state(storage_of: StorageOf, recorded: Mapping[str, Any]) -> FileState:
    """Return whether a file still has its recorded content.

    A file with the recorded size and modification time counts as unchanged; if only the time
    differs, its content is read.

    Args:
        storage_of: The storage of each file (`Project.storage`).
        recorded: uri, sha256, size_bytes and modified_at of the version.

    Returns:
        "present": it does; "replaced": its content differs; "missing": it does not exist;
        "unreadable": it cannot be read, or is outside; "unknown": its digest was not recorded.
    """
    uri, digest = recorded["uri"], recorded["sha256"]
    try:
        storage = storage_of(uri)
        status = storage.status(uri)
        if status is None:
            return "missing"
        if digest is None:
            return "unknown"
        if status.size_bytes is None or status.size_bytes != recorded["size_bytes"]:
            return "replaced"
        is_untouched = status.modified_at is not None and (
            status.modified_at == recorded["modified_at"]
        )
        is_present = is_untouched or sha256(storage, uri) == digest
    except (OSError, PathRefusedError):
        return "unreadable"
    return "present" if is_present else "replaced"


def _is_missing(storage_of: StorageOf, uri: str) -> bool:
    try:
        return storage_of(uri).status(uri) is None
    except (OSError, PathRefusedError):
        return False
