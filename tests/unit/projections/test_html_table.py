"""Tables in HTML."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reader import HOSTILE, Page

from lineage.kernel.plain import plain
from projections.html_table import html_table


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_any_place_is_text(name: str) -> None:
    """Names, headings, captions and notes add no tag and no attribute."""
    page = Page(html_table([name], [[name]], caption=name, more=name))
    harmless = Page(html_table(["x"], [["x"]], caption="x", more="x"))
    assert page.names == harmless.names
    assert [set(tag[1]) for tag in page.tags] == [set(tag[1]) for tag in harmless.tags]
    assert page.text.count(plain(name)) == 4


@given(st.text())
def test_any_text_reads_as_its_visible_form(text: str) -> None:
    """What a browser shows of a cell is the text, with control characters made visible."""
    page = Page(html_table(["x"], [[text]]))
    assert plain(text) in page.text
    assert page.is_balanced


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (48842, "48,842"),
        (0.20000001, "0.2"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01 00:00:00 UTC"),
    ],
)
def test_value_is_formatted_for_a_reader(value: object, shown: str) -> None:
    """Numbers have separators, times their zone, and nothing is an empty cell."""
    assert Page(html_table(["name"], [[value]])).text.split("\n")[-3] == shown


def test_table_without_rows_is_nothing() -> None:
    """A heading above nothing tells nothing."""
    assert html_table(["x"], []) == ""


def test_cell_without_text_is_no_heading() -> None:
    """A reader of the page aloud is not told of a heading that says nothing."""
    page = Page(html_table(("", "file"), [("", "a.csv"), ("b", "b.csv")]))

    assert page.names.count("th") == 2
    assert page.names.count("td") == 4
