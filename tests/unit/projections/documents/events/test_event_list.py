"""The events of the ledger by time and type."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import Given, at, failed, folded, of_run, started, succeeded

from projections.documents.events.event_list import (
    EventFilter,
    build_event_days,
    build_event_list,
    build_event_types,
)


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Two runs, of which one failed."""
    with folded(
        of_run(started(), succeeded()), of_run(started(), failed(), run="r2", task="t_2")
    ) as given:
        yield given


@pytest.mark.parametrize(
    ("wanted", "positions"),
    [
        (EventFilter(), [4, 3, 2, 1]),
        (EventFilter(type="run.started"), [3, 1]),
        (EventFilter(type="run"), []),
        (EventFilter(text="T_2"), [4, 3]),
        (EventFilter(text="run:r1"), [2, 1]),
        (EventFilter(since=at(2), until=at(4)), [3, 2]),
    ],
)
def test_events_are_chosen(history: Given, wanted: EventFilter, positions: list[int]) -> None:
    """By type, text and time; until is not included."""
    found = build_event_list(history.catalog, wanted, limit=9)

    assert [one["position"] for one in found["events"]] == positions
    assert (found["total"], found["next_before"]) == (len(positions), None)


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_have_every_event_once(history: Given, limit: int) -> None:
    """Whatever their length."""
    positions: list[int] = []
    before = None
    while True:
        page = build_event_list(history.catalog, EventFilter(), before=before, limit=limit)
        positions += [one["position"] for one in page["events"]]
        before = page["next_before"]
        if before is None:
            break

    assert positions == [4, 3, 2, 1]
    assert page["total"] == 4


def test_days_without_an_event_are_counted_too(history: Given) -> None:
    """Up to the day of the last one; a run that failed is a failure."""
    days = build_event_days(history.catalog, days=2)

    assert [(one["events"], one["failures"]) for one in days] == [(0, 0), (4, 1)]
    assert days[-1]["day"] == at(1).date().isoformat()
    assert {one["type"]: one["events"] for one in build_event_types(history.catalog)} == {
        "run.failed": 1,
        "run.started": 2,
        "run.succeeded": 1,
    }


def test_history_without_events_has_no_days() -> None:
    """There is no last day to count up to."""
    with folded() as given:
        assert build_event_days(given.catalog, days=3) == []
