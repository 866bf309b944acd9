"""What a person can ask about lineage, from the names they type to the graph that answers."""

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
from projections.dependency_graph.columns import column_graph, column_path, columns_between
from projections.dependency_graph.disk import file_state
from projections.dependency_graph.impact import impact
from projections.dependency_graph.names import Found, find, find_columns
from projections.dependency_graph.questions import (
    Selection,
    between,
    dependency_graph,
    shortest_path,
)

Question: TypeAlias = Literal["all", "upstream", "downstream", "impact", "path", "between"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked.

    Attributes:
        question: all, upstream, downstream, impact (as a graph the same as downstream), path or
            between.
        names: What it is about, as the person calls it: none for all, two for path and between,
            else one.
        columns: Whether columns are meant where a name alone could be a file.
        depth: The greatest number of steps up- or downstream; None for any.
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
        catalog: Where lineage is recorded.
        asked: The question.
        limit: The greatest number of nodes; None for any.
        root: The project, where a name may be a path on this disk; None where it may not.

    Returns:
        A graph as of `column_graph` if columns are asked for, else as of `dependency_graph`.

    Raises:
        DatasetNotFoundError: A name means nothing or several things, or one means a column and
            the other does not.
    """
    found = _find_all(catalog, asked, root)
    is_columns = asked.columns or any(one.kind == "column" for one in found)
    if asked.question in {"path", "between"}:
        return _ways(catalog, asked.question, found, limit, is_columns=is_columns)
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
    """Return what a name means, and what would have to be recalled and redone if it were bad.

    Args:
        catalog: Where lineage is recorded.
        asked: What is asked, with one name.
        storage_of: Where each file is (`Project.storage`).
        limit: The greatest number of files and of runs to list; None for all.
        root: As for `ask`.

    Returns:
        What is meant, and the document of `impact`; its files have on_disk, too, as
        `file_state` says.

    Raises:
        DatasetNotFoundError: The name means nothing or several things.
    """
    (found,) = _find_all(catalog, asked, root)
    document = impact(catalog, found.nodes, limit=limit)
    for file in document["files"]:
        file["on_disk"] = file_state(storage_of, file)
    return found, document


def _ways(
    catalog: Catalog, question: str, found: Sequence[Found], limit: int | None, *, is_columns: bool
) -> nx.DiGraph:
    sources, targets = (one.nodes for one in found)
    if question == "path":
        return (column_path if is_columns else shortest_path)(catalog, sources, targets)
    return (columns_between if is_columns else between)(catalog, sources, targets, limit=limit)


def _find_all(catalog: Catalog, asked: Asked, root: Path | None) -> list[Found]:
    look = find_columns if asked.columns else find
    names = asked.names if root is None else [_recorded(root, name) for name in asked.names]
    found = [look(catalog, name) for name in names]
    if len({one.kind == "column" for one in found}) > 1:
        raise DatasetNotFoundError(
            f"names {' and '.join(map(repr, asked.names))}",
            found="a column and something else",
            expected="two columns or none",
            remedy="--columns takes all columns of a file",
        )
    return found


def _recorded(root: Path, name: str) -> str:
    """Return a name as it is recorded, where it begins with a path on the disk."""
    if os.path.lexists(name):  # bears names that are too long
        return paths.display(Path(name).absolute(), root)
    file, colon, column = name.rpartition(":")
    if colon and file and os.path.lexists(file):
        return f"{paths.display(Path(file).absolute(), root)}:{column}"
    return name
