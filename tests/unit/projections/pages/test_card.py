"""Runs as cards."""

from __future__ import annotations

import pytest
from page_reader import HOSTILE, Page
from projection_scenarios import (
    digest,
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

from lineage.kernel.plain import plain
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.run_details import build_run_details
from projections.pages import run_card


def _card(name: str = "load", *, files: int = 1) -> Page:
    events = [started(description=name), operation(1, name), read(f"{name}.csv", "a")]
    events += [wrote(f"{number}.csv", name) for number in range(files)]
    events += [metric(name, 5), done(1), succeeded()]
    with folded(of_run(*events, task="t_1")) as history:
        return Page(run_card(build_run_details(history.catalog, "r1")))


def test_card_tells_what_a_run_did() -> None:
    """Task, status, files with the whole digest, operations and metrics are on the card."""
    card = _card()
    for told in ("t_1", "succeeded", "load.csv", "0.csv", "2026-01-01 00:00:00 UTC", "r1"):
        assert told in card.text
    assert digest("load") in [attributes.get("title") for _, attributes in card.tags]
    assert card.is_balanced


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_add_no_markup(name: str) -> None:
    """Whatever a run calls its things, the card has the same tags."""
    card = _card(name)
    assert card.names == _card().names
    assert plain(name) in card.text


def test_measured_risk_is_on_the_card() -> None:
    """What the numbers mean for a person is said."""
    risk = metric("after", {"risk": {"k": 5}})
    with folded(of_run(started(), risk, succeeded())) as history:
        effect = build_privacy_effect(history.catalog, "r1")
        details = build_run_details(history.catalog, "r1")
    card = Page(run_card(details | {"privacy_effect": effect}))
    assert "Everybody shares these values with at least 4 other people." in card.text


def test_many_files_are_bounded() -> None:
    """A card says how many files it leaves out, and which command lists them."""
    card = _card(files=12)
    assert "and 2 more: lineage show r1" in card.text
