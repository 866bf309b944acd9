"""The command that lists what can be restored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lineage.cli.options import (
    SHORT,
    AsKnownAtOption,
    AsOfOption,
    JsonOption,
    ProjectOption,
    completing,
)
from lineage.cli.screen import console

if TYPE_CHECKING:
    from projections import Catalog


def checkpoints(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK",
            help="Only checkpoints of this task.",
            autocompletion=completing("tasks"),
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Include replaced and discarded ones.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most N.")] = 50,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the checkpoints, newest first, without their contents.

    Restore a checkpoint by its name, or by RUN/NAME if a newer one has the same name.
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.documents.checkpoint_list import build_checkpoint_list  # noqa: PLC0415

    with open_history(project, as_of, as_known_at) as (_, catalog):
        document = build_checkpoint_list(catalog, task_id=task, with_gone=everything, limit=limit)
        remark = _remark(catalog, task, document)
    if as_json:
        console.print_json(document)
        return
    if document["checkpoints"]:
        console.print_table(
            ("run", "task", "name", "kind", "operation", "recorded", "bytes", "status"),
            list(map(_line, document["checkpoints"])),
            drop=("bytes", "kind", "operation", "task"),
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
        datetime.fromisoformat(row["recorded_at"]),
        row["size_bytes"],
        row["status"],
    ]


def _remark(catalog: Catalog, task: str | None, document: Mapping[str, Any]) -> str:
    """Return why a list is empty, or what it leaves out."""
    from projections.documents.checkpoint_list import build_checkpoint_list  # noqa: PLC0415
    from projections.documents.task_list import is_known_task  # noqa: PLC0415

    if document["truncated"]:
        more = document["total"] - len(document["checkpoints"])
        return f"{more:,} older checkpoints are not shown; --limit shows more"
    if document["total"]:
        return ""
    of_task = "" if task is None else f" of task {task!r}"
    gone = build_checkpoint_list(catalog, task_id=task, with_gone=True, limit=0)["total"]
    if gone:
        return f"no checkpoints{of_task} can be restored; --all shows {gone:,} that are gone"
    if task is not None and not is_known_task(catalog, task):
        return f"task {task!r} has never run here; `lineage tasks` lists the tasks"
    return f"no checkpoints{of_task} yet; tasks create them with TaskContextManager"
