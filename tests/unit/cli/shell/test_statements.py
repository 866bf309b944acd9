"""Where a statement ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.cli.shell.statements import is_complete, split

NOT_AN_END = [
    "select ';'",
    "select 'it''s;'",
    'select 1 as ";"',
    "select 1 -- ;",
    "select /* ; */ 1",
    "select /* a /* ; */ ; */ 1",
    "select $$;$$",
    "select $tag$ ; $$ ; $tag$",
    "select e'a\\';'",
    "select 'ü;', '名;'",
]
PIECES = st.sampled_from(
    [*(sql for sql in NOT_AN_END if "--" not in sql), "from runs", "select é", "", "-- comment\n"]
)


@pytest.mark.parametrize("sql", NOT_AN_END)
def test_semicolon_within_text_name_or_comment_ends_nothing(sql: str) -> None:
    """Only a semicolon of the grammar ends a statement."""
    assert split(sql) == ([], sql)
    assert split(f"{sql}\n;") == ([f"{sql}\n;"], "")


@pytest.mark.parametrize("sql", ["select 'open", 'select "open', "select /* open", "select $$open"])
def test_what_is_still_open_is_not_complete(sql: str) -> None:
    """A semicolon after an open quote belongs to it."""
    assert not is_complete(f"{sql};")


@pytest.mark.parametrize("sql", ["", "  \n", ";", ";;", "-- nothing", "/* nothing */ ;"])
def test_nothing_is_no_statement(sql: str) -> None:
    """Empty lines, lone semicolons and comments are passed over."""
    assert split(sql) == ([], "")


def test_statements_of_one_line_are_told_apart() -> None:
    """Several statements come one by one, the unfinished one as the rest."""
    assert split("select 1; select 2;\nselect") == (["select 1;", "select 2;"], "select")


@given(pieces=st.lists(PIECES, max_size=5))
def test_no_word_is_lost(pieces: list[str]) -> None:
    """Statements and rest together are the text, comments and white space aside."""
    text = ";\n".join(pieces)
    statements, rest = split(text)

    kept = [piece.strip() for piece in pieces if piece.strip() and not piece.startswith("--")]
    assert [s.rstrip(";").strip() for s in [*statements, *filter(None, [rest])]] == kept
