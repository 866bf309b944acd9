"""Measure the privacy of a dataset without changing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from lineage.kernel.roles import ColumnRole
from ops import roles
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.measures import individual_risk, population, risk
from ops.parameters import require_at_least
from ops.privacy_facts import MeasuredRisk
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class MeasureRiskOperation(BaseOperation):
    """Measures re-identification risk, diversity and closeness, and writes them as JSON.

    The metrics of the result are those of `ops.measures.risk.PrivacyMetrics.to_metrics`: `risk`,
    `diversity` and `closeness`. The document holds them with the columns that were measured. It
    has no timestamp, so equal data give equal bytes.

    Attributes:
        dataset_name: The dataset, one row per person.
        quasi_identifiers: Columns that an attacker may know; at least one. These and the columns
            below default to the roles that the project declares.
        sensitive_attributes: Columns that an attacker wants to learn.
        threshold: The smallest class size wanted, at least 1; rows in smaller classes are
            counted.
        population_name: A dataset of the population from which the people were drawn, they
            themselves among it; None if it is not known.
        weight: A column that says for how many people of the population a row stands, if the
            dataset is a sample; None if each stands for itself.
        output_name: Base name of the file; the dataset's name and "_risk" when None.

    Metrics:
        risk: The fields of `risk.RiskMetrics`.
        diversity: `DiversityMetrics` by sensitive attribute.
        closeness: `ClosenessMetrics` by sensitive attribute.
        population: The fields of `population.PopulationRisk`, with a population.
        individual: The fields of `individual_risk.IndividualRisk`, with weights.

    Files:
        {output_name}.json: The metrics with the columns that were measured.
    """

    steps: ClassVar[int] = 2
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "quasi_identifiers": ColumnRole.QUASI_IDENTIFIER,
        "sensitive_attributes": ColumnRole.SENSITIVE,
    }

    dataset_name: str
    quasi_identifiers: Sequence[str] = ()
    sensitive_attributes: Sequence[str] = ()
    threshold: int = risk.DEFAULT_THRESHOLD
    population_name: str | None = None
    weight: str | None = None
    output_name: str | None = None

    def __post_init__(self) -> None:
        """Refuse a threshold that means nothing, and an attacker who knows nothing."""
        require_at_least(self, threshold=1)
        roles.require_columns(self, "quasi_identifiers")

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Measure the dataset and write the document to the task's folder.

        Raises:
            AnonymizationError: A column is named twice, the population is none of the dataset, or
                a weight means nothing.
            DataReadError: The dataset cannot be read or lacks a column.
            DataWriteError: The document cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        columns = [*self.quasi_identifiers, *self.sensitive_attributes]
        wanted = columns if self.weight is None else [*columns, self.weight]
        table = data_source.get_table(self.dataset_name, wanted)
        progress.update(1, {"step": "read", "rows": table.num_rows})
        found = risk.measure_privacy(
            table, self.quasi_identifiers, self.sensitive_attributes, threshold=self.threshold
        )
        measured = found.to_metrics() | self._of_population(data_source, table)
        progress.update(1, {"step": "measure"})
        result = OperationResult(metrics=measured)
        result.privacy_facts.append(
            MeasuredRisk(
                subject=self.dataset_name,
                quasi_identifiers=tuple(self.quasi_identifiers),
                sensitive=tuple(self.sensitive_attributes),
                measures=found.to_measures(),
                method=risk.METHOD,
            )
        )
        document: dict[str, object] = {
            "dataset": self.dataset_name,
            "quasi_identifiers": list(self.quasi_identifiers),
            "sensitive_attributes": list(self.sensitive_attributes),
        }
        named = {"population": self.population_name, "weight": self.weight}
        document |= {name: value for name, value in named.items() if value is not None}
        document["metrics"] = measured
        written = DataWriter(task_dir, self.logger, progress).write_json(document, self._output)
        result.add_file(written, "risk, diversity and closeness", category="metrics")
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        reads = {self.dataset_name} | ({self.population_name} if self.population_name else set())
        return DataUse(reads=reads, writes={self._output})

    def _of_population(self, data_source: DataSource, table: pa.Table) -> dict[str, object]:
        """Return the measures that need to know of the population, those that were asked for."""
        found: dict[str, object] = {}
        if self.population_name is not None:
            people = data_source.get_table(self.population_name, self.quasi_identifiers)
            found["population"] = population.measure_population_risk(
                table, people, self.quasi_identifiers, threshold=self.threshold
            ).to_metrics()
        if self.weight is not None:
            found["individual"] = individual_risk.measure_individual_risk(
                table, self.quasi_identifiers, self.weight
            ).to_metrics()
        return found

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_risk"
