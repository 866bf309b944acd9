"""Measure what a transformed dataset has lost of the original one, without changing either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.measures import distances, hierarchy_forms, information_loss, utility
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class MeasureUtilityOperation(BaseOperation):
    """Measures what a transformed dataset has lost of the original, and writes it as JSON.

    Of quasi-identifiers it measures how coarse they have become: certainty penalty, entropy and,
    along hierarchies, loss and precision; and the classes that they form. Of all columns it
    measures how far their distributions are from the original ones. The document has no
    timestamp, so equal data give equal bytes.

    Attributes:
        dataset_name: The transformed dataset.
        original_name: The dataset of which it was made.
        quasi_identifiers: Columns that were generalized; none if nothing was. They default to the
            role that the project declares.
        columns: Columns whose distributions are compared; all that both datasets have when None.
        hierarchies: The hierarchy of each column that was generalized along one, in the form of
            `ops.measures.hierarchy_forms`: the name of a dataset that has one row a value, level
            by level, a mapping of values to their levels, or a rule. If it lists values, all of
            them are its leaves, else the column's are.
        k: Rows of classes smaller than this count as suppressed, at least 1.
        is_row_by_row: Whether both datasets have the same people in the same order. If not, as
            in synthetic data, only classes and distributions are measured.
        output_name: Base name of the file; the dataset's name and "_utility" when None.

    Metrics:
        utility: The fields of `CertaintyPenalty` and `ClassUtility` of `ops.measures.utility`,
            `entropy_loss` in bits, in all and by attribute, and `loss` and `precision` along
            hierarchies.
        distances: The fields of `DatasetDistance` of `ops.measures.distances`.

    Files:
        {output_name}.json: The metrics with the columns that were measured.
    """

    steps: ClassVar[int] = 2
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "quasi_identifiers": ColumnRole.QUASI_IDENTIFIER
    }
    dataset_parameters: ClassVar[tuple[str, ...]] = ("original_name", "dataset_name")

    dataset_name: str
    original_name: str
    quasi_identifiers: Sequence[str] = ()
    columns: Sequence[str] | None = None
    hierarchies: Mapping[str, Any] | None = None
    k: int = 1
    is_row_by_row: bool = True
    output_name: str | None = None

    def __post_init__(self) -> None:
        """Refuse a class size that means nothing, and hierarchies that nothing was put along."""
        require_at_least(self, k=1)
        named = self.quasi_identifiers if self.is_row_by_row else ()
        unused = [name for name in self.hierarchies or {} if name not in named]
        if unused:
            raise ConfigurationError(
                "hierarchies of MeasureUtilityOperation",
                found=unused,
                expected="quasi-identifiers of datasets that correspond row by row",
            )
        hierarchy_forms.require(self.hierarchies or {})

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Measure both datasets and write the document to the task's folder.

        Raises:
            AnonymizationError: A column is named twice or missing, or the rows do not correspond.
            DataReadError: A dataset cannot be read.
            DataWriteError: The document cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        original = data_source.get_table(self.original_name)
        transformed = data_source.get_table(self.dataset_name)
        progress.update(1, {"step": "read", "rows": transformed.num_rows})
        columns = self.columns
        if columns is None:
            known = set(transformed.column_names)
            columns = [name for name in original.column_names if name in known]
        measured: dict[str, object] = {}
        if self.quasi_identifiers:
            measured["utility"] = self._utility(data_source, original, transformed)
        if columns:
            found = distances.measure_distances(original, transformed, columns)
            measured["distances"] = found.to_metrics()
        progress.update(1, {"step": "measure"})
        document = {
            "dataset": self.dataset_name,
            "original": self.original_name,
            "quasi_identifiers": list(self.quasi_identifiers),
            "columns": list(columns),
            "metrics": measured,
        }
        result = OperationResult(metrics=measured)
        written = DataWriter(task_dir, self.logger, progress).write_json(document, self._output)
        result.add_file(written, "loss of information", category="metrics")
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        tables = hierarchy_forms.dataset_names((self.hierarchies or {}).values())
        named = {self.dataset_name, self.original_name, *tables}
        return DataUse(reads=named, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_utility"

    def _utility(
        self, data_source: DataSource, original: pa.Table, transformed: pa.Table
    ) -> dict[str, object]:
        names = self.quasi_identifiers
        found = utility.measure_class_utility(transformed, names, k=self.k).to_metrics()
        if not self.is_row_by_row:
            return found
        penalty = utility.measure_certainty_penalty(original, transformed, names)
        bits = information_loss.measure_entropy_loss(original, transformed, names)
        found |= penalty.to_metrics()
        found |= {"entropy_loss": sum(bits.values()), "entropy_loss_by_attribute": bits}
        if self.hierarchies:
            levels = hierarchy_forms.read(self.hierarchies, data_source)
            along = information_loss.measure_hierarchy_loss(original, transformed, levels)
            found |= along.to_metrics()
        return found
