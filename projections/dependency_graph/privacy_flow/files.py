"""Personal data in what was released, in a file, or in what a run wrote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from lineage.kernel.values import JsonValue
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.asking import recorded_name
from projections.dependency_graph.names import find
from projections.dependency_graph.privacy_flow.flow import build_privacy_flow

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_privacy_flows(
    catalog: Catalog,
    dictionary: Mapping[str, JsonValue],
    *,
    name: str | None = None,
    root: Path | None = None,
) -> Document:
    """Return what `build_privacy_flow` says of each file that a name means.

    Args:
        catalog: The catalog to query.
        dictionary: As for `build_privacy_flow`.
        name: A release (its file, or at least 4 characters of its id), a file for its newest
            version, or a run or task for the tables that it, or its latest run, wrote; None for
            everything that was released and not refused.
        root: As for `build_privacy_flow`; then a name may also be a path on this disk.

    Returns:
        An object with name and files: a document of `build_privacy_flow` for each, with release:
        None, or an object with release_id, state, release_uri, purpose, recipient, approver and
        published_at. Releases come latest first, files of a run in the order it wrote them.

    Raises:
        DatasetNotFoundError: The name is unknown or ambiguous.
        ProjectionError: As for `build_privacy_flow`.
    """
    wanted = name if name is None or root is None else recorded_name(root, name)
    chosen = [_plain(row) for row in catalog.rows(_SQL["releases"], {"name": wanted})]
    if wanted is not None and not chosen:
        chosen = _files(catalog, wanted)
    return {
        "name": name,
        "files": [
            build_privacy_flow(catalog, file.pop("uri"), file.pop("sha256"), dictionary, root=root)
            | {"release": file or None}
            for file in chosen
        ],
    }


def _plain(release: Document) -> Document:
    when = release["published_at"]
    return release | {"published_at": None if when is None else when.isoformat()}


def _files(catalog: Catalog, name: str) -> list[Document]:
    found = find(catalog, name)
    if found.kind == "file":
        uri, sha256 = ids.parse_dataset(found.nodes[0])
        return [{"uri": uri, "sha256": sha256}]
    if found.kind == "column":
        uri, sha256, _ = ids.parse_column(found.nodes[0])
        return [{"uri": uri, "sha256": sha256}]
    return catalog.rows(_SQL["written"], {"keys": [*ids.keys_of(catalog, found.nodes)]})
