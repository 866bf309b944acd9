"""How answers look on a screen and in a pipe."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from lineage.cli.screen import console


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (1234567, "1,234,567"),
        (-5, "-5"),
        (0.123456, "0.1235"),
        (1234.5678, "1,235"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("a b", "a b"),
        ("", ""),
        ({"ä": [1, None]}, '{"ä": [1, null]}'),
        ([datetime(2026, 1, 1, tzinfo=UTC)], '["2026-01-01 00:00:00+00:00"]'),
        ("two\nlines\ttab", "two\\nlines\\ttab"),
        ("\x1b[31mred\x9b", "\\x1b[31mred\\x9b"),
        ("right\u202eto left", "right\\u202eto left"),
    ],
)
def test_value_is_shown_as_a_reader_wants_it(value: Any, text: str) -> None:
    """Numbers are grouped, missing values empty, control characters harmless."""
    assert console.shown(value) == text


def test_time_is_shown_in_local_time() -> None:
    """A time is shown to the second, in the zone of the reader."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)

    assert console.shown(moment) == moment.astimezone().isoformat(" ", "seconds").replace(
        "+00:00", "Z"
    )


@given(st.text())
def test_plain_text_is_one_line_that_steers_nothing(text: str) -> None:
    """Whatever a text holds, its plain form has no control character."""
    plain = console.plain(text)

    assert plain.isprintable() or all(c.isprintable() or ord(c) > 0x9F for c in plain)
    assert len(plain.splitlines()) <= 1


def test_json_is_printed_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Printed JSON can be read back and ends with a line end."""
    console.print_json({"a": [1, "ä", float("nan")]})

    printed = capsys.readouterr().out
    assert json.loads(printed) == {"a": [1, "ä", "NaN"]}
    assert printed.endswith("]\n}\n")


@pytest.mark.parametrize("text", ["a", "a\n", "", "a\n\n"])
def test_text_is_printed_with_a_line_end(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Text gets a final line end if it has none."""
    console.print_text(text)

    assert capsys.readouterr().out == (text if text.endswith("\n") else text + "\n")


def test_note_goes_to_standard_error_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """A remark is no answer, is not folded, and its brackets are no markup."""
    console.note("wrote /tmp/[bold]x[/a]/" + "long/" * 100)

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "wrote /tmp/[bold]x[/a]/" + "long/" * 100 + "\n"


def test_table_in_a_pipe_has_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    """A row is never folded where nobody looks, however long."""
    long = "x" * 20_000

    console.print_table(("n", "text"), [(1, long), (2, "two\nlines")])

    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [["n", "text"], ["1", long], ["2", "two\\nlines"]]


def test_table_without_rows_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    """No rows is an answer too."""
    console.print_table(("run", "status"), [])

    assert capsys.readouterr().out.split() == ["run", "status"]


def test_brackets_in_a_table_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """Headings and cells are shown as they are."""
    console.print_table(("[/a]",), [("[bold]b[/bold]",)])

    assert capsys.readouterr().out.split() == ["[/a]", "[bold]b[/bold]"]


class Terminal(io.StringIO):
    """A screen without colours."""

    def isatty(self) -> bool:
        """Return True."""
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Print a table to a terminal of a given width and return the lines."""

    def print_on(width: int, *table: Any) -> list[str]:
        screen = Terminal()
        monkeypatch.setattr(sys, "stdout", screen)
        for name, value in (("COLUMNS", str(width)), ("LINES", "25"), ("TERM", "dumb")):
            monkeypatch.setenv(name, value)
        console.print_table(*table)
        lines = screen.getvalue().splitlines()
        wide = [line for line in lines if cell_len(line) > width]
        assert [line for line in wide if len(line.split()) > 2] == []  # but for heading and word
        return [line.rstrip() for line in lines]

    return print_on


def test_narrow_terminal_folds_the_widest_column(terminal: Callable[..., list[str]]) -> None:
    """Where a row does not fit, its longest text goes on below itself."""
    lines = terminal(30, ("task", "status", "note"), [("t_1", "failed", "a long note " * 3)])

    assert lines[0].split() == ["task", "status", "note"]
    assert lines[1].startswith("t_1   failed  a long")
    assert len(lines) > 2


@pytest.mark.parametrize("width", [20, 24, 30, 40])
def test_narrow_terminal_loses_no_character(terminal: Callable[..., list[str]], width: int) -> None:
    """However narrow the screen, every character of every cell is on it."""
    cells = ("abcdefghijkl", "0123456789ABCDEF", "mnopqrstuvwxyz")

    text = "".join(terminal(width, ("x", "y", "z"), [cells]))

    assert all(character in text for cell in cells for character in cell)


def test_very_narrow_terminal_gets_a_line_a_value(terminal: Callable[..., list[str]]) -> None:
    """Where no table is readable each row becomes lines of heading and value, if it has one."""
    lines = terminal(15, ("run", "task", "status", "started"), [("a1", "t_1", "failed", None)])

    assert lines == ["run      a1", "task     t_1", "status   failed", ""]


def test_columns_of_one_name_are_both_shown(terminal: Callable[..., list[str]]) -> None:
    """Two columns may have the same name."""
    assert terminal(40, ("a", "a"), [(1, 2)]) == ["a  a", "1  2"]


def test_wide_characters_are_counted_as_wide(terminal: Callable[..., list[str]]) -> None:
    """Text that takes two columns a character is folded in time."""
    lines = terminal(20, ("a", "b"), [("漢字" * 6, "x")])

    assert "".join(lines).count("漢") == 6
