"""Open the project and catalog that a command reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import typer

from lineage.cli.screen import console
from lineage.kernel.errors import MomentError
from lineage.ledger.encryption.master import REMEDY
from lineage.project import Project
from projections import Catalog
from projections.catalog import moments
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

    Prints a note if there are no events before that moment, or none that can be read.

    Args:
        folder: The project; None for the default one.
        as_of: What had happened by then: a position or a time, see `moments.FORMS`.
        as_known_at: What was recorded by then: a position or time.
        output: The file that the answer is to be written to, which is checked before.

    Raises:
        typer.BadParameter: A moment is neither position nor time.
        MomentError: A time is in the future, or a position is outside the ledger.
        PathRefusedError: The output belongs to the project's history (`Project.check_target`).
        LineageError: The project, its ledger or its catalog cannot be opened.
    """
    with Project.open(folder) as project, ExitStack() as stack:
        happened = parse_moment(as_of, "--as-of", project)
        known = parse_moment(as_known_at, "--as-known-at", project)
        if output is not None:
            project.check_target(output)
        catalog = stack.enter_context(project.catalog(as_of=happened, as_known_at=known))
        if catalog.position == 0 and (happened, known) != (None, None):
            console.note(_why_empty(project))
        if project.ledger.locked:
            console.note(locked_note(catalog.position))
        yield project, catalog


def parse_moment(text: str | None, option: str, project: Project) -> Moment | None:
    """Return a position or a time; a note says what a time without its zone was taken for.

    Args:
        text: The value of the option; None if it was not given.
        option: Its name, for the messages.
        project: Its clock says what is now.

    Raises:
        typer.BadParameter: The text is neither.
    """
    if text is None:
        return None
    try:
        moment = moments.parse(text, project.clock.now())
    except MomentError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    if not isinstance(moment, int) and not moments.names_zone(text):
        console.note(f"{option} {text}: {console.shown(moment)}")
    return moment


def locked_note(events: int) -> str:
    """Return what cannot be shown of an encrypted ledger without its key, and what helps."""
    return (
        f"the ledger is encrypted: of {events:,} events only who, when and which type can be "
        f"shown; {REMEDY}"
    )


def _why_empty(project: Project) -> str:
    first = project.ledger.mark_at(1)
    if first is None:
        return "the ledger is empty"
    return f"no events by then; the first was recorded at {console.shown(first[2])}"
