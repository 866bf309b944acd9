"""Anonymize a dataset by the method that a parameter names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops.anonymize.k_anonymity import KAnonymizeOperation
from ops.base import BaseOperation, DataUse
from ops.data.source import DataSource
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class AnonymizeOperation(BaseOperation):
    """Anonymizes a dataset; the method decides which parameters are used.

    Attributes:
        input_dataset: The dataset.
        method: "k-anonymity": see `ops.anonymize.k_anonymity.KAnonymizeOperation`.
        k: The smallest class size allowed, at least 2.
        quasi_identifiers: Columns to generalize. These and the columns below default to the roles
            that the project declares.
        sensitive_attributes: Columns to publish unchanged; their diversity is measured.
        direct_identifiers: Columns to leave out.
        output_name: Base name of the file in output/; the dataset's name and "_anonymized"
            when None.
        output_format: "parquet" or "csv".
    """

    steps: ClassVar[int] = KAnonymizeOperation.steps
    reports_as: ClassVar[type[BaseOperation] | None] = KAnonymizeOperation
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "quasi_identifiers": ColumnRole.QUASI_IDENTIFIER,
        "sensitive_attributes": ColumnRole.SENSITIVE,
        "direct_identifiers": ColumnRole.DIRECT_IDENTIFIER,
    }
    dataset_parameters: ClassVar[tuple[str, ...]] = ("input_dataset",)

    input_dataset: str
    method: str = "k-anonymity"
    k: int = 5
    quasi_identifiers: Sequence[str] = ()
    sensitive_attributes: Sequence[str] = ()
    direct_identifiers: Sequence[str] = ()
    output_name: str | None = None
    output_format: Literal["parquet", "csv"] = "parquet"

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Anonymize, measure and write the dataset.

        Raises:
            ConfigurationError: The method is unknown, or the columns' roles are wrong.
            AnonymizationError: The guarantee cannot be reached.
            DataReadError: The dataset cannot be read.
            DataWriteError: The output cannot be written.
        """
        if self.method != "k-anonymity":
            raise ConfigurationError(
                "method of AnonymizeOperation", found=self.method, expected="'k-anonymity'"
            )
        return KAnonymizeOperation(
            dataset_name=self.input_dataset,
            k=self.k,
            quasi_identifiers=self.quasi_identifiers,
            sensitive_attributes=self.sensitive_attributes,
            direct_identifiers=self.direct_identifiers,
            output_name=self.output_name,
            output_format=self.output_format,
        ).execute(data_source, task_dir, progress_tracker)

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        output = self.output_name or f"{self.input_dataset}_anonymized"
        return DataUse(reads={self.input_dataset}, writes={output})
