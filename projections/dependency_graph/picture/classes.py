"""What the columns of a box are to people, and whether they still show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

import networkx as nx

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.graph_formats.drawing import CLASSES

Class: TypeAlias = Literal["direct", "quasi", "sensitive", "special", "unclassified"]
State: TypeAlias = Literal["exposed", "unknown", "protected"]
File: TypeAlias = tuple[str, str | None]

WORDS: Final[Mapping[Class, str]] = {
    "direct": "direct identifiers",
    "quasi": "quasi-identifiers",
    "sensitive": "sensitive values",
    "special": "special categories",
    "unclassified": "columns nobody classified",
}
"""The classes, those that tell most about a person first."""

STATES: Final[Mapping[str, State]] = {
    "unchanged": "exposed",
    "unknown": "unknown",
    "protected": "protected",
}
"""Verdict on a column to what it means for its class; a generated column tells nobody's values."""

_ORDER: Final[tuple[State, ...]] = ("exposed", "unknown", "protected")
_SHOWING: Final = {"exposed", "transformed", "noised"}
_SQL: Final = statements(__name__)


def newest_versions(catalog: Catalog, graph: nx.DiGraph, most: int) -> dict[str, list[File]]:
    """Return for each box the newest shown version of each of its files.

    Args:
        catalog: The catalog to query.
        graph: A graph of `neighbourhood`.
        most: Files that are returned at most, of the first boxes.
    """
    versions: dict[str, list[str]] = {}
    for node, data in graph.nodes(data=True):
        if data["kind"] in {"file", "dataset", "group"}:
            members = data.get("members") or [node]
            versions[node] = [one for one in members if ids.kind_of(one) == "dataset"]
    keys = ids.keys_of(catalog, [one for found in versions.values() for one in found])
    rows = catalog.rows(_SQL["newest"], {"keys": [*keys]}) if keys else []
    newest = {keys[row["key"]] for row in rows}
    found: dict[str, list[File]] = {}
    left = most
    for box, members in versions.items():
        files = members if len(members) == 1 else [one for one in members if one in newest]
        found[box] = [ids.parse_dataset(one) for one in files[:left]]
        left -= len(found[box])
    return found


def class_of(column: Mapping[str, Any]) -> Class | None:
    """Return what a column is to people; None if it tells nothing about anybody."""
    if column.get("special_category"):
        return "special"
    word = CLASSES.get(column.get("role") or "", "unclassified")
    return next((kind for kind in WORDS if kind == word), None)


def state_of(column: Mapping[str, Any]) -> State | None:
    """Return whether what a column tells still shows; None for a generated one.

    Args:
        column: With a verdict, or of a graph of columns with exposure and origin.
    """
    if "verdict" in column:
        return STATES.get(column["verdict"])
    if column.get("origin") == "undeclared":
        return "unknown"
    if column.get("exposure") is None:
        return None
    return "exposed" if column["exposure"] in _SHOWING else "protected"


def classes_of(columns: Sequence[Mapping[str, Any]]) -> dict[Class, State]:
    """Return the classes of some columns, each with the worst that is known of it."""
    found: dict[Class, set[State]] = {}
    for column in columns:
        kind, state = class_of(column), state_of(column)
        if kind is not None and state is not None:
            found.setdefault(kind, set()).add(state)
    return {
        kind: next(state for state in _ORDER if state in found[kind])
        for kind in WORDS
        if kind in found
    }


def tell_columns(
    graph: nx.DiGraph,
    files: Mapping[str, Sequence[File]],
    known: Mapping[File, Sequence[Mapping[str, Any]]],
) -> None:
    """Add to each box its columns, and what they are to people.

    Boxes of one file get columns, and boxes of any files classes (class to "exposed", "unknown" or
    "protected").

    Args:
        graph: A graph of `neighbourhood`.
        files: The versions of files of each box, of `newest_versions`.
        known: Version to what is known of its columns, of `build_column_verdicts`.
    """
    for box, versions in files.items():
        data = graph.nodes[box]
        columns = [one for version in versions for one in known.get(version, ())]
        data["classes"] = classes_of(columns)
        if data["kind"] != "group":
            data["columns"] = columns


def tell_roles(graph: nx.DiGraph, known: Mapping[File, Sequence[Mapping[str, Any]]]) -> None:
    """Add to each node of a graph of columns what it is to people, and its classes."""
    for _, data in graph.nodes(data=True):
        if data["kind"] != "column":
            continue
        columns = known.get((data["uri"], data["sha256"]), ())
        named = [one for one in columns if one["column"] == data.get("column")]
        data |= {key: named[0][key] for key in ("role", "special_category", "tags") if named}
        data["classes"] = classes_of([data])
