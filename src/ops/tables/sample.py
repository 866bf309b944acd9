"""Draw a sample of the rows of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from lineage.kernel.errors import ConfigurationError, OperationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import row_values
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult
from ops.tables import dealing
from ops.tables.columns import (
    ANY_ROLE,
    require_columns,
    require_different,
    state_unchanged,
    tell_passed_on,
)


@register
@dataclass(kw_only=True)
class SampleOperation(BaseOperation):
    """Draws rows of a dataset by chance, none of them twice, and keeps their order.

    Equal data and seed give equal samples. A sample is no protection: whoever is in it is in it
    with all their values.

    Attributes:
        dataset_name: The dataset.
        rows: How many rows to draw, at least 1; give it or `share`.
        share: Which share of the rows to draw, over 0 and up to 1; rounded to whole rows.
        seed: Seed of NumPy's PCG64 generator.
        stratify_by: Columns of whose values the sample has nearly the shares of the dataset.
        output_name: Base name of the file in output/; the dataset's name and "_sample" when None.
        format: "parquet" or "csv".
        known_columns: Columns that somebody has decided on, so that no warning names them; those
            with a declared role if not given.

    Metrics:
        rows: Rows of the sample.
        share: Their share of all rows; 0 without rows.

    Files:
        output/{output_name}.{format}: The sample.

    Columns:
        every column: identity or transformation. Identity from the column itself; indirectly, as
            a transformation, from `stratify_by`.

    Warnings:
        passed on unchanged, no role declared: A column of the output is as it was, and nobody has
            decided what it tells about people.
    """

    steps = 2
    column_roles: ClassVar[Mapping[str, ColumnRole | tuple[ColumnRole, ...]]] = {
        "known_columns": ANY_ROLE
    }

    dataset_name: str
    rows: int | None = None
    share: float | None = None
    seed: int = 0
    stratify_by: Sequence[str] = ()
    output_name: str | None = None
    format: Literal["parquet", "csv"] = "parquet"
    known_columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse a size that is none, or two of them."""
        if (self.rows is None) == (self.share is None):
            raise ConfigurationError(
                "size of SampleOperation",
                problem="none is given" if self.rows is None else "rows and share are given",
                expected="either rows or share",
            )
        if self.rows is not None:
            require_at_least(self, rows=1)
        if self.share is not None and not 0 < self.share <= 1:
            raise ConfigurationError(
                "share of SampleOperation", found=self.share, expected="more than 0, up to 1"
            )
        require_different("stratify_by of SampleOperation", self.stratify_by)

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Draw the sample and write it.

        Raises:
            AnonymizationError: The values of a column cannot be compared.
            DataReadError: The dataset cannot be read or lacks a column.
            DataWriteError: The sample cannot be written.
            OperationError: The dataset has fewer rows than are wanted.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name)
        require_columns(self.dataset_name, table, self.stratify_by)
        random = np.random.Generator(np.random.PCG64(self.seed))
        strata = dealing.strata_of(table, self.stratify_by, self.dataset_name)
        drawn = dealing.deal(strata, self._counts(table.num_rows), random) == 0
        sample = row_values.filter_rows(table, pa.array(drawn))
        progress.update(1, {"step": "draw", "rows": sample.num_rows})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            sample, self._output, format=self.format
        )
        progress.update(1, {"step": "write"})
        share = sample.num_rows / max(table.num_rows, 1)
        result = OperationResult(metrics={"rows": sample.num_rows, "share": share})
        result.add_file(written, f"sample of {self.dataset_name}")
        state_unchanged(result, written.path, self.dataset_name, table, self.stratify_by)
        tell_passed_on(result, {n: [n] for n in table.column_names}, self.known_columns)
        return result

    def data_use(self) -> DataUse:
        """Return its dataset and its file."""
        return DataUse(reads={self.dataset_name}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_sample"

    def _counts(self, available: int) -> list[int]:
        """Return how many rows are drawn, and how many are not."""
        if self.share is not None:
            return dealing.apportion(available, [self.share, 1 - self.share])
        assert self.rows is not None  # noqa: S101  # one of both is given
        if self.rows > available:
            raise OperationError(
                f"sample of dataset {self.dataset_name!r}",
                problem=f"{self.rows:,} of {available:,} rows are wanted",
                expected="no more than there are",
            )
        return [self.rows, available - self.rows]
