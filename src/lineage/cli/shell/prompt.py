"""The shell at a terminal: prompt, completion, history, and errors that do not end it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from lineage.cli.screen import console
from lineage.cli.screen.query_limits import pointing_at_errors
from lineage.cli.shell import statements
from lineage.cli.shell.shell import Shell, is_farewell
from lineage.cli.shell.words import Words, load_words, propose
from lineage.kernel.errors import LineageError, safe_message
from projections import Catalog

HISTORY_FILE: Final = "sql_history"
_CONTINUED: Final = "     ...> "


def talk(shell: Shell, state_folder: Path) -> None:
    """Read statements until the user quits.

    Raises:
        EndOfShellError: The user quit.
    """
    console.print_text(f"Catalog at position {shell.catalog.position}. `.help` lists commands.")
    session: PromptSession[str] = PromptSession(
        multiline=True,
        prompt_continuation=_CONTINUED,
        history=_history(state_folder),
        completer=_CatalogCompleter(shell),
        complete_while_typing=False,
        key_bindings=_bindings(),
    )
    while True:
        try:
            text = session.prompt(_prompt(shell))
        except KeyboardInterrupt:  # discards the input
            continue
        except EOFError:
            return
        for statement in _parts(text):
            if not _is_answered(shell, statement):
                break


def _is_answered(shell: Shell, statement: str) -> bool:
    """Execute one statement, print its error if it fails, and tell whether it succeeded."""
    try:
        with pointing_at_errors():
            shell.run(statement)
    except KeyboardInterrupt as stop:
        if stop.args:  # a signal other than Ctrl-C asks the process to end
            raise
        console.note("cancelled")
    except typer.BadParameter as error:
        console.note(error.format_message())
    except (LineageError, OSError) as error:
        console.note(safe_message(error))
    else:
        return True
    return False


def _parts(text: str) -> list[str]:
    stripped = text.strip()
    if stripped.startswith(".") or is_farewell(stripped):
        return [stripped]
    complete, rest = statements.split(stripped)
    return [*complete, *([rest] if rest else [])]


def _prompt(shell: Shell) -> str:
    clocks = {"as of": shell.as_of, "as known at": shell.as_known_at}
    past = [f" {clock} {moment}" for clock, moment in clocks.items() if moment is not None]
    return f"lineage{''.join(past)}> "


def _bindings() -> KeyBindings:
    """Let Enter submit a complete statement, and begin a new line otherwise."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text.strip()
        if text.startswith(".") or is_farewell(text) or statements.is_complete(text):
            buffer.validate_and_handle()
        else:
            buffer.newline()

    return bindings


class _CatalogCompleter(Completer):
    """Completes names of the catalog that is open."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._known: tuple[Catalog, Words] | None = None

    def get_completions(self, document: Document, _event: CompleteEvent) -> Iterator[Completion]:
        """Yield completions at the cursor."""
        words = self._words()
        typed, proposed = propose(words, document.text, document.text_before_cursor)
        for text, meaning in proposed:
            yield Completion(text, start_position=-len(typed), display_meta=meaning)

    def _words(self) -> Words:
        catalog = self._shell.catalog
        if self._known is None or self._known[0] is not catalog:
            self._known = (catalog, load_words(catalog, self._shell.commands))
        return self._known[1]


class _QuietHistory(FileHistory):
    """A history whose file may become unwritable."""

    def store_string(self, string: str) -> None:
        """Append a line, or note that it cannot be written."""
        try:
            super().store_string(string)
        except OSError as error:
            console.note(f"not saved to the history: {safe_message(error)}")


def _history(folder: Path) -> History:
    """Open the history file, which only its owner can read; else keep the history in memory."""
    path = folder / HISTORY_FILE
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        return InMemoryHistory()
    return _QuietHistory(str(path))
