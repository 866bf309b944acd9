"""The warnings and errors of a run: by page, from the first error, and as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.plain import plain
from lineage.kernel.values import to_json
from lineage.web import links
from lineage.web.asked import Asked
from lineage.web.page import Download, Page
from lineage.web.pages.one_run.subjects import about_run
from lineage.web.parts.cells import time_of
from projections.documents.findings.run_messages import Level, build_run_messages
from projections.documents.run_details import build_run_details
from projections.documents.run_lookup import find_run
from projections.pages.cells import Status, Table, moment, without_empty_columns
from projections.pages.section import Message, Section, counted

ON_A_PAGE: Final = 200


def messages(asked: Asked) -> Page:
    """Show the messages of a run, a page of them."""
    run_id, level = find_run(asked.catalog, asked.needed("id")), _level(asked)
    before = asked.number("before")
    found = build_run_messages(
        asked.catalog,
        run_id,
        level=level,
        after=asked.number("after") or 0,
        before=before,
        is_backwards=before is not None or asked.text("from") == "end",
        limit=ON_A_PAGE,
    )
    return about_run(
        build_run_details(asked.catalog, run_id, parts=()),
        "run-messages",
        lead=_lead(found, level),
        document=found,
        sections=[_section(found, level)],
        ways=[*_ways(found, level)],
    )


def as_text(asked: Asked) -> Download:
    """Return all messages, one a line."""
    found = _all(asked)
    lines = (
        " ".join(
            filter(
                None,
                (
                    str(moment(one["recorded_at"]) or ""),
                    one["level"],
                    f"step {one['operation']}" if one["operation"] else "",
                    f"{one['name'] or 'run'}: {one['message']}",
                ),
            )
        )
        for one in found["messages"]
    )
    return _file(found, "txt", "text/plain; charset=utf-8", map(plain, lines))


def as_ndjson(asked: Asked) -> Download:
    """Return all messages as JSON, one a line, with the facts that were recorded of each."""
    found = _all(asked)
    lines = (json.dumps(to_json(one)) for one in found["messages"])
    return _file(found, "ndjson", "application/x-ndjson", lines)


def first(found: Mapping[str, Any]) -> Iterator[Section]:
    """Yield the first messages, for a page about more; nothing if there are none."""
    total = found["errors"] + found["warnings"]
    if not total:
        return
    shown = [
        Message(level=one["level"], name=one["name"] or "", text=one["message"])
        for one in found["messages"]
    ]
    address = links.address("run-messages", id=found["run_id"])
    more = [links.Link(f"All {total:,} messages", address)] if total > len(shown) else []
    yield Section(title="Warnings and errors", messages=shown, notes=more)


def first_error(run_id: str, position: int) -> links.Link:
    """Link to the first error of a run."""
    return links.Link("First error", links.address("run-messages", id=run_id, after=position - 1))


def _level(asked: Asked) -> Level | None:
    level = asked.text("level")
    match level:
        case None | "error" | "warning":
            return level
    raise ConfigurationError("level", found=level, expected=" or ".join(get_args(Level)))


def _lead(found: Mapping[str, Any], level: Level | None) -> str:
    shown, total = found["messages"], found["errors"] + found["warnings"]
    if not total:
        return "It recorded no warning and no error."
    counts = f"{counted(found['errors'], 'error')}, {counted(found['warnings'], 'warning')}"
    if not shown:
        return f"{counts}; none here."
    which = f"{level}s" if level else "messages"
    return f"{counts}. Here are {which} {shown[0]['number']:,} to {shown[-1]['number']:,}."


def _section(found: Mapping[str, Any], level: Level | None) -> Section:
    rows = [
        (
            one["number"],
            Status(one["level"]),
            time_of(one["recorded_at"]),
            one["operation"],
            one["name"],
            one["message"],
            links.run(one["reused_run"]) if one["reused_run"] else None,
        )
        for one in found["messages"]
    ]
    names = ("number", "level", "at", "step", "name", "message", "of run")
    table = without_empty_columns(Table(headings=names, rows=rows))
    return Section(
        title="Messages",
        tables=[table] if rows else [],
        notes=[*_pages(found, level)],
    )


def _pages(found: Mapping[str, Any], level: Level | None) -> Iterator[links.Link]:
    shown = found["messages"]
    if found["has_earlier"]:
        yield _to(found, level, "Earlier messages", before=shown[0]["position"])
    if found["has_later"]:
        yield _to(found, level, "Later messages", after=shown[-1]["position"])


def _ways(found: Mapping[str, Any], level: Level | None) -> Iterator[links.Link]:
    run_id, is_part = found["run_id"], found["has_earlier"] or found["has_later"]
    if is_part:
        yield _to(found, level, "Top")
    if found["first_error"] is not None:
        yield first_error(run_id, found["first_error"])
    if is_part:
        yield _to(found, level, "End", **{"from": "end"})
        yield from _pages(found, level)
    yield from _levels(found, level)
    if found["errors"] or found["warnings"]:
        for kind, name in (("txt", "text"), ("ndjson", "NDJSON")):
            address = links.address(f"run-messages.{kind}", id=run_id, level=level)
            yield links.Link(f"All as {name}", address)


def _levels(found: Mapping[str, Any], level: Level | None) -> Iterator[links.Link]:
    if found["errors"] and found["warnings"]:
        for one in get_args(Level):
            if one != level:
                yield _to(found, one, f"Only {counted(found[f'{one}s'], one)}")
    if level is not None:
        yield _to(found, None, "All messages")


def _to(
    found: Mapping[str, Any], level: Level | None, text: str, **parameters: object
) -> links.Link:
    address = links.address("run-messages", id=found["run_id"], level=level, **parameters)
    return links.Link(text, address)


def _all(asked: Asked) -> dict[str, Any]:
    run_id = find_run(asked.catalog, asked.needed("id"))
    return build_run_messages(asked.catalog, run_id, level=_level(asked))


def _file(found: Mapping[str, Any], suffix: str, media_type: str, lines: Iterator[str]) -> Download:
    return Download(
        name=f"messages-{found['run_id'][: links.SHORT]}.{suffix}",
        media_type=media_type,
        content="".join(f"{line}\n" for line in lines).encode(),
    )
