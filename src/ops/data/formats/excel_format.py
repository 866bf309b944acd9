"""Write an Excel workbook of one sheet as a stream, with no temporary file.

Packages that write workbooks put each sheet into a temporary file in plain text first. The part of
the format that a table needs is small: text is in the cells (never a formula), and the ZIP archive
is written as the rows come.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from importlib import resources
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import escape

import pyarrow as pa

from lineage.kernel.errors import DataWriteError
from ops.data import value_texts
from ops.data.placement import misfit

_MAX_ROWS: Final = 1_048_576
_MAX_COLUMNS: Final = 16_384
_MAX_TEXT: Final = 32_767
_MAX_DIGITS: Final = 10**15
_ROWS_A_BATCH: Final = 1 << 13
_PARTS: Final = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml")
_PLAIN, _DATE, _TIME, _QUOTED = 0, 1, 2, 3
"""The styles of `xl/styles.xml`, by number."""

_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001  # Excel's days have no zone
_FIRST_DAY: Final = date(1900, 3, 1)  # before it, Excel counts a day that there was not
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
# Control characters, and what looks like their escape.
_ESCAPED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class ExcelSink:
    """Writes the rows of one sheet below a row of names.

    | values | are written as |
    | --- | --- |
    | null, NaN | nothing |
    | text | text, also if it begins as a formula does |
    | numbers | numbers; text if they have more than the 15 digits that Excel keeps |
    | booleans | booleans |
    | dates, times without zone | Excel's; text before March 1900 or with parts of a millisecond |
    | the rest | the text that CSV has |

    Args:
        schema: The columns, at most 16,384.
        stream: Where to; it stays open.
    """

    def __init__(self, schema: pa.Schema, stream: BinaryIO) -> None:
        if len(schema) > _MAX_COLUMNS:
            raise _too_many("columns", len(schema), _MAX_COLUMNS)
        self._rows = 0
        self._archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)  # closed by close
        for name, text in _fixed_parts():
            self._archive.writestr(_entry(name), text)
        self._sheet = self._archive.open(_entry("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        self._sheet.write(_SHEET_BEGINS)
        self._append([[_text_cell(name) for name in schema.names]])

    def write(self, table: pa.Table) -> None:
        """Write rows, see `sinks.Sink`.

        Raises:
            DataWriteError: There are more than 1,048,575 rows, a text has more than 32,767
                characters, or a column has no text.
        """
        if self._rows + table.num_rows > _MAX_ROWS:
            raise _too_many("rows", self._rows + table.num_rows - 1, _MAX_ROWS - 1)
        for batch in table.to_batches(max_chunksize=_ROWS_A_BATCH):
            columns = [
                _cells(pa.chunked_array([column]), field)
                for column, field in zip(batch.columns, table.schema, strict=True)
            ]
            self._append(list(map(list, zip(*columns, strict=True))))

    def close(self) -> None:
        """End the sheet and the archive."""
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._archive.close()

    def _append(self, rows: list[list[str]]) -> None:
        self._rows += len(rows)
        self._sheet.write("".join(f"<row>{''.join(cells)}</row>" for cells in rows).encode())


_SHEET_BEGINS: Final = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)


def _fixed_parts() -> Iterator[tuple[str, str]]:
    """Give the files of a workbook that do not depend on its rows."""
    text = resources.files(__package__).joinpath("excel_parts.txt").read_text("utf-8")
    for part in text.split("=== ")[1:]:
        name, _, content = part.partition("\n")
        yield name, content.rstrip("\n")


def _entry(name: str) -> zipfile.ZipInfo:
    # A fixed date: equal tables give equal bytes.
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _too_many(what: str, found: int, allowed: int) -> DataWriteError:
    return DataWriteError(
        "Excel workbook",
        problem=f"{found:,} {what}",
        expected=f"at most {allowed:,}",
        remedy="choose another format, such as parquet",
    )


def _cells(column: pa.ChunkedArray, field: pa.Field) -> list[str]:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_boolean(kind):
        return [_cell(value, _boolean_cell) for value in column.to_pylist()]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return [_cell(value, _number_cell) for value in column.to_pylist()]
    shown: list[Any] = _texts(column, field)
    if pa.types.is_date(kind) or (pa.types.is_timestamp(kind) and kind.tz is None):
        moments = column.cast(pa.timestamp("us")) if _in_microseconds(column) else shown
        times = moments.to_pylist() if isinstance(moments, pa.ChunkedArray) else shown
        return [
            _moment_cell(time, text, is_date=pa.types.is_date(kind))
            for time, text in zip(times, shown, strict=True)
        ]
    if any(text is not None and len(text) > _MAX_TEXT for text in shown):
        raise misfit(field, "Excel")
    return [_cell(text, _text_cell) for text in shown]


def _in_microseconds(column: pa.ChunkedArray) -> bool:
    try:
        column.cast(pa.timestamp("us"))
    except pa.ArrowException:
        return False
    return True


def _texts(column: pa.ChunkedArray, field: pa.Field) -> list[Any]:
    try:
        return list(value_texts.cast(value_texts.castable(column), pa.large_string()).to_pylist())
    except pa.ArrowException:
        pass  # its message may quote values
    raise misfit(field, "Excel")


def _cell(value: Any, make: Callable[[Any], str]) -> str:
    return "<c/>" if value is None else make(value)


def _boolean_cell(value: bool) -> str:  # noqa: FBT001  # the cell's value
    return f'<c t="b"><v>{int(value)}</v></c>'


def _number_cell(value: float) -> str:
    if value != value:  # noqa: PLR0124  # not a number
        return "<c/>"
    if value in {float("inf"), float("-inf")} or (
        isinstance(value, int) and abs(value) >= _MAX_DIGITS
    ):
        return _text_cell(str(value))
    return f"<c><v>{value!r}</v></c>"


def _moment_cell(moment: datetime | str | None, text: str | None, *, is_date: bool) -> str:
    if moment is None or text is None:
        return "<c/>"
    if isinstance(moment, str) or moment.date() < _FIRST_DAY or moment.microsecond % 1000:
        return _text_cell(text)
    since = moment - _EPOCH
    days = (
        since.days if is_date else since.days + (since.seconds + since.microseconds / 1e6) / 86400
    )
    return f'<c s="{_DATE if is_date else _TIME}"><v>{days!r}</v></c>'


def _text_cell(text: str) -> str:
    style = f' s="{_QUOTED}"' if _FORMULA.match(text) else ""
    shown = escape(_ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'
