"""Write records as JSON: one a line (NDJSON), or as one list with one a line."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel import values
from ops.data import column_types
from ops.data.placement import misfit

_ROWS_A_BATCH: Final = 1 << 14


class NdjsonSink:
    r"""Writes a JSON object for each row, each with "\n" after it.

    Numbers, booleans and text are what JSON has; null and NaN are null; the rest is what
    `lineage.kernel.values` makes of it: dates ISO 8601, decimals text, bytes base64.

    Args:
        write: Takes the bytes.
    """

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def write(self, table: pa.Table) -> None:
        """Write rows, see `sinks.Sink`; infinities are refused, as JSON has none."""
        for text in _records(table):
            self._write("".join(f"{record}\n" for record in text).encode())

    def close(self) -> None:
        """Do nothing: every line is written."""


class JsonSink:
    """Writes a list of the objects that `NdjsonSink` writes; parameters as there."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._before = "[\n"

    def write(self, table: pa.Table) -> None:
        """Write rows, see `sinks.Sink`."""
        for text in _records(table):
            self._write((self._before + ",\n".join(text)).encode())
            self._before = ",\n"

    def close(self) -> None:
        """End the list."""
        self._write(b"[]\n" if self._before == "[\n" else b"\n]\n")


def _records(table: pa.Table) -> Iterator[list[str]]:
    dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    for batch in table.to_batches(max_chunksize=_ROWS_A_BATCH):
        columns = [
            _values(pa.chunked_array([column]), field)
            for column, field in zip(batch.columns, table.schema, strict=True)
        ]
        rows = zip(*columns, strict=True)
        yield [dump(dict(zip(table.column_names, row, strict=True))) for row in rows]


def _values(column: pa.ChunkedArray, field: pa.Field) -> list[Any]:
    kind = column.type
    if pa.types.is_floating(kind):
        numbers = column.to_pylist()
        if pc.any(pc.is_inf(column.cast(pa.float64()))).as_py():
            raise misfit(field, "JSON")
        return [None if n is None or math.isnan(n) else n for n in numbers]
    if column_types.is_text(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return list(column.to_pylist())
    try:
        return [values.to_json(value) for value in column.to_pylist()]
    except (pa.ArrowException, ValueError, OverflowError):
        pass  # the message may quote values
    raise misfit(field, "JSON")
