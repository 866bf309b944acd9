"""Laws of resuming: wherever a run stops, taking it up ends in the report of one that did not."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.kernel.clock import SteppingClock
from ops import DataSource, OperationResult, ProgressTracker

STOPS = st.lists(st.integers(0, 3), max_size=3)
"""At which operation each run breaks off before the last one, which does not."""


class StopsError(Exception):
    """The end of an attempt."""


@dataclass(kw_only=True)
class Chained(CopyOperation):
    """Copies what the one before it wrote; breaks off where the test says."""

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Copy, warn, or break off."""
        if self.output == StoppingTask.stops_at:
            raise StopsError
        result = super().execute(data_source, task_dir, progress_tracker)
        result.metrics = {self.output: {"rows": 2}}
        result.warn(f"{self.output} is a copy")
        return result


class StoppingTask(SmallTask):
    """A chain of four copies."""

    stops_at = ""

    def configure_operations(self) -> None:
        """Let each operation read what the one before it wrote."""
        for number in range(4):
            source = f"copy_{number - 1}" if number else "people"
            self.add_operation(Chained(dataset=source, output=f"copy_{number}"))


def outcome(report: dict[str, Any]) -> dict[str, Any]:
    """What a report says of the result, not of the way to it."""
    return {
        "status": report["status"],
        "operations": [o["operation"] for o in report["operations"]],
        "artifacts": [(a["path"], a["sha256"], a["rows"]) for a in report["artifacts"]],
        "metrics": report["metrics"],
        "warnings": [(w["operation"], w["message"]) for w in report["warnings"]],
        "errors": report["errors"],
    }


def last_report(stops: list[int]) -> dict[str, Any]:
    """The report after these attempts and one that goes through."""
    with (
        tempfile.TemporaryDirectory() as folder,
        make_project(Path(folder), clock=SteppingClock()) as project,
    ):
        for stop in [*stops, None]:
            StoppingTask.stops_at = "" if stop is None else f"copy_{stop}"
            task = StoppingTask(project=project)
            task.run(resume=True)
        assert task.error is None
        return outcome(task.reporter.generate_report())


@cache
def report_without_a_stop() -> dict[str, Any]:
    """The report that every other one is compared with."""
    return last_report([])


@settings(max_examples=6)
@given(stops=STOPS)
def test_run_that_was_taken_up_ends_in_the_report_of_one_that_never_stopped(
    stops: list[int],
) -> None:
    """Artifacts, metrics, warnings and status do not tell how often it was taken up."""
    assert last_report(stops) == report_without_a_stop()


@pytest.mark.slow
@settings(max_examples=60)
@given(stops=STOPS)
def test_run_that_was_taken_up_in_any_way_ends_alike(stops: list[int]) -> None:
    """As above, for many more ways."""
    assert last_report(stops) == report_without_a_stop()
