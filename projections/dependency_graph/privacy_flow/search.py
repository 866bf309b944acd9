"""The columns that those of a file were made from, also across copies that nobody recorded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import column_search, ids
from projections.dependency_graph.column_naming import ColumnGraph
from projections.dependency_graph.exposure import Exposure, Step

Node = Mapping[str, Any]

_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Columns and the steps between them.

    Attributes:
        nodes: Attributes of each column by key, as in `column_graph`; a column of a file that has
            the content of one that a run wrote is derived from that one's.
        known: The steps that were declared or observed, each from result (near) to source (far).
        assumed: The steps that nobody declared.
    """

    nodes: dict[int, Node] = field(default_factory=dict)
    known: list[Step] = field(default_factory=list)
    assumed: list[Step] = field(default_factory=list)


def upstream(catalog: Catalog, starts: Mapping[int, str]) -> Upstream:
    """Return the columns that some columns were made from, themselves included.

    Args:
        catalog: The catalog to query.
        starts: The columns ("uri@sha256:column") by key.
    """
    found = Upstream()
    waiting = dict(starts)
    while waiting:
        part = column_search.reach(catalog, [*waiting], "upstream")
        drawn = ColumnGraph(catalog, part, waiting)
        new = {key: drawn.graph.nodes[node] for node, key in drawn.keys.items()}
        new = {key: node for key, node in new.items() if key not in found.nodes}
        found.nodes.update(new)
        for edge in part.edges:
            if edge["target"] in new:  # all steps to a column are found with it
                step = Step(
                    edge["target"], edge["source"], Exposure(edge["level"]), edge["is_direct"]
                )
                (found.assumed if edge["is_assumed"] else found.known).append(step)
        copied = _copied(catalog, new)
        found.known.extend(Step(key, twin, Exposure.EXPOSED, True) for key, twin, _ in copied)
        waiting = {twin: name for _, twin, name in copied if twin not in found.nodes}
    return found


def _copied(catalog: Catalog, nodes: Mapping[int, Node]) -> list[tuple[int, int, str]]:
    """Return columns from outside, and key and id of those of earlier files of their content."""
    outside = {key: node for key, node in nodes.items() if node["origin"] == "outside"}
    files = {(node["uri"], node["sha256"]) for node in outside.values()}
    twins = _twins(catalog, files) if files else {}
    pairs = [
        (key, ids.column_id(twin, node["sha256"], node["column"]))
        for key, node in outside.items()
        for twin in twins.get((node["uri"], node["sha256"]), ())
    ]
    keys = {name: key for key, name in ids.column_keys_of(catalog, {n for _, n in pairs}).items()}
    return [(key, keys[name], name) for key, name in pairs]


def _twins(
    catalog: Catalog, files: Collection[tuple[str, str | None]]
) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    values = {"uris": [uri for uri, _ in files], "digests": [digest for _, digest in files]}
    for row in catalog.rows(_SQL["twins"], values):
        found.setdefault((row["uri"], row["sha256"]), []).append(row["twin"])
    return found
