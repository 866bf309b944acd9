"""What a box says of the versions and steps inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from projections.graph_formats.since import earliest

Nodes = Mapping[str, Mapping[str, Any]]

_BAD: Final = ("failed", "error", "interrupted")


def facts(box: str, inside: Nodes) -> dict[str, Any]:
    """Return the attributes of a box.

    Args:
        box: Its id, of `folding.boxes_of`.
        inside: The nodes in it, at least one, with their attributes.

    Returns:
        Those of the node if it is its own box. Else kind: "file" (uri, versions, and all facts of
        the version if there is one); "task" (task_id, runs, operations, files inside, failed,
        status and started_at of the latest run); or "group" (grouped, "folder" or "tag"; name;
        file_count, versions, and of the steps in it what a task has; is_missing and missing are
        for `mark_missing`).
    """
    if box in inside:
        return dict(inside[box])
    kind, _, name = box.partition(":")
    match kind:
        case "file":
            return _file(name, [*inside.values()])
        case "task":
            return {"kind": "task", "task_id": name, **_steps(inside), "files": 0}
    return _group(kind, name, inside)


def _file(uri: str, data: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    only = {key: value for key, value in data[0].items() if key != "kind"}
    several = {
        "is_missing": any(one.get("is_missing") for one in data),
        "tags": sorted({tag for one in data for tag in one.get("tags") or ()}),
        **earliest(data),
    }
    known = only if len(data) == 1 else several
    return {"uri": uri, **known, "kind": "file", "versions": len(data)}


def _group(kind: str, name: str, inside: Nodes) -> dict[str, Any]:
    files = [data for data in inside.values() if data["kind"] == "dataset"]
    steps = {node: data for node, data in inside.items() if data["kind"] != "dataset"}
    uris = {data.get("uri") or node for node, data in inside.items() if data["kind"] == "dataset"}
    return {
        "kind": "group",
        "grouped": kind,
        "name": name,
        "file_count": len(uris),
        "versions": len(files),
        "is_missing": False,
        "missing": 0,
        "tags": sorted({tag for one in inside.values() for tag in one.get("tags") or ()}),
        **(_steps(steps) if steps else {"runs": 0, "failed": 0}),
        **earliest(inside.values()),
    }


def _steps(inside: Nodes) -> dict[str, Any]:
    runs: dict[str, list[Mapping[str, Any]]] = {}
    for node, data in inside.items():
        runs.setdefault(data.get("run_id") or node, []).append(data)
    latest = max(runs, key=lambda run: max(one.get("started_at") or "" for one in runs[run]))
    started = max((one.get("started_at") or "" for one in runs[latest]), default="")
    return {
        "run_id": runs[latest][0].get("run_id"),
        "runs": len(runs),
        "failed": sum(_status(steps) in _BAD for steps in runs.values()),
        "operations": sorted(set(_operations(inside))),
        "status": _status(runs[latest]),
        "started_at": started or None,
        **earliest(inside.values()),
        "tags": sorted({tag for one in inside.values() for tag in one.get("tags") or ()}),
    }


def _operations(inside: Nodes) -> Iterator[str]:
    for data in inside.values():
        if data["kind"] == "operation" and data.get("name"):
            yield data["name"]


def _status(steps: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the status of the steps of a run that are drawn: the worst."""
    words = [str(one.get("liveness") or one.get("status") or "") for one in steps]
    bad = next((word for word in _BAD if word in words), None)
    return bad or next((word for word in words if word not in {"", "success"}), words[0]) or None
