"""Read CSV, Parquet and JSON files into Arrow and pandas, and note which version was read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, Unpack, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import column_types, frames, row_values
from ops.data.formats import csv_header, csv_reading, json_records
from ops.data.formats.csv_dialect import CsvDialect, FileFormat, ReadOptions
from ops.result import DatasetRead

if TYPE_CHECKING:
    import pandas as pd

_SUFFIXES: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
}


_OPTION_KINDS: Final[dict[str, str]] = {
    "separator": "a text",
    "encoding": "a text",
    "null_markers": "a list of texts",
    "infer_types": "true or false",
    "require_rows": "true or false",
    "header": "true or false",
    "names": "a list of texts",
    "max_unpacked_bytes": "a whole number",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRead:
    """What one reading of a file gave.

    Attributes:
        table: The wanted columns in the wanted order, all rows.
        dataset: The version of the file, with all its columns.
    """

    table: pa.Table
    dataset: DatasetRead


class DataReader:
    """Reads dataset files. It keeps nothing between calls, so one serves any number of threads.

    What is wrong with a file is a `DataReadError` of one line that names the file, the problem
    and the remedy, and never shows a value.
    """

    def read_dataframe(
        self,
        path: str | PathLike[str],
        *,
        columns: Sequence[str] | None = None,
        **options: Unpack[ReadOptions],
    ) -> pd.DataFrame:
        """Read a file into pandas; parameters and errors as in `read`.

        Returns:
            The wanted columns, all rows, numbered from 0. Leading zeros, float64 and integers
            survive; integers with nulls are "Int64".
        """
        table = self.read_table(path, columns=columns, **options)
        return frames.to_dataframe(table, f"file {str(path)!r}")

    def read_table(
        self,
        path: str | PathLike[str],
        *,
        columns: Sequence[str] | None = None,
        **options: Unpack[ReadOptions],
    ) -> pa.Table:
        """Read a file into Arrow; parameters and errors as in `read`.

        From Parquet, dictionaries of text come back as such, with the entries that rows have;
        those of other types and within lists decoded. An index that pandas wrote as a column is
        a column.
        """
        return self.read(path, columns=columns, **options).table

    def read(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        columns: Sequence[str] | None = None,
        **options: Unpack[ReadOptions],
    ) -> TableRead:
        """Read a file and note its version.

        Args:
            path: The file.
            name: What to call the dataset; the file's name up to its first dot when None.
            columns: The wanted columns, in the wanted order; all when None.
            options: See `ReadOptions`.

        Returns:
            The table and the version it was read from.

        Raises:
            DataReadError: The file is missing, unreadable, empty, damaged, not as described,
                lacks a named column, or changed while it was read.
            ConfigurationError: The options make no sense.
        """
        plan = _plan(options)
        source = Path(path).absolute()
        with _translated(source):
            before = _stamp(source)
            sha256 = sha256_file(source)
            table, header = _load(source, plan, columns)
            if _stamp(source) != before:
                raise DataReadError(
                    f"file {str(source)!r}",
                    problem="it changed while it was read",
                    remedy="read it again when it is complete",
                )
        if plan.require_rows and table.num_rows == 0:
            raise DataReadError(
                f"file {str(source)!r}",
                problem="no rows",
                expected="at least one row of data",
                remedy="pass require_rows=False if it may be empty",
            )
        dataset = DatasetRead(
            name=name or source.name.split(".", maxsplit=1)[0],
            path=source,
            sha256=sha256,
            size_bytes=before[0],
            format=plan.format_of(source),
            rows=table.num_rows,
            columns=tuple(header),
            column_types=column_types.names_of(table.schema),
        )
        return TableRead(table=table, dataset=dataset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    format: FileFormat | None = None
    dialect: CsvDialect = field(default_factory=CsvDialect)
    require_rows: bool = True

    def format_of(self, path: Path) -> FileFormat:
        if self.format is not None:
            return self.format
        found = [kind for suffix, kind in _SUFFIXES.items() if path.name.lower().endswith(suffix)]
        if not found:
            raise DataReadError(
                f"file {str(path)!r}",
                problem=f"unknown suffix {path.suffix!r}",
                expected="one of " + ", ".join(_SUFFIXES),
                remedy="pass format='csv', 'parquet' or 'json'",
            )
        return found[0]


def _plan(options: ReadOptions) -> _Plan:
    unknown = sorted(set(options) - set(ReadOptions.__annotations__))
    chosen = options.get("format")
    if unknown or chosen not in {None, *get_args(FileFormat)}:
        raise ConfigurationError(
            "read options",
            found=unknown[0] if unknown else chosen,
            expected="one of " + ", ".join(ReadOptions.__annotations__)
            if unknown
            else "format 'csv', 'parquet' or 'json'",
        )
    for option, kind in _OPTION_KINDS.items():
        if option in options and not _is_kind(options.get(option), kind):
            raise ConfigurationError(
                f"read option {option!r}",
                problem=f"a value of type {type(options.get(option)).__name__}",
                expected=kind,
            )
    types = options.get("column_types", {})
    column_types.check_declared(types, "read option 'column_types'")
    dialect = CsvDialect(
        separator=options.get("separator", ","),
        encoding=options.get("encoding", "utf-8"),
        null_markers=tuple(options.get("null_markers", ("",))),
        types=dict(types),
        infer_types=options.get("infer_types", True),
        header=options.get("header"),
        names=tuple(options.get("names", ())),
        max_unpacked_bytes=options.get("max_unpacked_bytes"),
    )
    return _Plan(format=chosen, dialect=dialect, require_rows=options.get("require_rows", True))


def _is_kind(value: object, kind: str) -> bool:
    match kind:
        case "a text":
            return isinstance(value, str)
        case "true or false":
            return isinstance(value, bool)
        case "a whole number":
            return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    subject = f"file {str(path)!r}"
    try:
        yield
    except FileNotFoundError as error:
        raise DataReadError(subject, problem="no such file", remedy="check the path") from error
    except IsADirectoryError as error:
        raise DataReadError(subject, problem="a folder, not a file") from error
    except (OSError, EOFError, zlib.error, pa.ArrowException, UnicodeError, MemoryError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DataReadError(subject, problem=error.strerror) from error
        problem, remedy = _described(error)
    else:
        return
    # Raised outside the handler: Arrow's own message may quote content.
    raise DataReadError(subject, problem=problem, remedy=remedy)


def _described(error: Exception) -> tuple[str, str]:
    match error:
        case MemoryError():
            return "it does not fit into memory", "read fewer columns, or smaller files"
        case pa.ArrowNotImplementedError():  # valid, but Arrow has no reader for it
            return "its content is of a kind that cannot be read", "write it with simpler types"
    return "its content is damaged", "fetch or write it again"


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _load(path: Path, plan: _Plan, columns: Sequence[str] | None) -> tuple[pa.Table, Sequence[str]]:
    kind = plan.format_of(path)
    if path.stat().st_size == 0:
        raise DataReadError(f"file {str(path)!r}", problem="0 bytes", expected=f"{kind} data")
    if kind == "csv":
        layout = csv_header.read_layout(path, plan.dialect)
        wanted = _wanted(path, layout.names, columns, plan)
        return csv_reading.read_csv(path, layout, wanted).select(wanted), layout.names
    if kind == "parquet":
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            header = _parquet_header(path, file)
            wanted = _wanted(path, header, columns, plan)
            table = file.read(columns=wanted).select(wanted)
        table = row_values.strip(table, f"file {str(path)!r}", fault=DataReadError)
    else:
        records = json_records.read_json(path, plan.dialect.encoding)
        header = records.column_names
        table = records.select(_wanted(path, header, columns, plan))
    return _declared(table, plan.dialect.types), header


def _parquet_header(path: Path, file: pq.ParquetFile) -> list[str]:
    header: list[str] = file.schema_arrow.names
    twice = frames.first_repeated(header)
    if twice is not None:
        raise DataReadError(
            f"file {str(path)!r}",
            problem=f"column {twice!r} occurs more than once",
            remedy="rename one of the columns",
        )
    return header


def _declared(table: pa.Table, types: Mapping[str, column_types.ColumnType]) -> pa.Table:
    columns = dict(zip(table.column_names, table.columns, strict=True))
    declared = [name for name in types if name in columns]
    for name in declared:
        columns[name] = column_types.convert(columns[name], types[name], name)
    return pa.table(columns) if declared else table


def _wanted(
    path: Path, header: Sequence[str], columns: Sequence[str] | None, plan: _Plan
) -> list[str]:
    subject = f"file {str(path)!r}"
    frames.choose_columns(subject, header, list(plan.dialect.types))
    return frames.choose_columns(subject, header, columns)
