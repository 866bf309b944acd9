"""What is known of the files of a picture: tags, columns, age, releases and measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import networkx as nx

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.named_graph import NamedGraph
from projections.dependency_graph.undeclared import undeclared_among

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def mark_tags(catalog: Catalog, drawn: NamedGraph) -> None:
    """Give files and steps the tags that were recorded with them, or with their runs."""
    nodes = drawn.graph.nodes
    keys = {drawn.keys[node]: node for node, data in nodes(data=True) if data["kind"] == "dataset"}
    for row in catalog.rows(_SQL["tags_of_files"], {"keys": [*keys]}) if keys else ():
        nodes[keys[row["key"]]]["tags"] = row["tags"]
    steps: dict[str, list[str]] = {}
    for node, data in nodes(data=True):
        if data["kind"] in {"operation", "run"} and data.get("run_id"):
            steps.setdefault(data["run_id"], []).append(node)
    for row in catalog.rows(_SQL["tags_of_runs"], {"runs": [*steps]}) if steps else ():
        for node in steps[row["run_id"]]:
            nodes[node]["tags"] = sorted({*row["tags"]})


def versions_of(graph: nx.DiGraph) -> dict[str, list[str]]:
    """Return for each box of one file the ids of its versions in the picture."""
    found = {}
    for node, data in graph.nodes(data=True):
        if data["kind"] in {"file", "dataset"}:
            members = data.get("members") or [node]
            found[node] = [one for one in members if ids.kind_of(one) == "dataset"]
    return found


def tell_files(catalog: Catalog, graph: nx.DiGraph) -> None:
    """Add to each file of a picture what is known of it.

    Files get column_lineage ("known", "partly known", "undeclared"; None if no run wrote it, or no
    columns are on record) with undeclared_count; stale_because (a file of which there is a newer
    version than the one it was made from); release (see the statement) and measured (k, l, t as
    recorded), of the newest version that has one.
    """
    boxes = versions_of(graph)
    keys = {node: key for key, node in ids.keys_of(catalog, _all(boxes)).items()}
    values = {"keys": [*keys.values()]}
    silent = {row["key"]: row["columns"] for row in undeclared_among(catalog, [*keys.values()])}
    columns = {
        row["key"]: {**row, "undeclared": silent.get(row["key"], 0)}
        for row in catalog.rows(_SQL["columns"], values)
    }
    stale = {row["key"]: row["source"] for row in catalog.rows(_SQL["stale"], values)}
    digests = sorted({digest for one in keys if (digest := ids.parse_dataset(one)[1])})
    released = {row["sha256"]: row for row in catalog.rows(_SQL["released"], {"digests": digests})}
    measured = {row["sha256"]: row for row in catalog.rows(_SQL["measured"], {"digests": digests})}
    for node, versions in boxes.items():
        data = graph.nodes[node]
        found = [columns[keys[one]] for one in versions if keys[one] in columns]
        data |= _lineage(found, is_silent=data.get("is_undeclared") is True)
        ages = [stale[keys[one]] for one in versions if keys[one] in stale]
        data["stale_because"] = ages[0] if ages else None
        contents = [digest for one in versions if (digest := ids.parse_dataset(one)[1])]
        data["release"] = next((released[d] for d in contents if d in released), None)
        data["measured"] = next((_numbers(measured[d]) for d in contents if d in measured), None)


def _all(boxes: Mapping[str, Sequence[str]]) -> list[str]:
    return [version for versions in boxes.values() for version in versions]


def _lineage(found: Sequence[Mapping[str, Any]], *, is_silent: bool) -> Document:
    """Return whether it is known where the columns of a file came from."""
    columns = sum(row["columns"] for row in found)
    undeclared = sum(row["undeclared"] for row in found)
    if not columns:
        return {"column_lineage": "undeclared" if is_silent else None}
    word = "partly known"
    if undeclared in {0, columns}:
        word = "undeclared" if undeclared else "known"
    return {"column_lineage": word, "undeclared_count": undeclared}


def _numbers(row: Mapping[str, Any]) -> Document:
    return {key: json.loads(row[key]) for key in ("k", "l", "t") if row[key] is not None}
