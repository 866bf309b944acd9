"""Files of earlier runs that a run without success left in place."""

from __future__ import annotations

import pytest
from projection_scenarios import (
    Step,
    broken,
    digest,
    done,
    failed,
    folded,
    of_run,
    operation,
    started,
    succeeded,
    wrote,
)

from lineage.events import Event, OperationSkipped, RunInterrupted, RunRefused
from projections.documents.older_outputs import build_older_outputs

RELEASE = "DATA/processed/t_1/output/release.csv"
REFUSED = RunRefused(
    task_type="test",
    description="",
    report_path="r.json",
    reason="dependency",
    message="t_0 has not succeeded",
    depends_on="t_0",
    depends_on_run=None,
)


def made(run: str, *files: str) -> Step:
    """A run that succeeds and writes files, with its name as their content."""
    return of_run(
        started(), operation(), *(wrote(f, run) for f in files), done(), succeeded(), run=run
    )


def ended(*events: Event, run: str = "bad") -> Step:
    """A run that began and ended as the last event says."""
    return of_run(started(), *events, run=run)


def older(*steps: Step, run: str = "bad") -> list[tuple[str, str]]:
    """File and run of what is left in place."""
    with folded(*steps) as history:
        return [
            (file["uri"].rpartition("/")[2], file["run_id"])
            for file in build_older_outputs(history.catalog, run)
        ]


@pytest.mark.parametrize(
    "step",
    [
        ended(operation(), broken(), failed()),
        ended(RunInterrupted(reason="keyboard", detail="Ctrl-C")),
        of_run(REFUSED, run="bad"),
    ],
    ids=["failed", "interrupted", "refused"],
)
def test_older_file_is_named_with_its_run(step: Step) -> None:
    """A release that did not come about leaves the one before in the folder."""
    assert older(made("r1", RELEASE), made("r2", RELEASE), step) == [("release.csv", "r2")]


@pytest.mark.parametrize(
    "steps",
    [
        (made("r1", RELEASE), made("bad", RELEASE)),
        (made("r1", RELEASE), ended(operation(), wrote(RELEASE, "bad"), broken(), failed())),
        (made("r1", RELEASE), ended(failed()), made("r3", RELEASE)),
        (made("r1", "DATA/processed/t_1/metrics.json"), ended(failed())),
        (ended(failed()),),
    ],
    ids=["succeeded", "replaced", "replaced later", "not in output", "first run"],
)
def test_file_that_is_not_older_is_none(steps: tuple[Step, ...]) -> None:
    """What the run wrote itself, what was replaced since, and what lies elsewhere."""
    assert older(*steps) == []


def test_reused_file_is_a_result_of_the_run() -> None:
    """A resumed run stands for the files of the operations that it reused."""
    skipped = OperationSkipped(
        operation=1, name="load", reason="same", reused_run="r1", reused_operation=1
    )
    kept = RELEASE.replace("release", "kept")

    assert older(made("r1", RELEASE), made("r2", kept), ended(skipped, failed())) == [
        ("kept.csv", "r2")
    ]


def test_older_file_has_its_version_and_the_end_of_its_run() -> None:
    """So that the disk can be compared, and a reader knows what it is."""
    with folded(made("r1", RELEASE), ended(failed())) as history:
        (file,) = build_older_outputs(history.catalog, "bad")

    assert (file["sha256"], file["run_status"]) == (digest("r1"), "succeeded")
