"""What all operations have in common that change columns cell by cell."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.effects import Effect
from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops import roles
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import frames, row_values
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.privacy_facts import SpentBudget
from ops.progress import ProgressTracker
from ops.result import OperationResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformed:
    """What became of a table.

    Attributes:
        table: What is published.
        effects: Each changed column to what was done to it; the others are as they were.
        chosen_by: Columns that decided which rows are published.
        metrics: Further metrics of the operation.
        details: Further details of the operation; no cell values.
        spent: What it spent of a privacy budget; None if it has nothing to do with one.
    """

    table: pa.Table
    effects: Mapping[str, Effect]
    chosen_by: Sequence[str] = ()
    metrics: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    spent: SpentBudget | None = None


@dataclass(kw_only=True)
class ColumnTransform(BaseOperation):
    """Changes columns of a dataset and publishes it with the others unchanged.

    A subclass says in `transform` what becomes of the table. Reading, writing, lineage and warnings
    are the same for all.

    Attributes:
        dataset_name: The dataset.
        direct_identifiers: Columns that name people. These and the columns below default to the
            roles that the project declares; they tell which unchanged columns need a warning.
        quasi_identifiers: Columns that single people out together.
        sensitive_attributes: Columns that an attacker wants to learn.
        insensitive_attributes: Columns to publish unchanged, on purpose.
        output_name: Base name of the file in output/; the dataset's name and what was done
            when None.
        format: "parquet" or "csv".

    Files:
        output/{output_name}.{format}: The dataset with its changed columns, tagged
            "de-identified".

    Warnings:
        direct identifiers published unchanged: Columns that name people are as they were.
        published unchanged, no role declared: A published column has none of the roles.
    """

    steps: ClassVar[int] = 3
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "direct_identifiers": ColumnRole.DIRECT_IDENTIFIER,
        "quasi_identifiers": ColumnRole.QUASI_IDENTIFIER,
        "sensitive_attributes": ColumnRole.SENSITIVE,
        "insensitive_attributes": ColumnRole.NON_SENSITIVE,
    }
    done: ClassVar[str]

    dataset_name: str
    direct_identifiers: Sequence[str] = ()
    quasi_identifiers: Sequence[str] = ()
    sensitive_attributes: Sequence[str] = ()
    insensitive_attributes: Sequence[str] = ()
    output_name: str | None = None
    format: Literal["parquet", "csv"] = "parquet"

    @abstractmethod
    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Return what becomes of the dataset.

        Args:
            table: All its rows and columns; it has the columns that `named_columns` gives.
            data_source: Provides further datasets, such as hierarchies.
            task_dir: The task's folder; nothing need be written there.
        """

    @property
    @abstractmethod
    def named_columns(self) -> Sequence[str]:
        """The columns that parameters name to be changed, or to choose rows by."""

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Change the columns and write the dataset.

        Raises:
            AnonymizationError: A column holds what cannot be changed as asked.
            ConfigurationError: The parameters contradict each other or the dataset.
            DataReadError: The dataset cannot be read, or lacks a column.
            DataWriteError: The output cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name)
        frames.choose_columns(self._subject, table.column_names, [*self.named_columns])
        progress.update(1, {"step": "read", "rows": table.num_rows})
        done = self.transform(table, data_source, task_dir)
        progress.update(1, {"step": self.done})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            done.table, self._output, format=self.format
        )
        progress.update(1, {"step": "write"})
        result = OperationResult(metrics=_counts(table, done) | dict(done.metrics))
        result.add_file(written, f"{self.dataset_name}, {self.done}", tags=("de-identified",))
        if done.spent is not None:
            result.privacy_facts.append(done.spent)
        self._derive(result, written.path, done)
        self._tell(result, table.column_names, done)
        return result

    def data_use(self) -> DataUse | None:
        """Return its datasets and its files."""
        return DataUse(reads={self.dataset_name}, writes={self._output})

    @property
    def _subject(self) -> str:
        return f"dataset {self.dataset_name!r}"

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_{self.done}"

    def _derive(self, result: OperationResult, path: Path, done: Transformed) -> None:
        """State that a column comes from itself, and indirectly from what chose its rows."""
        for name in done.table.column_names:
            result.derive(path, name, done.effects.get(name, "identity"), (self.dataset_name, name))
            others = [(self.dataset_name, n) for n in done.chosen_by if n != name]
            if others:
                result.derive(path, name, "suppression", *others, is_direct=False)

    def _tell(self, result: OperationResult, before: Sequence[str], done: Transformed) -> None:
        published = done.table.column_names
        unchanged = [name for name in published if name not in done.effects]
        result.details |= {
            "covered": [*done.effects],
            "unchanged": unchanged,
            "dropped": [name for name in before if name not in published],
            **done.details,
        }
        direct = [name for name in unchanged if name in self.direct_identifiers]
        known = {
            *self.direct_identifiers,
            *self.quasi_identifiers,
            *self.sensitive_attributes,
            *self.insensitive_attributes,
        }
        undeclared = [name for name in unchanged if name not in known]
        if direct:
            result.warn(
                f"direct identifiers published unchanged: {', '.join(direct)}", columns=direct
            )
        roles.tell_undeclared(result, undeclared)


@dataclass(kw_only=True)
class ListedColumnsTransform(ColumnTransform):
    """Changes the columns of a list, each for itself and all in the same way.

    Attributes:
        columns: The columns to change, at least one; the project's direct identifiers if not
            given.
    """

    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "columns": ColumnRole.DIRECT_IDENTIFIER,
        **ColumnTransform.column_roles,
    }

    columns: Sequence[str] = ()

    @property
    def named_columns(self) -> Sequence[str]:
        """The columns to change."""
        return self.columns


def replace(table: pa.Table, columns: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    """Return a table with columns in the place of those of their names."""
    for name, column in columns.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table


def require_text(column: pa.ChunkedArray, subject: str, *, as_text: bool) -> None:
    """Refuse a column that is no text, unless its values are to be turned into text.

    Raises:
        ConfigurationError: It is none.
    """
    kind = row_values.plain(column).type
    if as_text or pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return
    if pa.types.is_null(kind):
        return
    raise ConfigurationError(
        subject,
        problem=f"its values are of type {column.type}",
        expected="text",
        remedy="set as_text to true to work on their texts, or generalize the column",
    )


def _counts(before: pa.Table, done: Transformed) -> dict[str, object]:
    """Return rows before and after, and of each changed column how many cells are not as before."""
    metrics: dict[str, object] = {"rows": {"before": before.num_rows, "after": done.table.num_rows}}
    if before.num_rows == done.table.num_rows:
        metrics["changed"] = {
            name: _changed(before.column(name), done.table.column(name)) for name in done.effects
        }
    return metrics


def _changed(before: pa.ChunkedArray, after: pa.ChunkedArray) -> int:
    """Count the cells that are not as before; of another type, no cell is."""
    was, now = row_values.plain(before), row_values.plain(after)
    if was.type != now.type:
        return len(was) - int(was.null_count)
    differs = pc.fill_null(pc.not_equal(was, now), pc.xor(was.is_null(), now.is_null()))
    changed = pc.sum(differs).as_py()
    return int(changed or 0)
