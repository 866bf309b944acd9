"""Texts and tables in Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from page_reader import HOSTILE

from lineage.kernel.plain import plain
from projections.pages import markdown
from projections.pages.cells import Code, Table

READER = MarkdownIt("gfm-like", {"linkify": False})
ACTIVE = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~&$=:/ \nab1"), max_size=20)
HARMLESS = {"table", "thead", "tbody", "tr", "th", "td", "inline", "paragraph", "text"}
HARMLESS |= {"code_inline", "text_special", "strong", "softbreak"}


def _read(text: str) -> tuple[set[str], list[str]]:
    """Return the kinds of things in a text, and the text of each cell or paragraph."""
    tokens = READER.parse(text)
    inside = [child for token in tokens for child in token.children or ()]
    kinds = {one.type.removesuffix("_open").removesuffix("_close") for one in [*tokens, *inside]}
    texts = [
        "".join(child.content for child in token.children or ())
        for token in tokens
        if token.type == "inline"
    ]
    return kinds, texts


@given(ACTIVE | st.sampled_from(HOSTILE))
def test_any_text_reads_as_itself(text: str) -> None:
    """A paragraph shows the visible form of the text, and nothing in it is markup."""
    kinds, texts = _read(str(markdown.escaped(text)))
    assert kinds <= HARMLESS
    assert "".join(texts) == plain(text).strip()


@given(ACTIVE | st.sampled_from(HOSTILE), ACTIVE)
def test_any_cell_is_one_cell(text: str, code: str) -> None:
    """Bars and backticks in a cell neither end it nor begin another."""
    rows = [(text, Code(code))]
    kinds, texts = _read(markdown.table(Table(headings=("a", "b"), rows=rows)))
    assert kinds <= HARMLESS
    assert len(texts) == 4
    assert texts[2] == plain(text).strip()
    assert texts[3].strip() == plain(code).strip()


@pytest.mark.parametrize(
    "text",
    ["1. first", "12) x", "# title", "- item", "+ item", "--- ", "=====", "> quote", "    code"],
)
def test_begin_of_a_line_begins_no_block(text: str) -> None:
    """A description that looks like a list or heading is a paragraph."""
    kinds, texts = _read(str(markdown.escaped(text)))
    assert (kinds, texts) == (
        {"paragraph", "inline", "text", "text_special"} & kinds,
        [text.strip()],
    )


@pytest.mark.parametrize("text", ["t_1A", "salary-class", "DATA/a.csv", "6.7%", "k = 5 (asked)"])
def test_common_names_stay_as_they_are(text: str) -> None:
    """The page can be read as plain text."""
    assert markdown.escaped(text) == text
