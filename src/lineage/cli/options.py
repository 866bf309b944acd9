"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXIT_INTERRUPTED = 130
"""Exit code of a command that was interrupted."""

SHORT = 8
"""Characters of a run id in a table."""

STATUSES = ("running", "succeeded", "failed", "interrupted", "refused")

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
        help="Show the history as of a time (ISO 8601 with offset) or a ledger position.",
        show_default=False,
    ),
]
AsKnownAtOption = Annotated[
    str | None,
    typer.Option(
        "--as-known-at",
        metavar="P|TIME",
        help="Use only events recorded by this time or position; can be combined with --as-of.",
        show_default=False,
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run id, its first characters, or a task id (latest run)."
    ),
]
