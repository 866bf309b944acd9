"""A sheet of an Excel workbook as a table; it is read whole."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, BinaryIO, Final

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import frames
from ops.data.reading.input_file import InputFile
from ops.data.reading.table_file import WholeTable

_ALWAYS_UNPACKED_BYTES: Final = 256 << 20
_USUAL_RATIO: Final = 100
_MIDNIGHT: Final = dt.time()


class ExcelTable(WholeTable):
    """A sheet whose first row has the names of columns.

    Texts stay texts and dates dates; empty cells are null; a formula is its value as Excel last
    computed it.

    Args:
        file: The workbook (.xlsx).
        detected: What was found of it.
        sheet: Name of the sheet; None for the first.
        max_unpacked_bytes: How long the content may be; None for the usual limit.

    Raises:
        DataReadError: No workbook, no such sheet, no names or a name twice, a column with values
            of several types, a formula that was never computed.
        ConfigurationError: The extra `excel` is not installed.
    """

    def __init__(
        self,
        file: InputFile,
        detected: dict[str, str],
        sheet: str | None = None,
        max_unpacked_bytes: int | None = None,
    ) -> None:
        self._file = file
        self._limit = max_unpacked_bytes
        with file.open() as stream:
            source = stream if stream.seekable() else io.BytesIO(stream.read())
            self._check_size(source)
            rows = self._rows(source, sheet)
        super().__init__(self._as_table(rows), detected)

    def _check_size(self, source: BinaryIO) -> None:
        try:
            with zipfile.ZipFile(source) as packed:
                unpacked = sum(entry.file_size for entry in packed.infolist())
        except zipfile.BadZipFile:
            raise self._damaged() from None
        except NotImplementedError:  # how zipfile says that a later version of the format is needed
            raise DataReadError(
                self._file.subject,
                problem="it is packed in a way that cannot be read",
                remedy="save it again in Excel",
            ) from None
        usual = max(_ALWAYS_UNPACKED_BYTES, _USUAL_RATIO * self._file.place.size_bytes)
        limit = usual if self._limit is None else self._limit
        if unpacked > limit:
            raise DataReadError(
                self._file.subject,
                problem=f"its content unpacks to over {limit:,} bytes, the limit",
                remedy="give a larger max_unpacked_bytes if it may be that long",
            )
        source.seek(0)

    def _rows(self, source: BinaryIO, sheet: str | None) -> list[tuple[Any, ...]]:
        try:
            import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415  # optional, untyped
        except ImportError:
            raise ConfigurationError(
                "reading Excel", problem="openpyxl is missing", remedy="install the extra 'excel'"
            ) from None
        packed = source.read()
        try:
            values, formulas = (
                openpyxl.load_workbook(io.BytesIO(packed), read_only=True, data_only=is_computed)
                for is_computed in (True, False)
            )
            name = self._sheet_name(values.sheetnames, sheet)
            pairs = zip_longest(
                values[name].iter_rows(values_only=True),
                formulas[name].iter_rows(values_only=True),
                fillvalue=(),
            )
            return [self._computed(*pair, number) for number, pair in enumerate(pairs, 1)]
        except (ValueError, KeyError, TypeError, AttributeError, SyntaxError, zipfile.BadZipFile):
            pass  # what openpyxl raises for a damaged workbook; its message may quote content
        raise self._damaged()

    def _sheet_name(self, names: Sequence[str], sheet: str | None) -> str:
        sheet = names[0] if sheet is None and names else sheet
        if sheet is None or sheet not in names:
            raise DataReadError(
                f"sheet {sheet!r} of {self._file.subject}",
                problem="no such sheet",
                expected="one of " + ", ".join(map(repr, names)),
            )
        return sheet

    def _computed(
        self, values: tuple[Any, ...], formulas: tuple[Any, ...], number: int
    ) -> tuple[Any, ...]:
        for place, (value, formula) in enumerate(zip(values, formulas, strict=False), 1):
            if value is None and isinstance(formula, str) and formula.startswith("="):
                raise DataReadError(
                    f"row {number:,}, column {place:,} of {self._file.subject}",
                    problem="a formula without a value",
                    remedy="open and save it in Excel, which computes it",
                )
        return values

    def _as_table(self, rows: list[tuple[Any, ...]]) -> pa.Table:
        names = list(rows[0]) if rows else []
        while names and names[-1] is None:
            names.pop()
        if not names or not all(isinstance(name, str) for name in names):
            raise DataReadError(
                f"header of {self._file.subject}",
                problem="a cell of the first row is empty or is not text" if names else "no cells",
                expected="the names of the columns in the first row",
            )
        frames.refuse_repeated(f"header of {self._file.subject}", names)
        wide = [row for row in rows[1:] if any(value is not None for value in row[len(names) :])]
        if wide:
            raise DataReadError(
                f"rows of {self._file.subject}",
                problem=f"{len(wide):,} have values beyond the last named column",
                remedy="name the column in the first row, or empty its cells",
            )
        filled = [row for row in rows[1:] if any(value is not None for value in row)]
        return pa.table(
            {
                name: self._column(name, [row[at] if at < len(row) else None for row in filled])
                for at, name in enumerate(names)
            }
        )

    def _column(self, name: str, values: list[Any]) -> pa.Array:
        times = [value for value in values if isinstance(value, dt.datetime)]
        if times and all(value.time() == _MIDNIGHT for value in times):
            values = [value.date() if isinstance(value, dt.datetime) else value for value in values]
        kinds = {type(value) for value in values if value is not None}
        try:
            if len(kinds) <= 1 or kinds == {int, float}:
                return pa.array(values)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            pass  # the message quotes a value
        raise DataReadError(
            f"column {name!r} of {self._file.subject}",
            problem="values of several types, or beyond 64 bits",
            expected="each column of one type",
            remedy="format the whole column as text, numbers or dates, and enter its values again",
        )

    def _damaged(self) -> DataReadError:
        return DataReadError(
            self._file.subject,
            problem="its content is damaged, or no .xlsx workbook",
            remedy="fetch or write it again",
        )
