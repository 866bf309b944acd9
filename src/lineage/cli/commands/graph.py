"""The command that answers where data came from and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli.options import AsKnownAtOption, AsOfOption, JsonOption, ProjectOption, completing

if TYPE_CHECKING:
    from projections.dependency_graph import Question, Reply


_NAMES = completing("files", "tasks", "runs")
EXIT_NO = 3
EXIT_UNKNOWN = 4


class Drawing(StrEnum):
    """Output format of a graph."""

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


def graph(  # noqa: PLR0913, PLR0917  # one parameter per option
    upstream: Annotated[
        str | None,
        typer.Option(
            "--upstream", "-u", metavar="X", autocompletion=_NAMES, help="What X was made from."
        ),
    ] = None,
    downstream: Annotated[
        str | None,
        typer.Option(
            "--downstream", "-d", metavar="X", autocompletion=_NAMES, help="What was made from X."
        ),
    ] = None,
    around: Annotated[
        str | None,
        typer.Option(
            "--around", metavar="X", autocompletion=_NAMES, help="Both: what lies around X."
        ),
    ] = None,
    impact: Annotated[
        str | None,
        typer.Option(
            "--impact",
            metavar="X",
            autocompletion=_NAMES,
            help="What to recall and redo if X is bad.",
        ),
    ] = None,
    path: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--path", metavar="A B", autocompletion=_NAMES, help="A shortest path from A to B."
        ),
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--between",
            metavar="A B",
            autocompletion=_NAMES,
            help="Everything on any path from A to B.",
        ),
    ] = None,
    columns: Annotated[
        bool,
        typer.Option(
            "--columns", help="Columns instead of files; X is FILE, FILE:COLUMN or COLUMN."
        ),
    ] = False,
    depth: Annotated[
        int | None,
        typer.Option("--depth", metavar="N", min=1, help="Stop N steps from X."),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            metavar="CLASS",
            help="Show only files with such columns: direct, quasi, sensitive, special or "
            "unclassified; may be repeated. What is hidden is counted.",
        ),
    ] = None,
    exposures: Annotated[
        list[str] | None,
        typer.Option(
            "--exposure",
            metavar="WORD",
            help="Show only files whose columns of people are exposed, unknown or protected.",
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="Show only files and runs with the tag."),
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Show only what is failed, running, stale, missing, erased, undeclared, released "
            "or refused.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            "-n",
            metavar="N",
            min=1,
            help="Show at most N nodes, nearest first (default: 200 for pictures and Mermaid, "
            "2,000 for HTML, otherwise all).",
        ),
    ] = None,
    drawing: Annotated[
        Drawing | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help="json, mermaid, dot, svg, png, html or graphml (default: from the file suffix, "
            "else a tree on a terminal and Mermaid in a pipe).",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file; required for png."),
    ] = None,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help=f"Exit with {EXIT_NO} if the answer is no."),
    ] = False,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show where data came from and where it went: everything, or the answer to one question.

    X is a file (its path as recorded or on disk, the end of that path, "path@digest" for one
    version, the first 8 digits of a digest, or the name runs give it), a run, a task, an
    operation ("RUN#2", "TASK#name") or a column ("people.csv:age", or "age" if one file has it). If
    X is ambiguous, prefix it with "file:", "run:", "task:", "operation:" or "column:".

    A question about columns has three answers: yes, no, and unknown, where an operation did not
    declare where its columns came from; the file it wrote is named. Exits with 4 if the answer is
    unknown, with --exit-code also with 3 if it is no; 1 and 2 are errors.
    """
    question, names = _question(
        {
            "upstream": upstream,
            "downstream": downstream,
            "around": around,
            "impact": impact,
            "path": path,
            "between": between,
        }
    )
    if depth is not None and question not in {"upstream", "downstream", "around"}:
        raise typer.BadParameter("needs --upstream, --downstream or --around", param_hint="--depth")
    wanted = Drawing.JSON if as_json else _drawing(drawing, output)
    if wanted is Drawing.PNG and output is None:
        raise typer.BadParameter("png needs --output FILE", param_hint="--format")
    from lineage.cli.opening import open_history  # noqa: PLC0415
    from lineage.cli.screen.graph_view import print_graph, print_impact  # noqa: PLC0415  # start-up time
    from projections.dependency_graph import Asked  # noqa: PLC0415
    from projections.dependency_graph.picture.filters import Filter  # noqa: PLC0415

    shown = Filter(
        classes=frozenset(classes or ()),
        exposures=frozenset(exposures or ()),
        tags=frozenset(tags or ()),
        states=frozenset(states or ()),
    )
    if not shown.is_empty and question == "impact":
        raise typer.BadParameter("cannot be combined with a filter", param_hint="--impact")
    asked = Asked(question=question, names=names, columns=columns, depth=depth)
    with open_history(project, as_of, as_known_at, output=output) as (opened, catalog):
        if question == "impact" and wanted in {None, Drawing.JSON}:
            as_json = wanted is not None
            answer: Reply | None = print_impact(
                opened, catalog, asked, output, limit=limit, as_json=as_json
            )
        else:
            answer = print_graph(
                opened,
                catalog,
                asked,
                output,
                None if wanted is None else wanted.value,
                limit=limit,
                shown=shown,
                is_past=(as_of, as_known_at) != (None, None),
            )
    if answer == "unknown":
        raise typer.Exit(EXIT_UNKNOWN)
    if answer == "no" and exit_code:
        raise typer.Exit(EXIT_NO)


def _question(
    given: Mapping[Question, str | tuple[str, str] | None],
) -> tuple[Question, tuple[str, ...]]:
    """Return the question and the names it is about; "all" if none was asked."""
    asked = [(name, value) for name, value in given.items() if value is not None]
    if len(asked) > 1:
        options = " or ".join(f"--{name}" for name, _ in asked)
        raise typer.BadParameter(f"give {options}, not both")
    for name, value in asked:
        return name, (value,) if isinstance(value, str) else value
    return "all", ()


def _drawing(asked: Drawing | None, output: Path | None) -> Drawing | None:
    """Return the output format: the one asked for, else that of the file suffix."""
    if asked is not None or output is None:
        return asked
    suffix = output.suffix.lstrip(".").lower()
    if suffix not in _SUFFIXES:
        raise typer.BadParameter(
            f"{output.name!r} implies no format; give --format {', '.join(Drawing)}",
            param_hint="--output",
        )
    return _SUFFIXES[suffix]
