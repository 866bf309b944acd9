"""Write the rows of a query as they arrive: table, JSON, CSV, Parquet."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import typer

from lineage.cli.screen import console

if TYPE_CHECKING:
    import pyarrow as pa

    from projections.catalog.answer import Answer
    from projections.catalog.rows import Batch, Rows

TABLE_ROWS: Final = 1_000
"""Rows that a table shows by default."""


class RowFormat(StrEnum):
    """Output format of a query."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def format_of(asked: RowFormat, output: Path | None) -> RowFormat:
    """Return the output format: the one asked for, else that of the file suffix.

    Raises:
        typer.BadParameter: Parquet without a file, or a file whose suffix implies no format.
    """
    if output is None:
        if asked is RowFormat.PARQUET:
            raise typer.BadParameter("parquet needs --output FILE", param_hint="--format")
        return asked
    if asked is not RowFormat.TABLE:
        return asked
    suffix = output.suffix.lstrip(".").lower()
    if suffix not in {RowFormat.JSON, RowFormat.CSV, RowFormat.PARQUET}:
        raise typer.BadParameter(
            f"{output.name!r} implies no format; give --format json, csv or parquet",
            param_hint="--output",
        )
    return RowFormat(suffix)


def write_answer(
    answer: Answer, wanted: RowFormat, *, limit: int | None, output: Path | None = None
) -> None:
    """Write the rows of an answer, and note on standard error how many were left out.

    Args:
        answer: The query.
        wanted: Output format; a table goes to the terminal, Parquet to a file.
        limit: Maximum rows; 0 for all, None for the default of the format.
        output: The file, which appears when complete; standard output when None.

    Raises:
        QueryError: The query is wrong or reached a limit.
        OSError: The file cannot be written.
    """
    most = (TABLE_ROWS if wanted is RowFormat.TABLE else 0) if limit is None else limit
    with answer.stream() as rows:
        as_records = wanted in {RowFormat.TABLE, RowFormat.JSON}
        shown = _Shown(rows, most, as_records=as_records)
        if wanted is RowFormat.TABLE:
            _print_table(shown)
        elif output is None:
            _WRITERS[wanted](shown, cast("BinaryIO", _Screen()))
        else:
            from lineage.kernel import files  # noqa: PLC0415  # start-up time

            with files.replacing(output.absolute()) as pending:
                _WRITERS[wanted](shown, cast("BinaryIO", pending.stream))
        if not console.reader_has_left():
            shown.note_what_is_missing()


class _Shown:
    """The first rows of a query; the others are counted, not kept.

    Args:
        rows: The running query.
        most: Maximum rows to show; 0 for all.
        as_records: They are wanted as `records`; else as batches of Arrow.
    """

    def __init__(self, rows: Rows, most: int, *, as_records: bool) -> None:
        self._rows = rows
        self._batches: Iterator[Batch] = rows.batches() if as_records else iter(rows)
        self._most = most
        self._left_out = 0

    @property
    def names(self) -> list[str]:
        return self._rows.names

    @property
    def schema(self) -> pa.Schema:
        return self._rows.schema

    def __iter__(self) -> Iterator[Batch]:
        missing = self._most or sys.maxsize
        for batch in self._batches:
            yield batch[:missing]
            missing -= len(batch)
            if missing <= 0:
                self._left_out = -missing
                return
            if console.reader_has_left():
                return

    def records(self) -> Iterator[dict[str, Any]]:
        for batch in self:
            yield from self._rows.records(batch)

    def note_what_is_missing(self) -> None:
        """Count the rows not shown, to the end or as far as the time limit allows."""
        from lineage.kernel.errors import QueryStoppedError  # noqa: PLC0415  # start-up time

        whole = ""
        try:
            for batch in self._batches:
                self._left_out += len(batch)
        except QueryStoppedError:
            whole = "more than "
        if self._left_out:
            whole += f"{self._most + self._left_out:,}"
            console.note(f"{self._most:,} of {whole} rows shown; --limit 0 shows all")


def _print_table(shown: _Shown) -> None:
    console.print_table(shown.names, (tuple(row.values()) for row in shown.records()))


def _write_json(shown: _Shown, stream: BinaryIO) -> None:
    from lineage.kernel.values import to_json  # noqa: PLC0415  # start-up time

    separator = "[\n"
    for row in shown.records():
        item = json.dumps(to_json(row), ensure_ascii=False, allow_nan=False)
        stream.write(f"{separator}  {item}".encode())
        separator = ",\n"
    stream.write(b"[]\n" if separator == "[\n" else b"\n]\n")


def _write_csv(shown: _Shown, stream: BinaryIO) -> None:
    from projections.catalog import arrow_rows  # noqa: PLC0415  # start-up time

    arrow_rows.write_csv(shown, stream)


def _write_parquet(shown: _Shown, stream: BinaryIO) -> None:
    from projections.catalog import arrow_rows  # noqa: PLC0415  # start-up time

    arrow_rows.write_parquet(shown, stream)


_WRITERS: Final = {
    RowFormat.JSON: _write_json,
    RowFormat.CSV: _write_csv,
    RowFormat.PARQUET: _write_parquet,
}


class _Screen(io.RawIOBase):
    """Standard output as a binary stream; it stays open."""

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, data: Any) -> int:
        """Write whole lines of UTF-8 and return their length in bytes."""
        sys.stdout.write(bytes(data).decode())
        return len(data)
