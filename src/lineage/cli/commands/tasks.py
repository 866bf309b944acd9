"""The command that lists the tasks of a project."""

from __future__ import annotations

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console


def tasks(project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """List the tasks: from the project file, packages and the tasks folder, and past ones.

    Imports the modules in the project's tasks folder to find tasks.
    """
    from dataclasses import asdict  # noqa: PLC0415  # start-up time

    from lineage.cli.opening import open_history  # noqa: PLC0415
    from lineage.tasks.registry.listing import list_tasks  # noqa: PLC0415

    with open_history(project, None) as (opened, catalog):
        listed = list_tasks(opened, catalog)
    if as_json:
        console.print_json([asdict(task) for task in listed])
        return
    console.print_table(
        ("task", "type", "version", "depends on", "last run", "at", "from", "description"),
        [
            (
                task.task_id or "?",
                task.task_type,
                task.version,
                ", ".join(task.dependencies),
                task.last_status if task.liveness is None else task.liveness.status,
                task.last_run_at,
                ", ".join(task.places),
                task.description,
            )
            for task in listed
        ],
        drop=("version", "type", "from", "at", "depends on"),
    )
    for task in listed:
        for remark in filter(None, (task.problem, task.liveness and task.liveness.detail)):
            console.note(f"{task.task_id or '?'}: {remark}")
    if not listed:
        console.note("no tasks yet; `lineage init DIR --template simple` creates one to start from")
