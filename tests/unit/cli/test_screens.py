"""Every command looks as its golden screens show, and these keep the laws of a screen."""

from __future__ import annotations

import pytest
import screens
from screen_laws import broken_words, wide_lines

FILES = sorted(path.name for path in screens.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("name", screens.names())
def test_screen_of_a_command_is_the_golden_one(name: str) -> None:
    """What changed on a screen is changed in a file, too: `python tests/screens.py --write`."""
    for file, text in screens.screens_of(name).items():
        assert text == (screens.FOLDER / file).read_text(encoding="utf-8"), file


def test_every_command_has_a_golden_screen() -> None:
    """What is new needs a line in `screens.COMMANDS`."""
    called = {line.partition(" --")[0] for line in screens.COMMANDS.values()}

    missing = [
        words
        for words, command in screens.subcommands().items()
        if not hasattr(command, "commands")
        and words not in screens.ELSEWHERE
        and not any(f"{line} ".startswith(f"{words} ") for line in called)
    ]

    assert missing == []


def test_golden_screens_are_those_that_are_compared() -> None:
    """A file of a screen that is no more would never be compared."""
    assert set(FILES) == {
        f"{name}.{size}.txt" for name in screens.names() for size in screens.SIZES
    }


def narrow() -> list[str]:
    """The golden files of terminals, but for those of a text in a language of its own."""
    return [f for f in FILES if f.split(".")[-2] != screens.PIPE and "mermaid" not in f]


def text_of(file: str) -> str:
    """The text of a golden file without its command line."""
    return (screens.FOLDER / file).read_text(encoding="utf-8").partition("\n")[2]


@pytest.mark.parametrize("file", narrow())
def test_line_is_no_wider_than_the_screen(file: str) -> None:
    """Only a word that cannot be broken may be wider, and it has a line of its own."""
    assert wide_lines(text_of(file), int(file.split(".")[-2])) == []


@pytest.mark.parametrize("file", narrow())
def test_no_word_date_path_or_id_is_broken(file: str) -> None:
    """What the pipe shows whole is whole on each terminal, or its column was left out."""
    whole = text_of(f"{file.rsplit('.', 2)[0]}.{screens.PIPE}.txt")

    assert broken_words(text_of(file), whole) == []
