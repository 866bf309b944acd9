"""Lists say what they show: runs, columns and events; and that none matches is not that none is."""

from __future__ import annotations

import pytest
from asked_pages import Pages


@pytest.mark.parametrize(
    ("page", "wanted", "said"),
    [
        ("runs", {"task": "nobody"}, "No run matches task nobody; 6 others are on record."),
        ("runs", {"file": "people_2026", "use": "wrote"}, "No run matches file wrote people_2026"),
        ("runs", {"file": "people_2026", "use": "read"}, "with file read people_2026"),
        ("runs", {"task": "", "text": ""}, "6 runs, newest first."),
        ("columns", {"text": "nothing"}, "No column matches"),
        ("events", {"text": "nobody"}, "No event matches; there are others."),
        ("events", {"type": "run.failed"}, "1 event matches"),
    ],
)
def test_list_says_what_matches(
    survey: Pages, page: str, wanted: dict[str, str], said: str
) -> None:
    """And what it is asked for stands in its fields."""
    assert said in survey.html(page, **wanted)


@pytest.mark.parametrize("page", ["runs", "columns", "events"])
def test_rows_follow_the_fields(survey: Pages, page: str) -> None:
    """Without a button, and an error takes the place of the rows."""
    text = survey.html(page)

    assert f'action="{page}" hx-get="{page}"' in text
    assert '<div id="rows"' in text
    assert 'id="rows"' in survey.html("runs", 400, since="no time")


def test_task_has_its_latest_runs_as_a_strip(survey: Pages) -> None:
    """How each ended is a word as well as a shape."""
    said = "1 succeeded, 1 failed, 1 interrupted of the latest 3"

    assert f'aria-label="{said}"' in survey.html("")
    assert said in survey.html("runs", task="t_count")


def test_columns_say_what_they_are_to_people(census: Pages) -> None:
    """By the classes that the project declares."""
    text = census.html("columns", role="direct_identifier")
    found = census.json("columns", role="direct_identifier")["columns"]

    assert [(one["uri"], one["column"]) for one in found] == [("DATA/raw/people.csv", "name")]
    assert "1 column of the" in text
    assert 'href="column?file=DATA%2Fraw%2Fpeople.csv&amp;column=name"' in text
    assert "one of direct_identifier" in census.html("columns", 400, role="no role")


def test_days_of_events_are_drawn_while_all_are_shown(survey: Pages) -> None:
    """A mark leads to the events of its day."""
    text = survey.html("events")

    assert "Events a day" in text
    assert 'href="events?since=2026-02-08T00%3A00Z&amp;until=2026-02-09T00%3A00Z"' in text
    assert "Events a day" not in survey.html("events", type="run.failed")
