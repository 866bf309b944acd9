"""One run: its steps in time, the sections of its report with links, and what can be done next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lineage.tasks.lifecycle.resume_plan import build_resume_plan
from lineage.upkeep import liveness
from lineage.web import actions, links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.one_run import steps as run_steps
from projections.documents.findings.run_timeline import build_run_attempts, build_run_timeline
from projections.documents.report import build_report
from projections.documents.run_lookup import find_run
from projections.pages import run_workings
from projections.pages.cells import more_than, table_of
from projections.pages.run_page import facts_of, told_of
from projections.pages.run_story import story
from projections.pages.section import Facts, Section, counted, value_text

MOST_READ_BYTES: Final = 20_000_000
"""Files up to so many bytes are hashed for the page of a run; more on a page of its own."""

FIRST_ERROR: Final = "first-error"
_BAD: Final = frozenset({"error", "interrupted"})


def run(asked: Asked) -> Page:
    """Show what a run read, did and wrote."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    facts = told_of(asked.catalog, run_id)
    seen = liveness.of_run(asked.project, facts.run) if asked.moment is None else None
    planned = _plan(asked, facts) if _can_resume(asked, facts) else None
    unfolded = asked.number("unfold")
    timeline = build_run_timeline(
        asked.catalog, run_id, unfolded=() if unfolded is None else (unfolded,)
    )
    found = _attempts_of(asked, facts)
    about, *told = [_anchored(section) for section in story(facts)]
    sections = [
        run_steps.steps(facts, timeline),
        *_notes(facts),
        *run_steps.attempts(asked, timeline, found),
        *([] if planned is None else [_planned(planned)]),
        *told,
        about,
    ]
    return Page(
        title=f"{facts.run['task_id']}, run {run_id[:8]}",
        lead=_sentence(facts, None if seen is None else str(seen)),
        document={**facts.run, "timeline": timeline, "attempts": found, "resume_plan": planned},
        template="run.html",
        sections=sections,
        values={
            "run": facts.run,
            "workings": links.address("workings", id=run_id),
            "first_error": _first_error(sections, timeline),
            "ways": [
                *_ways(asked, facts, is_live=seen is not None and seen.status == "running"),
                *(_actions(asked, facts) if asked.may_change else ()),
            ],
        },
    )


def workings(asked: Asked) -> Page:
    """Show how a run worked: what a reviewer reads after its page, which takes longer to find."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    facts = facts_of(asked.catalog, run_id)
    *_, files = story(facts)
    drawn = Section(title="What the files were made from", graph=files.graph)
    parts = [*([drawn] if files.graph is not None else []), *run_workings.workings(facts)]
    return Page(
        title=f"{facts.run['task_id']}, run {run_id[:8]}, workings",
        lead=links.run(run_id, "The run"),
        document={
            "run_id": run_id,
            "configuration": facts.configuration,
            "columns": facts.origins,
            "report": facts.report,
        },
        template="workings.html",
        sections=[_headed(one) for one in parts],
    )


def report(asked: Asked) -> Page:
    """Show the report of a run as it stands at the moment that is asked for."""
    run_id = find_run(asked.catalog, asked.needed("id"), include_refused=False)
    facts = facts_of(asked.catalog, run_id)
    return Page(
        title=f"Report of {facts.run['task_id']}, run {run_id[:8]}",
        lead=links.run(run_id, "The run"),
        document=build_report(asked.catalog, run_id),
        sections=[_headed(one) for one in (*story(facts), *run_workings.workings(facts))],
    )


def plan(asked: Asked) -> Page:
    """Show what a resume of a run would do; its files are read and hashed."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    found = build_resume_plan(asked.project, asked.catalog, run_id)
    return Page(
        title=f"Resume of run {run_id[:8]}",
        lead=links.run(run_id, "The run"),
        document={"run_id": run_id, "resume_plan": found},
        sections=[_planned(found)]
        if found
        else [Section(title="What a resume would do", texts=["There is nothing to resume."])],
    )


def _can_resume(asked: Asked, facts: Facts) -> bool:
    is_open = facts.run["status"] in {"failed", "interrupted"} and not facts.run["resumed_by"]
    return asked.moment is None and is_open


def _plan(asked: Asked, facts: Facts) -> dict[str, Any] | None:
    """Return what a resume would do; None if too much would have to be read to tell."""
    files = [*facts.run["inputs"], *facts.run["artifacts"]]
    if sum(file["size_bytes"] or 0 for file in files) > MOST_READ_BYTES:
        return None
    return build_resume_plan(asked.project, asked.catalog, facts.name)


def _ways(asked: Asked, facts: Facts, *, is_live: bool) -> Iterator[links.Link]:
    run_id, ended = facts.run["run_id"], facts.run["ended_position"]
    if is_live:
        yield links.Link("Follow it live", links.address("live", id=run_id))
    if _can_resume(asked, facts):
        yield links.Link("What a resume would do", links.address("plan", id=run_id))
    yield links.Link("Event by event", links.address("replay", id=run_id))
    yield links.Link("Compare with the run before", links.comparison(run_id))
    yield links.Link("Its lineage", links.address("graph", run=run_id))
    if ended is not None and facts.run["status"] != "refused":
        at = {} if asked.moment is not None else {"at": ended}
        yield links.Link(
            "The report as it stood at the end", links.address("report", id=run_id, **at)
        )


def _actions(asked: Asked, facts: Facts) -> Iterator[links.Link]:
    run_id = facts.run["run_id"]
    yield actions.link("annotate", id=run_id)
    yield actions.link("restore" if facts.run["is_archived"] else "archive", id=run_id)
    if _can_resume(asked, facts):
        yield actions.link("resume", id=run_id)
    if facts.run["status"] == "succeeded" and not facts.run["is_imported"]:
        yield actions.link("rerun", id=run_id)


def _notes(facts: Facts) -> Iterator[Section]:
    said = facts.run["annotations"]
    if not said:
        return
    rows = [(key.replace("_", " "), value_text(value)) for key, value in said.items()]
    yield Section(title="What was said about it", tables=table_of(("what", "said"), rows))


def _attempts_of(asked: Asked, facts: Facts) -> list[dict[str, Any]]:
    """Return the attempts of a run; none if it is the only one."""
    if facts.run["resumes"] is None and facts.run["resumed_by"] is None:
        return []
    return build_run_attempts(asked.catalog, facts.name)


def _planned(plan: Mapping[str, Any]) -> Section:
    steps = plan["steps"]
    reused = sum(one["is_reused"] for one in steps)
    again = len(steps) - reused
    rows = [
        (one["operation"], one["name"], "reused" if one["is_reused"] else "again", one["reason"])
        for one in steps
    ]
    kept = plan["checkpoint"]
    notes = [f"Its last checkpoint is {kept['name']}."] if kept else []
    return Section(
        title="What a resume would do",
        texts=[f"{counted(reused, 'step')} would be reused, {again:,} executed again."],
        tables=table_of(
            ("step", "name", "would be", "because"),
            rows[: run_steps.MOST_ROWS],
            more=more_than(run_steps.MOST_ROWS, len(rows), "this page as JSON"),
        ),
        notes=[
            *notes,
            "Steps that the run did not reach are executed, too.",
            (
                "Code, parameters and configuration are compared when it begins; the run that "
                "resumes this one then says of each step what differed."
            ),
        ],
    )


def _headed(section: Section) -> Section:
    """Give columns of numbers a heading, which they have none of in a written report."""
    tables = [
        replace(table, headings=[heading or "number" for heading in table.headings])
        for table in section.tables
    ]
    return replace(section, tables=tables)


def _anchored(section: Section) -> Section:
    """Give the first error of a section an anchor."""
    errors = [number for number, one in enumerate(section.messages) if one.level == "error"]
    if not errors:
        return section
    messages = [*section.messages]
    messages[errors[0]] = replace(messages[errors[0]], anchor=FIRST_ERROR)
    return replace(section, messages=messages)


def _first_error(sections: Sequence[Section], timeline: Mapping[str, Any]) -> str | None:
    """Return what leads to the first error; None without one."""
    if any(one.anchor for section in sections for one in section.messages):
        return FIRST_ERROR
    has_failed = any(row["status"] in _BAD for row in timeline["rows"])
    return "section-1" if has_failed else None


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
