"""Commands that compare runs: two recorded ones, or one with its rerun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.options import (
    AsKnownAtOption,
    AsOfOption,
    JsonOption,
    ProjectOption,
    RunArgument,
    completing,
)
from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.tasks.rerun.rerun import Rerun

Document = Mapping[str, Any]
EXIT_DIFFERS = 1
_MOST_KEYS = 20
_OUTCOMES = {"equal": "equal", "different": "different", "not_comparable": "not comparable"}
_HELP = "A run id, its first characters, or a task id (latest run)."


def diff(
    left: Annotated[
        str, typer.Argument(metavar="RUN", help=_HELP, autocompletion=completing("tasks", "runs"))
    ],
    right: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="The other run.", autocompletion=completing("tasks", "runs")
        ),
    ],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if something differs.")
    ] = False,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how two runs differ: inputs, processing and outputs.

    Compares configuration, seed, inputs, code, environment, operations, metrics and outputs.
    Durations are shown, but do not count as differences. Exits with 0 unless --exit-code is given.
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.run_diff import build_run_diff  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with open_history(project, as_of, as_known_at) as (_, catalog):
        document = build_run_diff(catalog, find_run(catalog, left), find_run(catalog, right))
    console.print_json(document) if as_json else _print_diff(document)
    if exit_code and document["differs"]:
        raise typer.Exit(EXIT_DIFFERS)


def rerun(
    run: RunArgument,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the rerun folder until the next rerun.")
    ] = False,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Execute a run again and compare every file it writes with the recorded one.

    Runs the recorded configuration on the recorded input versions in a separate folder, so the
    project's files do not change. The result is recorded. Exits with 0 if every output has the
    recorded digest, with 1 if one differs or cannot be compared.
    """
    from dataclasses import asdict  # noqa: PLC0415  # start-up time

    from lineage.project import Project  # noqa: PLC0415
    from lineage.tasks.rerun.rerun import rerun as execute_again  # noqa: PLC0415
    from projections.documents.run_lookup import find_run  # noqa: PLC0415

    with Project.open(project) as opened:
        with opened.catalog() as catalog:
            run_id = find_run(catalog, run, include_refused=False)
        found = execute_again(opened, run_id, keep=keep)
    console.print_json(asdict(found)) if as_json else _print_rerun(found)
    if found.outcome != "equal":
        raise typer.Exit(EXIT_DIFFERS)


def _print_rerun(found: Rerun) -> None:
    rows = [
        (o.uri, _OUTCOMES[o.outcome], o.rows_differing, ", ".join(o.columns), o.reason)
        for o in found.outputs
    ]
    console.print_line(f"run {found.run_id}  task {found.task_id}")
    if rows:
        console.print_table(("output", "is", "rows", "columns", "why"), rows)
    for output in found.outputs:
        for key in output.keys[:_MOST_KEYS]:
            console.print_line(f"{output.uri}: {key}")
        if len(output.keys) > _MOST_KEYS:
            console.note(f"{len(output.keys) - _MOST_KEYS:,} more keys; --json lists them")
    for text in found.notes:
        console.note(text)
    reason = f": {found.reason}" if found.reason else ""
    console.print_line(f"{_OUTCOMES[found.outcome]}{reason}")
    if found.folder is not None:
        console.note(f"the rerun's files are in {found.folder}")


def _print_diff(document: Document) -> None:
    from projections.documents.run_diff import PARTS  # noqa: PLC0415  # start-up time

    for side in ("left", "right"):
        run = document[side]
        console.print_line(
            f"{side:<5}  run {run['run_id']}  task {run['task_id']}  {run['status']}  "
            f"started {console.shown_time(run['started_at'])}"
        )
    for text in document["notes"]:
        console.note(text)
    rows = [(part, *_row(change)) for part in PARTS for change in document[part]]
    if rows:
        console.print_table(("part", "what", "left", "right", "difference"), rows)
    else:
        console.print_line("no differences (durations aside)")
    console.print_table(
        ("seconds", "left", "right", "difference"),
        [(d["what"], d["left"], d["right"], d.get("difference")) for d in document["durations"]],
    )


def _row(change: Document) -> tuple[object, ...]:
    absent = {"added": "left", "removed": "right"}.get(change["change"])
    sides = ("-" if side == absent else _cell(change[side]) for side in ("left", "right"))
    difference = change.get("difference")
    return (change["what"], *sides, change["change"] if difference is None else difference)


def _cell(value: Any) -> object:
    """Return a value for a table cell; for a file, its short digest and row count."""
    match value:
        case [dict() as version]:
            return _cell(version)
        case {"sha256": sha256, "row_count": row_count}:
            rows = "" if row_count is None else f", {row_count:,} rows"
            return f"{(sha256 or 'unknown')[:8]}{rows}"
        case {"status": status, "class_name": class_name}:
            return f"{class_name}: {status}"
        case None:
            return "none"
    return value
