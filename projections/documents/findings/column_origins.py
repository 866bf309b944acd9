"""Where the columns of the files that a run wrote came from, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.reuse import rows_behind

Document = dict[str, Any]

SOURCES: Final = 4
"""Sources of one column that are listed."""

_SQL: Final = statements(__name__)


def build_column_origins(
    catalog: Catalog, run_id: str, *, files: int, columns: int
) -> dict[str, Any]:
    """Return the sources of each column of the files that a run wrote.

    Args:
        catalog: The catalog to query; `Projector.of_run` is enough.
        run_id: Id of the run.
        files: Maximum files to list, in the order they were written.
        columns: Maximum columns to list of each, in file order.

    Returns:
        A document with files and file_count (of all files with recorded columns). Each file has
        uri, sha256, column_count and columns. Each column has column, known_by and sources.
        known_by is "declared" by the operation, "observed" (same content as the source),
        "assumed" (nothing declared; same name and type), "generated" (made from nothing that was
        read) or "unknown". Each source has uri, column, effect and is_direct (false: it only
        chose rows or values); source_count counts those that are not listed, too.
    """
    artifacts = [row for row in rows_behind(catalog, "artifacts", run_id) if row["columns"]]
    versions = {(row["uri"], row["sha256"]): row["columns"] for row in artifacts}
    listed = {version: names[:columns] for version, names in [*versions.items()][:files]}
    found = _sources(catalog, run_id, listed)
    return {
        "files": [
            {
                "uri": uri,
                "sha256": sha256,
                "column_count": len(versions[uri, sha256]),
                "columns": [_column(name, found.get((uri, sha256, name), [])) for name in names],
            }
            for (uri, sha256), names in listed.items()
        ],
        "file_count": len(versions),
    }


def _sources(
    catalog: Catalog, run_id: str, listed: Mapping[tuple[str, str | None], Sequence[str]]
) -> dict[tuple[str, str | None, str], list[Mapping[str, Any]]]:
    wanted = {
        "run": run_id,
        "uris": sorted({uri for uri, _ in listed}),
        "columns": sorted({name for names in listed.values() for name in names}),
        "sources": SOURCES,
    }
    found: dict[tuple[str, str | None, str], list[Mapping[str, Any]]] = {}
    for row in catalog.rows(_SQL["sources"], wanted):
        found.setdefault((row["uri"], row["sha256"], row["column_name"]), []).append(row)
    return found


def _column(name: str, rows: Sequence[Mapping[str, Any]]) -> Document:
    sources = [row for row in rows if row["source_column"] is not None]
    return {
        "column": name,
        "known_by": _known_by(rows, sources),
        "sources": [
            {
                "uri": row["source_uri"],
                "column": row["source_column"],
                "effect": row["effect"],
                "is_direct": row["is_direct"],
            }
            for row in sources
        ],
        "source_count": rows[0]["source_count"] if sources else 0,
    }


def _known_by(rows: Sequence[Mapping[str, Any]], sources: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "unknown"
    if not sources:
        return "generated"
    if any(row["is_assumed"] for row in sources):
        return "assumed"
    return "observed" if any(row.get("is_observed") for row in sources) else "declared"
