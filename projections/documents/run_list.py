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
_CHOICES: Final = {"tasks": _SQL["tasks"], "files": _SQL["files"], "tags": _SQL["tags"]}
_STATUS: Final = {
    "refused": "b.is_refused",
    "running": """not b.is_refused and not list_contains($interrupted::varchar[], b.run_id)
  and not exists (from run_endings e where e.run_id = b.run_id)""",
    "interrupted": """(list_contains($interrupted::varchar[], b.run_id)
  or b.run_id in (select run_id from run_endings where status = 'interrupted'))""",
}
_OTHER_STATUS: Final = "b.run_id in (select run_id from run_endings where status = $status)"
_CONDITIONS: Final = {
    "task": "b.task_id = $task",
    "since": "b.happened_at >= $since::timestamptz",
    "text": """(contains(lower(b.run_id), lower($text)) or contains(lower(b.task_id), lower($text))
  or contains(lower(b.description), lower($text)) or contains(lower(b.message), lower($text))
  or b.run_id in (
    select run_id
    from run_endings
    where (error is not null or detail is not null)
      and contains(lower(coalesce(error->>'$.message', detail)), lower($text))
  ))""",
    "until": "b.happened_at < $until::timestamptz",
    "file": """b.run_id in (
    select run_id from inputs where contains(uri, $file)
    union all
    select run_id from artifacts where contains(uri, $file)
  )""",
    "read": "b.run_id in (select run_id from inputs where contains(uri, $read))",
    "wrote": "b.run_id in (select run_id from artifacts where contains(uri, $wrote))",
    "tag": """b.run_id in (
    select run_id
    from run_annotations
    where list_contains(from_json(annotations->'$.tags', '["VARCHAR"]'), $tag)
  )""",
}
"""What is asked of a run; only what is asked for is part of a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What runs have to match; None for anything.

    Attributes:
        since: They began then or later.
        until: They began before.
        text: It is in their id, task, description or message, in capitals or not.
        file: They read or wrote a file with this text in its name.
        read: They read one.
        wrote: They wrote one.
        tag: They were given this tag.
    """

    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    file: str | None = None
    read: str | None = None
    wrote: str | None = None
    tag: str | None = None


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
    wanted = {"task": task_id, **asdict(also or RunFilter())}
    values = {key: value for key, value in wanted.items() if value is not None}
    conditions = [_CONDITIONS[key] for key in values]
    if status is not None:
        conditions.append(_STATUS.get(status, _OTHER_STATUS))
        values |= {"interrupted": [*interrupted]} if "$interrupted" in conditions[-1] else {}
        values |= {"status": status} if conditions[-1] == _OTHER_STATUS else {}
    where = " and ".join(conditions or ["true"])
    rows = catalog.rows(
        _SQL["page"].format(conditions=where),
        values | {"before": before, "limit": None if limit is None else limit + 1},
    )
    listed = rows if limit is None else rows[:limit]
    has_all = before is None and len(listed) == len(rows)
    total = len(rows) if has_all else catalog.value(_SQL["total"].format(conditions=where), values)
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


def build_run_choices(catalog: Catalog, *, most: int) -> Document:
    """Return what a filter of the run list can be set to.

    Args:
        catalog: The catalog to query.
        most: Maximum number of names of each kind, the last seen first.

    Returns:
        A document with tasks, files and tags, each a list of names.
    """
    return {
        kind: [row["name"] for row in catalog.rows(sql, {"most": most})]
        for kind, sql in _CHOICES.items()
    }


def build_latest_runs(catalog: Catalog, tasks: Sequence[str], *, most: int) -> Document:
    """Return the latest runs of some tasks.

    Args:
        catalog: The catalog to query.
        tasks: Ids of the tasks.
        most: Maximum number of runs of each.

    Returns:
        Task id to its runs, the oldest first: run_id, status, started_at (ISO 8601 in UTC) and
        duration_s (None while a run is open); a task without a run is left out.
    """
    found: dict[str, list[Document]] = {}
    for row in catalog.rows(_SQL["latest"], {"tasks": list(tasks), "most": most}) if tasks else ():
        found.setdefault(row.pop("task_id"), []).append(plain(row))
    return found


def _listed(row: Document) -> Document:
    return plain({key: value for key, value in row.items() if key != "started_position"})
