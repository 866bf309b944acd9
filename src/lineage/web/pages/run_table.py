"""Many runs side by side: a row for each, a column for each difference, sorted by the address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from lineage.web import links
from lineage.web.asked import AT, Asked
from lineage.web.cells import Listed, time_of
from lineage.web.page import Page
from projections.documents.run_diff import PARTS
from projections.pages.cells import Code, Status, Table
from projections.pages.section import Section, counted, value_text

USUAL: Final = 10
"""Columns that are shown if none are chosen."""

MOST_CHOICES: Final = 300
"""Columns that can be chosen."""

MOST_KEYS: Final = 3
"""Columns by which the rows are sorted at once."""

LONG: Final = 32
"""Letters of a word that has to break."""

_FIXED: Final = ("status", "started_at", "duration_s")
"""What every row has, as the document calls it."""

_TITLES: Final = {"status": "status", "started_at": "started", "duration_s": "seconds"}
_FIRST: Final = ("configuration", "metrics", "operations", "seed")
"""Parts that say most; the others follow."""

_DOWN: Final = "-"
_KEPT: Final = ("run", "task", "latest")
"""Parameters that say which runs."""


def page(asked: Asked, document: Mapping[str, Any]) -> Page:
    """Return the page of a comparison with a row for each run.

    Args:
        asked: Which columns are wanted (`column`, several times) and in which order the rows are
            (`sort`, several times; `-` before it turns it round).
        document: See `projections.documents.run_diff.build_run_comparison`.
    """
    known = _columns(document)
    wanted = [name for name in asked.every("column") if name in known]
    shown = wanted or [*known][:USUAL]
    values = {**{name: _fixed(document, name) for name in _FIXED}, **known}
    keys = [key for key in asked.every("sort") if key.removeprefix(_DOWN) in values][:MOST_KEYS]
    order = order_of(values, keys, len(document["runs"]))
    headings = [
        "run",
        *(_heading(asked, keys, name, wanted) for name in _FIXED),
        *(_heading(asked, keys, name, wanted) for name in shown),
    ]
    rows = [
        _row(document["runs"][number], [known[name][number] for name in shown]) for number in order
    ]
    return Page(
        title=f"Compare {counted(len(rows), 'run')}",
        lead=_lead(document, known, shown),
        document={**document, "columns": shown, "sort": keys},
        template="compare.html",
        values={
            "runs_table": Table(headings=headings, rows=rows),
            "sorted_by": _sorted_by(keys),
            "unsorted": links.address("compare", **_kept(asked), column=wanted) if keys else "",
            "choices": [(name, name in shown) for name in [*known][:MOST_CHOICES]],
            "more": max(len(known) - MOST_CHOICES, 0),
            "kept": [one for one in asked.given if one[0] in {*_KEPT, "sort", AT}],
            "usual": links.address("compare", **_kept(asked), sort=keys) if wanted else "",
        },
        sections=[
            Section(
                title="The same in all",
                texts=[
                    ", ".join(part for part in PARTS if not document[part]) or "Nothing.",
                    *document["notes"][:USUAL],
                ],
            )
        ],
    )


def cell(value: Any) -> object:
    """Return a value for a reader; for a file, its short digest and row count.

    A text with a very long word is set so that it breaks anywhere, or the page would be wider than
    a screen.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case [dict() as version]:
            return cell(version)
        case [dict(), *_]:
            return Listed(items=[(cell(version),) for version in value])
        case {"sha256": sha256, "row_count": row_count}:
            rows = "" if row_count is None else f", {counted(row_count, 'row')}"
            return Code(f"{(sha256 or 'unknown')[: links.SHORT]}{rows}", sha256 or "")
    text = value_text(value)
    return Code(text) if any(len(word) > LONG for word in text.split()) else text


def _columns(document: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Return what differs by the name of its column, the most telling first."""
    parts = [*_FIRST, *(part for part in PARTS if part not in _FIRST)]
    return {
        f"{part}: {one['what']}": one["values"]
        for part in parts
        for one in document[part]
        if (part, one["what"]) != ("outcome", "status")  # every row has it
    }


def _fixed(document: Mapping[str, Any], name: str) -> Sequence[Any]:
    return [run[name] for run in document["runs"]]


def order_of(values: Mapping[str, Sequence[Any]], keys: Sequence[str], count: int) -> Sequence[int]:
    """Return the numbers of the rows, sorted by several columns; what is not known comes last."""
    order = [*range(count)]
    for key in reversed(keys):
        column = values[key.removeprefix(_DOWN)]
        order.sort(key=lambda number: _rank(column[number]), reverse=key.startswith(_DOWN))
        order.sort(key=lambda number: column[number] is None)
    return order


def _rank(value: Any) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float)
    return (not is_number, float(value) if is_number else 0.0, "" if is_number else str(value))


def _row(run: Mapping[str, Any], values: Sequence[Any]) -> tuple[object, ...]:
    return (
        links.run(run["run_id"]),
        Status(run["status"]),
        time_of(run["started_at"]),
        run["duration_s"],
        *map(cell, values),
    )


def _heading(asked: Asked, keys: Sequence[str], name: str, wanted: Sequence[str]) -> links.Link:
    """Return the name of a column, which sorts by it first and by what was sorted by before."""
    others = [key for key in keys if key.removeprefix(_DOWN) != name]
    first = f"{_DOWN}{name}" if keys and keys[0] == name else name
    sort = [first, *others][:MOST_KEYS]
    mark = {name: " ↑", f"{_DOWN}{name}": " ↓"}.get(keys[0] if keys else "", "")
    title = _TITLES.get(name, name)
    return links.Link(
        f"{title}{mark}",
        links.address("compare", **_kept(asked), column=[*wanted], sort=sort),
        f"sort by {title}",
    )


def _kept(asked: Asked) -> dict[str, object]:
    """Return the parameters that say which runs are compared."""
    kept = {name: asked.every(name) for name in _KEPT}
    return {name: values for name, values in kept.items() if values}


def _lead(document: Mapping[str, Any], known: Mapping[str, Any], shown: Sequence[str]) -> str:
    if not document["differs"]:
        return "They do not differ, durations aside."
    hidden = len(known) - len(shown)
    said = f"They differ in {counted(len(known), 'value')}"
    return f"{said}, {len(shown):,} of them shown." if hidden else f"{said}, all shown."


def _sorted_by(keys: Sequence[str]) -> str:
    said: Iterator[str] = (
        f"{_TITLES.get(name, name)}{', largest first' if key.startswith(_DOWN) else ''}"
        for key in keys
        for name in [key.removeprefix(_DOWN)]
    )
    return ", then ".join(said)
