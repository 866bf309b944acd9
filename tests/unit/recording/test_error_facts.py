"""What the history keeps of an error."""

from __future__ import annotations

import traceback

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.recording.error_facts import error_fact, qualified_name, stated_error


def caught(error: BaseException) -> BaseException:
    """Raise and catch an exception, so that it has a traceback."""
    try:
        raise error  # noqa: TRY301  # that is the point
    except BaseException as found:  # noqa: BLE001  # any
        return found


class CustomError(Exception):
    """An exception of a program of one's own."""


def test_foreign_message_is_withheld_and_the_place_is_kept() -> None:
    """Of an exception of another library type and frames are kept, its text is not."""
    fact = error_fact(caught(ValueError("Zaphod")))

    assert fact.error_type == "ValueError"
    assert "Zaphod" not in fact.message
    assert fact.traceback[-1].startswith("test_error_facts.py:")
    assert fact.traceback[-1].endswith(" caught")


def test_message_of_our_own_error_is_kept() -> None:
    """Our own errors quote no data and are kept as they are."""
    fact = error_fact(caught(ConfigurationError("the file", found=3)))

    assert fact.message == "the file: found 3"


def test_message_of_the_operating_system_names_the_file() -> None:
    """An OSError is kept with the file it is about."""
    fact = error_fact(caught(FileNotFoundError(2, "No such file or directory", "a.csv")))

    assert fact.message == "No such file or directory: 'a.csv'"


def test_exception_that_was_never_raised_has_no_frames() -> None:
    """An exception without a traceback is kept as well."""
    assert error_fact(ValueError()).traceback == ()


def test_text_that_cannot_be_stored_is_escaped() -> None:
    """A lone surrogate in a message of ours does not keep the error from being recorded."""
    assert error_fact(ConfigurationError("file \udce4")).message == "file \\udce4"


@pytest.mark.parametrize(
    ("cls", "name"), [(ValueError, "ValueError"), (CustomError, f"{__name__}.CustomError")]
)
def test_class_is_named_with_its_module(cls: type, name: str) -> None:
    """Classes of modules are named with them, built-in ones without."""
    assert qualified_name(cls) == name


def test_stated_error_is_kept_as_stated() -> None:
    """Type and message that a program states are kept."""
    fact = stated_error({"type": "DataError", "message": "no rows", "traceback": ["a", "b"]})

    assert (fact.error_type, fact.message, fact.traceback) == ("DataError", "no rows", ("a", "b"))


@pytest.mark.parametrize("info", [{}, {"message": None}, {"message": "", "type": ""}])
def test_nothing_stated_is_an_unknown_error(info: dict[str, object]) -> None:
    """An error of which nothing is said has the documented words."""
    fact = stated_error(info)

    assert (fact.error_type, fact.message, fact.traceback) == ("Error", "Unknown error", ())


def test_formatted_traceback_is_reduced_to_its_frames() -> None:
    """Of a traceback as Python prints it the source lines and the message are left out."""
    error = caught(ValueError("Zaphod"))
    text = "".join(traceback.format_exception(error))

    fact = stated_error({"traceback": text})

    assert "Zaphod" in text
    assert [frame.split()[1] for frame in fact.traceback] == ["caught"]
    assert fact.traceback[0].startswith("test_error_facts.py:")


def test_other_keys_become_part_of_the_message() -> None:
    """Nothing that was stated is lost, except secrets."""
    fact = stated_error({"message": "no login", "code": 7, "password": "hush"})

    assert fact.message == 'no login {"code":7,"password":"***"}'


def test_password_in_a_stated_message_is_masked() -> None:
    """A message that quotes a URL does not record its password."""
    fact = stated_error({"message": "cannot reach ftp://ada:hush@host"})

    assert fact.message == "cannot reach ftp://ada:***@host"


@pytest.mark.parametrize("trace", [object(), 5, ValueError("Zaphod").__traceback__, {"a": 1}])
def test_traceback_of_any_type_is_taken(trace: object) -> None:
    """What is no text and no list of lines is kept as text."""
    assert all(isinstance(line, str) for line in stated_error({"traceback": trace}).traceback)
