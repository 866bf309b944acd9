"""Which runs of other tasks a task builds on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from projection_scenarios import failed, folded, of_run, started, succeeded

from lineage.events import RunArchived, RunImported
from projections.documents.dependencies import last_used_runs, latest_imported_run


def imported(year: int, *, is_success: bool = True) -> RunImported:
    """A run that was recorded elsewhere."""
    return RunImported(
        occurred_at=datetime(year, 1, 1, tzinfo=UTC),
        is_success=is_success,
        record={"task_type": "x"},
        source="log.json",
    )


def test_last_successful_use_of_each_task_counts() -> None:
    """A run that failed made no results, so what it used does not count."""
    with folded(
        of_run(started(upstream_runs={"t_a": "a1", "t_b": "b1"}), succeeded()),
        of_run(started(upstream_runs={"t_a": "a2"}), succeeded(), run="r2"),
        of_run(started(upstream_runs={"t_a": "a3"}), failed(), run="r3"),
        of_run(started(upstream_runs={"t_a": "a4"}), succeeded(), run="r4", task="t_2"),
    ) as history:
        assert last_used_runs(history.catalog, "t_1") == [
            {"task": "t_a", "used_run": "a2", "used_by": "r2"},
            {"task": "t_b", "used_run": "b1", "used_by": "r1"},
        ]


@pytest.mark.parametrize(("successful", "found"), [(False, "late"), (True, "early")])
def test_imported_run_that_happened_last_counts(successful: bool, found: str) -> None:  # noqa: FBT001  # a case
    """By the time of its record, not of the import; hidden and native runs are left out."""
    with folded(
        of_run(imported(2021, is_success=False), run="late"),
        of_run(imported(2020), run="early"),
        of_run(imported(2022), RunArchived(reason="removed"), run="hidden"),
        of_run(started(), succeeded(), run="native"),
    ) as history:
        assert latest_imported_run(history.catalog, "t_1", successful=successful) == found
        assert latest_imported_run(history.catalog, "t_2", successful=successful) is None
