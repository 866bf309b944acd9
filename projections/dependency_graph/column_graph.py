"""Turn the column keys of an answer into a graph of named columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from projections.catalog import Catalog
from projections.catalog.statements import statements
from projections.dependency_graph import ids
from projections.dependency_graph.column_steps import ColumnSteps
from projections.dependency_graph.edges import Indices, Keys
from projections.dependency_graph.exposure import EFFECTS, Attained, Exposure
from projections.dependency_graph.named_graph import NamedGraph

_SQL: Final = statements(__name__)


class ColumnGraph(NamedGraph):
    """Some columns and all steps between them.

    Args:
        catalog: The catalog to query.
        columns: Its steps.
        keys: The columns.
        rows: Candidate steps; those between the columns become edges.
        starts: Columns that may not be recorded, by key.

    Raises:
        ProjectionError: Two columns have the same key.
    """

    def __init__(
        self,
        catalog: Catalog,
        columns: ColumnSteps,
        keys: Keys,
        rows: Indices,
        starts: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__()
        for row in catalog.rows(_SQL["columns"], _values(keys, starts or {})):
            node = ids.column_id(row["uri"], row["sha256"], row["column"])
            self.name(row.pop("key"), node, {"kind": "column", **row})
        inside = columns.edges.inside(keys, rows)
        self.join(columns.edges, inside)
        self.add(keys.tolist())
        self._describe_edges(columns, inside)

    def show(self, attained: Mapping[int, Attained]) -> None:
        """Add to each column the exposure attained there."""
        for node, key in self.keys.items():
            self.graph.nodes[node].update(words(attained[key]))

    def _describe_edges(self, columns: ColumnSteps, rows: Indices) -> None:
        """Add the effects of each edge, direct ones first, then by exposure."""
        found: dict[tuple[int, int], set[tuple[bool, Exposure, bool]]] = {}
        edges = columns.edges
        pairs = zip(edges.source[rows].tolist(), edges.target[rows].tolist(), strict=True)
        kinds = (columns.is_direct, columns.level, ~columns.is_assumed)
        whats = zip(*(kind[rows].tolist() for kind in kinds), strict=True)
        for pair, (is_direct, level, is_stated) in zip(pairs, whats, strict=True):
            found.setdefault(pair, set()).add((is_direct, Exposure(level), is_stated))
        for source, target, data in self.graph.edges(data=True):
            whole = sorted(found[self.keys[source], self.keys[target]], reverse=True)
            data["kind"] = EFFECTS[whole[0][1]]
            data["effects"] = [_effect(*step) for step in whole]
            data["is_direct"] = whole[0][0]
            data["is_assumed"] = not any(is_stated for *_, is_stated in whole)


def _effect(is_direct: bool, level: Exposure, is_stated: bool) -> str:  # noqa: FBT001  # one step
    remarks = ["indirect"] * (not is_direct) + ["assumed"] * (not is_stated)
    return f"{EFFECTS[level]} ({', '.join(remarks)})" if remarks else EFFECTS[level]


def words(attained: Attained) -> dict[str, Any]:
    """Return attained levels as attributes of a node."""
    exposure, indirect = attained.exposure, attained.indirect_exposure
    return {
        "exposure": None if exposure is None else exposure.word,
        "indirect_exposure": None if indirect is None else indirect.word,
        "direct": [level.word for level in attained.direct],
        "indirect": [level.word for level in attained.indirect],
    }


def _values(keys: Keys, starts: Mapping[int, str]) -> dict[str, list[Any]]:
    parts = [ids.parse_column(start) for start in starts.values()]
    return {
        "keys": keys.tolist(),
        "start_keys": [*starts],
        "uris": [uri for uri, _, _ in parts],
        "digests": [sha256 for _, sha256, _ in parts],
        "names": [name for _, _, name in parts],
    }
