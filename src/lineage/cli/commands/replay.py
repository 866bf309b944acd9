"""The command that shows a run as it happened."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import EXIT_INTERRUPTED, JsonOption, ProjectOption, RunArgument
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.project import Project
    from projections.documents.replay import Step


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(replay)


def replay(
    run: RunArgument,
    to: Annotated[
        int | None,
        typer.Option(
            "--to",
            metavar="N",
            min=1,
            help="Stop after the run's N-th event, and show the whole run as it was then.",
            show_default=False,
        ),
    ] = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Wait for further events until the run has ended or died."
        ),
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run as it happened: each event, and the state of the run after it.

    With --json each event is one line, {"event": ..., "state": ...}; --to adds a last line,
    {"run": ...}. Ctrl-C ends --follow, not the run.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            run_id = find_run(catalog, run)
        try:
            shown = _show(_steps(opened, run_id, to=to, follow=follow), as_json=as_json)
        except KeyboardInterrupt:
            raise SystemExit(EXIT_INTERRUPTED) from None
        if to is not None:
            _show_whole(opened, run_id, min(to, shown), as_json=as_json)
            if shown < to:
                console.note(f"the run has only {shown:,} events")


def _steps(project: Project, run_id: str, *, to: int | None, follow: bool) -> Iterator[Step]:
    from lineage.upkeep import following  # noqa: PLC0415  # start-up time
    from projections.documents import replay as replaying  # noqa: PLC0415

    steps = following.follow(project, run_id) if follow else replaying.replay(project, run_id)
    return islice(steps, to)


def _show(steps: Iterator[Step], *, as_json: bool) -> int:
    """Print one line per event and return the number of events."""
    from lineage.cli.screen import replay_view  # noqa: PLC0415  # start-up time

    put = replay_view.put_json if as_json else replay_view.put_line
    count = 0
    for recorded, state in steps:
        put(recorded, state)
        count = state.events
        sys.stdout.flush()  # the reader of a pipe follows, too
    return count


def _show_whole(project: Project, run_id: str, events: int, *, as_json: bool) -> None:
    from lineage.cli.screen.run_view import print_run  # noqa: PLC0415  # start-up time
    from lineage.kernel.values import canonical_text  # noqa: PLC0415
    from projections.documents.run_details import build_run_details  # noqa: PLC0415

    with project.projector.of_run(run_id, until=events) as catalog:
        details = build_run_details(catalog, run_id)
    console.print_text(canonical_text({"run": details})) if as_json else print_run(details)
