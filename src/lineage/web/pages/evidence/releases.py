"""What was released or refused, on whose decision, and what the policies said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError
from lineage.web import actions, links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.parts.cells import Words, time_of
from projections.pages.cells import Status, digest, table_of
from projections.pages.section import Section, counted, value_text
from projections.privacy.policy_list import build_policy_list
from projections.privacy.release_list import build_release_list


def releases(asked: Asked) -> Page:
    """Show every release that was asked for, the latest first."""
    found = build_release_list(asked.catalog)
    rows = [
        (
            links.release(one["release_id"]),
            Status(one["state"]),
            links.dataset(one["release_uri"] or one["source_uri"]),
            one["purpose"],
            one["recipient"],
            one["approver"],
            time_of(one["decided_at"]),
        )
        for one in reversed(found)
    ]
    headings = ("release", "state", "file", "purpose", "recipient", "decided by", "when")
    published = sum(one["state"] == "published" for one in found)
    refused = sum(one["state"] == "refused" for one in found)
    return Page(
        title="Releases",
        lead=f"{counted(published, 'file')} released, {refused:,} refused."
        if found
        else Words("Nothing was released yet: `lineage release FILE` is the one door."),
        document={"releases": found},
        sections=[
            *([Section(title="Decisions", tables=table_of(headings, rows))] if rows else []),
            Section(
                title="To hand out",
                notes=(
                    links.Link("Audit report", links.address("audit")),
                    links.Link("Policies and waivers", links.address("policies")),
                ),
            ),
        ],
    )


def release(asked: Asked) -> Page:
    """Show one decision with the verdict of each policy."""
    wanted = asked.needed("id")
    found = next(
        (one for one in build_release_list(asked.catalog) if one["release_id"] == wanted), None
    )
    if found is None:
        raise ConfigurationError(f"release {wanted!r}", problem="it is not on record")
    named = {one["waiver"] for one in found["evaluated"] if one["waiver"]}
    waivers = [one for one in build_policy_list(asked.catalog)["waivers"] if one["waiver"] in named]
    facts = [
        ("State", Status(found["state"])),
        ("Judged file", links.dataset(found["source_uri"])),
        ("Released as", found["release_uri"] and links.dataset(found["release_uri"])),
        ("SHA-256", digest(found["sha256"])),
        ("Purpose", found["purpose"]),
        ("Recipient", found["recipient"]),
        ("Decided by", found["approver"]),
        ("Decided", time_of(found["decided_at"])),
        ("In run", found["run_id"] and links.run(found["run_id"])),
        ("Withdrawn", time_of(found["withdrawn_at"])),
        ("Why it was withdrawn", found["withdrawn_because"]),
        ("Event", links.event(found["position"])),
    ]
    return Page(
        title=f"Release {wanted[: links.SHORT]}",
        lead=_lead(found),
        document=found | {"waivers": waivers},
        sections=[
            Section(
                title="The decision",
                tables=table_of(("fact", "value"), [one for one in facts if one[1] is not None]),
                notes=[*_evidence(found)],
            ),
            Section(
                title="What the policies said",
                tables=table_of(
                    (*_HEADINGS, *(["exception"] if asked.may_change else [])),
                    [
                        (*_policy(one), *(_waive(found, one) if asked.may_change else []))
                        for one in found["evaluated"]
                    ],
                ),
                texts=() if found["evaluated"] else ("No policy was in force.",),
            ),
            _waivers(waivers),
        ],
    )


_HEADINGS: Final = ("policy", "kind", "severity", "outcome", "required", "measured", "reason")


def _evidence(found: Mapping[str, Any]) -> Iterator[object]:
    """Yield what leads to what the decision was based on, and to what proves it."""
    file = links.address("dataset", file=found["source_uri"], sha256=found["sha256"])
    yield links.Link("What was measured of the file", file)
    yield links.Link("Its lineage", links.address("graph", file=found["source_uri"]))
    yield links.Link("Proof of the decision", links.address("prove", name=found["position"]))
    if found["run_id"]:
        audit = links.address("audit", run=found["run_id"])
        yield links.Link("Audit of the run that released it", audit)
    yield Words(
        f"`lineage bundle {found['release_id']}` packs all of it for an auditor: audit, report, "
        "proofs, and the program that checks them."
    )


def _waivers(waivers: list[dict[str, Any]]) -> Section:
    rows = [
        (
            one["policy"],
            one["approver"],
            one["reason"],
            time_of(one["granted_at"]),
            time_of(one["ends_at"]),
            time_of(one["withdrawn_at"]),
        )
        for one in waivers
    ]
    headings = ("policy", "allowed by", "why", "granted", "ends", "withdrawn")
    nothing = () if rows else ("No exception from a policy had a part in it.",)
    return Section(title="Waivers", texts=nothing, tables=table_of(headings, rows))


def _waive(found: Mapping[str, Any], one: Mapping[str, Any]) -> list[object]:
    """Return what leads to an exception, for a policy that is in the way."""
    if one["outcome"] == "passed" or one["waiver"]:
        return [None]
    return [actions.link("waive", "allow one", policy=one["policy"], file=found["source_uri"])]


def _policy(one: Mapping[str, Any]) -> tuple[object, ...]:
    values = [_said(one[key]) for key in ("required", "measured")]
    reason = one["reason"] if not one["waiver"] else f"{one['reason']}; waived: {one['waiver']}"
    return one["policy"], one["kind"], one["severity"], Status(one["outcome"]), *values, reason


def _said(facts: Any) -> str | None:
    """Return what a policy demands or found in words; None for nothing."""
    if not isinstance(facts, Mapping):
        return None if facts is None else value_text(facts)
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in facts.items())


def _value(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "none" if value == [] else value_text(value)


def _lead(found: Mapping[str, Any]) -> str:
    broken = ", ".join(found["violations"] or [])
    match found["state"]:
        case "refused":
            return f"Refused: it violates {broken}." if broken else "Refused."
        case "published":
            return f"Released to {found['recipient'] or 'nobody named'}; no policy blocks it."
        case state:
            return f"{state.capitalize()}."
