"""Append datasets of the same columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, OperationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import row_values
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult
from ops.tables.columns import ANY_ROLE, require_different, tell_passed_on


@register
@dataclass(kw_only=True)
class UnionOperation(BaseOperation):
    """Appends datasets that have the same columns, and keeps all rows in their order.

    Columns are matched by name and stand as in the first dataset. Their types must be the same: a
    column without any value fits any type, and nothing is converted. Equal rows stay.

    Attributes:
        datasets: At least two datasets, in the order of their rows.
        output_name: Base name of the file in output/.
        source_column: A column to add that names the dataset of each row; None adds none.
        format: "parquet" or "csv".
        known_columns: Columns that somebody has decided on, so that no warning names them; those
            with a declared role if not given.

    Metrics:
        rows: Rows of each dataset.

    Files:
        output/{output_name}.{format}: All rows.

    Columns:
        every column of the datasets: identity. From the column of that name in each of them.
        source_column: synthesis. From nothing that was read.

    Warnings:
        passed on unchanged, no role declared: A column of the output is as it was, and nobody has
            decided what it tells about people.
    """

    steps = 2
    column_roles: ClassVar[Mapping[str, ColumnRole | tuple[ColumnRole, ...]]] = {
        "known_columns": ANY_ROLE
    }
    dataset_parameters: ClassVar[tuple[str, ...]] = ("datasets",)

    datasets: Sequence[str]
    output_name: str
    source_column: str | None = None
    format: Literal["parquet", "csv"] = "parquet"
    known_columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse fewer than two datasets, and one that is named twice."""
        if len(self.datasets) < 2:  # noqa: PLR2004  # nothing to append
            raise ConfigurationError(
                "datasets of UnionOperation",
                found=list(self.datasets),
                expected="at least two datasets",
            )
        require_different("datasets of UnionOperation", self.datasets)

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Append the datasets and write them.

        Raises:
            ConfigurationError: The datasets have a column of the name of `source_column`.
            DataReadError: A dataset cannot be read.
            DataWriteError: The output cannot be written.
            OperationError: The columns of the datasets, or their types, are not the same.
        """
        progress = progress_or_silence(progress_tracker)
        tables = {name: data_source.get_table(name) for name in self.datasets}
        rows = {name: table.num_rows for name, table in tables.items()}
        union = _appended(tables)
        columns = union.column_names
        if self.source_column is not None:
            require_different("columns of UnionOperation", [*columns, self.source_column])
            union = union.append_column(self.source_column, _names(rows))
        progress.update(1, {"step": "append", "rows": union.num_rows})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            union, self.output_name, format=self.format
        )
        progress.update(1, {"step": "write"})
        result = OperationResult(metrics={"rows": rows})
        result.add_file(written, "rows of " + ", ".join(self.datasets))
        for name in columns:
            result.derive(written.path, name, "identity", *((each, name) for each in tables))
        if self.source_column is not None:
            result.derive(written.path, self.source_column, "synthesis")
        result.details |= {"covered": [], "unchanged": columns}
        tell_passed_on(result, {n: [n] for n in columns}, self.known_columns)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its file."""
        return DataUse(reads=set(self.datasets), writes={self.output_name})


def _appended(tables: Mapping[str, pa.Table]) -> pa.Table:
    (first_name, first), *others = tables.items()
    header = first.column_names
    for name, table in others:
        if set(table.column_names) != set(header):
            differing = sorted({*header} ^ {*table.column_names})
            raise OperationError(
                f"columns of datasets {first_name!r} and {name!r}",
                problem=f"not both have {', '.join(map(repr, differing))}",
                expected="the same columns",
                remedy="choose the columns with a query first",
            )
    columns = [
        _column(name, {each: t.column(name) for each, t in tables.items()}) for name in header
    ]
    return pa.table(columns, header)


def _column(name: str, parts: Mapping[str, pa.ChunkedArray]) -> pa.ChunkedArray:
    """Return one column of all datasets; with dictionaries and views as their values."""
    if len({part.type for part in parts.values()}) > 1:
        parts = {dataset: row_values.plain(part) for dataset, part in parts.items()}
    kinds = {d: part.type for d, part in parts.items() if not pa.types.is_null(part.type)}
    kind = _one_type([*kinds.values()])
    if kind is None:
        shown = ", ".join(f"{kind} in {dataset!r}" for dataset, kind in kinds.items())
        raise OperationError(
            f"column {name!r}",
            problem=shown,
            expected="one type in all datasets",
            remedy="declare its type when the files are added",
        )
    chunks = [chunk for part in parts.values() for chunk in part.cast(kind).chunks]
    return pa.chunked_array(chunks, kind)


def _one_type(kinds: Sequence[pa.DataType]) -> pa.DataType | None:
    """Return the type of all; text may be long in some of them."""
    if not kinds:
        return pa.null()
    if all(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in kinds):
        return kinds[0] if len(set(kinds)) == 1 else pa.large_string()
    return kinds[0] if len(set(kinds)) == 1 else None


def _names(rows: Mapping[str, int]) -> pa.ChunkedArray:
    return pa.chunked_array(
        [pa.repeat(pa.scalar(name, pa.string()), count) for name, count in rows.items()],
        pa.string(),
    )
