"""One run at first sight: a sentence, what it did to risk, its steps, files and messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.upkeep import liveness
from lineage.web import actions, links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.one_run import messages, resume, steps
from lineage.web.pages.one_run.subjects import about_run
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.findings.run_messages import build_run_messages
from projections.documents.findings.run_timeline import build_run_timeline
from projections.documents.report import build_report
from projections.documents.run_details import build_run_details
from projections.documents.run_lookup import find_run
from projections.pages import run_story, run_workings
from projections.pages.cells import table_of
from projections.pages.run_page import facts_of
from projections.pages.section import Facts, Section, counted, value_text

MOST_STEPS: Final = 12
MOST_MESSAGES: Final = 5


def run(asked: Asked) -> Page:
    """Show the most important of a run; the rest is a click away."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    facts = Facts(
        run=build_run_details(
            asked.catalog, run_id, parts={"operations", "imports", "inputs", "artifacts"}
        ),
        effects=build_privacy_effect(asked.catalog, run_id),
    )
    said = build_run_messages(asked.catalog, run_id, are_errors_first=True, limit=MOST_MESSAGES)
    timeline = build_run_timeline(asked.catalog, facts.run)
    attempts = steps.attempts_of(asked, facts.run)
    seen = liveness.of_run(asked.project, facts.run) if asked.moment is None else None
    return about_run(
        facts.run,
        "run",
        lead=_sentence(facts, said, None if seen is None else str(seen)),
        document={
            **facts.run,
            "messages": said,
            "privacy_effect": [*facts.effects],
            "timeline": timeline,
            "attempts": attempts,
        },
        sections=[
            *([run_story.effect(facts)] if facts.effects else []),
            *_notes(facts),
            *steps.attempts(attempts, run_id),
            steps.timeline_of(facts.run, timeline, most=MOST_STEPS),
            *messages.first(said),
            run_story.files(facts),
            run_story.about(facts),
        ],
        ways=[
            *_ways(asked, facts, said, is_live=seen is not None and seen.status == "running"),
            *(_actions(asked, facts) if asked.may_change else ()),
        ],
    )


def report(asked: Asked) -> Page:
    """Show the report of a run as it stands at the moment that is asked for."""
    run_id = find_run(asked.catalog, asked.needed("id"), include_refused=False)
    facts = facts_of(asked.catalog, run_id)
    ended = facts.run["ended_position"]
    then = [] if ended is None or asked.moment is not None else [_at_the_end(run_id, ended)]
    return about_run(
        facts.run,
        "report",
        document=build_report(asked.catalog, run_id),
        sections=[*run_story.story(facts), *run_workings.workings(facts)],
        ways=then,
    )


def _ways(
    asked: Asked, facts: Facts, said: Mapping[str, Any], *, is_live: bool
) -> Iterator[links.Link]:
    run_id = facts.run["run_id"]
    if is_live:
        yield links.Link("Follow it live", links.address("live", id=run_id))
    if said["first_error"] is not None:
        yield messages.first_error(run_id, said["first_error"])
    if resume.can_resume(asked, facts.run):
        yield links.Link("What a resume would do", links.address("plan", id=run_id))
    yield links.Link("Compare with the run before", links.comparison(run_id))
    yield links.Link("Its lineage", links.address("graph", run=run_id))
    if facts.run["ended_position"] is not None and facts.run["status"] != "refused":
        yield _at_the_end(run_id, facts.run["ended_position"])


def _at_the_end(run_id: str, ended: int) -> links.Link:
    return links.Link(
        "The report as it stood at the end", links.address("report", id=run_id, at=ended)
    )


def _actions(asked: Asked, facts: Facts) -> Iterator[links.Link]:
    run_id = facts.run["run_id"]
    yield actions.link("annotate", id=run_id)
    yield actions.link("restore" if facts.run["is_archived"] else "archive", id=run_id)
    if resume.can_resume(asked, facts.run):
        yield actions.link("resume", id=run_id)
    if facts.run["status"] == "succeeded" and not facts.run["is_imported"]:
        yield actions.link("rerun", id=run_id)


def _notes(facts: Facts) -> Iterator[Section]:
    said = facts.run["annotations"]
    if not said:
        return
    rows = [(key.replace("_", " "), value_text(value)) for key, value in said.items()]
    yield Section(title="What was said about it", tables=table_of(("what", "said"), rows))


def _sentence(facts: Facts, said: Mapping[str, Any], seen: str | None) -> str:
    """Say in one sentence what a run did."""
    made, given = _names(facts.run["artifacts"]), _names(facts.run["inputs"])
    took = facts.run["duration_s"]
    parts = [
        f"{facts.run['task_id']} made {made}" if made else f"{facts.run['task_id']} wrote no file",
        f" from {given}" if given else "",
        f" in {took:,.2f} s" if took is not None else "",
        f"; {seen or facts.run['status']}",
        *(f"; {one}" for one in _anonymous(facts.effects)),
    ]
    counts = (("error", said["errors"]), ("warning", said["warnings"]))
    parts += [f"; {counted(count, level)}" for level, count in counts if count]
    return "".join(parts) + "."


def _anonymous(effects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield how anonymous people are in what was made, as measured last."""
    for effect in reversed(effects):
        found = [one["after"] for one in effect["measures"] if one["metric"] == "risk.k"]
        names = effect["quasi_identifiers"]
        if effect["is_comparison"] and found and found[0] is not None:
            among = f" in {counted(len(names), 'column')}" if names else ""
            yield f"{found[0]:,.0f}-anonymous{among}"
            return


def _names(files: list[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(file["uri"].rpartition("/")[2] for file in files))
    more = len(names) - 2
    return ", ".join(names[:2]) + (f" and {more:,} more" if more > 0 else "")
