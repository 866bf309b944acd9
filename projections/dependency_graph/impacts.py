"""What to recall and redo if something turns out to be bad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog import Catalog
from projections.dependency_graph import ids, search
from projections.dependency_graph.undeclared import reply, undeclared

Document = dict[str, Any]
_Affected = tuple[list[Document], list[Document], list[str], bool]
"""Files, steps (run_id, step), files that may be affected, too; whether it rests on assumptions."""

_SQL: Final = statements(__name__)


def impact(catalog: Catalog, starts: Sequence[str], *, limit: int | None = None) -> Document:
    """Return what was made from some nodes, directly or not.

    Args:
        catalog: The catalog to query.
        starts: Node ids of datasets, operations and runs, or of columns.
        limit: Maximum number of files and of runs to list; None for all.

    Returns:
        starts; files (dataset_id, uri, sha256, size_bytes, modified_at, run_id, task_id) to
        recall, runs (run_id, task_id, status, started_at) and tasks to redo, oldest first;
        file_count, operation_count, run_count and task_count, which are exact; undeclared: files
        that may be affected, too, because the operations that wrote them declared no column
        lineage; answer: "yes", "no" (nothing is affected) or "unknown" (there are undeclared
        files); is_assumed: whether the answer rests on assumed edges; is_truncated.
    """
    affected = _columns if ids.is_column(starts[0]) else _nodes
    files, steps, open_ends, is_assumed = affected(catalog, starts)
    runs = catalog.rows(_SQL["runs"], [sorted({row["run_id"] for row in steps})])
    tasks = list(dict.fromkeys(row["task_id"] for row in runs))
    return {
        "question": "impact",
        "starts": [*starts],
        "files": files[:limit],
        "runs": runs[:limit],
        "tasks": tasks,
        "file_count": len(files),
        "operation_count": sum(ids.kind_of(row["step"]) == "operation" for row in steps),
        "run_count": len(runs),
        "task_count": len(tasks),
        "undeclared": open_ends,
        "answer": reply(is_found=bool(files), files=open_ends),
        "is_assumed": is_assumed,
        "is_truncated": limit is not None and max(len(files), len(runs)) > limit,
    }


def _nodes(catalog: Catalog, starts: Sequence[str]) -> _Affected:
    start_keys = ids.keys_of(catalog, starts)
    keys = {"keys": search.reach(catalog, start_keys, "downstream").keys}
    files = catalog.rows(_SQL["files"], keys | {"starts": [*start_keys]})
    is_assumed = catalog.value(_SQL["is_assumed"].format(view="edges"), keys)
    return files, catalog.rows(_SQL["steps"], keys), [], is_assumed


def _columns(catalog: Catalog, starts: Sequence[str]) -> _Affected:
    start_keys = ids.column_keys_of(catalog, starts)
    reached = search.reach(catalog, start_keys, "downstream", view="column_steps").keys
    keys = {"keys": reached}
    made = [row["key"] for row in catalog.rows(_SQL["column_files"], keys)]
    files = catalog.rows(_SQL["files"], {"keys": made, "starts": []})
    open_ends = undeclared(catalog, start_keys, reached, "downstream")
    is_assumed = catalog.value(_SQL["is_assumed"].format(view="column_steps"), keys)
    return files, catalog.rows(_SQL["column_steps"], keys), open_ends, is_assumed
