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
        help="The project; LINEAGE_PROJECT, or the one around the current folder, if not given.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="P|TIME",
        help="Answer from what had happened by an ISO 8601 time with offset, or up to a position.",
        show_default=False,
    ),
]
AsKnownAtOption = Annotated[
    str | None,
    typer.Option(
        "--as-known-at",
        metavar="P|TIME",
        help="Answer from what was on record at a time or position; with --as-of, both hold.",
        show_default=False,
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A run id, its first characters, or a task id (latest run)."
    ),
]
