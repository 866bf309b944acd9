"""Describe a dataset column by column without showing rare values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import charts, frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.privacy_facts import ProposedRole
from ops.profiling import column_profile, plain_values
from ops.profiling.column_profile import ColumnProfile
from ops.profiling.detectors import evidence
from ops.profiling.detectors.evidence import Finding
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class ProfileOperation(BaseOperation):
    """Profiles the columns of a dataset: types, values, distributions, personal data.

    What may be shown follows `column_profile.RULE`, which the document includes. A column that is
    nearly unique (nine tenths of its rows have a value that fewer than k rows have) or looks like
    personal data (see `ops.profiling.personal_values`) shows no values, and the profile says why.

    Every column is searched for personal data by its name, by the form of its values and by check
    digits (see `ops.profiling.detectors`). What is found is a proposal for the column's role, with
    the numbers of rows that were tested, have the form and pass the check, and without values. Of
    a column with many different values, 10,000 spread over their order are tested.

    Attributes:
        dataset_name: The dataset.
        output_prefix: Base name of the files; the dataset's name and "_profile" when None.
        columns: Which columns; all when None.
        identifiers: Columns whose values are never shown; by default those that the project
            declares as direct identifiers.
        show_values: Columns that look like personal data or are nearly unique, and are neither
            an identifier nor anybody's name (measurements, codes, places): their values are
            shown if k rows have them.
        k: Fewest rows behind a shown value; at least 2.
        top: How many frequent values a column lists.

    Metrics:
        rows: Rows of the dataset.
        columns: Columns that were profiled.
        nulls: Nulls by column.
        distinct: Distinct values by column.
        singletons: Values that one row has, by column.
        uniqueness: Distinct values per row that has a value, by column.
        mean: Mean by column of numbers.
        personal_data: Of what a column most likely holds, by column: `rows_tested`,
            `rows_matching`, and `rows_passing` where there are check digits.

    Files:
        dictionaries/{output_prefix}.json: Statistics of every column.
        {output_prefix}.png: Share of missing values, and of distinct values among
            the others.

    Columns:
        every column: aggregation, from the column of that name.
    """

    steps: ClassVar[int] = 0
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {"identifiers": ColumnRole.DIRECT_IDENTIFIER}

    dataset_name: str
    output_prefix: str | None = None
    columns: Sequence[str] | None = None
    identifiers: Sequence[str] = ()
    show_values: Sequence[str] = ()
    k: int = 5
    top: int = 10

    def __post_init__(self) -> None:
        """Refuse thresholds that would show single rows, and columns with two roles."""
        require_at_least(self, k=2, top=1)
        twice = sorted({*self.identifiers} & {*self.show_values})
        if twice:
            raise ConfigurationError(
                "column roles of ProfileOperation",
                problem=f"{twice} in both identifiers and show_values",
                expected="each column in one of them",
            )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Write the profile to dictionaries/ and a chart of missing and unique values.

        Raises:
            DataReadError: The dataset cannot be read or lacks a named column.
            OperationError: A column cannot be described; the message names it.
            DataWriteError: A file cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        table = data_source.get_table(self.dataset_name, self.columns)
        frames.choose_columns(
            f"dataset {self.dataset_name!r}",
            table.column_names,
            [*self.identifiers, *self.show_values],
        )
        profiles = []
        for name in table.column_names:
            profiles.append(self._profile(table.column(name), name))
            progress.update(1, {"column": name})
        return self._written(profiles, table.num_rows, DataWriter(task_dir, self.logger, progress))

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        return DataUse(reads={self.dataset_name}, writes={self._prefix})

    @property
    def _prefix(self) -> str:
        return self.output_prefix or f"{self.dataset_name}_profile"

    def _profile(self, column: pa.ChunkedArray, name: str) -> ColumnProfile:
        describe = partial(
            column_profile.profile,
            column,
            name,
            k=self.k,
            top=self.top,
            is_identifier=name in self.identifiers,
            shows_values=name in self.show_values,
        )
        return plain_values.computed(f"column {name!r}", column.type, describe)

    def _written(
        self, profiles: Sequence[ColumnProfile], rows: int, writer: DataWriter
    ) -> OperationResult:
        document = {
            "dataset": self.dataset_name,
            "rows": rows,
            "k": self.k,
            "rule": column_profile.RULE,
            "columns": [_described(profile) for profile in profiles],
            "personal_data": {"rule": evidence.RULE, "proposed_roles": _proposed_roles(profiles)},
        }
        result = OperationResult(metrics=_metrics(profiles, rows))
        written = writer.write_dictionary(document, self._prefix)
        result.add_file(written, "statistics of every column", category="dictionary")
        for profile in profiles:
            source = (self.dataset_name, profile.name)
            result.derive(written.path, profile.name, "aggregation", source)
        figure = charts.bars(
            [profile.name for profile in profiles],
            {
                "missing": [profile.nulls / max(rows, 1) for profile in profiles],
                "distinct": [profile.uniqueness or 0.0 for profile in profiles],
            },
            f"Missing and distinct values of {self.dataset_name}",
        )
        result.add_file(
            writer.write_visualization(figure, self._prefix),
            "share of missing values, and of distinct values among the others",
            category="visualization",
        )
        undeclared = [profile for profile in profiles if not profile.is_identifier]
        result.details["likely_identifiers"] = [
            profile.name
            for profile in undeclared
            if (profile.uniqueness or 0.0) > column_profile.NEARLY
        ]
        result.details["values_withheld"] = {
            profile.name: profile.withheld for profile in undeclared if profile.withheld
        }
        result.details |= {"covered": [profile.name for profile in profiles], "unchanged": []}
        result.details["proposed_roles"] = _proposed_roles(profiles)
        result.details["personal_data"] = {
            profile.name: [dataclasses.asdict(finding) for finding in profile.personal_data]
            for profile in profiles
            if profile.personal_data
        }
        result.privacy_facts += [
            ProposedRole(
                dataset=self.dataset_name,
                column=profile.name,
                role=finding.role,
                category=finding.kind,
                evidence=dataclasses.asdict(finding),
            )
            for profile in undeclared
            for finding in profile.personal_data[:1]
        ]
        return result


def _proposed_roles(profiles: Sequence[ColumnProfile]) -> dict[str, ColumnRole]:
    """Return the role that the most certain finding proposes, of columns with any."""
    return {p.name: p.personal_data[0].role for p in profiles if p.personal_data}


def _described(profile: ColumnProfile) -> dict[str, object]:
    """Return a profile as the document shows it, frequent values as objects."""
    described: dict[str, object] = {
        field.name: getattr(profile, field.name) for field in dataclasses.fields(profile)
    }
    if profile.frequent is not None:
        described["frequent"] = {
            "shown": [{"value": value, "rows": rows} for value, rows in profile.frequent.shown],
            "unlisted": profile.frequent.unlisted,
            "withheld_values": profile.frequent.withheld_values,
            "withheld_rows": profile.frequent.withheld_rows,
        }
    return described


def _metrics(profiles: Sequence[ColumnProfile], rows: int) -> dict[str, object]:
    """Return counts and ratios by column, and no value of a cell."""
    return {
        "rows": rows,
        "columns": len(profiles),
        "nulls": {profile.name: profile.nulls for profile in profiles},
        "distinct": {profile.name: profile.distinct for profile in profiles},
        "singletons": {profile.name: profile.singletons for profile in profiles},
        "uniqueness": {profile.name: profile.uniqueness for profile in profiles},
        "mean": {p.name: p.numbers.mean for p in profiles if p.numbers is not None},
        "personal_data": {p.name: _counts(p.personal_data[0]) for p in profiles if p.personal_data},
    }


def _counts(finding: Finding) -> dict[str, int]:
    counts = {
        "rows_tested": finding.rows_tested,
        "rows_matching": finding.rows_matching,
        "rows_passing": finding.rows_passing,
    }
    return {name: rows for name, rows in counts.items() if rows is not None}
