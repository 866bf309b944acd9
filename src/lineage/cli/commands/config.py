"""The command that shows the configuration and where each value comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption, completing
from lineage.cli.screen import console
from lineage.kernel.values import JsonValue, canonical_text


def config(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]",
            autocompletion=completing("tasks"),
            help="Task id; leave it out to see the project's own settings.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every configuration value and where it comes from; secrets appear as ***.

    Precedence, highest first: command line, task file, environment (LINEAGE_<TASK>_<KEY>, then
    LINEAGE_<KEY>), project file, defaults.
    """
    from dataclasses import asdict  # noqa: PLC0415  # start-up time

    from lineage.project import Project  # noqa: PLC0415
    from lineage.tasks.config import sources, values  # noqa: PLC0415
    from lineage.tasks.registry import config_view  # noqa: PLC0415

    with Project.open(project) as opened:
        task_id, entries = (
            (None, config_view.of_project(opened.root))
            if task is None
            else config_view.of_task(opened, task)
        )
    if as_json:
        console.print_json({"task_id": task_id, "values": [asdict(entry) for entry in entries]})
        return
    console.print_table(
        ("key", "value", "origin"), [(e.key, _plain(e.value), e.origin) for e in entries]
    )
    stated = {entry.key: entry.value for entry in entries if entry.origin != sources.DEFAULT}
    for remark in values.remarks(stated):
        console.note(remark)


def _plain(value: JsonValue) -> str:
    """Return a value as it is written in a configuration file."""
    return value if isinstance(value, str) else canonical_text(value)
