"""Where column lineage ends because an operation declared none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from projections.catalog import Catalog
from projections.catalog.statements import statements
from projections.dependency_graph import ids
from projections.dependency_graph.edges import Direction, Reached

_SQL: Final = statements(__name__)


def undeclared(
    catalog: Catalog, starts: Mapping[int, str], reached: Reached, direction: Direction
) -> list[str]:
    """Return the files at which a search for columns ended without an answer.

    Upstream: files that a run wrote, with a reached column without declared lineage. Downstream:
    tables made from a file with a reached column, without declared lineage.

    Args:
        catalog: The catalog to query.
        starts: The columns the search began with, by key.
        reached: Everything it found.
        direction: The direction of the search.
    """
    parts = [ids.parse_column(start) for start in starts.values()]
    files = [ids.dataset_id(uri, sha256) for uri, sha256, _ in parts]
    keys = {file: key for key, file in ids.keys_of(catalog, files).items()}
    values = {"keys": reached.keys.tolist(), "start_files": [keys[file] for file in files]}
    if direction == "upstream":
        rows = catalog.rows(_SQL["upstream"], values | {"starts": [*starts]})
    else:
        rows = catalog.rows(_SQL["downstream"], values)
    return [row["file"] for row in rows]
