"""A run as it happened: each event with the state after it, a page of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice, takewhile
from typing import Any, Final

from lineage.kernel.values import to_json
from lineage.ledger.envelope import RecordedEvent
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.one_run.subjects import about_run
from projections.documents import replay as replaying
from projections.documents.replay import ReplayState, Step
from projections.documents.run_details import build_run_details
from projections.documents.run_lookup import find_run
from projections.pages import replay_lines
from projections.pages.cells import Table, Time
from projections.pages.section import Section

ON_A_PAGE: Final = 100


def replay(asked: Asked) -> Page:
    """Show events of a run, none after the moment that is asked for."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    after = asked.number("after") or 0
    steps = [*islice(_known(asked, run_id), after, after + ON_A_PAGE + 1)]
    shown = [
        (recorded, asked.showing.state(state), asked.showing.payload(recorded))
        for recorded, state in steps[:ON_A_PAGE]
    ]
    has_more = len(steps) > ON_A_PAGE
    earlier = [_page(run_id, max(after - ON_A_PAGE, 0), "Earlier events")] if after else []
    later = [_page(run_id, after + ON_A_PAGE, "Later events")] if has_more else []
    headings = ("number", "seconds", "at", "event", "what", "state of the run then", "as it was")
    rows = [_row(run_id, step) for step in shown]
    documents: list[dict[str, Any]] = [replay_lines.document(*step) for step in shown]
    return about_run(
        build_run_details(asked.catalog, run_id, parts=()),
        "replay",
        document={"run_id": run_id, "steps": to_json(documents), "truncated": has_more},
        sections=[
            Section(
                title="Events",
                texts=[*earlier] if rows else ["There are no more events."],
                tables=[Table(headings=headings, rows=rows)] if rows else [],
                notes=later,
            )
        ],
    )


def _known(asked: Asked, run_id: str) -> Iterator[Step]:
    last = asked.catalog.position
    steps = replaying.replay(asked.project, run_id)
    known = takewhile(lambda step: (step[0].position or 0) <= last, steps)
    return map(partial(_noted, asked), known)


def _noted(asked: Asked, step: Step) -> Step:
    asked.showing.veil.note(step[0])
    return step


def _row(
    run_id: str, step: tuple[RecordedEvent, ReplayState, Mapping[str, Any]]
) -> tuple[object, ...]:
    recorded, state, payload = step
    return (
        recorded.version,
        state.elapsed_s,
        Time(recorded.recorded_at.isoformat()),
        recorded.event.TOPIC,
        replay_lines.said(recorded, payload),
        replay_lines.summary(state),
        links.Link("then", links.address("run", id=run_id, at=recorded.position)),
    )


def _page(run_id: str, after: int, text: str) -> links.Link:
    return links.Link(text, links.address("replay", id=run_id, after=after))
