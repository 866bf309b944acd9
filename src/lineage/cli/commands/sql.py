"""The command `sql`: a shell over the catalog, at the terminal or from a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import AsKnownAtOption, AsOfOption, JsonOption, ProjectOption
from lineage.cli.screen import console, query_limits
from lineage.cli.screen.row_formats import RowFormat

if TYPE_CHECKING:
    from lineage.cli.shell.shell import Shell


def sql(
    row_format: Annotated[
        RowFormat,
        typer.Option("--format", "-f", metavar="FORMAT", help="table, json or csv."),
    ] = RowFormat.TABLE,
    limit: query_limits.LimitOption = None,
    timeout: query_limits.TimeoutOption = query_limits.DEFAULT_TIMEOUT_S,
    memory: query_limits.MemoryOption = query_limits.DEFAULT_MEMORY,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Query the catalog in SQL, statement by statement; `quit` leaves.

    Reads statements from the terminal, with completion, or from standard input. `.help`
    lists further commands. The terminal history is kept in .lineage/sql_history.
    """
    if row_format is RowFormat.PARQUET:
        raise typer.BadParameter("parquet needs a file; use `lineage query`", param_hint="--format")
    from lineage.cli.shell.shell import EndOfShellError, Settings, Shell  # noqa: PLC0415  # start-up
    from lineage.project import Project  # noqa: PLC0415
    from projections.catalog.limits import limiting_process  # noqa: PLC0415

    settings = Settings(
        limits=query_limits.limits_of(timeout, memory),
        row_format=RowFormat.JSON if as_json else row_format,
        limit=limit,
    )
    with (
        Project.open(project) as opened,
        limiting_process(settings.limits),
        Shell(opened, settings, as_of, as_known_at) as shell,
    ):
        try:
            if sys.stdin.isatty() and sys.stdout.isatty():
                from lineage.cli.shell.prompt import talk  # noqa: PLC0415  # start-up time

                talk(shell, opened.state_folder)
            else:
                _run_all(shell, sys.stdin)
        except EndOfShellError:
            return


def _run_all(shell: Shell, lines: Iterable[str]) -> None:
    """Execute statements from a pipe, and stop at the first error."""
    from lineage.cli.shell import statements  # noqa: PLC0415  # start-up time
    from lineage.cli.shell.shell import is_farewell  # noqa: PLC0415

    rest = ""
    for line in lines:
        if not rest and (line.startswith(".") or is_farewell(line)):
            shell.run(line.strip())
            continue
        complete, rest = statements.split(rest + line)
        for statement in complete:
            _ask(shell, statement)
        rest = f"{rest}\n" if rest else ""
        if console.reader_has_left():
            return
    if rest:
        _ask(shell, rest)


def _ask(shell: Shell, statement: str) -> None:
    with query_limits.pointing_at_errors():
        shell.run(statement)
