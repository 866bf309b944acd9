"""The report of a run as a page."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_reader import HOSTILE, Page
from projection_scenarios import (
    at,
    broken,
    digest,
    done,
    environment,
    failed,
    folded,
    metric,
    of_run,
    operation,
    read,
    started,
    succeeded,
    wrote,
)

from lineage.events import ColumnsDerived, WarningRaised
from lineage.events.data import DerivedColumn
from lineage.kernel.plain import plain
from projections.pages import report_page
from projections.pages.cells import Code, Table
from projections.pages.environment import render_html
from projections.pages.run_page import PageFormat
from projections.pages.section import Message, Section

RISK = {"risk": {"k": 5, "rows": 20, "uniques": 0, "threshold": 5}}
READER = MarkdownIt("gfm-like", {"linkify": False})
FORMATS: tuple[PageFormat, ...] = ("html", "markdown")


def _events(name: str = "load", files: int = 1, columns: int = 2) -> list[Any]:
    names = tuple(f"{name}{number}" for number in range(columns))
    source = {"source_uri": f"{name}.csv", "source_sha256": digest("in")}
    derived = [
        DerivedColumn(column=c, source_column=c, effect="masking", is_direct=True, **source)
        for c in names
    ]
    parameters = {"quasi_identifiers": names, name: [name], "note": name}
    return [
        started(description=name, task_type=name, script_path=name),
        environment(),
        operation(1, name, parameters=parameters),
        read(f"{name}.csv", "in", columns=names),
        *(wrote(f"{n}{name}", f"{n}", columns=names, description=name) for n in range(files)),
        ColumnsDerived(operation=1, uri=f"0{name}", sha256=digest("0"), columns=tuple(derived)),
        metric("after", RISK, by=1),
        metric(name, name, by=1),
        WarningRaised(operation=1, name=name, message=name, details={}),
        done(1),
        succeeded(),
    ]


@cache
def _harmless(page_format: PageFormat) -> str:
    return _page(page_format)


def _page(page_format: PageFormat = "html", *events: Any, name: str = "load") -> str:
    with folded(of_run(*(events or _events(name)))) as history:
        return report_page(history.catalog, "r1", page_format)


@pytest.mark.parametrize("page_format", FORMATS)
def test_page_tells_what_a_reader_needs_in_order(page_format: PageFormat) -> None:
    """The outcome comes first, then people's risk, then the rest, and how to verify it."""
    told = [
        *("This run", "The run succeeded. It read 1 file and wrote 1 file."),
        *("Risk and utility", "Everybody shares these values with at least 4 other people."),
        *("Warnings and errors", "What it read and wrote", "0load", digest("0")[:8]),
        *("Operations", "quasi_identifiers", "Where the columns came from", "masking", "declared"),
        *("Environment and code", "3.11.9", "How to verify this page", "lineage report r1"),
        *(digest("0"), "All metrics"),
    ]
    text = _harmless(page_format)
    text = text[text.index("</nav>") :] if page_format == "html" else text
    places = [0]
    for words in told:
        places.append(text.index(words, places[-1]))
    assert "Position of the last event of this run in the ledger: 11." in text


def test_page_needs_nothing_from_elsewhere() -> None:
    """No script, no address, no import; the policy allows the style of the page alone."""
    text = _harmless("html")
    page = Page(text)
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & {*page.names}
    addresses = [v for _, a in page.tags for k, v in a.items() if k in {"href", "src", "srcset"}]
    assert addresses
    assert all(address is not None and address.startswith("#") for address in addresses)
    assert not re.search(r"url\((?!#)|@import|\son\w+=|style=", text)
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg|http-equiv", "", text)


def test_page_is_accessible() -> None:
    """Language, title, one top heading, headings of tables, and words for the picture."""
    page = Page(_harmless("html"))
    attributes = dict(page.tags)
    assert attributes["html"] == {"lang": "en"}
    assert page.names.count("h1") == 1
    assert {a.get("scope") for name, a in page.tags if name == "th"} == {"col", "row"}
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert {*str(attributes["svg"]["aria-labelledby"]).split()} <= ids
    assert page.is_balanced


@pytest.mark.parametrize("page_format", FORMATS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_change_no_structure(page_format: PageFormat, name: str) -> None:
    """Whatever things are called, the page has the same parts."""
    text, harmless = _page(page_format, name=name), _harmless(page_format)
    if page_format == "html":
        assert Page(text).names == Page(harmless).names
        assert plain(name) in Page(text).text
    else:
        blocks, expected = (READER.parse(page) for page in (text, harmless))
        assert [token.type for token in blocks] == [token.type for token in expected]
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", text)


def _rendered(text: str) -> str:
    section = Section(
        title=text,
        texts=[text],
        messages=[Message(level="warning", name=text, text=text)],
        tables=[Table(caption=text, headings=(text,), rows=[(Code(text, text),)], more=text)],
        notes=[text],
    )
    run = {"task_id": text, "run_id": text, "status": text, "description": text}
    return render_html("report.html", run=run, sections=[section])


@given(st.text(min_size=1))
def test_any_text_in_any_place_keeps_the_tags_of_the_page(text: str) -> None:
    """No text opens or closes a tag, or adds an attribute."""
    page, harmless = Page(_rendered(text)), Page(_rendered("x"))
    assert [(n, set(a)) for n, a in page.tags] == [(n, set(a)) for n, a in harmless.tags]
    assert page.is_balanced


@pytest.mark.parametrize("page_format", FORMATS)
def test_same_history_gives_the_same_page(page_format: PageFormat) -> None:
    """A page has no time of its own."""
    assert _page(page_format) == _harmless(page_format)


@pytest.mark.parametrize("page_format", FORMATS)
def test_large_run_is_bounded_and_says_so(page_format: PageFormat) -> None:
    """Of many files and columns the first are shown, with the command that lists all."""
    text = _page(page_format, *_events(files=120, columns=300))
    assert "and 20 more: lineage show r1" in text
    assert "and 200 more: lineage graph" in text
    assert len(text) < 500_000


@pytest.mark.parametrize("page_format", FORMATS)
def test_run_that_failed_says_why(page_format: PageFormat) -> None:
    """The reason is at the top, and what was not measured is said."""
    text = _page(page_format, started(), operation(), broken(), failed())
    assert "The run ended as failed." in text
    assert "Reason: disk on fire" in text
    assert "This run measured neither risk nor utility." in text
    assert "It wrote no file." in text


@pytest.mark.parametrize("page_format", FORMATS)
def test_run_without_an_end_is_not_drawn_as_whole(page_format: PageFormat) -> None:
    """An open run has no end on record."""
    text = _page(page_format, started(), operation())
    assert "The run has no end on record" in text
    assert "not on record" in text
    assert f"{at(1):%Y-%m-%d %H:%M:%S} UTC" in text
