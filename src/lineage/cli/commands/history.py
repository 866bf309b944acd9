"""Commands that show what has happened."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

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
    from projections.documents.run_list import build_run_list  # noqa: PLC0415

    with open_history(project, as_of, as_known_at) as (_, catalog):
        document = build_run_list(catalog, task_id=task, status=status, limit=limit)
    if as_json:
        console.print_json(document)
        return
    console.print_table(
        ("run", "task", "status", "started", "seconds", "note"),
        [
            (
                run["run_id"][:SHORT],
                run["task_id"],
                run["status"],
                datetime.fromisoformat(run["started_at"]),
                run["duration_s"],
                run["message"],
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
    """Show the report of a run, rebuilt from the ledger, or verify a file against it."""
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from lineage.cli.screen.report_view import print_check, print_report  # noqa: PLC0415
    from lineage.upkeep.report_check import (  # noqa: PLC0415
        check_present_report,
        check_report,
    )
    from projections.documents.report import build_report  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with open_history(project, as_of, as_known_at) as (opened, catalog):
        run_id = find_run(catalog, run, include_refused=False)
        if verify is None:
            document = build_report(catalog, run_id)
            console.print_json(document) if as_json else print_report(document)
            return
        is_past = (as_of, as_known_at) != (None, None)
        check = (check_report if is_past else check_present_report)(opened, catalog, run_id, verify)
    console.print_json(asdict(check)) if as_json else print_check(check)
    if not check.is_identical:
        raise typer.Exit(1)


def log(
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the execution log, rebuilt from the ledger."""
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.execution_log import (  # noqa: PLC0415
        build_execution_list,
        build_execution_log,
    )

    with open_history(project, as_of, as_known_at) as (_, catalog):
        if as_json:
            console.print_json(build_execution_log(catalog))
            return
        runs = build_execution_list(catalog)
    console.print_table(
        ("task", "run", "started", "success", "seconds", "read", "wrote", "report"),
        [
            (
                run["task_id"],
                run["task_run_id"][:SHORT],
                datetime.fromisoformat(run["timestamp"]),
                run["success"],
                run["execution_time"],
                run["files_read"],
                run["files_written"],
                run["report_path"],
            )
            for run in runs
        ],
        drop=("read", "wrote", "seconds", "report"),
    )
