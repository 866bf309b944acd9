"""Open the project and the catalog a command asks about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer

from lineage.cli.screen import console
from lineage.project import Project
from projections import Catalog
from projections.catalog.moments import Moment


@contextmanager
def open_history(
    folder: Path | None, as_of: str | None, as_known_at: str | None = None
) -> Iterator[tuple[Project, Catalog]]:
    """Open a project and its catalog, as of now or of a past.

    A past in which nothing had happened is remarked on.

    Args:
        folder: The project; the usual one when None.
        as_of: What had happened: a position, or an ISO 8601 time with offset.
        as_known_at: What was known: likewise.

    Raises:
        typer.BadParameter: A moment is neither.
        MomentError: A time has no offset or has not come yet, or a position lies outside.
        LineageError: The project, its ledger or its catalog cannot be opened.
    """
    happened = None if as_of is None else parse_moment(as_of, "--as-of")
    known = None if as_known_at is None else parse_moment(as_known_at, "--as-known-at")
    with (
        Project.open(folder) as project,
        project.catalog(as_of=happened, as_known_at=known) as catalog,
    ):
        if catalog.position == 0 and (happened, known) != (None, None):
            console.note(_why_empty(project))
        yield project, catalog


def parse_moment(text: str, option: str) -> Moment:
    """Return a position or a time.

    Args:
        text: What was given.
        option: The option it was given to, for the error.

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
        return "the history is empty"
    return f"nothing had happened then; the history begins at {first.recorded_at.isoformat()}"
