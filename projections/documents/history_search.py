"""What in a history has a text in its name: runs, tasks, files, columns, releases and metrics."""

from __future__ import annotations

from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

KINDS: Final = ("tasks", "runs", "files", "columns", "releases", "metrics")
"""What is searched, in the order of the answer."""

_SQL: Final = statements(__name__)
_QUERIES: Final = {
    "tasks": _SQL["tasks"],
    "runs": _SQL["runs"],
    "files": _SQL["files"],
    "columns": _SQL["columns"],
    "releases": _SQL["releases"],
    "metrics": _SQL["metrics"],
}


def build_history_search(catalog: Catalog, text: str, *, limit: int) -> Document:
    """Return what has a text in its name, in capitals or not.

    A run is found by the beginning of its id and by the message it ended with, a file also by the
    beginning of a digest (6 characters are enough), a column also as file:column, a release by its
    id, files, purpose, recipient and approver. What has the name exactly comes first, then the
    latest.

    Args:
        catalog: The catalog to query.
        text: The text; nothing is found if it is empty.
        limit: Maximum number of each kind to list; they are counted all the same.

    Returns:
        A document with text, total (of all kinds) and for each of `KINDS` an object with found
        and total. What is found has name and detail: for a task its description, for a run and a
        metric its task, for a column and a release its file, for a file None; for a run and a
        release also at, ISO 8601 in UTC, for a release state.
    """
    wanted = {"text": text.strip().lower(), "limit": limit}
    answers = {kind: _found(catalog, _QUERIES[kind], wanted) for kind in KINDS}
    return {
        "text": text.strip(),
        "total": sum(answer["total"] for answer in answers.values()),
        **answers,
    }


def _found(catalog: Catalog, sql: str, wanted: dict[str, Any]) -> Document:
    rows = catalog.rows(sql, wanted) if wanted["text"] else []
    total = rows[0]["total"] if rows else 0
    shown = [{key: value for key, value in row.items() if key != "total"} for row in rows]
    return {"found": [plain(row) for row in shown], "total": total}
