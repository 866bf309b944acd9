"""One run: the same sections as its report, with links, and what can be done next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lineage.upkeep import liveness
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from projections.documents.run_lookup import find_run
from projections.pages.run_page import facts_of
from projections.pages.run_story import story
from projections.pages.run_workings import workings
from projections.pages.section import Facts, Section, counted


def run(asked: Asked) -> Page:
    """Show what a run read, did and wrote."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    facts = facts_of(asked.catalog, run_id)
    seen = liveness.of_run(asked.project, facts.run) if asked.moment is None else None
    return Page(
        title=f"{facts.run['task_id']}, run {run_id[:8]}",
        lead=_sentence(facts, None if seen is None else str(seen)),
        document=dict(facts.run),
        sections=[*story(facts), *workings(facts), _next(run_id)],
        values={"run": facts.run},
    )


def _next(run_id: str) -> Section:
    """Lead on from a run."""
    return Section(
        title="Compare",
        notes=(links.Link("With the run before", links.comparison(run_id)),),
    )


def _sentence(facts: Facts, seen: str | None) -> str:
    """Say in one sentence what a run did."""
    made, given = _names(facts.run["artifacts"]), _names(facts.run["inputs"])
    took = facts.run["duration_s"]
    parts = [
        f"{facts.run['task_id']} made {made}" if made else f"{facts.run['task_id']} wrote no file",
        f" from {given}" if given else "",
        f" in {took:,.2f} s" if took is not None else "",
        f"; {seen or facts.run['status']}",
    ]
    messages = [one["level"] for one in facts.run["messages"]]
    parts += [
        f"; {counted(messages.count(level), level)}"
        for level in ("error", "warning")
        if level in messages
    ]
    return "".join(parts) + "."


def _names(files: list[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(file["uri"].rpartition("/")[2] for file in files))
    more = len(names) - 2
    return ", ".join(names[:2]) + (f" and {more:,} more" if more > 0 else "")
