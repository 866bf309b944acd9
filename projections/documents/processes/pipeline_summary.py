"""The latest run of each task of a pipeline: its outcome, files and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog

Document = dict[str, Any]

_SQL: Final = statements(__name__)


def build_pipeline_summary(catalog: Catalog, task_ids: Sequence[str]) -> Document:
    """Return the latest runs of a pipeline of tasks.

    Args:
        catalog: The catalog to query.
        task_ids: The tasks.

    Returns:
        A document with runs (the latest of each task: task_id, task_type, run_id, status,
        duration_s, events (a count), metrics (name to number), warnings (name of the operation,
        message); in the order they began), files
        (task_id, what (read or wrote), uri, format, row_count, size_bytes, sha256; in the order
        they were first recorded), run_count (all runs of the project) and position (of the last
        event).
    """
    runs = [
        row | {"metrics": {}, "warnings": []}
        for row in catalog.rows(_SQL["runs"], [list(task_ids)])
    ]
    by_id = {run["run_id"]: run for run in runs}
    for row in catalog.rows(_SQL["metrics"], [[*by_id]]):
        by_id[row["run_id"]]["metrics"][row["metric"]] = row["number"]
    for row in catalog.rows(_SQL["warnings"], [[*by_id]]):
        by_id[row.pop("run_id")]["warnings"].append(row)
    files = catalog.rows(_SQL["files"], {"runs": [*by_id]})
    for file in files:
        del file["first_position"]
    return {
        "runs": runs,
        "files": files,
        "run_count": catalog.value("select count(*) from runs"),
        "position": catalog.position,
    }
