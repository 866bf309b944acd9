"""The form of an action, the proposals that a person decides, and a command that was started."""

from __future__ import annotations

import shlex
from typing import Final

from markupsafe import escape

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import plain_lines
from lineage.policies import dictionary, on_record
from lineage.web import actions, commands, links, once
from lineage.web.asked import Asked
from lineage.web.cells import time_of
from lineage.web.page import Page
from projections.documents.privacy.proposals import build_classification_proposals
from projections.documents.run_lookup import find_run
from projections.pages.cells import Code, Status, Table, table_of
from projections.pages.section import Section, counted

_ABOUT: Final = {
    "rerun": "Exit code 0: every file has the recorded digest. 1: one differs, or it failed; the "
    "command itself, on a terminal, shows which rows, since these are data.",
}


def action(asked: Asked) -> Page:
    """Show the form of an action.

    Raises:
        ConfigurationError: There is no such action, this server only reads, or the past is asked
            for.
    """
    wanted = asked.needed("do")
    found = actions.action_of(wanted)
    if not asked.may_change:
        raise ConfigurationError(found.title, problem="this page only reads")
    given = {one.name: asked.text(one.name) or "" for one in found.fields}
    for one in found.fields:
        if one.kind == "given" and not given[one.name]:
            raise ConfigurationError(f"parameter {one.name!r}", problem="it is missing")
    if "id" in given:
        given["id"] = find_run(asked.catalog, given["id"])
    return Page(
        title=found.title,
        lead=found.about,
        document={"action": wanted, "fields": [one.name for one in found.fields], "given": given},
        template="action.html",
        sections=[*_exceptions(asked, given.get("policy"))],
        values={
            "name": wanted,
            "action": found,
            "given": given,
            "once": once.of(asked.project).token(),
        },
    )


def proposals(asked: Asked) -> Page:
    """Show the columns that profiles took for personal data, and what was decided of them."""
    declared = dictionary.declared(asked.project, asked.catalog, is_past=asked.moment is not None)
    found = build_classification_proposals(asked.catalog, declared)
    rows = []
    for one in found:
        about = {"dataset": one["dataset"], "column": one["column"]}
        confirm = actions.link("confirm", "confirm", **about, role=one["role"], **_class(one))
        is_open = asked.may_change and one["state"] != "declared"
        rows.append(
            (
                links.column(one["uri"], one["column"]),
                one["dataset"],
                one["role"],
                one["category"],
                Status(one["state"]),
                one["decided_by"],
                time_of(one["decided_at"]),
                one["reason"],
                *((confirm, actions.link("reject", "reject", **about)) if is_open else ("", "")),
            )
        )
    waiting = sum(one["state"] == "open" for one in found)
    headings = ("column", "dataset", "proposed", "class", "state", "by", "when", "because")
    tables = table_of((*headings, "yes", "no"), rows)
    return Page(
        title="Proposed classifications",
        lead=f"{counted(len(found), 'column')} looked like personal data; {waiting:,} not decided.",
        document={"proposals": found},
        sections=[Section(title="Columns", tables=tables)] if rows else [],
    )


def command(asked: Asked) -> Page:
    """Show a command that a page started: whether it runs, what it said, and its run."""
    found = commands.of(asked.project).get(asked.needed("key"))
    code, run_id = found.code, found.run_of(asked.project)
    state = "running" if code is None else "succeeded" if code == 0 else "failed"
    return Page(
        title=shlex.join(found.words),
        document={"words": found.words, "state": state, "exit_code": code, "run_id": run_id},
        template="command.html",
        values={
            "command": found,
            "state": state,
            "code": code,
            "run": run_id and links.run(run_id, "The run that it began"),
            "live": run_id
            and code is None
            and links.Link("Follow it live", links.address("live", id=run_id)),
            "said": escape(plain_lines(str(asked.showing.value(found.said())))),
            "about": _ABOUT.get(found.words[1], ""),
            "again": links.address("command", key=found.key),
        },
    )


def _class(one: dict[str, object]) -> dict[str, object]:
    return {"class": one["category"]} if one["category"] else {}


def _exceptions(asked: Asked, policy: str | None) -> list[Section]:
    """Return the exceptions from a policy that there are already."""
    if policy is None:
        return []
    state = on_record.policy_session(asked.project).state
    rows = [
        (Code(one.waiver), one.uri or "any file", one.until, one.approver, one.reason)
        for one in state.waivers
        if one.policy == policy
    ]
    table = Table(headings=("exception", "for", "until", "allowed by", "because"), rows=rows)
    return [Section(title="Exceptions from it so far", tables=[table])] if rows else []
