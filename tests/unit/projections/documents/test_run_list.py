"""The runs of a project, newest first."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from projection_scenarios import (
    Given,
    at,
    failed,
    folded,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import RunAnnotated
from lineage.kernel.values import document_text
from projections.documents.run_list import RunFilter, build_run_choices, build_run_list


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Three runs of one task and one of another, which is still open."""
    with folded(
        of_run(started(), operation(), read("in.csv"), wrote("out_50%.csv"), succeeded()),
        of_run(RunAnnotated(changes={"tags": ["checked"]})),
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
            "started_at": at(7).isoformat(),
            "duration_s": 2.0,
            "message": "no",
            "task_type": "profiling",
            "is_imported": False,
        }
    ]


@pytest.mark.parametrize(
    ("also", "runs"),
    [
        (RunFilter(file="in.csv"), ["r1"]),
        (RunFilter(file="50%"), ["r1"]),
        (RunFilter(file="5__.csv"), []),
        (RunFilter(tag="checked"), ["r1"]),
        (RunFilter(tag="check"), []),
        (RunFilter(text="NO", file=None), ["r2"]),
        (RunFilter(text="T_2"), ["r4"]),
        (RunFilter(text="no", tag="checked"), []),
    ],
)
def test_runs_are_chosen_by_what_else_they_have(
    history: Given, also: RunFilter, runs: list[str]
) -> None:
    """A text is looked for as it is; a tag is the whole of it."""
    document = build_run_list(history.catalog, also=also)

    assert [run["run_id"] for run in document["runs"]] == runs


def test_pages_lead_on_and_count_all(history: Given) -> None:
    """Each page says how many there are on all of them."""
    first = build_run_list(history.catalog, limit=3)
    last = build_run_list(history.catalog, limit=3, before=first["next_before"])

    assert [run["run_id"] for run in first["runs"] + last["runs"]] == ["r4", "r3", "r2", "r1"]
    assert (first["total"], last["total"], last["next_before"]) == (4, 4, None)


def test_dead_run_counts_as_interrupted(history: Given) -> None:
    """What is seen of an open run now counts, not what the record has."""
    for status, runs in (("interrupted", ["r4"]), ("running", [])):
        document = build_run_list(history.catalog, status=status, interrupted=["r4"])
        assert [run["run_id"] for run in document["runs"]] == runs


def test_choices_are_the_latest_names(history: Given) -> None:
    """What a field proposes can be asked for."""
    assert build_run_choices(history.catalog, most=2) == {
        "tasks": ["t_2", "t_1"],
        "files": ["out_50%.csv", "in.csv"],
        "tags": ["checked"],
    }
