"""Commands about the execution log: show, import and export it, add to a run, hide a run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lineage.cli.options import (
    SHORT,
    AsKnownAtOption,
    AsOfOption,
    JsonOption,
    ProjectOption,
    RunArgument,
)
from lineage.cli.screen import console

app = typer.Typer(name="log", invoke_without_command=True, add_completion=False)


@app.callback()
def log(
    context: typer.Context,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the execution log, rebuilt from the ledger; or import or export it.

    Runs whose record came from elsewhere are marked as imported.
    """
    if context.invoked_subcommand is not None:
        if (as_of, as_known_at, project, as_json) != (None, None, None, False):
            name = context.invoked_subcommand
            raise typer.BadParameter(f"write the options behind {name!r}", param_hint="log")
        return
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.execution_log import (  # noqa: PLC0415
        build_execution_list,
        build_execution_log,
    )

    with open_history(project, as_of, as_known_at) as (_, catalog):
        runs = build_execution_list(catalog)
        document = build_execution_log(catalog) if as_json else {}
    if as_json:
        imported = {run["task_run_id"] for run in runs if run["imported"]}
        console.print_json(_marked(document, imported))
        return
    console.print_table(
        ("task", "run", "started", "success", "seconds", "read", "wrote", "report", "note"),
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
                "imported" if run["imported"] else None,
            )
            for run in runs
        ],
        drop=("read", "wrote", "seconds", "report"),
    )


@app.command("import")
def import_log(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An execution log, as `log export` writes it.")
    ],
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Make the log what FILE says: hide all other runs, and revert later changes to "
            "those in it.",
        ),
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add the runs of an exported execution log, and say what was added.

    Runs that the ledger has are not added again. Entries that cannot be imported are set aside.
    """
    from lineage.execution_log import interchange  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        done = interchange.import_log(opened, file, replace=replace)
    if as_json:
        console.print_json(asdict(done))
        return
    said = {
        "already in the ledger": done.known,
        "of them shown again": done.shown_again,
        "others hidden": done.hidden,
        "entries set aside": len(done.set_aside),
    }
    parts = [f"{count:,} {what}" for what, count in said.items() if count]
    console.print_line(", ".join([f"{console.counted(done.added, 'run')} imported", *parts]))
    for reason in done.set_aside:
        console.note(f"set aside: {reason}")


@app.command("export")
def export_log(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Where to write it; .csv for a table, anything else JSON (default: "
            "configs/execution_log.json).",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
) -> None:
    """Write the execution log to a file."""
    from lineage.execution_log import export  # noqa: PLC0415  # start-up time
    from lineage.project import Project  # noqa: PLC0415

    with Project.open(project) as opened:
        is_table = file is not None and file.suffix.lower() == ".csv"
        written = export.export_log(opened, file, format="csv" if is_table else "json")
        console.print_text(console.plain(opened.display(written)))


def annotate(
    run: RunArgument,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="What to say about the run.")
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="A word to find the run by. Repeatable."),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a note or tags to a run.

    A note replaces the one before, tags are added. Both are in the run's record in the execution
    log; the ledger keeps what was there.
    """
    if note is None and not tags:
        raise typer.BadParameter("give a text", param_hint="--note or --tag")
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.recording import run_notes  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            run_id = find_run(catalog, run)
        shown = run_notes.annotate(opened, run_id, note=note, tags=tags or ())
    if as_json:
        console.print_json({"run_id": run_id, "annotations": shown})
        return
    for key, value in shown.items():
        text = ", ".join(value) if isinstance(value, list) and key == "tags" else value
        console.print_text(console.plain(f"run {run_id[:SHORT]} {key}: {text}"))


def archive(
    run: RunArgument,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why it is hidden.")
    ] = "archived",
    project: ProjectOption = None,
) -> None:
    """Hide a run from the execution log; the ledger keeps it.

    `lineage log import` of a log that has the run shows it again.
    """
    from lineage.project import Project  # noqa: PLC0415  # start-up time
    from lineage.recording import run_notes  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            run_id = find_run(catalog, run)
        is_new = run_notes.archive(opened, run_id, reason)
    said = "is hidden from the execution log" if is_new else "was hidden already"
    console.print_text(f"run {run_id[:SHORT]} {said}")


def _marked(document: dict[str, Any], imported: set[str]) -> dict[str, Any]:
    """Return an execution log whose imported records say so."""
    executions = [
        {**record, "imported": True} if record["task_run_id"] in imported else record
        for record in document["executions"]
    ]
    return {**document, "executions": executions}
