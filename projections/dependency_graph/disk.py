"""What the disk says today about the files of the history."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import networkx as nx

from lineage.kernel.digest import sha256_file

FileState = Literal["present", "replaced", "missing", "unreadable", "unknown"]


def mark_missing(graph: nx.DiGraph, root: Path) -> None:
    """Note at each file of a graph that is no longer there (is_missing).

    Args:
        graph: A graph of this package.
        root: The folder of the project.
    """
    is_missing: dict[str, bool] = {}
    for _, data in graph.nodes(data=True):
        uri = data.get("uri")
        if uri is None or data["kind"] != "dataset":
            continue
        if uri not in is_missing:
            is_missing[uri] = _status(root, uri) == "missing"
        data["is_missing"] = is_missing[uri]


def file_state(root: Path, recorded: Mapping[str, Any]) -> FileState:
    """Return whether a file still has its recorded content.

    A file with the recorded length and time stamp counts as unchanged; where only the time stamp
    differs, its content is read.

    Args:
        root: The folder of the project.
        recorded: uri, sha256, size_bytes and modified_at of the version.

    Returns:
        "present": it does; "replaced": it has another content; "missing": nothing is there;
        "unreadable": it cannot be examined, or lies elsewhere; "unknown": its content was not
        known.
    """
    status = _status(root, recorded["uri"])
    if not isinstance(status, os.stat_result):
        return status
    if recorded["sha256"] is None:
        return "unknown"
    if not stat.S_ISREG(status.st_mode) or status.st_size != recorded["size_bytes"]:
        return "replaced"
    if recorded["modified_at"] == datetime.fromtimestamp(status.st_mtime, UTC):
        return "present"
    try:
        digest = sha256_file(root / recorded["uri"])
    except OSError:
        return "unreadable"
    return "present" if digest == recorded["sha256"] else "replaced"


def _status(root: Path, uri: str) -> os.stat_result | Literal["missing", "unreadable"]:
    """Return the status of a file, or the word for why there is none."""
    if "://" in uri:
        return "unreadable"
    try:
        return (root / uri).stat()
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except (OSError, ValueError):
        return "unreadable"
