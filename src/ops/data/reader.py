"""Read CSV, Parquet and JSON files into Arrow and pandas, and note which version was read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypedDict, Unpack, get_args

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError, DataReadError
from ops.data import column_types, csv_format, frames
from ops.result import DatasetRead

FileFormat: TypeAlias = Literal["csv", "parquet", "json"]
_SUFFIXES: Final[dict[str, FileFormat]] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
}


class ReadOptions(TypedDict, total=False):
    """How to read a file; whatever is left out has the default given here.

    Attributes:
        format: The file's format; found from the name's suffix (.csv, .csv.gz, .parquet, .pq,
            .json).
        separator: CSV: the character between fields; a comma.
        encoding: CSV and JSON: the name of a Python codec; "utf-8".
        null_markers: CSV: unquoted texts that mean null; only the empty text.
        column_types: Column name to declared type; the others keep the file's types.
        infer_types: CSV: find the types of the other columns as `column_types.infer` does;
            False leaves them text; True.
        require_rows: Refuse a file without rows; True.
    """

    format: FileFormat
    separator: str
    encoding: str
    null_markers: Sequence[str]
    column_types: Mapping[str, column_types.ColumnType]
    infer_types: bool
    require_rows: bool


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
        return frames.to_dataframe(self.read_table(path, columns=columns, **options))

    def read_table(
        self,
        path: str | PathLike[str],
        *,
        columns: Sequence[str] | None = None,
        **options: Unpack[ReadOptions],
    ) -> pa.Table:
        """Read a file into Arrow; parameters and errors as in `read`.

        From Parquet, dictionaries of text come back as such, those of other types decoded.
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
        )
        return TableRead(table=table, dataset=dataset)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    format: FileFormat | None = None
    dialect: csv_format.CsvDialect = field(default_factory=csv_format.CsvDialect)
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
    dialect = csv_format.CsvDialect(
        separator=options.get("separator", ","),
        encoding=options.get("encoding", "utf-8"),
        null_markers=tuple(options.get("null_markers", ("",))),
        types=dict(options.get("column_types", {})),
        infer_types=options.get("infer_types", True),
    )
    return _Plan(format=chosen, dialect=dialect, require_rows=options.get("require_rows", True))


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    subject = f"file {str(path)!r}"
    try:
        yield
    except FileNotFoundError as error:
        raise DataReadError(subject, problem="no such file", remedy="check the path") from error
    except IsADirectoryError as error:
        raise DataReadError(subject, problem="a folder, not a file") from error
    except (OSError, EOFError, zlib.error, pa.ArrowInvalid) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DataReadError(subject, problem=error.strerror) from error
        # Arrow's own message may quote content.
        raise DataReadError(
            subject,
            problem="its content is damaged",
            remedy="fetch or write it again",
        ) from None


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _load(path: Path, plan: _Plan, columns: Sequence[str] | None) -> tuple[pa.Table, Sequence[str]]:
    kind = plan.format_of(path)
    if path.stat().st_size == 0:
        raise DataReadError(f"file {str(path)!r}", problem="0 bytes", expected=f"{kind} data")
    if kind == "csv":
        header = csv_format.read_header(path, plan.dialect)
        wanted = _wanted(path, header, columns, plan)
        return csv_format.read_csv(path, plan.dialect, header, wanted).select(wanted), header
    if kind == "parquet":
        header = _parquet_header(path)
        wanted = _wanted(path, header, columns, plan)
        table = pq.ParquetFile(path).read(columns=wanted).select(wanted)
    else:
        records = _json_table(path, plan.dialect.encoding)
        header = records.column_names
        table = records.select(_wanted(path, header, columns, plan))
    return _declared(table, plan.dialect.types), header


def _parquet_header(path: Path) -> list[str]:
    header = pq.ParquetFile(path).schema_arrow.names
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise DataReadError(
            f"file {str(path)!r}",
            problem=f"column {min(twice)!r} occurs more than once",
            remedy="rename one of the columns",
        )
    return list(header)


def _json_table(path: Path, encoding: str) -> pa.Table:
    fault = DataReadError(
        f"file {str(path)!r}",
        expected=f"a JSON list of records in {encoding!r}, each column of one type",
        remedy="write it as [{...}, {...}], or give its encoding",
    )
    try:
        records = json.loads(path.read_text(encoding))
        if not isinstance(records, list) or not all(isinstance(item, dict) for item in records):
            raise fault
        header = dict.fromkeys(key for record in records for key in record)
        return pa.table({key: [record.get(key) for record in records] for key in header})
    except (ValueError, RecursionError, pa.ArrowException, OverflowError):
        raise fault from None


def _declared(table: pa.Table, types: Mapping[str, column_types.ColumnType]) -> pa.Table:
    for index, name in enumerate(table.column_names):
        if name in types:
            converted = column_types.convert(table.column(index), types[name], name)
            table = table.set_column(index, name, converted)
    return table


def _wanted(
    path: Path, header: Sequence[str], columns: Sequence[str] | None, plan: _Plan
) -> list[str]:
    subject = f"file {str(path)!r}"
    frames.choose_columns(subject, header, list(plan.dialect.types))
    return frames.choose_columns(subject, header, columns)
