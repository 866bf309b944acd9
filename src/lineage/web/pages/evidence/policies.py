"""The policies: what they demand, the exceptions from them, and what they said last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from lineage.policies import declared
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.parts.cells import Words, time_of
from projections.pages.cells import Status, digest, more_than, table_of
from projections.pages.section import Section, counted, value_text
from projections.privacy.policy_list import build_policy_list

MOST: Final = 200
"""Rows of a table."""


def policies(asked: Asked) -> Page:
    """Show what is declared now, or was on record then, with waivers and the latest verdicts."""
    document = build_policy_list(asked.catalog)
    if asked.moment is None:
        rules = declared.load(asked.project.root)
        document["policies"], origin = rules.to_plain(), _origin(rules)
    else:
        on_record = document["declared"]
        document["policies"] = {} if on_record is None else on_record["policies"]
        origin = "As they were on record then."
    violated = sum(one["outcome"] == "violated" for one in document["verdicts"])
    judged = counted(len(document["verdicts"]), "verdict")
    return Page(
        title="Policies",
        lead=f"In force: {len(document['policies']):,}. {judged} on files, {violated:,} violated.",
        document=document,
        sections=[
            Section(
                title="Declared",
                texts=(origin,),
                tables=table_of(
                    ("policy", "kind", "demands", "severity", "why"),
                    [_policy(name, one) for name, one in document["policies"].items()],
                ),
            ),
            _waivers(asked, document["waivers"]),
            _verdicts(document["verdicts"]),
        ],
    )


def _origin(rules: declared.Policies) -> str:
    if rules.path is None:
        return "The default: declare your own in configs/policies.json."
    return f"Declared in configs/{rules.path.name}."


def _policy(name: str, one: Mapping[str, Any]) -> tuple[object, ...]:
    other = {key: one[key] for key in one if key not in {"kind", "severity", "rationale"}}
    demands = ", ".join(f"{key} {value_text(value)}" for key, value in other.items())
    return name, one["kind"], demands, one.get("severity", "block"), one.get("rationale")


def _waivers(asked: Asked, waivers: list[dict[str, Any]]) -> Section:
    now = asked.project.clock.now()
    rows = [
        (
            one["policy"],
            links.dataset(one["uri"]) if one["uri"] else "every file",
            Status(_state(one, now)),
            time_of(one["granted_at"]),
            time_of(one["ends_at"]),
            one["approver"],
            one["reason"],
        )
        for one in reversed(waivers)
    ]
    headings = ("policy", "for", "state", "granted", "ends", "allowed by", "why")
    nothing = (
        () if rows else (Words("No exception was allowed: `lineage policy waive` allows one."),)
    )
    return Section(title="Waivers", texts=nothing, tables=table_of(headings, rows))


def _state(waiver: Mapping[str, Any], now: datetime) -> str:
    if waiver["withdrawn_at"] is not None:
        return "withdrawn"
    return "over" if datetime.fromisoformat(waiver["ends_at"]) <= now else "in force"


def _verdicts(verdicts: list[dict[str, Any]]) -> Section:
    rows = [
        (
            links.dataset(one["uri"]),
            digest(one["sha256"]),
            one["policy"],
            Status(one["outcome"]),
            one["reason"] if not one["waiver"] else f"{one['reason']}; waived",
            time_of(one["judged_at"]),
            one["release_id"] and links.release(one["release_id"]),
            links.event(one["position"]),
        )
        for one in verdicts[:MOST]
    ]
    headings = ("file", "version", "policy", "outcome", "because", "judged", "release", "event")
    said = "No file was judged yet: `lineage policy check FILE` judges one."
    nothing = () if rows else (Words(said),)
    return Section(
        title="Latest verdicts",
        texts=nothing,
        tables=table_of(headings, rows, more=more_than(MOST, len(verdicts), "this page as JSON")),
    )
