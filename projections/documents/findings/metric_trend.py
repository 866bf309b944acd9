"""One metric over the runs of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from lineage.kernel.errors import MetricNotFoundError, TaskNotFoundError
from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

MOST_NAMED: Final = 5
"""Metrics that an error message lists."""

_SQL: Final = statements(__name__)


def build_metric_trend(catalog: Catalog, task_id: str, name: str, *, limit: int) -> Document:
    """Return the values of one metric over the runs of a task.

    Args:
        catalog: The catalog to query.
        task_id: Id of the task.
        name: The metric as reports name it: operation, category and name with dots between, or
            the end of that if no other metric ends so.
        limit: Maximum number of runs to list, latest first.

    Returns:
        A document with name (of the task), metric (its whole name), runs (oldest first, only
        those that recorded it: run_id, started_at, status, value and change, the difference from
        the run before that recorded it; null unless both are numbers), run_count and
        is_truncated. Archived runs are left out.

    Raises:
        TaskNotFoundError: No run of that task is on record.
        MetricNotFoundError: No or more than one metric fits the name.
    """
    if not catalog.value(_SQL["task"], [task_id]):
        raise TaskNotFoundError(
            f"task {task_id!r}", problem="not in the history", remedy="`lineage runs` lists them"
        )
    metrics = {_full_name(row): row for row in catalog.rows(_SQL["metrics"], [task_id])}
    found = _find(task_id, name, sorted(metrics))
    chosen = {
        "task": task_id,
        "metric": metrics[found]["metric"],
        "category": metrics[found]["category"],
        "operation": metrics[found]["operation_name"],
    }
    rows = catalog.rows(_SQL["values"], chosen | {"limit": limit})
    count = rows[0]["run_count"] if rows else 0
    return {
        "name": task_id,
        "metric": found,
        "runs": [_run(row) for row in reversed(rows)],
        "run_count": count,
        "is_truncated": count > len(rows),
    }


def build_metric_list(catalog: Catalog, task_id: str) -> list[str]:
    """Return the metrics that runs of a task recorded, as `build_metric_trend` takes them."""
    return sorted({_full_name(row) for row in catalog.rows(_SQL["metrics"], [task_id])})


def _find(task_id: str, name: str, known: Sequence[str]) -> str:
    if name in known:
        return name
    found = [whole for whole in known if whole.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise MetricNotFoundError(
            f"metric {name!r} of task {task_id}",
            problem=f"ambiguous, {len(found)} metrics end so",
            remedy=f"give one of {_listed(found)}",
        )
    ends = {".".join(whole.split(".")[n:]): whole for whole in known for n in (0, -2, -1)}
    close = dict.fromkeys(ends[near] for near in get_close_matches(name, ends, n=MOST_NAMED))
    raise MetricNotFoundError(
        f"metric {name!r} of task {task_id}",
        problem="not recorded",
        expected=f"one of {_listed([*close] or known)}" if known else "a task that records metrics",
        remedy=f"`lineage report {task_id}` lists them",
    )


def _full_name(row: Mapping[str, Any]) -> str:
    """Return a metric as reports name it."""
    parts = (row["operation_name"], row["category"], row["metric"].replace('"', ""))
    return ".".join(part for part in parts if part is not None)


def _run(row: Mapping[str, Any]) -> Document:
    value = row["text"] if row["number"] is None else row["number"]
    told = {key: row[key] for key in ("run_id", "started_at", "status")}
    return plain(told) | {"value": value, "change": row["change"]}


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
