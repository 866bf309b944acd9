"""Check what a dataset is expected to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import column_types, frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult, OperationStatus
from ops.tables import expectations
from ops.tables.expectations import Finding, Given


@register
@dataclass(kw_only=True)
class QualityOperation(BaseOperation):
    """Counts the rows of a dataset that are not as expected, and writes the findings as JSON.

    An expectation that fails is a finding, not an error: the result has the status "warning", or
    "error" if `fail` is true. The document holds counts, names and types, but no value of a row.
    Nulls meet every expectation but `not_null`.

    Attributes:
        dataset_name: The dataset.
        expectations: What to expect; each a mapping with "expect" and
            `not_null`: column;
            `unique`: columns, which together must not repeat;
            `between`: column, minimum, maximum (dates as texts), both included;
            `in_set`: column, values;
            `matches`: column, pattern, an RE2 expression for the whole text;
            `row_count_between`: minimum, maximum;
            `type`: column, type, as "integer" or Arrow's own name;
            `columns`: columns, all that there are, in any order;
            `foreign_key`: column, dataset, key (by default called as the column);
            `fresh`: column, max_age_days, as_of (a date), for the newest date;
            and with any of them name, and allowed_share of the rows that may fail.
        fail: Whether a failed expectation makes the operation fail.
        output_name: Base name of the file; the dataset's name and "_quality" when None.

    Metrics:
        rows: Rows of the dataset.
        columns: Columns of it.
        expectations: Expectations that were checked.
        failed: Those that do not hold.
        failed_rows: By expectation, rows that are not as expected.

    Files:
        {output_name}.json: Schema and findings.

    Warnings:
        expectations do not hold: With their names.
    """

    steps = 2

    dataset_name: str
    expectations: Sequence[Mapping[str, Any]]
    fail: bool = False
    output_name: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no expectation, and two of one name."""
        for number, given in enumerate(self.expectations, 1):
            subject = f"expectation {number} of QualityOperation"
            if not isinstance(given, Mapping):
                raise ConfigurationError(subject, found=given, expected="a mapping")
            expectations.require_known(given, subject)
        twice = frames.first_repeated(self._names)
        if twice is not None:
            raise ConfigurationError(
                "expectations of QualityOperation",
                problem=f"two are called {twice!r}",
                remedy="give one of them another name",
            )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Check the dataset and write the findings.

        Raises:
            DataReadError: A dataset cannot be read, or lacks the column of a foreign key.
            DataWriteError: The document cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name)

        def read(dataset: str, column: str) -> pa.ChunkedArray:
            return data_source.get_table(dataset, [column]).column(column)

        found = [expectations.check(table, given, read) for given in self.expectations]
        progress.update(1, {"step": "check", "rows": table.num_rows})
        failed = [
            name
            for name, given, finding in zip(self._names, self.expectations, found, strict=True)
            if not finding.holds(given.get("allowed_share", 0))
        ]
        result = OperationResult(metrics=self._metrics(table, found, failed))
        document = {
            "dataset": self.dataset_name,
            "rows": table.num_rows,
            "schema": column_types.names_of(table.schema),
            "expectations": [
                _described(name, given, finding, holds=name not in failed)
                for name, given, finding in zip(self._names, self.expectations, found, strict=True)
            ],
        }
        written = DataWriter(task_dir, self.logger, progress).write_json(document, self._output)
        progress.update(1, {"step": "write"})
        result.add_file(written, "quality of " + self.dataset_name, category="metrics")
        self._tell(result, failed)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its file."""
        others = {given["dataset"] for given in self.expectations if "dataset" in given}
        return DataUse(reads={self.dataset_name, *others}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_quality"

    @property
    def _names(self) -> list[str]:
        return [
            given.get("name")
            or " ".join([str(given["expect"]), *expectations.columns_of(given)[:3]])
            for given in self.expectations
        ]

    def _metrics(
        self, table: pa.Table, found: Sequence[Finding], failed: Sequence[str]
    ) -> dict[str, object]:
        return {
            "rows": table.num_rows,
            "columns": table.num_columns,
            "expectations": len(found),
            "failed": len(failed),
            "failed_rows": dict(zip(self._names, (f.failed for f in found), strict=True)),
        }

    def _tell(self, result: OperationResult, failed: Sequence[str]) -> None:
        if not failed:
            return
        message = f"{len(failed)} of {len(self.expectations)} expectations do not hold"
        result.warn(f"{message}: {', '.join(failed)}", failed=list(failed))
        if self.fail:
            result.status = OperationStatus.ERROR
            result.error_message = f"{self.dataset_name}: {message}: {', '.join(failed)}"


def _described(name: str, given: Given, finding: Finding, *, holds: bool) -> dict[str, object]:
    return {
        "name": name,
        "expect": given["expect"],
        "columns": expectations.columns_of(given),
        "holds": holds,
        "checked_rows": finding.checked,
        "failed_rows": finding.failed,
        "problem": finding.problem,
    }
