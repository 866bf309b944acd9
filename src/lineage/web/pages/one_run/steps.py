"""The steps of a run in time, and those of the attempt before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.cells import Bar, States, time_of
from projections.documents.findings.run_timeline import build_run_timeline
from projections.documents.run_details import build_run_details
from projections.pages.cells import Status, Table, more_than, table_of
from projections.pages.section import Facts, Section, counted

MOST_ROWS: Final = 200
"""Rows of a timeline."""


def steps(facts: Facts, timeline: Mapping[str, Any]) -> Section:
    """Show the steps of a run in time, those alike as one row."""
    rows = timeline["rows"]
    span = timeline["span_s"]
    headings = ("step", "name", "state", f"0 to {span:,.2f} s", "seconds", "note")
    table = Table(
        headings=headings,
        rows=[_step(facts, row, span) for row in rows[:MOST_ROWS]],
        more=more_than(MOST_ROWS, len(rows), facts.show),
    )
    return Section(
        title="Steps",
        texts=() if rows else ("The run recorded no operation.",),
        tables=[table] if rows else [],
    )


def _step(facts: Facts, row: Mapping[str, Any], span_s: float) -> tuple[object, ...]:
    end_s = span_s if row["end_s"] is None else row["end_s"]
    return (
        _numbers(row),
        _name(row),
        States(row["states"]),
        Bar(begin_s=row["begin_s"], end_s=end_s, span_s=span_s, status=row["status"]),
        row["duration_s"],
        _unfold(facts, row) if row["count"] > 1 else _note(row["operations"][0]),
    )


def _numbers(row: Mapping[str, Any]) -> str:
    """Return which operations of the run a row is, from 1; nothing for steps of a program."""
    first, last = (row["operations"][at]["operation"] for at in (0, -1))
    if first is None:
        return ""
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _name(row: Mapping[str, Any]) -> str:
    return row["name"] if row["count"] == 1 else f"{row['name']} and {row['count'] - 1:,} more"


def _unfold(facts: Facts, row: Mapping[str, Any]) -> links.Link:
    address = links.address("run", id=facts.run["run_id"], unfold=row["number"])
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


def attempts(
    asked: Asked, timeline: Mapping[str, Any], found: Sequence[Mapping[str, Any]]
) -> Iterator[Section]:
    """Show the runs that belong together, and the steps of the one before beside these.

    Args:
        asked: The request.
        timeline: That of the run.
        found: Its attempts, see `build_run_attempts`; nothing is shown if there are none.
    """
    if not found:
        return
    rows = [
        (
            f"{number}, this one" if one["run_id"] == timeline["run_id"] else str(number),
            links.run(one["run_id"]),
            Status(one["status"]),
            time_of(one["started_at"]),
            one["duration_s"],
            one["message"],
        )
        for number, one in enumerate(found, 1)
    ]
    tables = table_of(("attempt", "run", "state", "started", "seconds", "note"), rows)
    resumed = next(one for one in found if one["run_id"] == timeline["run_id"])["resumes"]
    if resumed is not None:
        before = build_run_details(asked.catalog, resumed, parts={"operations"})
        earlier = build_run_timeline(asked.catalog, before)
        tables += [_both(earlier, timeline)]
    yield Section(title="Attempts", texts=[f"{len(found):,} runs belong together."], tables=tables)


def _both(earlier: Mapping[str, Any], now: Mapping[str, Any]) -> Table:
    """Return the steps of two attempts in one time, the pause between them left out."""
    span = earlier["span_s"] + now["span_s"]
    rows = [*_lane("before", earlier, 0.0, span)]
    rows.append(("resumed here", "", "", None, ""))
    rows += _lane("again", now, earlier["span_s"], span)
    headings = ("attempt", "step", "both in time", "seconds", "state")
    return Table(caption="The attempt before and this one", headings=headings, rows=rows)


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
