"""Options and arguments that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from projections.documents.run_lookup import Kind

EXIT_INTERRUPTED = 130
"""Exit code of a command that was interrupted."""

SHORT = 8
"""Characters of a run id in a table."""

STATUSES = ("running", "succeeded", "failed", "interrupted", "refused")


def completing(*kinds: Kind) -> Callable[[str], list[str]]:
    """Return a completion by names of the history; it gives nothing where it cannot look.

    Args:
        kinds: What is named: tasks, runs, files, metrics.
    """

    def complete(incomplete: str) -> list[str]:
        try:
            from lineage import settings  # noqa: PLC0415  # start-up time
            from projections.documents.run_lookup import names_beginning  # noqa: PLC0415

            root = settings.find_root()
            return [name for kind in kinds for name in names_beginning(root, kind, incomplete)]
        except Exception:  # noqa: BLE001  # whoever presses Tab wants no message
            return []

    return complete


ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        metavar="DIR",
        help="Project folder (default: LINEAGE_PROJECT, else the project that contains the "
        "current folder).",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="P|TIME",
        help="Show the history as of a time or a ledger position: 2026-01-31 13:06:05+01:00, a "
        "local time, a day (its end), 13:06, yesterday, 2h or '30 min ago'.",
        show_default=False,
    ),
]
AsKnownAtOption = Annotated[
    str | None,
    typer.Option(
        "--as-known-at",
        metavar="P|TIME",
        help="Use only events recorded by this time or position, written as for --as-of, with "
        "which it can be combined.",
        show_default=False,
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run id, its first characters, or a task id (latest run).",
        autocompletion=completing("tasks", "runs"),
    ),
]


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone.

    Args:
        question: What to ask.
        yes: Whether the answer was given beforehand.

    Raises:
        typer.BadParameter: Nobody can be asked here.
        typer.Abort: The answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("needed where nobody can be asked", param_hint="--yes")
    typer.confirm(question, abort=True, err=True)
