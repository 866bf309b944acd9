"""One event: its envelope, and its payload only if somebody asks."""

from __future__ import annotations

from asked_pages import Pages


def test_payload_is_withheld_until_it_is_asked_for(census: Pages) -> None:
    """Neither page nor document has it, and a link leads to the form that asks why."""
    plain = census.html("event", position=1)

    assert "<pre" not in plain
    assert "action?do=show" in plain
    assert census.json("event", position=1)["payload"] == "[withheld]"


def test_event_leads_to_its_run_and_its_neighbours(census: Pages) -> None:
    """Who recorded it, for which run, and what stands beside it."""
    run_id = census.json("runs")["runs"][0]["run_id"]
    position = census.project.catalog().value(
        "select max(position) from events where run_id = ?", [run_id]
    )
    text = census.html("event", position=position)

    assert f'href="run?id={run_id}"' in text
    assert f'href="event?position={position - 1}"' in text


def test_event_beyond_the_last_is_refused(census: Pages) -> None:
    """The answer says which is the last."""
    head = census.project.ledger.head()
    assert f"the last one is {head:,}" in census.html("event", 400, position=head + 1)


def test_without_a_position_the_last_event_is_shown(census: Pages) -> None:
    """At a moment it is the last one then."""
    assert census.json("event")["position"] == census.project.ledger.head()
    assert census.json("event", at=2)["position"] == 2
