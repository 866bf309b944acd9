"""Text that leaves is one line and steers nothing."""

from __future__ import annotations

import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.kernel.plain import PlainFormatter, did_you_mean, listed, plain, plain_lines

HOSTILE = ["a\nERROR forged: b", "\x1b[2J", "\x1b]0;title\x07", "a\rb", "\u202egpj.exe", "a\x85b"]


def record(message: str, *args: object, is_error: bool = False) -> logging.LogRecord:
    """Return what a logger hands to a handler."""
    trace = sys.exc_info() if is_error else None
    return logging.LogRecord("task.t", logging.INFO, "f.py", 1, message, args, trace)


@given(st.text())
def test_line_of_a_log_is_one_line_whatever_it_quotes(text: str) -> None:
    """A name can neither begin a line nor move the cursor."""
    line = PlainFormatter("%(levelname)s %(name)s: %(message)s").format(record("file %s", text))

    assert line.startswith("INFO task.t: file ")
    assert len(line.splitlines()) == 1
    assert plain(line) == line


@pytest.mark.parametrize("text", HOSTILE)
def test_traceback_has_lines_of_its_own_and_no_effects(text: str) -> None:
    """The text of an exception is as hostile as any other."""

    def fail() -> None:
        raise ValueError(text)

    try:
        fail()
    except ValueError:
        lines = PlainFormatter().format(record("x", is_error=True)).split("\n")

    assert lines[:2] == ["x", "Traceback (most recent call last):"]
    assert all(plain(line) == line for line in lines)


def test_stack_is_shown_line_by_line() -> None:
    """Its line ends are meant."""
    asked = record("x")
    asked.stack_info = "Stack:\n  a\x1b[1m"

    assert PlainFormatter().format(asked) == "x\nStack:\n  a\\x1b[1m"


def test_lines_that_are_meant_stay() -> None:
    """Only line feeds count as line ends."""
    assert plain_lines("a\nb\r\n\x1b") == "a\nb\\r\n\\x1b"


@pytest.mark.parametrize(
    ("count", "text"), [(0, ""), (1, "n0"), (2, "n0, n1"), (1_502, "n0, n1 and 1,500 more")]
)
def test_long_list_ends_with_how_many_there_are_more(count: int, text: str) -> None:
    """A message stays short however many names there are."""
    assert listed([f"n{number}" for number in range(count)], 2) == text


@pytest.mark.parametrize(
    ("name", "told"),
    [("limt", " (did you mean 'limit'?)"), ("Use-Seed", " (did you mean 'use_seed'?)"), ("q", "")],
)
def test_nearest_known_name_is_proposed(name: str, told: str) -> None:
    """Case and hyphens do not count; where nothing is near, nothing is said."""
    assert did_you_mean(name, ["limit", "use_seed"]) == told
