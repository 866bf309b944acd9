"""Frames of several libraries, and what the files of scripts say of their columns."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from lineage.kernel.errors import ConfigurationError, DataWriteError, LineageError
from ops.data import frames
from ops.data.formats import csv_header
from ops.data.formats.csv_dialect import CsvDialect
from ops.data.reading.input_file import InputFile
from ops.data.reading.place import Place

FrameKind: TypeAlias = Literal["pandas", "arrow", "polars"]
"""What `read` and `sql` may return."""

TABLES: Final = ("csv", "parquet")
"""Formats of tables that can be written."""


def to_kind(table: pa.Table, kind: FrameKind, subject: str) -> Any:
    """Return a table as a frame of a library.

    Raises:
        DataReadError: pandas cannot hold a column's values.
        ConfigurationError: Polars is not installed.
    """
    match kind:
        case "arrow":
            return table
        case "pandas":
            return frames.to_dataframe(table, subject)
    try:
        import polars as pl  # noqa: PLC0415  # only for those who ask for it
    except ImportError as error:
        raise ConfigurationError(
            "kind 'polars'", problem="Polars is not installed", remedy="pip install polars"
        ) from error
    return pl.from_arrow(table)


def check_kind(kind: str) -> None:
    """Refuse a kind of frame that there is not.

    Raises:
        ConfigurationError: It is none of `FrameKind`.
    """
    if kind not in get_args(FrameKind):
        expected = "one of " + ", ".join(map(repr, get_args(FrameKind)))
        raise ConfigurationError("kind of frame", found=kind, expected=expected)


def is_frame(data: object) -> bool:
    """Tell whether a value is a table of pandas, Arrow, Polars or another library."""
    is_known = isinstance(data, pa.Table) or frames.is_dataframe(data)
    return is_known or hasattr(data, "__arrow_c_stream__")


def to_table(data: Any, subject: str) -> pa.Table:
    """Return a frame of any library as the Arrow table that is written of it.

    Raises:
        DataWriteError: It is no frame, or has a column that no table can hold.
    """
    if not isinstance(data, pa.Table) and not frames.is_dataframe(data) and is_frame(data):
        try:
            data = pa.table(data)
        except (pa.ArrowException, ValueError, TypeError):
            kind = f"{type(data).__module__}.{type(data).__name__}"
        else:
            return frames.to_table(data, subject, fault=DataWriteError)
        # raised outside the handler: the message may quote a value
        raise DataWriteError(
            subject, problem=f"Arrow cannot hold this {kind}", remedy="convert it to pandas first"
        )
    return frames.to_table(data, subject, fault=DataWriteError)


def layout_of(path: Path) -> tuple[int | None, tuple[str, ...]]:
    """Return the rows and the column names of a file, as far as it states them.

    Returns:
        Both of Parquet, the names of CSV with a plain header; None and nothing otherwise.
    """
    suffix = path.suffix.lower()
    with suppress(LineageError, OSError, pa.ArrowException):
        if suffix in {".parquet", ".pq"}:
            with pq.ParquetFile(path) as file:
                return file.metadata.num_rows, tuple(file.schema_arrow.names)
        if suffix == ".csv":
            return None, tuple(
                csv_header.read_layout(InputFile.of(Place.of(path)), CsvDialect()).names
            )
    return None, ()
