"""The policies, the exceptions from them, and what they said last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from asked_pages import Pages, pages_of
from release_project import OUT, after_one_run

from lineage.domain.policy import GrantWaiver
from lineage.events import WaiverGranted
from lineage.policies import declared, evaluation, on_record
from lineage.releases import door


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project whose result was judged, with a waiver for a year."""
    root = after_one_run(tmp_path_factory.mktemp("judged"), "name")
    with pages_of(root) as pages:
        project = pages.project
        path, sha256 = door.version_of(project, root / OUT)
        evaluation.record(project, evaluation.evaluate(project, path, sha256, recipient="nobody"))
        on_record.declare(project, declared.load(root))
        now = project.clock.now()
        granted = WaiverGranted(
            waiver="w1",
            policy="ten alike",
            uri=None,
            reason="a pilot",
            approver="board",
            until=now + timedelta(days=365),
        )
        on_record.policy_session(project).handle(GrantWaiver(granted=granted, now=now))
        yield pages


def test_policies_without_verdicts_say_how_to_judge(census: Pages) -> None:
    """They are those of the project file."""
    text = census.html("policies")

    assert "In force: 4." in text
    assert "k 10" in text
    assert "No file was judged yet" in text
    assert "No exception was allowed" in text


def test_verdicts_lead_to_the_files(judged: Pages) -> None:
    """Each policy has one verdict for the file, the latest."""
    verdicts = judged.json("policies")["verdicts"]

    assert {one["policy"]: one["outcome"] for one in verdicts}["known recipient"] == "violated"
    assert len(verdicts) == 4
    assert 'href="dataset?file=DATA%2Fprocessed' in judged.html("policies")


def test_waiver_is_in_force_until_its_end(judged: Pages) -> None:
    """Who allowed it, and why, are beside it."""
    text = judged.html("policies")

    assert "in force" in text
    assert "a pilot" in text
    assert judged.json("policies")["waivers"][0]["approver"] == "board"


def test_policies_of_the_past_are_those_on_record(judged: Pages) -> None:
    """Before the first event none were declared."""
    assert judged.json("policies", at=1)["policies"] == {}
    head = judged.project.ledger.head()
    assert len(judged.json("policies", at=head)["policies"]) == 4
