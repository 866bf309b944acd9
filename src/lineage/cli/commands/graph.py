"""The command that answers where data came from and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import AsKnownAtOption, AsOfOption, JsonOption, ProjectOption

if TYPE_CHECKING:
    from projections.dependency_graph import Question


class Drawing(StrEnum):
    """How a graph is written."""

    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"
    HTML = "html"
    GRAPHML = "graphml"


_SUFFIXES = {"gv": Drawing.DOT, "mmd": Drawing.MERMAID, "htm": Drawing.HTML} | {
    drawing.value: drawing for drawing in Drawing
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(graph)


def graph(  # noqa: PLR0913, PLR0917  # one parameter an option
    upstream: Annotated[
        str | None, typer.Option("--upstream", "-u", metavar="X", help="What X was made from.")
    ] = None,
    downstream: Annotated[
        str | None, typer.Option("--downstream", "-d", metavar="X", help="What was made from X.")
    ] = None,
    impact: Annotated[
        str | None,
        typer.Option("--impact", metavar="X", help="What to recall and redo if X is bad."),
    ] = None,
    path: Annotated[
        tuple[str, str] | None,
        typer.Option("--path", metavar="A B", help="A shortest way from A to B."),
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option("--between", metavar="A B", help="All that lies on any way from A to B."),
    ] = None,
    columns: Annotated[
        bool, typer.Option("--columns", help="Columns in place of files; X is FILE or FILE:COLUMN.")
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", min=1, help="At most so many steps from X."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            "-n",
            metavar="N",
            min=1,
            help="At most so many nodes, the nearest; 200 in pictures and Mermaid, 2,000 in HTML, "
            "all elsewhere, if not given.",
        ),
    ] = None,
    drawing: Annotated[
        Drawing | None,
        typer.Option(
            "--format", "-f", help="How to write it; as the file's suffix says, else Mermaid."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file; png needs one."),
    ] = None,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where data came from and where it went: all of it, or what one question is about.

    X is a file (a path as in the history or on disk, the end of one, "path@digest" for one
    version, the first 8 digits of a digest, or what runs call it), a run, a task, an operation
    ("RUN#2", "TASK#name") or a column ("people.csv:age"). Where it could mean several, put
    "file:", "run:", "task:", "operation:" or "column:" in front.
    """
    question, names = _question(
        {
            "upstream": upstream,
            "downstream": downstream,
            "impact": impact,
            "path": path,
            "between": between,
        }
    )
    if depth is not None and question not in {"upstream", "downstream"}:
        raise typer.BadParameter("goes with --upstream or --downstream", param_hint="--depth")
    wanted = Drawing.JSON if as_json else _drawing(drawing, output)
    if wanted is Drawing.PNG and output is None:
        raise typer.BadParameter("png needs --output FILE", param_hint="--format")
    from lineage.cli.opening import open_history  # noqa: PLC0415
    from lineage.cli.screen.graph_view import print_graph, print_impact  # noqa: PLC0415  # start-up time
    from projections.dependency_graph import Asked  # noqa: PLC0415

    asked = Asked(question=question, names=names, columns=columns, depth=depth)
    with open_history(project, as_of, as_known_at) as (opened, catalog):
        if question == "impact" and wanted in {None, Drawing.JSON}:
            as_json = wanted is not None
            print_impact(opened, catalog, asked, output, limit=limit, as_json=as_json)
        else:
            print_graph(
                opened,
                catalog,
                asked,
                output,
                (wanted or Drawing.MERMAID).value,
                limit=limit,
                is_past=(as_of, as_known_at) != (None, None),
            )


def _question(
    given: Mapping[Question, str | tuple[str, str] | None],
) -> tuple[Question, tuple[str, ...]]:
    """Return which question was asked, and about what; "all" without any."""
    asked = [(name, value) for name, value in given.items() if value is not None]
    if len(asked) > 1:
        options = " or ".join(f"--{name}" for name, _ in asked)
        raise typer.BadParameter(f"give {options}, not both")
    for name, value in asked:
        return name, (value,) if isinstance(value, str) else value
    return "all", ()


def _drawing(asked: Drawing | None, output: Path | None) -> Drawing | None:
    """Return the format to write: a file that was given none has that of its suffix."""
    if asked is not None or output is None:
        return asked
    suffix = output.suffix.lstrip(".").lower()
    if suffix not in _SUFFIXES:
        raise typer.BadParameter(
            f"{output.name!r} says no format; give --format {', '.join(Drawing)}",
            param_hint="--output",
        )
    return _SUFFIXES[suffix]
