"""When the operations of a run began and ended, and the attempts that belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from lineage.kernel.packages.statements import statements
from projections.catalog.catalog import Catalog
from projections.documents.rows import plain

Document = dict[str, Any]

MOST_ATTEMPTS: Final = 20
"""Attempts that are listed, the latest."""

FOLDED_FROM: Final = 4
"""Operations alike, one after the other, that make one row."""

SERIOUSNESS: Final = ("error", "interrupted", "running", "warning", "success", "skipped")
"""States of operations; of several the first counts. Another word counts least."""

_OF_A_STEP: Final = (
    *("operation", "name", "class_name", "status", "duration_s", "retries"),
    *("reason", "message", "reused_run", "reused_operation"),
)
_SQL: Final = statements(__name__)
_DIGITS: Final = re.compile(r"\d+")


def build_run_timeline(
    catalog: Catalog,
    run: Mapping[str, Any],
    *,
    unfolded: Sequence[int] = (),
    folds: bool = True,
) -> Document:
    """Return the operations of a run in time.

    Args:
        catalog: The catalog to query.
        run: The run with its operations, see `projections.documents.run_details`.
        unfolded: Numbers of rows that are not to be folded.
        folds: Whether operations that are alike make one row.

    Returns:
        A document with run_id, span_s (seconds from the start of the run to its end, else to its
        last event) and rows. Of each row: number (from 0), name, count (operations in
        it), states (state to count, the most serious first), status (the first of them), begin_s
        and end_s (seconds from the start; end_s is None while one runs), duration_s (sum; None if
        none is known) and operations (all in it: operation, name, class_name, status, duration_s,
        retries, reason, message, reused_run and reused_operation as in the view `operations`, with
        begin_s and end_s).
    """
    began = datetime.fromisoformat(run["started_at"])
    steps = [_step(operation, began) for operation in run["operations"]]
    groups = [[*group] for _, group in groupby(steps, _kind)]
    rows: list[Document] = []
    for number, group in enumerate(groups):
        is_folded = folds and len(group) >= FOLDED_FROM and number not in unfolded
        rows += [
            _row(number, part) for part in ([group] if is_folded else [[one] for one in group])
        ]
    return {"run_id": run["run_id"], "span_s": _span_s(catalog, run, began), "rows": rows}


def build_run_attempts(catalog: Catalog, run_id: str) -> list[Document]:
    """Return a run with those that it resumes and those that resumed it, in the order they began.

    Args:
        catalog: The catalog to query.
        run_id: Id of the run.

    Returns:
        Of each run, at most the latest `MOST_ATTEMPTS`: run_id, status, started_at, ended_at,
        duration_s, message, resumes and resumed_by.
    """
    rows = catalog.rows(_SQL["attempts"], {"run": run_id, "most": MOST_ATTEMPTS})
    return [plain(one) for one in reversed(rows)]


def _step(operation: Mapping[str, Any], began: datetime) -> Document:
    return {key: operation[key] for key in _OF_A_STEP} | {
        "begin_s": _since(began, operation["started_at"]),
        "end_s": None if operation["ended_at"] is None else _since(began, operation["ended_at"]),
    }


def _span_s(catalog: Catalog, run: Mapping[str, Any], began: datetime) -> float:
    if run["ended_at"] is not None:
        return _since(began, run["ended_at"])
    last: datetime | None = catalog.value(_SQL["last_event"], [run["run_id"]])
    return 0.0 if last is None else _since(began, last.isoformat())


def _since(began: datetime, time: str) -> float:
    # a clock that was set back must not make it negative
    return max(0.0, round((datetime.fromisoformat(time) - began).total_seconds(), 3))


def _kind(step: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what operations that are alike share: the class, and the name but for its numbers."""
    return step["class_name"], _DIGITS.sub("#", step["name"] or ""), step["reused_run"] is not None


def _row(number: int, group: Sequence[Document]) -> Document:
    counts = Counter(step["status"] for step in group)
    states = {state: counts[state] for state in sorted(counts, key=_rank)}
    status = next(iter(states))
    ends = [step["end_s"] for step in group if step["status"] != "skipped"]
    durations = [step["duration_s"] for step in group if step["duration_s"] is not None]
    return {
        "number": number,
        "name": group[0]["name"],
        "count": len(group),
        "states": states,
        "status": status,
        "begin_s": min(step["begin_s"] for step in group),
        "end_s": None if None in ends else max(ends, default=group[0]["begin_s"]),
        "duration_s": sum(durations) if durations else None,
        "operations": [*group],
    }


def _rank(status: str) -> int:
    return SERIOUSNESS.index(status) if status in SERIOUSNESS else len(SERIOUSNESS)
