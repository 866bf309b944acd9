"""Make rows like those of a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Literal

import numpy as np
import pyarrow as pa

from lineage.kernel.errors import AnonymizationError, ConfigurationError, OperationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import row_values
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult
from ops.synthesis import disclosure, generator

_LEAST_ROWS: Final = 2
Model = Literal["copula", "independent"]


@register
@dataclass(kw_only=True)
class SynthesizeOperation(BaseOperation):
    """Draws new rows from a model of a dataset, and measures what they give away.

    The model is a baseline: the distribution of each column and, with "copula", how each pair of
    columns goes together. What depends on three columns at once, or within a person over several
    rows, is not kept. It is not differentially private: no bound is proved for what the rows tell
    of a person. What is measured instead are two attacks, in which rows that the model has not
    seen are the control, and copies.

    A value of a category is drawn only if enough rows have it. Numbers and times of many different
    values are drawn between quantiles, none that only a single row has, and none beyond the
    clipped ends. Nulls come by their rate. Types are as they were.

    Attributes:
        dataset_name: The dataset, one row per person.
        columns: The columns to make; all when empty.
        direct_identifiers: Columns to leave out; they default to the role that the project
            declares.
        model: "copula" or "independent", in which columns have nothing to do with each other.
        rows: How many rows to make; as many as the dataset has when None.
        seed: Seed of NumPy's PCG64 generator.
        minimum_count: The fewest rows that have a category which is drawn; at least 2.
        clip: The share of the lowest and of the highest numbers that are never reached.
        control_share: The share of the rows that the model does not see.
        attacks: How many rows to attack at most; they and what they are looked for in are at most
            100,000 rows.
        refuse_copies: Whether made rows that equal a row of the dataset in all columns are an
            error.
        output_name: Base name of the file in output/; the dataset's name and "_synthetic" when
            None.
        format: "parquet" or "csv".

    Metrics:
        rows: Rows that were made.
        model_rows: Rows of the dataset that the model has seen.
        control_rows: Rows that it has not seen.
        copies: Made rows that equal a row of the dataset in all columns.
        copies_of_unique: Those of them that equal a row which is the only one of its kind.
        rare: By column, values that too few rows have.
        membership: The fields of `attack_risk.AttackRisk`: who was among the rows.
        linkability: The same: which halves of the columns belong together. Only with at least two
            columns.

    Files:
        output/{output_name}.{format}: The made rows, tagged "synthetic".

    Columns:
        every column: synthesis. From the column itself, with "copula" indirectly from all others.

    Warnings:
        no model: A column is left out because hardly any value is frequent enough, or its type
            cannot be modelled.
        equal a row of the dataset: Some made rows are copies.
        gives away: An attack does better on rows that the model has seen than on control rows.
    """

    steps = 4
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "direct_identifiers": ColumnRole.DIRECT_IDENTIFIER
    }

    dataset_name: str
    columns: Sequence[str] = ()
    direct_identifiers: Sequence[str] = ()
    model: Model = "copula"
    rows: int | None = None
    seed: int = 0
    minimum_count: int = 5
    clip: float = 0.01
    control_share: float = 0.2
    attacks: int = 200
    refuse_copies: bool = False
    output_name: str | None = None
    format: Literal["parquet", "csv"] = "parquet"

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        require_at_least(self, minimum_count=2, attacks=1)
        if self.rows is not None:
            require_at_least(self, rows=1)
        for name, low, high in (("clip", 0.0, 0.5), ("control_share", 0.0, 1.0)):
            value = getattr(self, name)
            is_inside = low <= value < high and (name == "clip" or value > low)
            if not is_inside:
                raise ConfigurationError(
                    f"{name} of SynthesizeOperation", found=value, expected=f"{low:g} to {high:g}"
                )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Fit the model, draw rows, attack them and write them.

        Raises:
            AnonymizationError: Made rows are copies, and these are refused.
            DataReadError: The dataset cannot be read or lacks a column.
            DataWriteError: The output cannot be written.
            OperationError: There are too few rows, or there is no column to make.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name, self.columns or None)
        left_out = [name for name in table.column_names if name in self.direct_identifiers]
        table = table.drop_columns(left_out)
        seen, control = self._parts(table)
        progress.update(1, {"step": "read", "rows": table.num_rows})
        settings = generator.Settings(
            model=self.model, minimum_count=self.minimum_count, clip=self.clip
        )
        made = generator.make(seen, self.rows or table.num_rows, settings, self.seed)
        if not made.table.column_names:
            raise OperationError(
                f"dataset {self.dataset_name!r}",
                problem="no column has values that can be drawn",
                expected="categories that enough rows have, numbers or times",
                remedy="lower minimum_count, or name other columns",
            )
        progress.update(1, {"step": "draw", "rows": made.table.num_rows})
        found = disclosure.measure(seen, made.table, control, self.attacks, self.seed)
        if self.refuse_copies and found.copies:
            raise AnonymizationError(
                f"rows made of dataset {self.dataset_name!r}",
                problem=f"{found.copies:,} equal a row of the dataset",
                expected="none, as refuse_copies is true",
                remedy="make fewer rows, or more columns, or allow copies",
            )
        progress.update(1, {"step": "attack"})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            made.table, self._output, format=self.format
        )
        progress.update(1, {"step": "write"})
        counts = {"model_rows": seen.num_rows, "control_rows": control.num_rows}
        result = OperationResult(
            metrics={"rows": made.table.num_rows, **counts}
            | {"rare": made.rare}
            | found.to_metrics()
        )
        result.add_file(written, "synthetic rows, not differentially private", tags=("synthetic",))
        self._derive(result, written.path, made.table.column_names)
        result.details |= {
            "covered": made.table.column_names,
            "unchanged": [],
            "left_out": [*left_out, *made.unmodelled],
            "model": self.model,
            "is_differentially_private": False,
        }
        self._warn(result, made, found)
        return result

    def data_use(self) -> DataUse:
        """Return its dataset and its file."""
        return DataUse(reads={self.dataset_name}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_synthetic"

    def _parts(self, table: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Return the rows that the model sees, and those that it does not."""
        rows = table.num_rows
        if rows < _LEAST_ROWS:
            raise OperationError(
                f"dataset {self.dataset_name!r}",
                problem=f"{rows} rows",
                expected=f"at least {_LEAST_ROWS}, one of them for control",
            )
        held_out = min(max(round(rows * self.control_share), 1), rows - 1)
        random = np.random.Generator(np.random.PCG64(self.seed))
        is_control = np.zeros(rows, dtype=bool)
        is_control[random.permutation(rows)[:held_out]] = True
        masks = pa.array(~is_control), pa.array(is_control)
        seen, control = (row_values.filter_rows(table, mask) for mask in masks)
        return seen, control

    def _derive(self, result: OperationResult, path: Path, columns: Sequence[str]) -> None:
        for name in columns:
            result.derive(path, name, "synthesis", (self.dataset_name, name))
            others = [(self.dataset_name, other) for other in columns if other != name]
            if others and self.model == "copula":
                result.derive(path, name, "synthesis", *others, is_direct=False)

    def _warn(
        self, result: OperationResult, made: generator.Made, found: disclosure.Disclosure
    ) -> None:
        if made.unmodelled:
            result.warn(
                f"there is no model of {', '.join(made.unmodelled)}: hardly any value is frequent "
                "enough, or the type cannot be modelled; left out",
                columns=list(made.unmodelled),
            )
        if found.copies:
            result.warn(
                f"{found.copies:,} of {made.table.num_rows:,} made rows equal a row of the "
                "dataset, "
                f"{found.copies_of_unique:,} of them one that is the only one of its kind",
                copies=found.copies,
            )
        for name, risk in found.risks.items():
            if risk.risk_low > 0:
                result.warn(
                    f"the output gives away more of rows that the model has seen than of others "
                    f"({name} risk {risk.risk:.2f}); raise minimum_count, or make fewer columns",
                    attack=name,
                    risk=risk.risk,
                )
