"""Where columns of a class go in a picture, and where an operation stops them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import networkx as nx

from lineage.kernel.effects import HIDING
from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.picture.classes import Class, File, class_of, state_of

_SQL: Final = statements(__name__)


def tell_carried(
    catalog: Catalog,
    graph: nx.DiGraph,
    files: Mapping[str, Sequence[File]],
    known: Mapping[File, Sequence[Mapping[str, Any]]],
    kind: Class,
) -> None:
    """Add to the edges of a picture what they do with columns of a class.

    A column is carried where its values are still shown, and stopped where a declared step that
    hides values makes another column of it that does not show them any more.

    Args:
        catalog: The catalog to query.
        graph: A graph of `neighbourhood`, not of columns.
        files: The versions of files of each box, of `newest_versions`.
        known: Version to what is known of its columns, of `build_column_verdicts`.
        kind: The class.

    Returns:
        Nothing; edges get carried (names of columns) and stopped (name to effect), boxes of files
        way: "carries", "stopped" or None.
    """
    home = _home(graph)
    shown: dict[tuple[str, str], str | None] = {}
    for version, columns in known.items():
        of_class = (one for one in columns if class_of(one) == kind)
        shown |= {(version[0], one["column"]): state_of(one) for one in of_class}
    boxes = {version[0]: box for box, versions in files.items() for version in versions}
    for box, versions in files.items():
        states = [
            shown.get((uri, one["column"]))
            for uri, sha256 in versions
            for one in known.get((uri, sha256), ())
        ]
        bare = any(state in {"exposed", "unknown"} for state in states)
        graph.nodes[box]["way"] = "carries" if bare else "stopped" if any(states) else None
    versions = [*dict.fromkeys(version for found in files.values() for version in found)]
    values = {"uris": [uri for uri, _ in versions], "digests": [sha256 for _, sha256 in versions]}
    for row in catalog.rows(_SQL["steps"], values) if versions else ():
        source = row["source_uri"], row["source_column"]
        target = row["uri"], row["column_name"]
        if shown.get(source) not in {"exposed", "unknown"}:
            continue
        step = home.get(ids.step_id(row["run_id"], row["operation"])) if row["run_id"] else None
        near, far = boxes.get(source[0]), boxes[target[0]]
        if shown.get(target) in {"exposed", "unknown"}:
            _carry(graph, (step, far), target[1])
            _carry(graph, (near, step), source[1])
            _carry(graph, (near, far), source[1])
        elif row["effect"] in HIDING:
            _carry(graph, (near, step), source[1])
            for ends in ((step, far), (near, far)):
                if graph.has_edge(*ends):
                    graph.edges[ends].setdefault("stopped", {})[target[1]] = row["effect"]


def _home(graph: nx.DiGraph) -> dict[str, str]:
    home: dict[str, str] = {}
    for node, data in graph.nodes(data=True):
        home |= dict.fromkeys(data.get("members") or [node], node)
    return home


def _carry(graph: nx.DiGraph, ends: tuple[str | None, str | None], column: str) -> None:
    if graph.has_edge(*ends):
        carried = graph.edges[ends].setdefault("carried", [])
        if column not in carried:
            carried.append(column)
