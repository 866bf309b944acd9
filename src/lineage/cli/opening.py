"""Open the project and catalog that a command reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import typer

from lineage.cli.screen import console
from lineage.project import Project
from projections import Catalog
from projections.catalog.moments import Moment


@contextmanager
def open_history(
    folder: Path | None,
    as_of: str | None,
    as_known_at: str | None = None,
    *,
    output: Path | None = None,
) -> Iterator[tuple[Project, Catalog]]:
    """Open a project and its catalog, as of now or of an earlier moment.

    Prints a note if there are no events before that moment.

    Args:
        folder: The project; None for the default one.
        as_of: What had happened by then: a position, or an ISO 8601 time with offset.
        as_known_at: What was recorded by then: a position or time.
        output: The file that the answer is to be written to, which is checked before.

    Raises:
        typer.BadParameter: A moment is neither position nor time.
        MomentError: A time has no offset or is in the future, or a position is outside the ledger.
        PathRefusedError: The output belongs to the project's history (`Project.check_target`).
        LineageError: The project, its ledger or its catalog cannot be opened.
    """
    happened = None if as_of is None else parse_moment(as_of, "--as-of")
    known = None if as_known_at is None else parse_moment(as_known_at, "--as-known-at")
    with Project.open(folder) as project, ExitStack() as stack:
        if output is not None:
            project.check_target(output)
        catalog = stack.enter_context(project.catalog(as_of=happened, as_known_at=known))
        if catalog.position == 0 and (happened, known) != (None, None):
            console.note(_why_empty(project))
        yield project, catalog


def parse_moment(text: str, option: str) -> Moment:
    """Return a position or a time.

    Args:
        text: The value of the option.
        option: Its name, for the error message.

    Raises:
        typer.BadParameter: The text is neither.
    """
    try:
        is_position = text.isascii() and text.isdecimal()
        return int(text) if is_position else datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is neither a position nor an ISO 8601 time", param_hint=option
        ) from None


def _why_empty(project: Project) -> str:
    first = next(project.ledger.read(until=1), None)
    if first is None:
        return "the ledger is empty"
    return f"no events by then; the first was recorded at {first.recorded_at.isoformat()}"
