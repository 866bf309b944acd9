"""Executes a line of the shell: a SQL statement or a dot command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from lineage.cli.opening import parse_moment
from lineage.cli.screen import console
from lineage.cli.screen.query_limits import show_disk
from lineage.cli.screen.row_formats import RowFormat, write_answer
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from projections import Answer, Catalog, Limits
from projections import open as open_catalog
from projections.catalog import schema
from projections.examples import cookbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of a shell.

    Attributes:
        limits: What each query may use.
        row_format: Output format.
        limit: Maximum rows, as in `write_answer`.
    """

    limits: Limits
    row_format: RowFormat = RowFormat.TABLE
    limit: int | None = None


_FAREWELLS: Final = frozenset({"quit", "exit", "\\q"})


class EndOfShellError(Exception):
    """The user quit."""


def is_farewell(text: str) -> bool:
    """Tell whether a line is a word that leaves a shell."""
    return text.strip().rstrip(";").strip().lower() in _FAREWELLS


class Shell:
    """A catalog queried line by line; close it, or use it as a context manager.

    Args:
        project: The project whose catalog is queried.
        settings: Limits and output format.
        as_of: What had happened by then: a position or time; None for everything.
        as_known_at: What was recorded by then: a position or time; None for everything.
    """

    def __init__(
        self,
        project: Project,
        settings: Settings,
        as_of: str | None = None,
        as_known_at: str | None = None,
    ) -> None:
        self.as_of = as_of
        self.as_known_at = as_known_at
        self._project = project
        self._settings = settings
        self._shows_disk = False
        self._catalog = self._opened(as_of, as_known_at)
        self._commands: Mapping[str, tuple[Callable[[str], None], str, str]] = {
            ".help": (self._help, "", "list these commands"),
            ".tables": (self._tables, "", "list tables and views with their contents"),
            ".schema": (self._schema, "[TABLE]", "list columns, types and meanings"),
            ".examples": (
                self._examples,
                "[N]",
                "list example questions, or run one and show its SQL",
            ),
            ".as-of": (self._as_of, "[P|TIME]", "show the history as of then; without one, all"),
            ".as-known-at": (
                self._as_known_at,
                "[P|TIME]",
                "use only events recorded by then; without one, all",
            ),
            ".refresh": (self._refresh, "", "include events recorded since"),
            ".disk": (self._disk, "", "add the table disk_files: the data folder as it is now"),
            ".quit": (self._quit, "", "quit, like quit, exit, \\q and Ctrl-D"),
        }

    @property
    def catalog(self) -> Catalog:
        """The catalog that is queried now."""
        return self._catalog

    @property
    def commands(self) -> tuple[str, ...]:
        """The dot commands."""
        return tuple(self._commands)

    def run(self, text: str) -> None:
        """Execute one statement or one command.

        Raises:
            EndOfShellError: The user quit.
            LineageError: It is wrong, or reached a limit.
            typer.BadParameter: A moment is neither position nor time.
        """
        if is_farewell(text):
            raise EndOfShellError
        if not text.startswith("."):
            self._ask(text)
            return
        name, _, argument = text.rstrip(";").strip().partition(" ")
        if name not in self._commands:
            raise ConfigurationError(
                f"command {name!r}",
                problem="no such command",
                expected="one of " + ", ".join(self._commands),
            )
        self._commands[name][0](argument.strip())

    def close(self) -> None:
        """Close the catalog."""
        self._catalog.close()

    def _ask(self, sql: str) -> None:
        self._write(self._catalog.sql(sql))

    def _write(self, answer: Answer) -> None:
        write_answer(answer, self._settings.row_format, limit=self._settings.limit)

    def _opened(self, as_of: str | None, as_known_at: str | None) -> Catalog:
        return open_catalog(
            self._project,
            as_of=parse_moment(as_of, ".as-of", self._project),
            as_known_at=parse_moment(as_known_at, ".as-known-at", self._project),
            limits=self._settings.limits,
        )

    def _replace(self, as_of: str | None, as_known_at: str | None) -> None:
        opened = self._opened(as_of, as_known_at)
        self._catalog.close()
        self._catalog, self.as_of, self.as_known_at = opened, as_of, as_known_at
        if self._shows_disk:
            self._disk("")
        console.note(f"position {opened.position}")

    def _help(self, _: str) -> None:
        rows = [(f"{name} {sign}", what) for name, (_, sign, what) in self._commands.items()]
        console.print_table(("command", "what it does"), rows)
        console.print_text("End a statement with a semicolon; Ctrl-C stops it.")

    def _tables(self, _: str) -> None:
        self._write(schema.tables(self._catalog))

    def _schema(self, table: str) -> None:
        answer = schema.columns(self._catalog, table or None)
        write_answer(answer, self._settings.row_format, limit=0)

    def _examples(self, number: str) -> None:
        listed = cookbook.examples()
        if not number:
            rows = [(e.number, e.question, e.topic) for e in listed]
            console.print_table(("n", "question", "topic"), rows)
            return
        wanted = [example for example in listed if str(example.number) == number]
        if not wanted:
            raise ConfigurationError(
                "example", found=number, expected=f"a number from 1 to {len(listed)}"
            )
        (example,) = wanted
        console.note(f"{example.question} {example.note}".strip())
        console.note_lines(*example.sql.splitlines())
        if example.needs:
            self._disk("")
        self._ask(example.sql)

    def _as_of(self, moment: str) -> None:
        self._replace(moment or None, self.as_known_at)

    def _as_known_at(self, moment: str) -> None:
        self._replace(self.as_of, moment or None)

    def _refresh(self, _: str) -> None:
        self._replace(self.as_of, self.as_known_at)

    def _disk(self, _: str) -> None:
        show_disk(self._project, self._catalog)
        self._shows_disk = True

    def _quit(self, _: str) -> None:
        raise EndOfShellError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
