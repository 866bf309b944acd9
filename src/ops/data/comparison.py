"""Compare two versions of a file: which columns differ, in how many rows; never which values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from lineage.kernel import strict_json
from lineage.kernel.errors import DataReadError
from ops.data.reader import DataReader

TABULAR: Final = frozenset({"csv", "parquet"})
_SEPARATORS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileComparison:
    """How the contents of two versions of a file differ.

    Attributes:
        summary: The difference in one phrase, without a value from the data.
        columns: Columns that only one has, or whose type or values differ.
        rows_differing: Rows that differ at the same place if both have equally many, else rows
            that only one has; None if rows could not be compared.
        keys: For JSON the keys, joined by dots, below which the documents differ. They may be
            values of the data, so they are for the screen and not for the record.
    """

    summary: str
    columns: tuple[str, ...] = ()
    rows_differing: int | None = None
    keys: tuple[str, ...] = ()


def compare_files(one: Path, other: Path, file_format: str) -> FileComparison:
    """Return how two versions of a file differ.

    CSV and Parquet are compared by columns and rows, JSON by keys; other formats, and files that
    cannot be read, only as bytes.

    Args:
        one: The one file.
        other: The other file.
        file_format: "csv", "parquet", "json" or another word.
    """
    try:
        if file_format in TABULAR:
            return _compare_tables(*_tables(one, other, file_format))
        if file_format == "json":
            return _compare_documents(_document(one), _document(other))
    except (DataReadError, OSError, ValueError, RecursionError, pa.ArrowException):
        return FileComparison(summary=f"other bytes; one of them cannot be read as {file_format}")
    return FileComparison(summary="other bytes")


def _tables(one: Path, other: Path, file_format: str) -> tuple[pa.Table, pa.Table]:
    if file_format == "parquet":
        return _read(one, format="parquet"), _read(other, format="parquet")
    for separator in _SEPARATORS[:-1]:
        try:
            return _csv(one, separator), _csv(other, separator)
        except DataReadError:
            continue
    return _csv(one, _SEPARATORS[-1]), _csv(other, _SEPARATORS[-1])


def _csv(path: Path, separator: str) -> pa.Table:
    return _read(path, format="csv", separator=separator, infer_types=False, header=True)


def _read(path: Path, **options: Any) -> pa.Table:
    return DataReader().read_table(path, require_rows=False, **options)


def _compare_tables(one: pa.Table, other: pa.Table) -> FileComparison:
    names = [name for name in one.column_names if name in other.column_names]
    alone = [n for n in (*one.column_names, *other.column_names) if n not in names]
    left, right = _plain(one.select(names)), _plain(other.select(names))
    retyped = [n for n in names if left.schema.field(n).type != right.schema.field(n).type]
    same = [name for name in names if name not in retyped]
    rows, changed = _differences(left.select(same), right.select(same)) if same else (None, [])
    columns = (*alone, *retyped, *changed)
    return FileComparison(
        summary=_summary(one, other, columns, rows), columns=columns, rows_differing=rows
    )


def _summary(one: pa.Table, other: pa.Table, columns: tuple[str, ...], rows: int | None) -> str:
    parts = []
    if one.num_rows != other.num_rows:
        parts.append(f"{one.num_rows:,} rows became {other.num_rows:,}")
    if columns:
        parts.append(f"{len(columns)} of {len({*one.column_names, *other.column_names})} columns")
    if rows:
        parts.append("1 row differs" if rows == 1 else f"{rows:,} rows differ")
    if not parts and one.column_names != other.column_names:
        parts.append("the columns are in another order")
    return ", ".join(parts) or "the same columns and rows in other bytes"


def _differences(left: pa.Table, right: pa.Table) -> tuple[int, list[str]]:
    """Return how many rows differ, and in which columns.

    If both sides have equally many rows, they are compared row by row; otherwise the rows that
    only one side has are counted.
    """
    names = left.column_names
    labels = [f"c{number}" for number in range(len(names))]
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("l", left.rename_columns(labels))
        connection.register("r", right.rename_columns(labels))
        if left.num_rows == right.num_rows:
            differs = [f"(l.{label} is distinct from r.{label})" for label in labels]
            sums = ", ".join(f"count(*) filter ({condition})" for condition in differs)
            sql = (
                f"select count(*) filter ({' or '.join(differs)}), {sums} from l positional join r"  # noqa: S608  # labels of our own
            )
            rows, *counts = connection.sql(sql).fetchall()[0]
            return rows, [name for name, count in zip(names, counts, strict=True) if count]
        rows = sum(
            connection.sql(f"select count(*) from (from {a} except all from {b})").fetchall()[0][0]  # noqa: S608  # as above
            for a, b in (("l", "r"), ("r", "l"))
        )
        return rows, []


def _plain(table: pa.Table) -> pa.Table:
    """Return a table without dictionaries, whose codes may differ for the same values."""
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            column = table.column(index).cast(field.type.value_type)
            table = table.set_column(index, field.name, column)
    return table


def _document(path: Path) -> Any:
    return strict_json.parse(path.read_bytes(), path.name, fault=DataReadError, allow_nan=True)


def _compare_documents(one: Any, other: Any) -> FileComparison:
    keys = tuple(_differing_keys(one, other, ""))
    if not keys:
        return FileComparison(summary="the same document in other bytes")
    noun = "key" if len(keys) == 1 else "keys"
    return FileComparison(summary=f"{len(keys):,} {noun} of the document differ", keys=keys)


def _differing_keys(one: Any, other: Any, above: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if key not in one or key not in other:
                yield f"{above}{key}"
            else:
                yield from _differing_keys(one[key], other[key], f"{above}{key}.")
    elif type(one) is not type(other) or one != other:
        yield above.removesuffix(".") or "the whole"
