"""The command that shows what is configured, and where each value comes from."""

from __future__ import annotations

from typing import Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console
from lineage.kernel.values import JsonValue, canonical_text


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(config)


def config(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="[TASK]",
            help="A task of the project; what holds for the project itself, if not given.",
            show_default=False,
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every value of a configuration and where it comes from; secrets as ***.

    The command line goes before the task's file, that before the environment (LINEAGE_<TASK>_<KEY>
    before LINEAGE_<KEY>), that before the project's file, that before the defaults.
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
    """Return a value as a configuration file has it."""
    return value if isinstance(value, str) else canonical_text(value)
