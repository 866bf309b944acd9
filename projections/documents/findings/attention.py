"""What a person should look at: results out of date, broken policies, what is unfinished."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_attention(catalog: Catalog, *, most: int) -> Document:
    """Return what the history says that somebody should look at.

    A result is out of date if its task would write another one now: the run that wrote it read a
    file of which there is a newer version, or its task has another configuration or another code
    since. Results made from such a result are not counted until that is made again.

    Args:
        catalog: The catalog to query.
        most: Maximum number of results to list.

    Returns:
        A document with stale (total; and found, the last written first: uri, sha256, run_id,
        task_id, reason, which is "input", "configuration" or "code", and input, a file that was
        read and has changed, None for the other reasons), violations (verdicts: how many policies
        were violated by how many files when they were judged last, without a waiver; files; and
        released, those of them that were released), failed_runs, unfinished_erasures,
        unfinished_releases and locked_events (numbers).
    """
    stale = catalog.rows(_SQL["stale"], {"most": most})
    total = stale[0]["total"] if stale else 0
    counts = catalog.row(_SQL["counts"])
    assert counts is not None  # noqa: S101  # one row always
    return {
        "stale": {
            "total": total,
            "found": [{key: row[key] for key in row if key != "total"} for row in stale],
        },
        "violations": catalog.row(_SQL["violations"]),
        **counts,
    }


def latest_files(catalog: Catalog, *, most: int) -> list[str]:
    """Return the files that runs wrote and nobody erased, the last written first.

    Args:
        catalog: The catalog to query.
        most: Maximum number of files.
    """
    return [row["uri"] for row in catalog.rows(_SQL["latest_files"], {"most": most})]
