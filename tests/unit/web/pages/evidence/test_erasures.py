"""What was erased and could not be, and what is kept past its period."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asked_pages import Pages, pages_of
from release_project import after_one_run

from lineage.erasure import execution, planning


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project whose people were erased."""
    root = after_one_run(tmp_path_factory.mktemp("erased"), "name")
    with pages_of(root) as pages:
        project = pages.project
        steps = planning.plan_dataset(project, "people")
        uri = planning.uri_of(project, "people")
        begun = execution.begin(project, "dataset", uri, reason="<i>over</i>", steps=steps)
        execution.carry_out(project, begun)
        yield pages


def test_without_erasures_the_pages_say_how_one_begins(census: Pages) -> None:
    """Nothing is not the same as an empty page."""
    text = census.html("erasures")

    assert "Nothing was erased yet" in text
    assert "No stream of events lost its key." in text
    assert census.json("erasures") == {"erasures": [], "tombstones": []}


def test_unknown_erasure_is_refused(census: Pages) -> None:
    """The answer says how to find one."""
    assert "lineage erase list" in census.html("erasure", 400, id="nobody")


def test_files_with_a_period_are_listed(census: Pages) -> None:
    """The period of the people is one year, and has not ended."""
    (file,) = census.json("retention")["files"]

    assert (file["uri"], file["period"], file["is_over"]) == ("DATA/raw/people.csv", "P1Y", False)
    assert "0 of 1 file past the period." in census.html("retention")


def test_erasure_shows_plan_outcomes_and_receipt(erased: Pages) -> None:
    """What was asked for and what came of it are on one page, and the list leads to it."""
    (one,) = erased.json("erasures")["erasures"]
    document = erased.json("erasure", id=one["erasure_id"][:8])
    text = erased.html("erasure", id=one["erasure_id"])

    assert (document["state"], document["target"]) == ("completed", "DATA/raw/people.csv")
    assert {step["outcome"] for step in document["plan"]} <= {"done", "kept"}
    assert document["receipt"].splitlines()[0] in text
    assert "&lt;i&gt;over&lt;/i&gt;" in text
    assert f'href="erasure?id={one["erasure_id"]}"' in erased.html("erasures")
