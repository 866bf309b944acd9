"""Turn the column keys of an answer into a graph of named columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.column_search import ColumnPart
from projections.dependency_graph.exposure import EFFECTS, Attained, Exposure
from projections.dependency_graph.named_graph import NamedGraph
from projections.dependency_graph.times import tell_times

_SQL: Final = statements(__name__)


class ColumnGraph(NamedGraph):
    """The columns and steps of an answer by their names.

    Args:
        catalog: The catalog to query.
        part: The answer.
        starts: Columns that may not be recorded, by key.

    Raises:
        ProjectionError: Two columns have the same key.
    """

    def __init__(
        self, catalog: Catalog, part: ColumnPart, starts: Mapping[int, str] | None = None
    ) -> None:
        super().__init__()
        for row in catalog.rows(_SQL["columns"], _values(part.keys, starts or {})):
            node = ids.column_id(row["uri"], row["sha256"], row["column"])
            self.name(row.pop("key"), node, {"kind": "column", **row})
        self.join(part.edges)
        self.add(part.keys)
        tell_times(catalog, self)
        self._describe_edges(part)

    def show(self, attained: Mapping[int, Attained]) -> None:
        """Add to each column the exposure attained there."""
        for node, key in self.keys.items():
            self.graph.nodes[node].update(words(attained[key]))

    def _describe_edges(self, part: ColumnPart) -> None:
        """Add the effects of each edge, direct ones first, then by exposure."""
        found: dict[tuple[int, int], set[tuple[bool, Exposure, str]]] = {}
        for edge in part.edges:
            what = edge["is_direct"], Exposure(edge["level"]), _basis(edge)
            found.setdefault((edge["source"], edge["target"]), set()).add(what)
        for source, target, data in self.graph.edges(data=True):
            whole = sorted(found[self.keys[source], self.keys[target]], key=_rank, reverse=True)
            data["kind"] = EFFECTS[whole[0][1]]
            data["effects"] = [_effect(*step) for step in whole]
            data["is_direct"] = whole[0][0]
            bases = {basis for *_, basis in whole}
            data["is_assumed"] = bases == {"assumed"}
            data["is_observed"] = "observed" in bases and "" not in bases


def _rank(step: tuple[bool, Exposure, str]) -> tuple[bool, Exposure, bool, str]:
    is_direct, level, basis = step
    return is_direct, level, not basis, basis


def _basis(edge: Mapping[str, Any]) -> str:
    """Return how a step is known if nobody declared it; empty if somebody did."""
    if edge["is_assumed"]:
        return "assumed"
    return "observed" if edge["is_observed"] else ""


def _effect(is_direct: bool, level: Exposure, basis: str) -> str:  # noqa: FBT001  # one step
    remarks = ["indirect"] * (not is_direct) + [basis] * bool(basis)
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


def _values(keys: list[int], starts: Mapping[int, str]) -> dict[str, list[Any]]:
    parts = [ids.parse_column(start) for start in starts.values()]
    return {
        "keys": keys,
        "start_keys": [*starts],
        "uris": [uri for uri, _, _ in parts],
        "digests": [sha256 for _, sha256, _ in parts],
        "names": [name for _, _, name in parts],
    }
