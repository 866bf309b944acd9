"""What a run was, what it did to people's risk, what it warned of, and which files it touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from projections.pages.cells import (
    BeforeAfter,
    Code,
    Name,
    Table,
    digest,
    file_name,
    first,
    moment,
    more_than,
    size,
)
from projections.pages.section import MOST, Facts, Message, Section, counted


def story(facts: Facts) -> Iterator[Section]:
    """Yield the sections that everybody reads, the most important first."""
    yield about(facts)
    yield effect(facts)
    yield messages(facts)
    yield files(facts)


def effect_tables(effects: Sequence[Mapping[str, Any]], *, all_by: str) -> list[Table]:
    """Return a table of each operation's measures of risk and utility, with what they mean."""
    tables = []
    for effect in effects:
        about = [text for text in (effect["name"], effect["dataset"]) if text]
        is_comparison = effect["is_comparison"]
        rows = [
            (row["measure"], _sides(row) if is_comparison else row["after_text"], row["meaning"])
            for row in effect["measures"]
        ]
        tables.append(
            Table(
                caption=", ".join(about),
                headings=(
                    "measure",
                    "before → after" if is_comparison else "value",
                    "what it means",
                ),
                rows=rows[:MOST],
                more=more_than(MOST, len(rows), all_by),
            )
        )
    return tables


def _sides(row: Mapping[str, Any]) -> BeforeAfter:
    numbers = [row[side] for side in ("before", "after") if row[side] is not None]
    return BeforeAfter(
        before=row["before"],
        after=row["after"],
        before_text=row["before_text"],
        after_text=row["after_text"],
        whole=1 if row["unit"] == "share" else max(numbers),
    )


def about(facts: Facts) -> Section:
    """Return which run it was, and how it ended."""
    run = facts.run
    rows: list[tuple[str, object]] = [
        ("Run", Code(run["run_id"])),
        (
            "Task",
            f"{run['task_id']} ({run['task_type']}, version {run['task_version'] or 'unknown'})",
        ),
        ("Started", moment(run["started_at"])),
        ("Ended", moment(run["ended_at"]) or "not on record"),
        ("Duration", _seconds(run["duration_s"])),
        ("Started by", f"{run['actor']} on {run['host'] or 'an unknown machine'}"),
        ("Resumes run", _run(run["resumes"])),
        ("Resumed by run", _run(run["resumed_by"])),
        ("Imported", "yes: another program recorded it" if run["is_imported"] else None),
        ("Archived", "yes: hidden from lists" if run["is_archived"] else None),
    ]
    table = Table(headings=("fact", "value"), rows=[row for row in rows if row[1] is not None])
    return Section(title="This run", texts=[*_outcome(facts)], tables=[table])


def _outcome(facts: Facts) -> Iterator[str]:
    run = facts.run
    read = len({(item["uri"], item["sha256"]) for item in run["inputs"]})
    done = f"It read {counted(read, 'file')} and wrote {counted(len(run['artifacts']), 'file')}."
    match run["status"]:
        case "succeeded":
            yield f"The run succeeded. {done}"
        case "running":
            yield f"The run has no end on record: what follows is what it did so far. {done}"
        case status:
            yield f"The run ended as {status}. {done}"
    if run["operations_failed"]:
        yield f"Operations that failed: {run['operations_failed']:,}."
    if run["message"]:
        yield f"Reason: {run['message']}"


def effect(facts: Facts) -> Section:
    """Return what it did to the risk of people and the use of the data."""
    tables = effect_tables(facts.effects, all_by=facts.show)
    texts = () if tables else ("This run measured neither risk nor utility.",)
    notes = dict.fromkeys(effect["note"] for effect in facts.effects)
    return Section(title="Risk and utility", texts=texts, tables=tables, notes=[*notes])


def messages(facts: Facts) -> Section:
    """Return what it warned of."""
    found = facts.run["messages"]
    more = more_than(MOST, len(found), facts.show)
    return Section(
        title="Warnings and errors",
        texts=() if found else ("None were recorded.",),
        messages=[
            Message(level=one["level"], name=one["name"] or "", text=one["message"])
            for one in found[:MOST]
        ],
        notes=[more] if more else (),
    )


def files(facts: Facts) -> Section:
    """Return which files it read, wrote and copied."""
    run = facts.run
    tables = []
    for caption, key in (("Read", "inputs"), ("Wrote", "artifacts")):
        versions = {(item["uri"], item["sha256"]): item for item in run[key]}
        rows, more = first([*versions.values()], MOST, _file, all_by=facts.show)
        headings = ("file", "rows", "size", "SHA-256", "description")
        tables.append(Table(caption=caption, headings=headings, rows=rows, more=more))
    rows, more = first(
        run["imports"],
        MOST,
        lambda f: (
            file_name(f["uri"]),
            Code(f["source_uri"]),
            size(f["size_bytes"]),
            digest(f["sha256"]),
        ),
        all_by=facts.show,
    )
    copied = ("copied to", "from", "size", "SHA-256")
    tables.append(Table(caption="Copied in", headings=copied, rows=rows, more=more))
    return Section(
        title="What it read and wrote",
        texts=_missing(run),
        graph=facts.graph,
        tables=tables,
    )


def _missing(run: Mapping[str, Any]) -> list[str]:
    pairs = (("inputs", "No file that it read is on record."), ("artifacts", "It wrote no file."))
    return [text for key, text in pairs if not run[key]]


def _file(file: Mapping[str, Any]) -> tuple[object, ...]:
    of_reused = f"from run {file['reused_run'][:8]}" if file["reused_run"] else None
    description = [text for text in (file.get("description"), of_reused) if text]
    return (
        file_name(file["uri"]),
        file["row_count"],
        size(file["size_bytes"]),
        digest(file["sha256"]),
        "; ".join(description),
    )


def _run(run_id: str | None) -> Name | None:
    return None if run_id is None else Name(run_id, "run", (run_id,))


def _seconds(duration_s: float | None) -> str | None:
    return None if duration_s is None else f"{duration_s:,.4g} s"
