"""Ingest a raw dataset: declared types, nulls for their markers, Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.effects import Effect
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import column_types, frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class IngestOperation(BaseOperation):
    """Reads a raw dataset, gives its columns their declared types and writes Parquet.

    Columns that are not in the schema are left out, with a warning.

    Attributes:
        dataset_name: The raw dataset.
        schema: Column name to type, in the order of the output columns.
        null_markers: Texts that mean null, compared without surrounding white space.
        output_name: Base name of the file in output/; the dataset's name when None.

    Metrics:
        rows: Rows of the dataset.
        columns: Columns that were written.
        nulls: Nulls by column.

    Files:
        output/{output_name}.parquet: The dataset with its declared types.

    Columns:
        every column of the schema: identity or transformation, from the column of that name;
            identity if every value still reads the same.

    Warnings:
        columns that are not in the schema were left out: The dataset has columns that the schema
            does not name.
    """

    dataset_name: str
    schema: Mapping[str, column_types.ColumnType]
    null_markers: tuple[str, ...] = ("", "?")
    output_name: str | None = None

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Read, type and write the dataset.

        Raises:
            DataReadError: The dataset cannot be read, lacks a column of the schema, or has
                values that do not fit their type (column, number of rows and first row).
            DataWriteError: The output cannot be written.
            ConfigurationError: The schema is no mapping or has an unknown type.
        """
        column_types.check_declared(self.schema, "schema of the ingestion")
        progress = progress_or_silence(progress_tracker)
        raw = data_source.get_table(self.dataset_name, raw=True)
        header = raw.column_names
        names = frames.choose_columns(f"dataset {self.dataset_name!r}", header, list(self.schema))
        typed = pa.table({name: self._typed(raw.column(name), name) for name in names})
        progress.update(1, {"rows": typed.num_rows})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            typed, self._output, format="parquet"
        )
        result = OperationResult()
        result.add_file(written, "the dataset with its declared types")
        result.add_metric("rows", typed.num_rows)
        result.add_metric("columns", typed.num_columns)
        result.add_metric("nulls", {name: typed.column(name).null_count for name in names})
        effects = {name: _effect(raw.column(name), typed.column(name)) for name in names}
        for name, effect in effects.items():
            result.derive(written.path, name, effect, (self.dataset_name, name))
        result.details["covered"] = [name for name in names if effects[name] != "identity"]
        result.details["unchanged"] = [name for name in names if effects[name] == "identity"]
        left_out = [name for name in header if name not in self.schema]
        if left_out:
            result.warn("columns that are not in the schema were left out", columns=left_out)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        return DataUse(reads={self.dataset_name}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or self.dataset_name

    def _typed(self, column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
        if column_types.is_text(column.type):
            markers = pa.array(self.null_markers, column.type)
            is_marker = pc.is_in(pc.utf8_trim_whitespace(column), value_set=markers)
            column = pc.if_else(is_marker, pa.scalar(None, column.type), column)
        return column_types.convert(column, self.schema[name], name)


def _effect(before: pa.ChunkedArray, after: pa.ChunkedArray) -> Effect:
    """Return "identity" if every value still reads the same, so that only its type is new."""
    texts = [pc.cast(column, pa.string()) for column in (before, after)]
    return "identity" if texts[0].equals(texts[1]) else "transformation"
