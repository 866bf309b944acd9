"""The options of a reading, checked, and the format of a file that they are for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final, get_args

from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import column_types
from ops.data.formats import csv_header
from ops.data.formats.csv_dialect import CsvDialect, FileFormat, ReadOptions
from ops.data.reading.input_file import InputFile
from ops.data.reading.table_file import TableFile

SUFFIXES: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".ndjson": "ndjson",
    ".ndjson.gz": "ndjson",
    ".jsonl": "ndjson",
    ".jsonl.gz": "ndjson",
    ".feather": "feather",
    ".arrow": "feather",
    ".ipc": "feather",
    ".xlsx": "excel",
}
"""The format of a file by how its name ends."""

_OPTION_KINDS: Final[dict[str, str]] = {
    "separator": "a text",
    "encoding": "a text",
    "null_markers": "a list of texts",
    "infer_types": "true or false",
    "require_rows": "true or false",
    "header": "true or false",
    "names": "a list of texts",
    "max_unpacked_bytes": "a whole number",
    "sheet": "a text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to read a file.

    Attributes:
        format: The file's format; None to go by its name.
        dialect: The layout of a CSV file, and what of it holds for others.
        require_rows: Refuse a file without rows.
        sheet: The sheet of a workbook; None for the first.
        seeks: The options that were not given and can be found in the file.
    """

    format: FileFormat | None = None
    dialect: CsvDialect = field(default_factory=CsvDialect)
    require_rows: bool = True
    sheet: str | None = None
    seeks: frozenset[str] = frozenset({"separator", "encoding"})

    @classmethod
    def of(cls, options: ReadOptions) -> Plan:
        """Check options.

        Raises:
            ConfigurationError: They make no sense.
        """
        _check(options)
        dialect = CsvDialect(
            separator=options.get("separator", ","),
            encoding=options.get("encoding", "utf-8"),
            null_markers=tuple(options.get("null_markers", ("",))),
            types=dict(options.get("column_types", {})),
            infer_types=options.get("infer_types", True),
            header=options.get("header"),
            names=tuple(options.get("names", ())),
            max_unpacked_bytes=options.get("max_unpacked_bytes"),
        )
        return cls(
            format=options.get("format"),
            dialect=dialect,
            require_rows=options.get("require_rows", True),
            sheet=options.get("sheet"),
            seeks=frozenset({"separator", "encoding"} - options.keys()),
        )

    def format_of(self, name: str) -> FileFormat:
        """Return the format of a file.

        Raises:
            DataReadError: Its name does not tell.
        """
        found = self.format or format_by_name(name)
        if found is None:
            raise DataReadError(
                f"file {name!r}",
                problem=f"unknown suffix {PurePath(name).suffix!r}",
                expected="one of " + ", ".join(SUFFIXES),
                remedy=f"pass format={_formats()}",
            )
        return found

    def open_table(self, file: InputFile) -> TableFile:
        """Open a file as a table.

        Raises:
            DataReadError: It has no bytes, or is not what it should be.
        """
        kind = self.format_of(file.name)
        if file.place.size_bytes == 0:
            raise DataReadError(file.subject, problem="0 bytes", expected=f"{kind} data")
        found: dict[str, str] = {} if file.mode == "none" else {"encryption": file.mode}
        match kind:
            case "csv":
                from ops.data.reading.csv_table import CsvTable  # noqa: PLC0415  # start-up time

                return CsvTable(file, *self._sought(file, found, is_csv=True))
            case "parquet":
                from ops.data.reading.parquet_table import ParquetTable  # noqa: PLC0415

                return ParquetTable(file, found)
            case "json" | "ndjson":
                from ops.data.reading.json_table import JsonTable, NdjsonTable  # noqa: PLC0415

                dialect, found = self._sought(file, found)
                if kind == "json":
                    return JsonTable(file, dialect.encoding, found)
                return NdjsonTable(file, dialect, found)
            case "feather":
                from ops.data.reading.arrow_table import ArrowTable  # noqa: PLC0415

                return ArrowTable(file, found)
            case "excel":
                from ops.data.reading.excel_table import ExcelTable  # noqa: PLC0415

                return ExcelTable(file, found, self.sheet, self.dialect.max_unpacked_bytes)

    def _sought(
        self, file: InputFile, found: dict[str, str], *, is_csv: bool = False
    ) -> tuple[CsvDialect, dict[str, str]]:
        """Return the dialect with what the file says of it, and what that was."""
        dialect = self.dialect
        marked = file.marked_encoding() if "encoding" in self.seeks else None
        if marked is not None:
            dialect = replace(dialect, encoding=marked)
            found = found | {"encoding": marked}
        if is_csv and "separator" in self.seeks:
            separator = csv_header.find_separator(file, dialect)
            if separator is not None:
                dialect = replace(dialect, separator=separator)
                found = found | {"separator": separator}
        return dialect, found


def format_by_name(name: str) -> FileFormat | None:
    """Return the format that the end of a name says; None if it says none."""
    plain = name.lower().removesuffix(".age")
    return next((kind for suffix, kind in SUFFIXES.items() if plain.endswith(suffix)), None)


def _check(options: ReadOptions) -> None:
    unknown = sorted(set(options) - set(ReadOptions.__annotations__))
    chosen = options.get("format")
    if unknown or chosen not in {None, *get_args(FileFormat)}:
        raise ConfigurationError(
            "read options",
            found=unknown[0] if unknown else chosen,
            expected="one of " + ", ".join(ReadOptions.__annotations__)
            if unknown
            else f"format {_formats()}",
        )
    for option, kind in _OPTION_KINDS.items():
        if option in options and not _is_kind(options.get(option), kind):
            raise ConfigurationError(
                f"read option {option!r}",
                problem=f"a value of type {type(options.get(option)).__name__}",
                expected=kind,
            )
    column_types.check_declared(options.get("column_types", {}), "read option 'column_types'")


def _formats() -> str:
    *first, last = (repr(each) for each in get_args(FileFormat))
    return f"{', '.join(first)} or {last}"


def _is_kind(value: object, kind: str) -> bool:
    match kind:
        case "a text":
            return isinstance(value, str)
        case "true or false":
            return isinstance(value, bool)
        case "a whole number":
            return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
