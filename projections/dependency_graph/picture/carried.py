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
    hides values makes another column of it that does not show them any more. Edges get carried
    (names of columns) and stopped (name to effect), boxes of files way: "carries", "stopped" or
    None.

    Args:
        catalog: The catalog to query.
        graph: A graph of `neighbourhood`, not of columns.
        files: The versions of files of each box, of `newest_versions`.
        known: Version to what is known of its columns, of `build_column_verdicts`.
        kind: The class.
    """
    way = _Way(graph, files, known, kind)
    way.mark_boxes()
    versions = [*dict.fromkeys(version for found in files.values() for version in found)]
    values = {"uris": [uri for uri, _ in versions], "digests": [sha256 for _, sha256 in versions]}
    for row in catalog.rows(_SQL["steps"], values) if versions else ():
        way.follow(row)


_BARE: Final = ("exposed", "unknown")


class _Way:
    """The way of the columns of a class through a picture."""

    def __init__(
        self,
        graph: nx.DiGraph,
        files: Mapping[str, Sequence[File]],
        known: Mapping[File, Sequence[Mapping[str, Any]]],
        kind: Class,
    ) -> None:
        self._graph = graph
        self._files = files
        self._states = {
            (version[0], one["column"]): state_of(one)
            for version, columns in known.items()
            for one in columns
            if class_of(one) == kind
        }
        self._boxes = {version[0]: box for box, found in files.items() for version in found}
        self._home: dict[str, str] = {}
        for node, data in graph.nodes(data=True):
            self._home |= dict.fromkeys(data.get("members") or [node], node)

    def mark_boxes(self) -> None:
        """Say of each box of files whether such columns show in it."""
        for box, versions in self._files.items():
            uris = {uri for uri, _ in versions}
            states = {state for (uri, _), state in self._states.items() if uri in uris}
            way = "carries" if states & {*_BARE} else "stopped" if states - {None} else None
            self._graph.nodes[box]["way"] = way

    def follow(self, row: Mapping[str, Any]) -> None:
        """Say what one step between two columns does."""
        source = row["source_uri"], row["source_column"]
        target = row["uri"], row["column_name"]
        if self._states.get(source) not in _BARE:
            return
        run = row["run_id"]
        step = self._home.get(ids.step_id(run, row["operation"])) if run else None
        near, far = self._boxes.get(source[0]), self._boxes[target[0]]
        passes = self._states.get(target) in _BARE
        if not passes and row["effect"] not in HIDING:
            return
        self._carry((near, step), source[1])
        for ends in ((step, far), (near, far)):
            if passes:
                self._carry(ends, target[1])
            elif self._graph.has_edge(*ends):
                self._graph.edges[ends].setdefault("stopped", {})[target[1]] = row["effect"]

    def _carry(self, ends: tuple[str | None, str | None], column: str) -> None:
        if self._graph.has_edge(*ends):
            carried = self._graph.edges[ends].setdefault("carried", [])
            if column not in carried:
                carried.append(column)
