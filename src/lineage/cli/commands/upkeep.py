"""Commands that rebuild and check."""

from __future__ import annotations

from typing import Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console


def rebuild(
    files: Annotated[
        bool,
        typer.Option(
            "--files", help="Also rewrite every report and process summary and the execution log."
        ),
    ] = False,
    project: ProjectOption = None,
) -> None:
    """Rebuild the catalog from the ledger; with --files every exported document, too."""
    from lineage import exports  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        if not files:
            console.print_line(f"catalog at position {opened.projector.rebuild()}")
            return
        for path in exports.rebuild(opened, lambda name: console.note(f"building {name}")):
            console.print_line(opened.display(path))


def doctor(
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Examine the whole ledger, and compare catalog and documents with it, however "
            "long it is.",
        ),
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the project and repair what is safe to repair.

    Of a ledger of more than 20,000 events only the newest are examined, and of its reports the
    latest 20, unless --deep is given.
    Exits with 1 if it finds a problem.
    """
    from dataclasses import asdict  # noqa: PLC0415  # start-up time

    from lineage.project import Project  # noqa: PLC0415
    from lineage.upkeep.doctor import examine  # noqa: PLC0415

    with Project.open(project) as opened:
        findings = examine(opened, is_deep=deep)
    if as_json:
        console.print_json([asdict(finding) for finding in findings])
    else:
        console.print_table(
            ("check", "ok", "found"), [(f.check, f.is_ok, f.detail) for f in findings]
        )
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)
