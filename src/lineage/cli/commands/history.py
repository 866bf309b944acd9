"""Commands that show what has happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from lineage.cli.options import (
    SHORT,
    STATUSES,
    AsKnownAtOption,
    AsOfOption,
    JsonOption,
    ProjectOption,
    RunArgument,
    completing,
)
from lineage.cli.screen import console


class ReportFormat(StrEnum):
    """Output format of a report."""

    TABLE = "table"
    HTML = "html"
    MARKDOWN = "markdown"
    JSON = "json"


_SUFFIXES: Final = {
    ".html": ReportFormat.HTML,
    ".htm": ReportFormat.HTML,
    ".md": ReportFormat.MARKDOWN,
    ".markdown": ReportFormat.MARKDOWN,
    ".json": ReportFormat.JSON,
}


def runs(
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            "-t",
            metavar="T",
            help="Only runs of this task.",
            autocompletion=completing("tasks"),
        ),
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            "-s",
            metavar="S",
            help=f"Only runs with this status: {', '.join(STATUSES)}.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most N.")] = 50,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs, newest first."""
    if status is not None and status not in STATUSES:
        raise typer.BadParameter(f"{status!r} is not one of {', '.join(STATUSES)}", param_hint="-s")
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from lineage.cli.screen.run_view import status_now  # noqa: PLC0415
    from lineage.upkeep import liveness  # noqa: PLC0415
    from projections.documents.run_list import build_run_list  # noqa: PLC0415

    is_past = (as_of, as_known_at) != (None, None)
    with open_history(project, as_of, as_known_at) as (opened, catalog):
        seen = {} if is_past else liveness.of_open_runs(opened, catalog)
        dead = [run_id for run_id, one in seen.items() if one.status == "interrupted"]
        document = build_run_list(
            catalog, task_id=task, status=status, limit=limit, interrupted=dead
        )
    for run in document["runs"]:
        one = seen.get(run["run_id"])
        run["liveness"] = None if one is None else asdict(one)
    if as_json:
        console.print_json(document)
        return
    console.print_table(
        ("run", "task", "status", "started", "seconds", "note"),
        [
            (
                run["run_id"][:SHORT],
                run["task_id"],
                status_now(run, run),
                datetime.fromisoformat(run["started_at"]),
                run["duration_s"],
                _note(run),
            )
            for run in document["runs"]
        ],
        drop=("seconds",),
    )
    if document["truncated"]:
        more = document["total"] - len(document["runs"])
        console.note(f"{more:,} older runs are not shown; --limit shows more")
    if not document["total"]:
        console.note("no runs yet; start one with `lineage run TASK`")


def show(
    run: RunArgument,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one run: what it read, did and wrote, and its messages.

    If it did not succeed, files that are still in the output folder are named with the run that
    wrote them.
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from lineage.cli.screen.run_view import details_of, print_run  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    is_past = (as_of, as_known_at) != (None, None)
    with open_history(project, as_of, as_known_at) as (opened, catalog):
        details = details_of(opened, catalog, find_run(catalog, run), is_past=is_past)
    console.print_json(details) if as_json else print_run(details)


def report(
    run: RunArgument,
    report_format: Annotated[
        ReportFormat | None,
        typer.Option(
            "--format",
            "-f",
            help="Output format (default: from the file suffix, else table). HTML is one page "
            "without scripts or other files; Markdown also reads as plain text.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file."),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            "--verify",
            metavar="FILE",
            help="Compare FILE with the report byte by byte; exits with 1 if they differ.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the report of a run, rebuilt from the ledger, or verify a file against it.

    With --format html or markdown it is a page to read, print and mail: risk and utility before
    and after, warnings, files, operations, where columns came from, and how to verify it all.
    """
    wanted = ReportFormat.JSON if as_json else _report_format(report_format, output)
    if verify is not None and (output is not None or report_format is not None):
        raise typer.BadParameter(
            "cannot be combined with --format or --output", param_hint="--verify"
        )
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from lineage.cli.screen.report_view import print_check, print_report  # noqa: PLC0415
    from lineage.kernel.values import document_text  # noqa: PLC0415
    from lineage.upkeep import liveness  # noqa: PLC0415
    from lineage.upkeep.report_check import (  # noqa: PLC0415
        check_present_report,
        check_report,
    )
    from projections.documents.findings.privacy_effect import build_privacy_effect  # noqa: PLC0415
    from projections.documents.report import build_report  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with open_history(project, as_of, as_known_at, output=output) as (opened, catalog):
        run_id = find_run(catalog, run, include_refused=False)
        is_past = (as_of, as_known_at) != (None, None)
        if verify is None:
            if wanted in {ReportFormat.HTML, ReportFormat.MARKDOWN}:
                from projections.pages import report_page  # noqa: PLC0415  # start-up time

                page = report_page(
                    catalog, run_id, "html" if wanted is ReportFormat.HTML else "markdown"
                )
                _put(page, output)
                return
            document = build_report(catalog, run_id)
            seen = None if is_past else liveness.of_run(opened, document)
            if seen is not None:
                document["liveness"] = asdict(seen)
            if wanted is ReportFormat.TABLE:
                print_report(document, build_privacy_effect(catalog, run_id))
            else:
                _put(document_text(document), output)
            return
        check = (check_report if is_past else check_present_report)(opened, catalog, run_id, verify)
    console.print_json(asdict(check)) if as_json else print_check(check)
    if not check.is_identical:
        raise typer.Exit(1)


def _report_format(asked: ReportFormat | None, output: Path | None) -> ReportFormat:
    """Return the output format: the one asked for, else that of the file suffix."""
    if output is None:
        return asked or ReportFormat.TABLE
    if asked is ReportFormat.TABLE:
        raise typer.BadParameter("a table goes to the terminal", param_hint="--output")
    implied = asked or _SUFFIXES.get(output.suffix.lower())
    if implied is None:
        raise typer.BadParameter(
            f"{output.name!r} implies no format; give --format html, markdown or json",
            param_hint="--output",
        )
    return implied


def _put(text: str, output: Path | None) -> None:
    if output is None:
        console.print_text(text)
        return
    from lineage.kernel import files  # noqa: PLC0415  # start-up time

    files.write_text(output.absolute(), text)
    console.note(f"wrote {output}")


def _note(run: Mapping[str, Any]) -> str | None:
    """Return how a run ended in words, and whether its record came from elsewhere."""
    mark = "imported" if run["is_imported"] else None
    said = run["message"] or (run["liveness"] and run["liveness"]["detail"])
    return ": ".join(filter(None, (mark, said))) or None
