"""Where lines break, and which columns of a table a width has room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.cli.screen import layout

WORDS = st.lists(st.text("abc/.-:0123", min_size=1, max_size=30), min_size=1, max_size=12)


@given(WORDS, st.integers(1, 40))
def test_lines_have_whole_words_and_no_more_than_fit(words: list[str], width: int) -> None:
    """Every word is on one line, in order; a line that is too wide is a single word."""
    lines = layout.wrap(" ".join(words), width)

    assert [word for line in lines for word in line.split()] == words
    assert all(len(line) <= width or " " not in line.strip() for line in lines)


@pytest.mark.parametrize("moment", ["2026-11-27 14:06:05+01:00", "2026-11-27 13:06:05Z"])
@pytest.mark.parametrize("width", [1, 12, 30])
def test_date_and_time_are_one_word(moment: str, width: int) -> None:
    """A time is never in two lines, though it has a blank."""
    assert any(moment in line for line in layout.wrap(f"started {moment} to now", width))


ROW = ("run1", "a path/of/some/file.csv", "12 MB", "abcdef12")
COLUMNS = ("run", "file", "size", "sha256")


@pytest.mark.parametrize(
    ("width", "shown"),
    [(None, [0, 1, 2, 3]), (45, [0, 1, 2, 3]), (40, [0, 1, 2]), (29, [0, 1])],
)
def test_columns_are_left_out_in_the_order_of_the_table(
    width: int | None, shown: list[int]
) -> None:
    """The least important column goes first, and only if wrapping was not enough."""
    fitting = layout.fit(COLUMNS, [ROW], width, drop=("sha256", "size", "absent"))

    assert fitting is not None
    assert fitting.shown == shown


def test_last_column_goes_below_the_row_where_no_column_can_be_left_out() -> None:
    """A remark has the whole width below its row."""
    fitting = layout.fit(("run", "note"), [("run1", "nine_letters or more")], 17)

    assert fitting is not None
    assert (fitting.shown, fitting.below) == ([0], 1)
    lines = ["".join(text for _, text in line) for line in layout.lines(ROW, fitting, [False] * 2)]
    assert lines == ["run1", "    a", "    path/of/some/file.csv"]


def test_table_without_room_for_its_words_does_not_fit() -> None:
    """A row becomes lines of heading and value, the value in whole words."""
    assert layout.fit(COLUMNS, [ROW], 12) is None
    lines = [f"{heading}{line}" for _, heading, line in layout.records(COLUMNS, ROW, 12)]
    assert lines[:3] == ["run     run1", "file    a", "        path/of/some/file.csv"]
