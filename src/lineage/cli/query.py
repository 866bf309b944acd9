"""The command that asks the catalog in SQL."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lineage.cli import console
from lineage.cli.options import AsOfOption, JsonOption, ProjectOption

if TYPE_CHECKING:
    import pyarrow as pa


class RowFormat(StrEnum):
    """How the rows of a query are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(query)


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One reading statement of DuckDB SQL.")],
    row_format: Annotated[
        RowFormat, typer.Option("--format", "-f", help="How to write the rows.")
    ] = RowFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write to a file; parquet needs one."),
    ] = None,
    as_of: AsOfOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the catalog in SQL: `lineage query "show tables"` lists what there is."""
    from lineage.cli.opening import open_catalog  # noqa: PLC0415  # start-up time
    from lineage.kernel.values import document_text  # noqa: PLC0415

    wanted = RowFormat.JSON if as_json else _format(row_format, output)
    with open_catalog(project, as_of) as (_, catalog):
        if wanted is RowFormat.TABLE and output is None:
            table = catalog.arrow(sql)
            console.print_table(table.column_names, _tuples(table))
        elif wanted is RowFormat.JSON:
            _put(document_text(catalog.rows(sql)).encode(), output)
        else:
            _put(_encoded(catalog.arrow(sql), wanted), output)


def _format(asked: RowFormat, output: Path | None) -> RowFormat:
    """Return the format to write: a file that was given no format has that of its suffix."""
    if output is None:
        if asked is RowFormat.PARQUET:
            raise typer.BadParameter("parquet needs --output FILE", param_hint="--format")
        return asked
    if asked is not RowFormat.TABLE:
        return asked
    suffix = output.suffix.lstrip(".").lower()
    if suffix not in {RowFormat.JSON, RowFormat.CSV, RowFormat.PARQUET}:
        raise typer.BadParameter(
            f"{output.name!r} says no format; give --format json, csv or parquet",
            param_hint="--output",
        )
    return RowFormat(suffix)


def _tuples(table: pa.Table) -> list[tuple[object, ...]]:
    # not by name: two columns may have the same
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _encoded(table: pa.Table, wanted: RowFormat) -> bytes:
    import io  # noqa: PLC0415  # start-up time

    import pyarrow.csv as pa_csv  # noqa: PLC0415
    import pyarrow.parquet as pa_parquet  # noqa: PLC0415

    buffer = io.BytesIO()
    if wanted is RowFormat.CSV:
        pa_csv.write_csv(_flat(table), buffer)
    else:
        pa_parquet.write_table(table, buffer)
    return buffer.getvalue()


def _put(content: bytes, output: Path | None) -> None:
    from lineage.kernel import files  # noqa: PLC0415  # start-up time

    if output is None:
        console.print_text(content.decode())
    else:
        files.write_bytes(output.absolute(), content)


def _flat(table: pa.Table) -> pa.Table:
    """Turn lists and structures, which CSV cannot hold, into JSON text."""
    import pyarrow as pa  # noqa: PLC0415  # start-up time

    from lineage.kernel.values import canonical_text  # noqa: PLC0415

    for index, field in enumerate(table.schema):
        if pa.types.is_nested(field.type):
            texts = [None if v is None else canonical_text(v) for v in table[index].to_pylist()]
            table = table.set_column(index, field.name, pa.array(texts, pa.string()))
    return table
