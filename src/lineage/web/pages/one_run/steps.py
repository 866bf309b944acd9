"""The steps of a run in time, what was another one for each, and the attempts they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Page
from lineage.web.pages.one_run import resume
from lineage.web.pages.one_run.subjects import about_run
from lineage.web.parts.cells import Bar, Listed, States, time_of
from projections.documents.findings.run_timeline import build_run_attempts, build_run_timeline
from projections.documents.findings.step_changes import build_step_changes
from projections.documents.run_details import build_run_details
from projections.documents.run_lookup import find_run, run_before
from projections.pages import run_workings
from projections.pages.cells import Status, Table, more_than, table_of, without_empty_columns
from projections.pages.section import Facts, Section, counted, value_text

MOST_ROWS: Final = 200
"""Rows of a timeline."""

MOST_CHANGES: Final = 8
"""Differences of one step."""

NOTHING_DIFFERS: Final = "nothing on record differs"


def steps(asked: Asked) -> Page:
    """Show what a run did in time, and for each step what differed from the run before."""
    run_id = find_run(asked.catalog, asked.needed("id"))
    run = build_run_details(asked.catalog, run_id, parts={"operations", "inputs", "artifacts"})
    unfolded = asked.number("unfold")
    timeline = build_run_timeline(
        asked.catalog, run, unfolded=() if unfolded is None else (unfolded,)
    )
    earlier = run["resumes"] or run_before(asked.catalog, run_id)
    changes = None if earlier is None else build_step_changes(asked.catalog, earlier, run_id)
    attempts = attempts_of(asked, run)
    plan = resume.quick_plan(asked, run)
    operations = run_workings.operations(Facts(run=run))
    return about_run(
        run,
        "run-steps",
        document={
            "run_id": run_id,
            "timeline": timeline,
            "changes": changes,
            "attempts": attempts,
            "resume_plan": plan,
            "operations": run["operations"],
        },
        sections=[
            timeline_of(run, timeline, most=MOST_ROWS, changes=changes),
            *both(asked, run, timeline),
            *([] if plan is None else [resume.planned(plan)]),
            replace(operations, title="Operations and parameters", is_folded=True),
        ],
    )


def timeline_of(
    run: Mapping[str, Any],
    timeline: Mapping[str, Any],
    *,
    most: int,
    changes: Mapping[str, Any] | None = None,
) -> Section:
    """Return the steps of a run in time, those alike as one row.

    Args:
        run: The run.
        timeline: See `build_run_timeline`.
        most: Maximum rows.
        changes: What differed for each step, see `build_step_changes`; None to leave that out.
    """
    rows, span = timeline["rows"], timeline["span_s"]
    headings = ["step", "name", "state", f"0 to {span:,.2f} s", "seconds", "note"]
    cells = [_step(run, row, span) for row in rows[:most]]
    texts: list[object] = [] if rows else ["The run recorded no operation."]
    is_whole = most >= MOST_ROWS
    if is_whole and rows and changes is None:
        texts.append("No earlier run of the task is on record to compare the steps with.")
    if changes is not None and rows:
        found = {one["operation"]: one for one in changes["steps"]}
        headings.append(f"other than in {changes['earlier'][: links.SHORT]}")
        cells = [
            (*row, _changes(found, of["operations"])) for row, of in zip(cells, rows, strict=False)
        ]
        texts.append(
            links.run(changes["earlier"], f"Compared with run {changes['earlier'][: links.SHORT]}")
        )
    all_of_them = links.Link(
        f"All {len(rows):,} rows, and what differed from the run before",
        links.address("run-steps", id=run["run_id"]),
    )
    return Section(
        title="Steps",
        texts=texts,
        tables=[
            without_empty_columns(table)
            for table in table_of(
                headings,
                cells,
                more=more_than(most, len(rows), "this page as JSON") if is_whole else "",
            )
        ],
        notes=[] if is_whole or len(rows) <= most else [all_of_them],
    )


def attempts(found: Sequence[Mapping[str, Any]], run_id: str) -> Iterator[Section]:
    """Yield the runs that belong together; nothing if there is only one.

    Args:
        found: See `build_run_attempts`.
        run_id: The run that the page is about.
    """
    if not found:
        return
    rows = [
        (
            f"{number}, this one" if one["run_id"] == run_id else str(number),
            links.run(one["run_id"]),
            Status(one["status"]),
            time_of(one["started_at"]),
            one["duration_s"],
            one["message"],
        )
        for number, one in enumerate(found, 1)
    ]
    yield Section(
        title="Attempts",
        texts=[f"{len(found):,} runs belong together."],
        tables=table_of(("attempt", "run", "state", "started", "seconds", "note"), rows),
    )


def attempts_of(asked: Asked, run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the attempts of a run; none if it is the only one."""
    if run["resumes"] is None and run["resumed_by"] is None:
        return []
    return build_run_attempts(asked.catalog, run["run_id"])


def both(asked: Asked, run: Mapping[str, Any], timeline: Mapping[str, Any]) -> Iterator[Section]:
    """Yield the steps of the attempt before and of this one, in one time without the pause."""
    if run["resumes"] is None:
        return
    before = build_run_details(asked.catalog, run["resumes"], parts={"operations"})
    earlier = build_run_timeline(asked.catalog, before)
    span = earlier["span_s"] + timeline["span_s"]
    rows = [*_lane("before", earlier, 0.0, span)]
    rows.append(("resumed here", "", "", None, ""))
    rows += _lane("again", timeline, earlier["span_s"], span)
    headings = ("attempt", "step", "both in time", "seconds", "state")
    yield Section(
        title="The attempt before and this one", tables=[Table(headings=headings, rows=rows)]
    )


def _step(run: Mapping[str, Any], row: Mapping[str, Any], span_s: float) -> tuple[object, ...]:
    end_s = span_s if row["end_s"] is None else row["end_s"]
    return (
        _numbers(row),
        _name(row),
        States(row["states"]),
        Bar(begin_s=row["begin_s"], end_s=end_s, span_s=span_s, status=row["status"]),
        row["duration_s"],
        _unfold(run, row) if row["count"] > 1 else _note(row["operations"][0]),
    )


def _numbers(row: Mapping[str, Any]) -> str:
    """Return which operations of the run a row is, from 1; nothing for steps of a program."""
    first, last = (row["operations"][at]["operation"] for at in (0, -1))
    if first is None:
        return ""
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _name(row: Mapping[str, Any]) -> str:
    return row["name"] if row["count"] == 1 else f"{row['name']} and {row['count'] - 1:,} more"


def _unfold(run: Mapping[str, Any], row: Mapping[str, Any]) -> links.Link:
    address = links.address("run-steps", id=run["run_id"], unfold=row["number"])
    return links.Link(f"all {row['count']:,}", address)


def _note(step: Mapping[str, Any]) -> object:
    if step["reused_run"] is not None:
        text = f"from run {step['reused_run'][:8]}: {step['reason']}"
        return links.run(step["reused_run"], text)
    is_again = step["reason"] is not None and step["status"] != "skipped"
    parts = [f"not reused: {step['reason']}" if is_again else "", step["message"] or ""]
    if step["retries"]:
        parts.append(counted(step["retries"], "retry"))
    return "; ".join(filter(None, parts)) or None


def _changes(
    found: Mapping[int, Mapping[str, Any]], operations: Sequence[Mapping[str, Any]]
) -> object:
    known = [found[one["operation"]] for one in operations if one["operation"] in found]
    if len(operations) > 1:
        other = sum(one["is_new"] or bool(one["changes"]) for one in known)
        return f"{other:,} of {len(operations):,} differ" if other else NOTHING_DIFFERS
    if not known:
        return "reused" if operations[0]["reused_run"] is not None else None
    (step,) = known
    if step["is_new"]:
        return "it had no such step"
    said = [_said(one) for one in step["changes"][:MOST_CHANGES]]
    more = more_than(MOST_CHANGES, len(step["changes"]), "this page as JSON")
    lines = [*said, *([more] if more else [])]
    return Listed(items=[(line,) for line in lines]) if lines else NOTHING_DIFFERS


def _said(change: Mapping[str, Any]) -> str:
    what, left, right = change["what"], change["left"], change["right"]
    match change["change"]:
        case "added":
            return f"{what}: {_value(right)}, before none"
        case "removed":
            return f"{what}: none, before {_value(left)}"
    if isinstance(left, dict) and {"uri", "sha256"} == left.keys() == right.keys():
        if left["uri"] == right["uri"]:
            return f"{what}: other content"
        return f"{what}: {right['uri']}, before {left['uri']}"
    return f"{what}: {_value(right)}, before {_value(left)}"


def _value(value: Any) -> str:
    if isinstance(value, dict) and {"uri", "sha256"} == value.keys():
        return str(value["uri"])
    return "none" if value is None else value_text(value)


def _lane(
    name: str, timeline: Mapping[str, Any], offset_s: float, span_s: float
) -> Iterator[tuple[object, ...]]:
    for row in timeline["rows"][:MOST_ROWS]:
        end_s = timeline["span_s"] if row["end_s"] is None else row["end_s"]
        reused = row["operations"][0]["reused_run"]
        yield (
            name,
            _name(row),
            Bar(
                begin_s=offset_s + row["begin_s"],
                end_s=offset_s + end_s,
                span_s=span_s,
                status=row["status"],
            ),
            row["duration_s"],
            links.run(reused, f"reused from {reused[:8]}") if reused else States(row["states"]),
        )
