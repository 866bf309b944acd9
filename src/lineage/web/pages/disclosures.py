"""Who was shown what pages withhold, when and why."""

from __future__ import annotations

from typing import Any, Final

from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from lineage.web.pages import querying
from projections.pages.cells import Code, more_than, table_of
from projections.pages.section import Section, counted
from projections.privacy.disclosure_list import build_disclosure_list, build_query_list

MOST: Final = 200
"""Rows of a table."""


def disclosures(asked: Asked) -> Page:
    """Show the times that somebody was shown values, and the questions in SQL."""
    found = build_disclosure_list(asked.catalog, limit=MOST)
    queries = build_query_list(asked.catalog, querying.actor_of(asked), limit=MOST)
    shown = [
        (
            time_of(one["recorded_at"]),
            one["actor"],
            f"{one['subject_kind']} {one['subject']}",
            one["page"],
            one["reason"],
            links.event(one["position"]),
        )
        for one in found["disclosures"]
    ]
    typed = [
        (
            time_of(one["recorded_at"]),
            one["actor"],
            "not shown: another person's" if one["statement"] is None else Code(one["statement"]),
            links.event(one["position"]),
        )
        for one in queries
    ]
    asked_by_sql = counted(found["query_total"], "question")
    return Page(
        title="Who was shown what",
        lead=f"Values were shown {_times(found['total'])}; {asked_by_sql} in SQL.",
        document={**found, "queries": queries},
        sections=[
            _section("Shown on request", ("when", "who", "what", "page", "why", "event"), shown),
            _section("Asked in SQL", ("when", "who", "question", "event"), typed),
        ],
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _section(title: str, headings: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Section:
    nothing = () if rows else ("Nobody asked yet.",)
    more = more_than(MOST, len(rows), "lineage query")
    return Section(title=title, texts=nothing, tables=table_of(headings, rows, more=more))
