"""The runs of a project, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

_SQL: Final = statements(__name__)
_MATCHING: Final = _SQL["matching"].removesuffix(";")
_LISTED: Final = (
    "run_id",
    "task_id",
    "status",
    "started_at",
    "duration_s",
    "message",
    "task_type",
    "is_imported",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What runs have to match; None for anything.

    Attributes:
        since: They began then or later.
        text: It is in their id, task, description or message, in capitals or not.
        file: They read or wrote a file with this text in its name.
    """

    since: datetime | None = None
    text: str | None = None
    file: str | None = None


def build_run_list(
    catalog: Catalog,
    *,
    task_id: str | None = None,
    status: str | None = None,
    also: RunFilter | None = None,
    before: int | None = None,
    limit: int | None = None,
    interrupted: Iterable[str] = (),
) -> Document:
    """Return the runs of a project.

    Args:
        catalog: The catalog to query.
        task_id: Only runs of this task; all when None.
        status: Only runs with this status: running, succeeded, failed, interrupted or refused;
            all when None.
        also: What else the runs have to match; nothing when None.
        before: Only list runs that began before this position, `next_before` of the page before;
            all when None. They are counted all the same.
        limit: Maximum number of runs to list, latest first; all when None.
        interrupted: Ids of open runs that count as interrupted where a status is asked for.

    Returns:
        A document with runs (run_id, task_id, status, started_at as ISO 8601 in UTC, duration_s,
        message, task_type, is_imported; newest first), total (number of matching runs),
        truncated (whether some of them are not listed) and next_before (for the next page; None
        on the last one).
    """
    wanted = {"task": task_id, "status": status, "interrupted": list(interrupted)}
    wanted |= asdict(also or RunFilter())
    total = catalog.value(f"select count(*) from ({_MATCHING})", wanted)  # noqa: S608  # ours
    rows = catalog.rows(
        f"from ({_MATCHING}) where $before is null or started_position < $before "
        "order by started_position desc limit $limit",
        wanted | {"before": before, "limit": None if limit is None else limit + 1},
    )
    listed = rows if limit is None else rows[:limit]
    return {
        "runs": [_listed(row) for row in listed],
        "total": total,
        "truncated": total > len(listed),
        "next_before": listed[-1]["started_position"] if len(rows) > len(listed) > 0 else None,
    }


def count_messages(catalog: Catalog, run_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many warnings and errors runs have; runs without any are left out.

    Args:
        catalog: The catalog to query.
        run_ids: The runs, a page of them.
    """
    rows = catalog.rows(_SQL["messages"], {"runs": list(run_ids)}) if run_ids else []
    return {row["run_id"]: (row["warnings"], row["errors"]) for row in rows}


def _listed(row: Document) -> Document:
    return plain({key: row[key] for key in _LISTED})
