"""How a pipeline of tasks went the last time."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from projection_scenarios import (
    Given,
    done,
    failed,
    folded,
    metric,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import WarningRaised
from lineage.kernel.values import document_text
from projections.documents.processes.pipeline_summary import build_pipeline_summary


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Two tasks, the first of which ran twice, and one that is not asked for."""
    first = (operation(), read("a.csv"), read("a.csv"), wrote("b.parquet"), done())
    with folded(
        of_run(started(), failed(), task="t_1"),
        of_run(started(), *first, succeeded(), run="r2", task="t_1"),
        of_run(started(), metric("k", 5), metric("how", "well"), succeeded(), run="r3", task="t_2"),
        of_run(started(), wrote("other.csv", by=None), succeeded(), run="r4", task="t_3"),
    ) as given_history:
        yield given_history


def test_latest_run_of_each_task_is_told_with_its_numbers(history: Given) -> None:
    """In the order they began; a measure that is no number is left out."""
    document = build_pipeline_summary(history.catalog, ["t_2", "t_1"])
    told = [(run["run_id"], run["status"], run["events"]) for run in document["runs"]]

    assert told == [("r2", "succeeded", 7), ("r3", "succeeded", 4)]
    assert [run["metrics"] for run in document["runs"]] == [{}, {"k": 5.0}]
    assert (document["run_count"], document["position"]) == (4, history.catalog.position)


def test_warnings_of_each_run_are_told() -> None:
    """A summary of numbers does not leave out what they mean."""
    raised = WarningRaised(operation=None, name="Anonymize", message="l = 1", details={})
    with folded(of_run(started(), raised, succeeded(), task="t_1")) as history:
        (run,) = build_pipeline_summary(history.catalog, ["t_1"])["runs"]

    assert run["warnings"] == [{"name": "Anonymize", "message": "l = 1"}]


def test_files_of_these_runs_are_told_once(history: Given) -> None:
    """A file that was read twice is one file; those of other tasks are left out."""
    files = build_pipeline_summary(history.catalog, ["t_1", "t_2"])["files"]

    assert [(file["what"], file["uri"]) for file in files] == [
        ("read", "a.csv"),
        ("wrote", "b.parquet"),
    ]


def test_summary_is_json(history: Given) -> None:
    """The summary can be printed as it is, also of tasks that never ran."""
    for tasks in (["t_1", "t_2"], ["nobody"]):
        document = build_pipeline_summary(history.catalog, tasks)

        assert json.loads(document_text(document)) == document
