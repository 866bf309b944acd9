"""One event of the ledger: who recorded what when, and the payload if it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lineage.kernel.values import document_text
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from lineage.web.standing import standing
from projections.documents.event_details import build_event_details
from projections.pages.cells import Code, Table
from projections.pages.section import Section

_STATES: Final = {
    "readable": "",
    "erased": "The key of its stream was destroyed: nobody can read what happened.",
    "locked": "It is encrypted, and no master key is set: set LINEAGE_MASTER_KEY to read it.",
}


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
                notes=(links.Link(f"Proof: {until or 'no head was signed yet'}", "proof"),),
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
