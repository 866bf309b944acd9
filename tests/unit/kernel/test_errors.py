"""A message says what is wrong in one line, and quotes no data of others."""

from __future__ import annotations

import errno
import inspect
import os
from pathlib import Path

import pytest

from lineage.cli.options import EXIT_INTERRUPTED
from lineage.kernel import errors
from lineage.kernel.errors import WITHHELD, LineageError, safe_message

ERRORS = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if cls.__module__ == errors.__name__ and issubclass(cls, LineageError)
]


def test_message_names_subject_found_expected_and_remedy() -> None:
    """A full message holds all four, in this order."""
    error = LineageError("port", found="x", expected="a number", remedy="correct it")

    assert str(error) == "port: found 'x', expected a number; correct it"


def test_problem_is_shown_as_it_is() -> None:
    """A phrase needs neither quotes nor the word "found"."""
    error = LineageError("file 'x'", problem="no such file", remedy="check the path")

    assert str(error) == "file 'x': no such file; check the path"


def test_problem_comes_before_what_was_expected() -> None:
    """Both read as one sentence."""
    error = LineageError("line 3", problem="2 fields", expected="3, as in the header")

    assert str(error) == "line 3: 2 fields, expected 3, as in the header"


def test_message_without_facts_is_the_subject() -> None:
    """What was not given does not show."""
    assert str(LineageError("port")) == "port"


def test_found_nothing_shows_as_none() -> None:
    """None is something that can be found."""
    assert str(LineageError("port", found=None)) == "port: found None"


def test_fields_are_kept_for_programs() -> None:
    """A caller need not parse the message."""
    error = LineageError("port", problem="too low", found=1, expected="two", remedy="add one")

    fields = (error.subject, error.problem, error.found, error.expected, error.remedy)
    assert fields == ("port", "too low", 1, "two", "add one")


@pytest.mark.parametrize(
    "error", [LineageError("port", problem="too low"), LineageError("x", found=None)]
)
def test_recast_error_says_the_same(error: LineageError) -> None:
    """A caller may turn an error into one of its own class and lose nothing."""
    recast = error.recast(errors.PathRefusedError)

    assert type(recast) is errors.PathRefusedError
    assert (str(recast), vars(recast)) == (str(error), vars(error))


@pytest.mark.parametrize("cls", ERRORS, ids=lambda cls: cls.__name__)
def test_error_can_be_caught_as_its_root(cls: type[LineageError]) -> None:
    """Every error made on purpose is a `LineageError`, and has an exit code of `lineage.cli`."""
    assert str(cls("subject")) == "subject"
    assert cls.exit_code in {1, 2, 3, EXIT_INTERRUPTED}


def test_own_message_is_safe() -> None:
    """Our own messages hold no data."""
    assert safe_message(LineageError("port")) == "port"


def test_message_of_the_system_is_safe() -> None:
    """What the system says names a file at most."""
    with pytest.raises(FileNotFoundError) as found:
        Path("x").read_bytes()

    assert safe_message(found.value) == f"{os.strerror(errno.ENOENT)}: 'x'"


@pytest.mark.parametrize(
    "error", [OSError("disk", "Margarethe"), OSError("disk", 5), OSError(errno.EIO, "Margarethe")]
)
def test_error_that_only_looks_like_one_of_the_system_is_withheld(error: OSError) -> None:
    """A program may raise one with any text."""
    assert safe_message(error) == f"OSError ({WITHHELD})"


def test_lack_of_memory_is_told() -> None:
    """The message says what helps, instead of being withheld."""
    assert safe_message(MemoryError()) == (
        "out of memory; close other programs, or work on less data at once"
    )


def test_message_of_others_is_withheld() -> None:
    """A foreign message may quote a cell, so only its type is told."""
    message = safe_message(ValueError("could not convert 'Margarethe'"))

    assert message.startswith("ValueError")
    assert "Margarethe" not in message
