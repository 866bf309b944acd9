"""The events of the ledger, and one of them: who recorded it, and what it says if that is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from lineage.kernel.values import document_text
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.parts.cells import time_of
from lineage.web.parts.charts import Chart, Point
from lineage.web.parts.filters import TIME_HINT, Choice, Field
from lineage.web.remembered import Remembered
from lineage.web.standing import standing
from projections.documents.events.event_details import build_event_details
from projections.documents.events.event_list import (
    EventFilter,
    build_event_days,
    build_event_list,
    build_event_types,
)
from projections.pages.cells import Code, Table, table_of
from projections.pages.section import Section, counted

ON_A_PAGE: Final = 50
DAYS: Final = 30
"""Days whose events are counted, up to the last event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Summary:
    """What is on record in all: events and failures a day, and the types."""

    days: Sequence[Mapping[str, Any]]
    types: Sequence[Mapping[str, Any]]


_summary: Remembered[_Summary] = Remembered()

_STATES: Final = {
    "readable": "",
    "erased": "The key of its stream was destroyed: nobody can read what happened.",
    "locked": "It is encrypted, and no master key is set: set LINEAGE_MASTER_KEY to read it.",
}


def events(asked: Asked) -> Page:
    """Show the events that match, a page of them, and how many there were a day."""
    given = {name: asked.text(name) for name in ("type", "text", "since", "until")}
    document = build_event_list(
        asked.catalog,
        EventFilter(
            type=given["type"],
            text=given["text"],
            since=asked.time("since"),
            until=asked.time("until"),
        ),
        before=asked.number("before"),
        limit=ON_A_PAGE,
    )
    known = _summary_of(asked)
    types = {one["type"]: f"{one['type']} ({one['events']:,})" for one in known.types}
    older = document["next_before"]
    return Page(
        title="Events",
        document=document | {"days": known.days, "types": known.types},
        template="list.html",
        values={
            "action": "events",
            "fields": [
                Choice(name="type", label="Type", value=given["type"], options=types),
                Field(name="text", label="Run, task or person", value=given["text"]),
                Field(name="since", label="Since", value=given["since"], hint=TIME_HINT),
                Field(name="until", label="Until", value=given["until"], hint=TIME_HINT),
            ],
            "said": _said(document, is_chosen=any(given.values())),
            "charts": () if any(given.values()) else _charts(known.days),
            "tables": _listed(document),
            "more": older
            and links.Link("Older events", links.address("events", **given, before=older)),
        },
    )


def _summary_of(asked: Asked) -> _Summary:
    """Return days and types; of the present they are found once for each position."""

    def find() -> _Summary:
        return _Summary(
            days=build_event_days(asked.catalog, days=DAYS), types=build_event_types(asked.catalog)
        )

    if asked.moment is not None:
        return find()
    return _summary.get(asked.project, asked.catalog.position, find)


def _said(document: Mapping[str, Any], *, is_chosen: bool) -> str:
    """Say how many match; that none does never reads like that there are none."""
    if document["total"]:
        match = (" matches" if document["total"] == 1 else " match") if is_chosen else ""
        return f"{counted(document['total'], 'event')}{match}, the latest first."
    return "No event matches; there are others." if is_chosen else "Nothing was recorded yet."


def _charts(days: Sequence[Mapping[str, Any]]) -> list[Chart]:
    titles = {
        "events": f"Events a day, the last {DAYS} days in UTC",
        "failures": "Runs a day that failed, were interrupted or refused",
    }
    if not days:
        return []
    return [
        Chart(
            title=title,
            points=[_point(one, key) for one in days],
            first=days[0]["day"],
            last=days[-1]["day"],
            kind="bar",
            noun="day",
        )
        for key, title in titles.items()
    ]


def _point(one: Mapping[str, Any], key: str) -> Point:
    day = date.fromisoformat(one["day"])
    count = one[key]
    until = (day + timedelta(days=1)).isoformat()
    return Point(
        value=float(count),
        status="failed" if key == "failures" and count else "",
        text=f"{one['day']}: {count:,}",
        href=links.address("events", since=f"{day}T00:00Z", until=f"{until}T00:00Z")
        if count
        else "",
    )


def _listed(document: Mapping[str, Any]) -> list[Table]:
    rows = [
        (
            links.event(one["position"]),
            Code(one["type"]),
            time_of(one["recorded_at"]),
            one["actor"],
            one["run_id"] and links.run(one["run_id"]),
            one["task_id"] and links.task(one["task_id"]),
            None if one["run_id"] else Code(one["stream"]),
        )
        for one in document["events"]
    ]
    headings = ("event", "type", "recorded", "by", "run", "task", "stream outside of runs")
    return table_of(headings, rows)


def event(asked: Asked) -> Page:
    """Show an event."""
    position = asked.number("position")
    position = asked.catalog.position if position is None else position
    found = build_event_details(asked.catalog, position, with_payload=True)
    seal = standing(asked.project)
    until = f"a signed head vouches for the events to {seal.until:,}" if seal.until else ""
    return Page(
        title=f"Event {position:,}",
        lead=f"{found['type']}, recorded by {found['actor']}.",
        document=found,
        template="event.html",
        sections=[
            Section(
                title="Envelope",
                tables=[Table(headings=("fact", "value"), rows=_facts(found))],
                notes=(
                    links.Link(
                        f"Proof: {until or 'no head was signed yet'}", links.address("proof")
                    ),
                    links.Link("Proof of this event", links.address("prove", name=position)),
                    links.Link("All events", links.address("events")),
                ),
            )
        ],
        values={
            "position": position,
            "said": _STATES[found["state"]],
            "payload": document_text(found["payload"]) if asked.showing.is_shown else None,
            "before": position > 1 and links.event(position - 1),
            "after": position < found["last"] and links.event(position + 1),
        },
    )


def _facts(found: Mapping[str, Any]) -> list[tuple[object, ...]]:
    facts = [
        ("Type", Code(found["type"])),
        ("Stream", Code(found["stream"])),
        ("Version in the stream", found["version"]),
        ("Version of the type", found["schema_version"]),
        ("Recorded", time_of(found["recorded_at"])),
        ("By", found["actor"]),
        ("Run", found["run_id"] and links.run(found["run_id"])),
        ("Task", found["task_id"] and links.task(found["task_id"])),
        ("Caused by", found["caused_by"] and links.event(found["caused_by"])),
    ]
    return [one for one in facts if one[1] is not None]
