"""Everywhere a column still lives: what was made from it, by which way, and what stops it there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import column_search, ids
from projections.dependency_graph.column_naming import ColumnGraph
from projections.dependency_graph.exposure import EFFECTS, Exposure
from projections.dependency_graph.undeclared import reply, undeclared

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_whereabouts(
    catalog: Catalog,
    uri: str,
    digests: Sequence[str | None],
    column: str,
    *,
    limit: int | None = None,
) -> Document:
    """Return the columns that were made from a column, directly or not.

    Args:
        catalog: The catalog to query.
        uri: The file, as the history names it.
        digests: The versions of the file; None for one whose content could not be read.
        column: The column.
        limit: Maximum number of columns to list, nearest first; None for all.

    Returns:
        An object with found, total (all of them), is_truncated, undeclared (ids of tables that may
        hold it, too, because what wrote them declared no columns) and answer: "yes", "no" (nothing
        was made from it) or "unknown". What is found has uri, sha256, column, exposure and
        indirect_exposure (what all direct, and all other, paths together leave to see; None
        without any), direct and indirect (the same of each path, most exposing first), path and
        stopped_by. The path is a shortest of those that expose most: steps with uri, sha256 and
        column that each leads to, effect, is_direct, is_assumed, is_observed, and run_id, task_id
        and operation that made it, None if unknown. stopped_by is the first step of it that was
        meant to hide the values; None without one.
    """
    starts = ids.column_keys_of(catalog, [ids.column_id(uri, one, column) for one in digests])
    most = None if limit is None else limit + len(starts)
    part = column_search.reach(catalog, [*starts], "downstream", limit=most)
    drawn = ColumnGraph(catalog, part, starts)
    drawn.show(part.exposures())
    nodes = {key: drawn.graph.nodes[node] for node, key in drawn.keys.items()}
    ways = part.ways([*starts])
    made_by = _made_by(catalog, [step["position"] for way in ways.values() for step in way])
    found = [
        _found(nodes[key], [_step(nodes, step, made_by) for step in ways[key]])
        for key in part.keys
        if key not in starts and key in ways
    ]
    files = undeclared(catalog, starts, part.reached, "downstream")
    total = part.node_count - len(starts)
    return {
        "found": found,
        "total": total,
        "is_truncated": total > len(found),
        "undeclared": files,
        "answer": reply(is_found=bool(found), files=files),
    }


def files_of(catalog: Catalog, found: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return uri, sha256, size_bytes and modified_at of the files of columns, for `file_state`."""
    versions = list(dict.fromkeys((one["uri"], one["sha256"]) for one in found))
    wanted = {"uris": [uri for uri, _ in versions], "digests": [sha256 for _, sha256 in versions]}
    return catalog.rows(_SQL["files"], wanted) if versions else []


def _made_by(catalog: Catalog, positions: Sequence[int]) -> dict[int, Document]:
    rows = catalog.rows(_SQL["steps"], {"positions": sorted(set(positions))}) if positions else []
    return {row.pop("position"): row for row in rows}


def _step(
    nodes: Mapping[int, Mapping[str, Any]],
    step: Mapping[str, Any],
    made_by: Mapping[int, Mapping[str, Any]],
) -> Document:
    nobody = {"run_id": None, "task_id": None, "operation": None}
    return {
        **_name(nodes[step["target"]]),
        "effect": EFFECTS[Exposure(step["level"])],
        **{key: step[key] for key in ("is_direct", "is_assumed", "is_observed")},
        **made_by.get(step["position"], nobody),
    }


def _found(node: Mapping[str, Any], path: Sequence[Document]) -> Document:
    shown = ("exposure", "indirect_exposure", "direct", "indirect")
    return {
        **_name(node),
        **{key: node[key] for key in shown},
        "path": [*path],
        "stopped_by": next((step for step in path if _hides(step)), None),
    }


def _name(node: Mapping[str, Any]) -> Document:
    return {key: node[key] for key in ("uri", "sha256", "column")}


def _hides(step: Mapping[str, Any]) -> bool:
    return any(level.protects for level, effect in EFFECTS.items() if effect == step["effect"])
