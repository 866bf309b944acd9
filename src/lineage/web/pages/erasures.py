"""What was erased and what could not be, and which files are kept past their period."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.erasure.retention import list_retention
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Words, time_of
from lineage.web.page import Page
from projections.pages.cells import Code, Status, digest, more_than, size, table_of
from projections.pages.section import Section, counted
from projections.privacy.erasure_list import (
    build_erasure,
    build_erasure_list,
    build_tombstones,
)

MOST: Final = 200
"""Rows of a table."""


def erasures(asked: Asked) -> Page:
    """Show every erasure that was planned, and the streams that cannot be read any more."""
    found = build_erasure_list(asked.catalog)
    stones = build_tombstones(asked.catalog)
    rows = [
        (
            links.erasure(one["erasure_id"]),
            one["kind"],
            _target(one),
            Status(one["state"]),
            f"{one['steps_ended']} of {one['steps']}",
            len(one["remaining"]),
            one["planned_by"],
            time_of(one["planned_at"]),
            one["reason"],
        )
        for one in reversed(found)
    ]
    headings = ("erasure", "what", "target", "state", "steps", "remaining", "by", "planned", "why")
    return Page(
        title="Erasures",
        lead=Words(_lead(found)),
        document={"erasures": found, "tombstones": stones},
        sections=[
            *([Section(title="Erasures", tables=table_of(headings, rows))] if rows else []),
            _tombstones(stones),
            Section(
                title="Periods",
                notes=(links.Link("Files and their periods", links.address("retention")),),
            ),
        ],
    )


def erasure(asked: Asked) -> Page:
    """Show one erasure: its plan, what came of each step, what remains, and the receipt."""
    found = build_erasure(asked.catalog, asked.needed("id"))
    facts = [
        ("State", Status(found["state"])),
        ("What", found["kind"]),
        ("Target", _target(found)),
        ("Why", found["reason"]),
        ("Planned", time_of(found["planned_at"])),
        ("By", found["planned_by"]),
        ("Completed", time_of(found["completed_at"])),
        ("Event", links.event(found["position"])),
    ]
    ended = f"{found['steps_ended']:,} of {counted(found['steps'], 'step')} ended"
    return Page(
        title=f"Erasure {found['erasure_id'][: links.SHORT]}",
        lead=f"{found['state'].capitalize()}: {ended}, "
        f"{counted(len(found['remaining']), 'thing')} could not be erased.",
        document=found,
        template="erasure.html",
        sections=[
            Section(
                title="What was asked for",
                tables=table_of(("fact", "value"), [one for one in facts if one[1] is not None]),
            ),
            *_plan(found),
        ],
        values={"receipt": found["receipt"]},
    )


def retention(asked: Asked) -> Page:
    """Show the files on the disk whose datasets have a declared period."""
    found = list_retention(asked.project, asked.catalog if asked.moment is None else None)
    rows = [
        (
            links.dataset(one["uri"]),
            one["dataset"],
            time_of(one["since"]),
            one["period"],
            time_of(one["ends_at"]),
            Status("over") if one["is_over"] else "within its period",
            size(one["size_bytes"]),
        )
        for one in found
    ]
    headings = ("file", "dataset", "since", "period", "ends", "now", "size")
    over = sum(one["is_over"] for one in found)
    nothing = (
        "No dataset with a declared period is on the disk: `retention` of a dataset in the "
        "project file declares one."
    )
    notes = [Words("`lineage erase dataset NAME` erases one, on record.")] if over else []
    return Page(
        title="Retention",
        lead=f"{over:,} of {counted(len(found), 'file')} past the period." if found else nothing,
        document={"files": found},
        sections=[
            Section(
                title="Files",
                texts=("This is as of now, on the disk.",) if asked.moment is not None else (),
                tables=table_of(headings, rows[:MOST], more=_more(rows, "lineage retention")),
                notes=notes,
            )
        ]
        if found
        else [],
    )


def _lead(found: list[dict[str, Any]]) -> str:
    if not found:
        return "Nothing was erased yet: `lineage erase run|dataset|subject` plans it first."
    left = sum(one["state"] != "completed" for one in found)
    finish = "; `lineage erase finish` finishes one" if left else ""
    return f"{counted(len(found), 'erasure')} on record, {left:,} unfinished{finish}."


def _target(one: Mapping[str, Any]) -> object:
    """Return what was erased; of a person the history has a keyed digest only."""
    match one["kind"]:
        case "run":
            return links.run(one["target"])
        case "dataset":
            return links.dataset(one["target"])
    return Code(one["target"][: links.SHORT], one["target"])


def _plan(found: Mapping[str, Any]) -> Iterator[Section]:
    rows = [
        (
            step["number"],
            step["action"].replace("_", " "),
            step["subject"],
            Code(step["uri"]) if step["uri"] else None,
            digest(step["sha256"]) if step["sha256"] else None,
            Status(step["outcome"] or "not ended"),
            step["reason"],
        )
        for step in found["plan"]
    ]
    headings = ("step", "action", "what", "where", "version", "outcome", "why")
    more = _more(rows, "this page as JSON")
    yield Section(title="The plan", tables=table_of(headings, rows[:MOST], more=more))
    if found["remaining"]:
        left = [(text,) for text in found["remaining"]]
        yield Section(title="What could not be erased", tables=table_of(("what, and why",), left))


def _tombstones(stones: list[dict[str, Any]]) -> Section:
    rows = [
        (
            Code(one["stream"]),
            one["events"],
            time_of(one["first_at"]),
            time_of(one["last_at"]),
            one["run_id"] and links.run(one["run_id"]),
            one["task_id"] and links.task(one["task_id"]),
        )
        for one in stones
    ]
    headings = ("stream", "events", "first", "last", "run", "task")
    said = (
        "The keys of these streams were destroyed. Their events stay in the ledger, so that seals "
        "and proofs hold, but nobody can read them."
        if rows
        else "No stream of events lost its key."
    )
    more = _more(rows, "this page as JSON")
    return Section(
        title="Tombstones", texts=(said,), tables=table_of(headings, rows[:MOST], more=more)
    )


def _more(rows: Sequence[object], all_by: str) -> str:
    return more_than(MOST, len(rows), all_by)
