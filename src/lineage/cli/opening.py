"""Open the project and the catalog a command asks about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import typer

from lineage.project import Project
from projections import Catalog


@contextmanager
def open_catalog(folder: Path | None, as_of: str | None) -> Iterator[tuple[Project, Catalog]]:
    """Open a project and its catalog, as of now or of a position or time.

    Args:
        folder: The project; the usual one when None.
        as_of: A position or an ISO 8601 time; a time without offset is local.

    Raises:
        typer.BadParameter: `as_of` is neither.
        LineageError: The project, its ledger or its catalog cannot be opened.
    """
    with Project.open(folder) as project:
        moment = None if as_of is None else parse_moment(as_of)
        opened = project.catalog() if moment is None else project.projector.as_of(moment)
        with opened as catalog:
            yield project, catalog


def parse_moment(text: str) -> int | datetime:
    """Return a position or a timezone-aware time.

    Raises:
        typer.BadParameter: The text is neither.
    """
    if text.isdecimal():
        return int(text)
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is neither a position nor an ISO 8601 time", param_hint="--as-of"
        ) from None
