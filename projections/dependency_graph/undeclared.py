"""Where column lineage ends because an operation declared none, and what it may hide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids
from projections.dependency_graph.search import Direction, Keys

Reply: TypeAlias = Literal["yes", "no", "unknown"]

_SQL: Final = statements(__name__)


def undeclared(
    catalog: Catalog, starts: Mapping[int, str], reached: list[int], direction: Direction
) -> list[str]:
    """Return the files at which a search for columns ended without an answer.

    Upstream: files that a run wrote, with a reached column without declared lineage. Downstream:
    tables made from a file with a reached column, without declared lineage.

    Args:
        catalog: The catalog to query.
        starts: The columns the search began with, by key.
        reached: The keys of all columns it found.
        direction: The direction of the search.
    """
    parts = [ids.parse_column(start) for start in starts.values()]
    files = [ids.dataset_id(uri, sha256) for uri, sha256, _ in parts]
    keys = {file: key for key, file in ids.keys_of(catalog, files).items()}
    values = {"keys": reached, "start_files": [keys[file] for file in files]}
    if direction == "upstream":
        rows = catalog.rows(_SQL["upstream"], values | {"starts": [*starts]})
    else:
        rows = catalog.rows(_SQL["downstream"], values)
    return [row["file"] for row in rows]


def undeclared_files(catalog: Catalog, among: Collection[str] | None = None) -> list[str]:
    """Return the written files of whose columns no operation declared anything.

    Args:
        catalog: The catalog to query.
        among: Ids of the files that are looked at; None for all.
    """
    if among is None:
        return [row["file"] for row in catalog.rows(_SQL["all"])]
    rows = undeclared_among(catalog, [*ids.keys_of(catalog, among)])
    return [row["file"] for row in rows if row["is_silent"]]


def undeclared_among(catalog: Catalog, keys: Sequence[int]) -> list[dict[str, Any]]:
    """Return those of some written files that have columns nobody declared.

    Args:
        catalog: The catalog to query.
        keys: The keys of the files.

    Returns:
        Objects with key, file (its id), columns (how many of them) and is_silent (whether nothing
        was declared of it, or some of its columns were not found).
    """
    return catalog.rows(_SQL["among"], {"keys": [*keys]})


def hiding(catalog: Catalog, starts: Keys, goals: Keys) -> list[str]:
    """Return the files by which columns may reach others, although no recorded path leads there.

    A column that nobody declared may come from any column that its operation read; from anywhere
    if that operation took no dataset.

    Args:
        catalog: The catalog to query.
        starts: Keys of the columns where a path would begin.
        goals: Keys of those where it would end.
    """
    rows = catalog.rows(_SQL["hidden"], {"starts": [*starts], "goals": [*goals]})
    return [row["file"] for row in rows]


def reply(*, is_found: bool, files: list[str]) -> Reply:
    """Return the answer to whether there is a path, from what was found and what hides others."""
    if files:
        return "unknown"
    return "yes" if is_found else "no"
