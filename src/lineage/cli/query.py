"""Commands that ask: SQL and the lineage graph."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lineage.cli import console
from lineage.cli.options import AsKnownAtOption, AsOfOption, JsonOption, ProjectOption
from lineage.cli.query_limits import (
    DEFAULT_MEMORY,
    DEFAULT_TIMEOUT_S,
    DiskOption,
    LimitOption,
    MemoryOption,
    TimeoutOption,
    limited,
    limits_of,
    pointing_at_errors,
    show_disk,
)
from lineage.cli.row_formats import RowFormat, format_of, write_answer


class TextGraph(StrEnum):
    """How a graph is written."""

    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(query)
    app.command()(graph)


def query(  # noqa: PLR0913, PLR0917  # one argument an option
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One reading statement of DuckDB SQL.")],
    row_format: Annotated[
        RowFormat, typer.Option("--format", "-f", help="How to write the rows.")
    ] = RowFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file; parquet needs one."),
    ] = None,
    limit: LimitOption = None,
    timeout: TimeoutOption = DEFAULT_TIMEOUT_S,
    memory: MemoryOption = DEFAULT_MEMORY,
    disk: DiskOption = False,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the catalog in SQL: `lineage query "show tables"` lists what there is.

    A query reads the catalog and nothing else, and is stopped at its limits.
    """
    from lineage.cli.opening import open_catalog  # noqa: PLC0415  # start-up time

    wanted = RowFormat.JSON if as_json else format_of(row_format, output)
    limits = limits_of(timeout, memory)
    with open_catalog(project, as_of, as_known_at) as (opened, catalog), pointing_at_errors():
        if disk:
            show_disk(opened, catalog)
        with limited(limits):
            write_answer(catalog.limit(limits).sql(sql), wanted, limit=limit, output=output)


def graph(
    upstream: Annotated[
        str | None,
        typer.Option("--upstream", "-u", metavar="FILE", help="What this file was made from."),
    ] = None,
    downstream: Annotated[
        str | None,
        typer.Option("--downstream", "-d", metavar="FILE", help="What was made from this file."),
    ] = None,
    graph_format: Annotated[
        TextGraph, typer.Option("--format", "-f", help="How to write the graph.")
    ] = TextGraph.MERMAID,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the lineage of files: all of it, or what lies up- or downstream of one.

    FILE is a path as in the history or on disk, the end of one, "uri@sha256" for one version,
    or the first 8 digits of a digest.
    """
    if upstream is not None and downstream is not None:
        raise typer.BadParameter("give --upstream or --downstream, not both")
    from lineage.cli.opening import open_catalog  # noqa: PLC0415  # start-up time
    from projections import graph_formats  # noqa: PLC0415
    from projections.dependency_graph import (  # noqa: PLC0415
        Selection,
        dependency_graph,
        find_datasets,
    )

    with open_catalog(project, as_of, as_known_at) as (opened, catalog):
        selection = None
        name = upstream if upstream is not None else downstream
        if name is not None:
            is_on_disk = os.path.exists(name)  # noqa: PTH110  # bears names that are too long
            known = opened.display(Path(name).absolute()) if is_on_disk else name
            selection = Selection(
                starts=tuple(find_datasets(catalog, known)),
                direction="upstream" if upstream is not None else "downstream",
            )
        drawn = dependency_graph(catalog, selection)
    console.print_text(graph_formats.render(drawn, "json" if as_json else graph_format.value))
