"""The runs of a project, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from projection_scenarios import Given, at, failed, folded, of_run, started, succeeded

from lineage.kernel.values import document_text
from projections.documents.run_list import build_run_list


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Three runs of one task and one of another, which is still open."""
    with folded(
        of_run(started(), succeeded()),
        of_run(started(), failed("no"), run="r2"),
        of_run(started(), succeeded(), run="r3"),
        of_run(started(), run="r4", task="t_2"),
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("wanted", "runs"),
    [
        ({}, ["r4", "r3", "r2", "r1"]),
        ({"task_id": "t_1"}, ["r3", "r2", "r1"]),
        ({"status": "running"}, ["r4"]),
        ({"task_id": "t_1", "status": "failed"}, ["r2"]),
        ({"task_id": "nobody"}, []),
    ],
)
def test_runs_are_chosen_by_task_and_status(
    history: Given, wanted: dict[str, str], runs: list[str]
) -> None:
    """What is not asked for is not counted either."""
    document = build_run_list(history.catalog, **wanted)

    assert [run["run_id"] for run in document["runs"]] == runs
    assert (document["total"], document["truncated"]) == (len(runs), False)


@pytest.mark.parametrize("limit", [0, 1])
def test_cut_list_says_how_many_runs_there_are(history: Given, limit: int) -> None:
    """A limit cuts the list, not the count."""
    document = build_run_list(history.catalog, task_id="t_1", limit=limit)

    assert len(document["runs"]) == limit
    assert (document["total"], document["truncated"]) == (3, True)


def test_run_is_told_in_one_line_of_json(history: Given) -> None:
    """The list can be printed as it is; times are in UTC."""
    document = build_run_list(history.catalog, status="failed")

    assert json.loads(document_text(document)) == document
    assert document["runs"] == [
        {
            "run_id": "r2",
            "task_id": "t_1",
            "status": "failed",
            "started_at": at(3).isoformat(),
            "duration_s": 2.0,
            "message": "no",
            "task_type": "profiling",
            "is_imported": False,
        }
    ]
