"""Everything about one run."""

from __future__ import annotations

import json

import pytest
from projection_scenarios import (
    at,
    done,
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
from lineage.kernel.errors import RunNotFoundError
from lineage.kernel.values import document_text
from projections.documents.run_details import build_run_details


def test_details_hold_the_run_and_its_parts() -> None:
    """Each part has the rows of the run and of no other, in their order."""
    events = (
        operation(),
        read("in.csv"),
        wrote("out.csv"),
        metric("n", {"a": 1, "b": 2}),
        WarningRaised(operation=1, name="load", message="odd"),
        done(),
    )
    other = of_run(started(), read("other.csv"), metric("m", 3), run="r2")
    with folded(other, of_run(started(), *events, succeeded())) as history:
        details = build_run_details(history.catalog, "r1")

    assert (details["status"], details["started_at"]) == ("succeeded", at(4).isoformat())
    assert [row["name"] for row in details["operations"]] == ["load"]
    assert [row["uri"] for row in details["inputs"] + details["artifacts"]] == ["in.csv", "out.csv"]
    assert sorted(row["metric"] for row in details["metrics"]) == ["n.a", "n.b"]
    assert [row["message"] for row in details["messages"]] == ["odd"]


def test_details_are_json() -> None:
    """The details can be printed as they are."""
    with folded(of_run(started(), wrote("out.csv"), succeeded())) as history:
        details = build_run_details(history.catalog, "r1")

    assert json.loads(document_text(details)) == details


def test_unknown_run_has_no_details() -> None:
    """A run that nobody recorded is refused by its name."""
    with (
        folded() as history,
        pytest.raises(RunNotFoundError, match="run 'nobody': not recorded"),
    ):
        build_run_details(history.catalog, "nobody")
