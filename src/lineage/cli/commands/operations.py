"""The command that lists operations and describes one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import JsonOption, ProjectOption
from lineage.cli.screen import console

if TYPE_CHECKING:
    from ops.description import OperationDescription


def operations(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="Describe this operation in full.", show_default=False
        ),
    ] = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the operations that tasks can name, or describe one.

    These are the built-in ones and those that the project's tasks folder registers. Works outside
    of a project, too.
    """
    from dataclasses import asdict  # noqa: PLC0415  # start-up time

    from ops import docstring, registry  # noqa: PLC0415
    from ops.description import describe  # noqa: PLC0415

    _register_project(project)
    if name is not None:
        described = describe(registry.resolve(name))
        if as_json:
            console.print_json(asdict(described))
        else:
            _print_description(described)
        return
    found = [registry.resolve(known) for known in registry.names()]
    if as_json:
        console.print_json([asdict(describe(cls)) for cls in found])
        return
    rows = [(cls.__name__, docstring.read(cls).summary, _origin(cls.__module__)) for cls in found]
    console.print_table(("operation", "what it does", "from"), rows)
    console.note("`lineage operations NAME` shows parameters, metrics, files and column lineage")


def _register_project(folder: Path | None) -> None:
    """Import the modules in which a project keeps its operations; no project, no operations."""
    from lineage import settings  # noqa: PLC0415  # start-up time
    from lineage.kernel.errors import ProjectNotFoundError  # noqa: PLC0415
    from lineage.tasks.registry import discovery  # noqa: PLC0415

    try:
        root = settings.find_root() if folder is None else settings.named_root(folder)
    except ProjectNotFoundError:
        if folder is not None or os.environ.get(settings.PROJECT_VARIABLE):
            raise
        return
    for problem in discovery.search_folder(root / discovery.TASKS_FOLDER, root).problems:
        console.note(str(problem))


def _print_description(described: OperationDescription) -> None:
    texts = (
        f"{described.name} ({_origin(described.module)})",
        described.summary,
        described.details,
    )
    for line in "\n\n".join(filter(None, texts)).splitlines():
        console.print_styled(console.plain(line))
    parameters = [
        (p.name, p.type, "required" if p.is_required else p.default, p.meaning)
        for p in described.parameters
    ]
    columns = [(c.columns, " or ".join(c.effects), c.meaning) for c in described.columns]
    for title, headings, rows in (
        ("Parameters", ("parameter", "type", "default", "meaning"), parameters),
        ("Metrics", ("metric", "meaning"), [*described.metrics.items()]),
        ("Files", ("file", "what it holds"), [*described.files.items()]),
        ("Column lineage", ("output columns", "effect", "from"), columns),
        ("Warnings", ("warning", "when"), [*described.warnings.items()]),
    ):
        if rows:
            console.print_text("")
            console.print_table(headings, rows, title=title)


def _origin(module: str) -> str:
    return "built-in" if module.partition(".")[0] == "ops" else module
