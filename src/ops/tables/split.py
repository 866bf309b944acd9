"""Split a dataset into parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import row_values
from ops.data.source import DataSource
from ops.data.writer import DataWriter
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
class SplitOperation(BaseOperation):
    """Splits the rows of a dataset by chance into parts of given shares.

    Each row is in exactly one part, and keeps its place among the others there. Parts have the
    rows that their shares say, rounded so that none is lost; with `keep_together` that holds for
    persons. Equal data and seed give equal parts.

    Attributes:
        dataset_name: The dataset.
        shares: Name of each part to its share; at least two, together 1.
        seed: Seed of NumPy's PCG64 generator.
        stratify_by: Columns whose values fall to the parts evenly. A person who is kept together
            counts with their first row.
        keep_together: The column of persons: all rows of a person are in the same part. It has
            no null.
        output_name: Base name of the files in output/; the dataset's name when None. The name of
            the part follows, after "_".
        format: "parquet" or "csv".
        known_columns: Columns that somebody has decided on, so that no warning names them; those
            with a declared role if not given.

    Metrics:
        rows: Rows of each part.
        persons: Persons in each part; only with `keep_together`.

    Files:
        output/{output_name}_{part}.{format}: A part.

    Columns:
        every column: identity or transformation. Identity from the column itself; indirectly, as
            a transformation, from `stratify_by` and `keep_together`.

    Warnings:
        passed on unchanged, no role declared: A column of the output is as it was, and nobody has
            decided what it tells about people.
    """

    steps = 2
    column_roles: ClassVar[Mapping[str, ColumnRole | tuple[ColumnRole, ...]]] = {
        "known_columns": ANY_ROLE
    }

    dataset_name: str
    shares: Mapping[str, float]
    seed: int = 0
    stratify_by: Sequence[str] = ()
    keep_together: str | None = None
    output_name: str | None = None
    format: Literal["parquet", "csv"] = "parquet"
    known_columns: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse shares that are none, and columns that are named twice."""
        values = list(self.shares.values())
        are_numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
        if not are_numbers or len(values) < 2 or min(values) <= 0 or not _is_whole(values):  # noqa: PLR2004  # one part is no split
            raise ConfigurationError(
                "shares of SplitOperation",
                found=dict(self.shares),
                expected="at least two numbers over 0 that add up to 1",
                remedy='as in {"train": 0.8, "test": 0.2}',
            )
        require_different("stratify_by of SplitOperation", self.stratify_by)

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Deal the rows out and write each part.

        Raises:
            AnonymizationError: The values of a column cannot be compared.
            DataReadError: The dataset cannot be read or lacks a column.
            DataWriteError: A part cannot be written.
            OperationError: A row has no person.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name)
        require_columns(self.dataset_name, table, self._deciding)
        parts = self._parts(table)
        progress.update(1, {"step": "split", "rows": table.num_rows})
        writer = DataWriter(task_dir, self.logger, progress)
        result = OperationResult(metrics={"rows": {}})
        for number, part in enumerate(self.shares):
            rows = row_values.filter_rows(table, pa.array(parts == number))
            written = writer.write_dataframe(rows, self._file_of(part), format=self.format)
            result.add_file(written, f"part {part!r} of {self.dataset_name}", group="split")
            state_unchanged(result, written.path, self.dataset_name, table, self._deciding)
        tell_passed_on(result, {n: [n] for n in table.column_names}, self.known_columns)
        self._count(result, table, parts)
        progress.update(1, {"step": "write"})
        return result

    def data_use(self) -> DataUse:
        """Return its dataset and its files."""
        return DataUse(reads={self.dataset_name}, writes={*map(self._file_of, self.shares)})

    @property
    def _deciding(self) -> list[str]:
        kept = [] if self.keep_together is None else [self.keep_together]
        return list(dict.fromkeys([*self.stratify_by, *kept]))

    def _file_of(self, part: str) -> str:
        return f"{self.output_name or self.dataset_name}_{part}"

    def _parts(self, table: pa.Table) -> dealing.Integers:
        random = np.random.Generator(np.random.PCG64(self.seed))
        strata = dealing.strata_of(table, self.stratify_by, self.dataset_name)
        persons = None
        if self.keep_together is not None:
            persons = dealing.persons_of(table, self.keep_together, self.dataset_name)
            strata = strata[np.unique(persons, return_index=True)[1]]
        counts = dealing.apportion(len(strata), [*self.shares.values()])
        parts = dealing.deal(strata, counts, random)
        return parts if persons is None else parts[persons]

    def _count(self, result: OperationResult, table: pa.Table, parts: dealing.Integers) -> None:
        counts = np.bincount(parts, minlength=len(self.shares)).tolist()
        result.metrics["rows"] = dict(zip(self.shares, counts, strict=True))
        if self.keep_together is None:
            return
        persons = dealing.persons_of(table, self.keep_together, self.dataset_name)
        _, first = np.unique(persons, return_index=True)
        of_persons = np.bincount(parts[first], minlength=len(self.shares)).tolist()
        result.metrics["persons"] = dict(zip(self.shares, of_persons, strict=True))


def _is_whole(shares: Sequence[float]) -> bool:
    return math.isclose(math.fsum(shares), 1.0, abs_tol=1e-9)
