"""The command that queries the catalog in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lineage.cli.options import AsKnownAtOption, AsOfOption, JsonOption, ProjectOption
from lineage.cli.screen import query_limits
from lineage.cli.screen.row_formats import RowFormat, format_of, write_answer


def query(  # noqa: PLR0913, PLR0917  # one argument per option
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One read-only DuckDB SQL statement.")],
    row_format: Annotated[
        RowFormat,
        typer.Option(
            "--format", "-f", metavar="FORMAT", help="table, json, csv or parquet (to a file)."
        ),
    ] = RowFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write to a file; required for parquet."
        ),
    ] = None,
    limit: query_limits.LimitOption = None,
    timeout: query_limits.TimeoutOption = query_limits.DEFAULT_TIMEOUT_S,
    memory: query_limits.MemoryOption = query_limits.DEFAULT_MEMORY,
    disk: query_limits.DiskOption = False,
    as_of: AsOfOption = None,
    as_known_at: AsKnownAtOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Query the catalog in SQL; `lineage query "show tables"` lists its tables.

    A query can read only the catalog, and is stopped when it reaches a limit.
    """
    from lineage.cli.opening import open_history  # noqa: PLC0415  # start-up time
    from projections.catalog.limits import limiting_process  # noqa: PLC0415

    wanted = RowFormat.JSON if as_json else format_of(row_format, output)
    limits = query_limits.limits_of(timeout, memory)
    asked = open_history(project, as_of, as_known_at, output=output)
    with asked as (opened, catalog), query_limits.pointing_at_errors():
        if disk:
            query_limits.show_disk(opened, catalog)
        with limiting_process(limits):
            write_answer(catalog.limit(limits).sql(sql), wanted, limit=limit, output=output)
