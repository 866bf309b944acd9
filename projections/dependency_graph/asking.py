"""Questions about lineage, from the names a person types to the graph that answers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import networkx as nx

from lineage.kernel import paths
from lineage.kernel.errors import DatasetNotFoundError
from lineage.kernel.storage import StorageOf
from projections.catalog import Catalog
from projections.catalog.file_states import file_state
from projections.dependency_graph.columns import column_graph, column_path, columns_between
from projections.dependency_graph.impacts import impact
from projections.dependency_graph.names import Found, find, find_columns
from projections.dependency_graph.questions import (
    Selection,
    around,
    between,
    dependency_graph,
    shortest_path,
)

Question: TypeAlias = Literal[
    "all", "upstream", "downstream", "around", "impact", "path", "between"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question about lineage.

    Attributes:
        question: all, upstream, downstream, around (both, of files only), impact (as a graph the
            same as downstream), path or between.
        names: What it is about, as typed: none for all, two for path and between, else one.
        columns: Whether a name that could be a file means its columns.
        depth: Maximum number of steps in a direction; None for no limit.
    """

    question: Question = "all"
    names: tuple[str, ...] = ()
    columns: bool = False
    depth: int | None = None


def ask(
    catalog: Catalog, asked: Asked, *, limit: int | None = None, root: Path | None = None
) -> nx.DiGraph:
    """Return the graph that answers a question.

    Args:
        catalog: The catalog to query.
        asked: The question.
        limit: Maximum number of nodes; None for no limit.
        root: The project folder if a name may be a path on this disk, else None.

    Returns:
        A graph as from `column_graph` for columns, else as from `dependency_graph`.

    Raises:
        DatasetNotFoundError: A name is unknown or ambiguous, or only one of two is a column.
    """
    found = _find_all(catalog, asked, root)
    is_columns = asked.columns or any(one.kind == "column" for one in found)
    if asked.question in {"path", "between"}:
        return _paths(catalog, asked.question, found, limit, is_columns=is_columns)
    if asked.question == "around":
        return _around(catalog, asked, found[0], limit, is_columns=is_columns)
    draw = column_graph if is_columns else dependency_graph
    return draw(
        catalog,
        Selection(
            starts=found[0].nodes if found else (),
            direction="upstream" if asked.question == "upstream" else "downstream",
            depth=asked.depth,
            limit=limit,
        ),
    )


def ask_impact(
    catalog: Catalog,
    asked: Asked,
    *,
    storage_of: StorageOf,
    limit: int | None = None,
    root: Path | None = None,
) -> tuple[Found, dict[str, Any]]:
    """Return what a name means, and what to recall and redo if it is bad.

    Args:
        catalog: The catalog to query.
        asked: The question, with one name.
        storage_of: The storage of each file (`Project.storage`).
        limit: Maximum number of files and of runs to list; None for all.
        root: As for `ask`.

    Returns:
        What the name means, and the document of `impact`, whose files also have on_disk (see
        `file_state`).

    Raises:
        DatasetNotFoundError: The name is unknown or ambiguous.
    """
    (found,) = _find_all(catalog, asked, root)
    document = impact(catalog, found.nodes, limit=limit)
    for file in document["files"]:
        file["on_disk"] = file_state(storage_of, file)
    return found, document


def recorded_name(root: Path, name: str) -> str:
    """Return a name with the path on disk that it begins with as recorded."""
    if os.path.lexists(name):  # tolerates names that are too long
        return paths.display(Path(name).absolute(), root)
    file, colon, column = name.rpartition(":")
    if colon and file and os.path.lexists(file):
        return f"{paths.display(Path(file).absolute(), root)}:{column}"
    return name


def _around(
    catalog: Catalog, asked: Asked, found: Found, limit: int | None, *, is_columns: bool
) -> nx.DiGraph:
    if is_columns:
        raise DatasetNotFoundError(
            f"name {asked.names[0]!r}",
            problem="it is a column",
            remedy="ask what lies upstream or downstream of it",
        )
    return around(catalog, found.nodes, depth=asked.depth, limit=limit)


def _paths(
    catalog: Catalog, question: str, found: Sequence[Found], limit: int | None, *, is_columns: bool
) -> nx.DiGraph:
    sources, targets = (one.nodes for one in found)
    if question == "path":
        return (column_path if is_columns else shortest_path)(catalog, sources, targets)
    return (columns_between if is_columns else between)(catalog, sources, targets, limit=limit)


def _find_all(catalog: Catalog, asked: Asked, root: Path | None) -> list[Found]:
    look = find_columns if asked.columns else find
    names = asked.names if root is None else [recorded_name(root, name) for name in asked.names]
    found = [look(catalog, name) for name in names]
    if len({one.kind == "column" for one in found}) > 1:
        raise DatasetNotFoundError(
            f"names {' and '.join(map(repr, asked.names))}",
            problem="one is a column, the other is not",
            remedy="use --columns to mean all columns of a file",
        )
    return found
