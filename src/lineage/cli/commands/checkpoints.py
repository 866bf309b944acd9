"""The command that lists what can be restored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.options import SHORT, AsKnownAtOption, AsOfOption, JsonOption, ProjectOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from projections import Catalog

_WANTED = "($task is null or task_id = $task) and ($all or status = 'kept')"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(checkpoints)


def checkpoints(
    task: Annotated[
        str | None, typer.Argument(metavar="TASK", help="Only checkpoints of this task.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Also those that were replaced or discarded.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many.")] = 50,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the checkpoints, newest first; what they hold is not shown.

    A checkpoint is restored by its name, or by RUN/NAME if a newer one has that name too.
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time

    values = {"task": task, "all": everything}
    with open_history(project, as_of, as_known_at) as (_, catalog):
        total = catalog.value(f"select count(*) from checkpoints where {_WANTED}", values)  # noqa: S608  # constants
        rows = catalog.rows(
            f"""
            select run_id, task_id, name, kind, operation, recorded_at, size_bytes, is_encrypted,
              state is null as has_file, status
            from checkpoints
            where {_WANTED}
            order by position desc
            limit $limit
            """,  # noqa: S608  # constants
            {**values, "limit": limit},
        )
        remark = _remark(catalog, task, total=total, shown=len(rows))
    if as_json:
        document = {"checkpoints": rows, "total": total, "truncated": total > len(rows)}
        console.print_json(document)
        return
    if rows:
        console.print_table(
            ("run", "task", "name", "kind", "operation", "when (UTC)", "bytes", "status"),
            list(map(_line, rows)),
        )
    if remark:
        console.note(remark)


def _line(row: Mapping[str, Any]) -> list[object]:
    return [
        row["run_id"][:SHORT],
        row["task_id"],
        row["name"],
        row["kind"],
        row["operation"],
        f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}",
        row["size_bytes"],
        row["status"],
    ]


def _remark(catalog: Catalog, task: str | None, *, total: int, shown: int) -> str:
    """Return what a list leaves open: why it is empty, or what it does not show."""
    if total > shown:
        return f"{total - shown:,} older ones are not shown; --limit shows more"
    if total:
        return ""
    of_task = "" if task is None else f" of task {task!r}"
    values = {"task": task}
    gone = "select count(*) from checkpoints where $task is null or task_id = $task"
    if count := catalog.value(gone, values):
        return f"no checkpoints{of_task} that can be restored; --all shows {count:,} that are gone"
    known = "select $task in (select task_id from tasks union select task_id from runs)"
    if task is not None and not catalog.value(known, values):
        return f"no task {task!r} has run here; `lineage tasks` lists those that have"
    return f"no checkpoints{of_task}; a task makes them with its TaskContextManager"
