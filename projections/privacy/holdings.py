"""What holds the data of a run or a file, or was made from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import Selection, dependency_graph, ids

_SQL: Final = statements(__name__)


class Version(NamedTuple):
    """A version of a file.

    Attributes:
        uri: The file as the history names it.
        sha256: Digest of its content; None if it is not known.
        run_id: A run that wrote it; None if none did.
    """

    uri: str
    sha256: str | None
    run_id: str | None = None


class Trace(NamedTuple):
    """A column of a file that has the values of another, or pseudonyms made of them.

    Attributes:
        version: The version of the file.
        column: The column.
        made_by: The steps that made the pseudonyms, the first one first; empty for the values
            themselves.
    """

    version: Version
    column: str
    made_by: tuple[MadeBy, ...]


class MadeBy(NamedTuple):
    """A step that made pseudonyms.

    Attributes:
        run_id: Its run.
        operation: Which operation of that run; None for the run as a whole.
        column: The column that it made them of.
    """

    run_id: str
    operation: int | None
    column: str


def written_by(catalog: Catalog, run_id: str) -> list[Version]:
    """Return the versions of files that a run wrote, by uri."""
    rows = catalog.rows(_SQL["of_run"], {"run_id": run_id})
    return [Version(row["uri"], row["sha256"], row["run_id"]) for row in rows]


def versions_of(catalog: Catalog, uri: str) -> list[Version]:
    """Return the versions of a file that are on record."""
    return [Version(**row) for row in catalog.rows(_SQL["of_file"], {"uri": uri})]


def versions_with(catalog: Catalog, column: str) -> list[Version]:
    """Return the versions of files that have a column of this name."""
    rows = catalog.rows(_SQL["versions"], {"column": column})
    return [Version(row["uri"], row["sha256"]) for row in rows]


def traces_of(catalog: Catalog, versions: Sequence[Version], column: str) -> list[Trace]:
    """Return the columns that have the values of a column, or pseudonyms, the column included.

    Args:
        catalog: The catalog.
        versions: Versions of files that have the column.
        column: Its name.
    """
    values = {
        "uris": [one.uri for one in versions],
        "digests": [one.sha256 for one in versions],
        "column": column,
    }
    return [
        Trace(
            Version(row["uri"], row["sha256"]),
            row["column_name"],
            tuple(MadeBy(*step.values()) for step in row["made_by"]),
        )
        for row in catalog.rows(_SQL["traces"], values)
    ]


def maker_of(catalog: Catalog, run_id: str, operation: int | None) -> dict[str, Any] | None:
    """Return class_name, name, parameters and details of an operation; None if it is unknown.

    Of one that was skipped, it is the one whose result it reused.
    """
    return catalog.row(_SQL["maker"], {"run_id": run_id, "operation": operation})


def released(catalog: Catalog) -> list[dict[str, Any]]:
    """Return release_uri, source_uri and sha256 of the releases that are there."""
    return catalog.rows(_SQL["released"])


def made_from(catalog: Catalog, versions: Iterable[Version]) -> list[Version]:
    """Return the versions of files that were made from others, directly or not, by uri."""
    starts = tuple(ids.dataset_id(one.uri, one.sha256) for one in versions)
    if not starts:
        return []
    graph = dependency_graph(catalog, Selection(starts=starts, direction="downstream"))
    found = [
        Version(node["uri"], node["sha256"], node["run_id"])
        for name, node in graph.nodes(data=True)
        if node["kind"] == "dataset" and name not in starts
    ]
    return sorted(found, key=lambda one: (one.uri, one.sha256 or ""))


def states_of(catalog: Catalog, run_id: str) -> list[tuple[str, str]]:
    """Return name and digest of the states of a run that are kept in files."""
    rows = catalog.rows(_SQL["checkpoints"], {"run_id": run_id})
    return [(row["name"], row["sha256"]) for row in rows]


def report_of(catalog: Catalog, run_id: str) -> str | None:
    """Return where the report of a run is exported; None if the run is unknown."""
    row = catalog.row(_SQL["report"], {"run_id": run_id})
    return None if row is None else row["report_path"]


def released_as(catalog: Catalog, digests: Sequence[str]) -> list[dict[str, Any]]:
    """Return release_id, release_uri and sha256 of releases of these contents."""
    return catalog.rows(_SQL["releases"], {"digests": list(digests)})


def smallest_groups(catalog: Catalog, digests: Sequence[str]) -> dict[str, int]:
    """Return the smallest k that was measured of each content, if any was."""
    rows = catalog.rows(_SQL["groups"], {"digests": list(digests)})
    return {row["sha256"]: row["k"] for row in rows}


def vaults(catalog: Catalog) -> list[dict[str, Any]]:
    """Return the vaults of pseudonyms that operations used.

    Returns:
        Objects with path and domain, as they were named, and key_id and key_path, None if the
        key was named otherwise.
    """
    return catalog.rows(_SQL["vaults"])
