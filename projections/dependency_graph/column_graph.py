"""Columns and the steps among them by name: from the keys of an answer to a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.exposure import LEVELS, Attained
from projections.dependency_graph.named_graph import NamedGraph, rows_among
from projections.dependency_graph.steps import Keys

_STEPS: Final = """
select source_uri, source_sha256, source_column, source_key, uri, sha256, column_name, target_key,
  effect, is_direct, min(position) as position
from column_steps
{among}
group by all
order by position, source_uri, source_sha256, source_column, uri, sha256, column_name, effect,
  is_direct
"""
_ORIGINS: Final = """
with columns as (
  select unnest($keys::ubigint[]) as key, unnest($uris::varchar[]) as uri,
    unnest($digests::varchar[]) as sha256
)
select key,
  case
    when key in (select target_key from column_steps) then 'derived'
    when key in (select column_key from column_edges) then 'generated'
    when hash(uri, sha256) in (select dataset_key from artifacts) then 'undeclared'
    else 'outside'
  end as origin
from columns
"""


class ColumnGraph(NamedGraph):
    """Some columns and all steps among them.

    Args:
        catalog: Where they are recorded.
        keys: The columns; None for all.
        starts: Columns that are drawn even if no step leads to them.

    Raises:
        ProjectionError: Two columns have one key.
    """

    def __init__(self, catalog: Catalog, keys: Keys | None, starts: Sequence[str] = ()) -> None:
        super().__init__()
        for row in rows_among(catalog, _STEPS, ("source_key", "target_key"), keys):
            source = (row["source_uri"], row["source_sha256"], row["source_column"])
            target = (row["uri"], row["sha256"], row["column_name"])
            self._join(
                self._add(row["source_key"], *source), self._add(row["target_key"], *target), row
            )
        start_keys = ids.column_keys_of(catalog, starts).tolist()
        for start, key in zip(starts, start_keys, strict=True):
            self._add(key, *ids.parse_column(start))
        self._describe_edges()
        self._describe_origins(catalog)

    def show(self, attained: Mapping[int, Attained]) -> None:
        """Note at each column what is attained there."""
        for node, key in self.keys.items():
            if key in attained:
                self.graph.nodes[node].update(words(attained[key]))

    def _add(self, key: int, uri: str, sha256: str | None, column: str) -> str:
        node = ids.column_id(uri, sha256, column)
        return self.add(node, key, kind="column", uri=uri, sha256=sha256, column=column)

    def _join(self, source: str, target: str, row: dict[str, Any]) -> None:
        self.graph.add_edge(source, target)
        steps = self.graph.edges[source, target].setdefault("steps", [])
        steps.append((row["is_direct"], LEVELS[row["effect"]], row["effect"]))

    def _describe_edges(self) -> None:
        """Name the steps of each edge, direct ones first, then the one that shows most."""
        for _, _, data in self.graph.edges(data=True):
            steps = sorted(set(data.pop("steps")), reverse=True)
            data["kind"] = steps[0][2]
            data["effects"] = [
                effect if is_direct else f"{effect} (indirect)" for is_direct, _, effect in steps
            ]
            data["is_direct"] = steps[0][0]
            data["is_assumed"] = False

    def _describe_origins(self, catalog: Catalog) -> None:
        nodes = {key: node for node, key in self.keys.items()}
        parts = [self.graph.nodes[node] for node in nodes.values()]
        values = {
            "keys": [*nodes],
            "uris": [part["uri"] for part in parts],
            "digests": [part["sha256"] for part in parts],
        }
        for row in catalog.rows(_ORIGINS, values) if nodes else ():
            self.graph.nodes[nodes[row["key"]]]["origin"] = row["origin"]


def words(attained: Attained) -> dict[str, Any]:
    """Return attained levels as attributes of a node."""
    exposure, indirect = attained.exposure, attained.indirect_exposure
    return {
        "exposure": None if exposure is None else exposure.word,
        "indirect_exposure": None if indirect is None else indirect.word,
        "direct": [level.word for level in attained.direct],
        "indirect": [level.word for level in attained.indirect],
    }
