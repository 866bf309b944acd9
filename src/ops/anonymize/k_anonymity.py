"""Release a dataset in which the quasi-identifiers single nobody out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from pathlib import Path
from typing import ClassVar, Final, Literal

import pandas as pd

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops import roles
from ops.anonymize import mondrian
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.measures import diversity, risk, utility
from ops.measures.classes import classify
from ops.measures.risk import PrivacyMetrics
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult

_PROMISE_WIDTH: Final = 200
_FAR: Final = 0.8


@register
@dataclass(kw_only=True)
class KAnonymizeOperation(BaseOperation):
    """Drops direct identifiers and generalizes quasi-identifiers until every class has k rows.

    Rows keep their number and order. The output is checked before it is written: a frame that is
    not k-anonymous is an error, and nothing is written.

    k-anonymity hides which row belongs to whom, but not what all rows of a class have in common.
    So a warning names each sensitive attribute that has a single value in some class (l = 1), or
    whose values in some class differ much from those of all rows (t of 0.8 or more).

    Attributes:
        dataset_name: The dataset.
        quasi_identifiers: Columns to generalize together; at least one. These and the columns
            below default to the roles that the project declares.
        sensitive_attributes: Columns to publish unchanged; their diversity is measured.
        direct_identifiers: Columns to leave out.
        left_out: Further columns to leave out because they would reveal what was generalized, or
            because nobody needs them.
        insensitive_attributes: Columns to publish unchanged, on purpose. A column without a role
            is published as well, with a warning that names it.
        k: The smallest class size allowed, at least 2.
        output_name: Base name of the file in output/; the dataset's name and "_anonymized"
            when None.
        output_format: "parquet" or "csv".

    Metrics:
        before.risk, after.risk: The fields of `risk.RiskMetrics`, with threshold k; before for the
            quasi-identifiers as read, after for them as published.
        before.diversity, after.diversity: `DiversityMetrics` by sensitive attribute.
        before.closeness, after.closeness: `ClosenessMetrics` by sensitive attribute.
        before.utility: `gcp` (0), `discernibility` and `average_class_size`.
        after.utility: The fields of `CertaintyPenalty` and `ClassUtility` of `utility`.

    Files:
        output/{output_name}.{output_format}: The published dataset, tagged "anonymized".

    Columns:
        quasi_identifiers: generalization, from the column of that name, and indirectly from the
            other quasi-identifiers, which choose the classes with it.
        every other published column: identity.

    Warnings:
        published unchanged, no role declared: A published column has none of the roles.
        l = 1: In some classes everybody has the same value of a sensitive attribute.
        1 is the worst: In some class the values of a sensitive attribute differ much from those of
            all rows (t of 0.8 or more).
    """

    steps: ClassVar[int] = 4
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "quasi_identifiers": ColumnRole.QUASI_IDENTIFIER,
        "sensitive_attributes": ColumnRole.SENSITIVE,
        "direct_identifiers": ColumnRole.DIRECT_IDENTIFIER,
        "insensitive_attributes": ColumnRole.NON_SENSITIVE,
    }
    without_role: ClassVar[tuple[str, ...]] = ("left_out",)

    dataset_name: str
    quasi_identifiers: Sequence[str] = ()
    sensitive_attributes: Sequence[str] = ()
    direct_identifiers: Sequence[str] = ()
    left_out: Sequence[str] = ()
    insensitive_attributes: Sequence[str] = ()
    k: int = 5
    output_name: str | None = None
    output_format: Literal["parquet", "csv"] = "parquet"

    def __post_init__(self) -> None:
        """Refuse a k that protects nobody, and columns with two roles."""
        require_at_least(self, k=2)  # 1 hides nobody
        named = self._columns_with_a_role()
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ConfigurationError(
                "column roles of KAnonymizeOperation",
                problem=f"more than one role for {twice}",
                expected="one role per column",
            )
        roles.require_columns(self, "quasi_identifiers")

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Generalize, check, measure and write the dataset.

        Raises:
            AnonymizationError: k is larger than the number of rows, a column is missing or
                cannot be generalized, or the result is not k-anonymous.
            DataReadError: The dataset cannot be read.
            DataWriteError: The output cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        original = frames.to_dataframe(
            data_source.get_table(self.dataset_name), f"dataset {self.dataset_name!r}"
        )
        self._require_columns(original)
        progress.update(1, {"step": "read", "rows": len(original)})
        published = mondrian.anonymize(
            original.drop(columns=[*self.direct_identifiers, *self.left_out]),
            self.quasi_identifiers,
            k=self.k,
        )
        risk.verify_k_anonymous(published, self.quasi_identifiers, k=self.k)
        progress.update(1, {"step": "generalize"})
        measured = self._privacy(published)
        result = OperationResult(metrics=self._metrics(original, published, measured))
        progress.update(1, {"step": "measure"})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            published,
            self._output,
            format=self.output_format,
        )
        progress.update(1, {"step": "write"})
        columns = list(published.columns)
        result.add_file(written, self._promise(columns), tags=("anonymized",))
        self._derive(result, written.path, columns)
        self._tell_roles(result, columns)
        self._tell_disclosure(result, published, measured)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        return DataUse(reads={self.dataset_name}, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_anonymized"

    def _promise(self, columns: Sequence[str]) -> str:
        """Return what the file is, and in which columns it is as it was."""
        promise = f"{self.k}-anonymous in {_listed(self.quasi_identifiers)}"
        unchanged = [column for column in columns if column not in self.quasi_identifiers]
        if not unchanged:
            return promise
        plural = "" if len(unchanged) == 1 else "s"
        return f"{promise}; {len(unchanged)} column{plural} unchanged: {_listed(unchanged)}"

    def _columns_with_a_role(self) -> list[str]:
        return [
            *self.quasi_identifiers,
            *self.sensitive_attributes,
            *self.direct_identifiers,
            *self.left_out,
            *self.insensitive_attributes,
        ]

    def _require_columns(self, original: pd.DataFrame) -> None:
        missing = [name for name in self._columns_with_a_role() if name not in original.columns]
        if missing:
            raise AnonymizationError(
                f"columns of dataset {self.dataset_name!r}",
                problem=f"none called {missing}",
                expected=f"names from {list(original.columns)}",
                remedy="correct the roles",
            )

    def _metrics(
        self, original: pd.DataFrame, published: pd.DataFrame, measured: PrivacyMetrics
    ) -> dict[str, object]:
        penalty = utility.measure_certainty_penalty(original, published, self.quasi_identifiers)
        raw = utility.measure_class_utility(original, self.quasi_identifiers)
        left = utility.measure_class_utility(published, self.quasi_identifiers, k=self.k)
        before = {
            "gcp": 0.0,
            "discernibility": raw.discernibility,
            "average_class_size": raw.average_class_size,
        }
        after = penalty.to_metrics() | left.to_metrics()
        return {
            "before": self._privacy(original).to_metrics() | {"utility": before},
            "after": measured.to_metrics() | {"utility": after},
        }

    def _privacy(self, frame: pd.DataFrame) -> PrivacyMetrics:
        return risk.measure_privacy(
            frame, self.quasi_identifiers, self.sensitive_attributes, threshold=self.k
        )

    def _derive(self, result: OperationResult, path: Path, columns: Sequence[str]) -> None:
        """State that all quasi-identifiers chose the groups, and so each other's values."""
        for column in columns:
            source = (self.dataset_name, column)
            if column not in self.quasi_identifiers:
                result.derive(path, column, "identity", source)
                continue
            result.derive(path, column, "generalization", source)
            others = [(self.dataset_name, n) for n in self.quasi_identifiers if n != column]
            if others:
                result.derive(path, column, "generalization", *others, is_direct=False)

    def _tell_roles(self, result: OperationResult, columns: Sequence[str]) -> None:
        named = self._columns_with_a_role()
        undeclared = [column for column in columns if column not in named]
        result.details["columns"] = {
            "generalized": list(self.quasi_identifiers),
            "dropped": [*self.direct_identifiers, *self.left_out],
            "sensitive": list(self.sensitive_attributes),
            "insensitive": list(self.insensitive_attributes),
            "undeclared": undeclared,
        }
        result.details["covered"] = list(self.quasi_identifiers)
        result.details["unchanged"] = [n for n in columns if n not in self.quasi_identifiers]
        if undeclared:
            result.warn(
                f"published unchanged, no role declared: {', '.join(undeclared)}; "
                "they may identify people",
                columns=undeclared,
            )

    def _tell_disclosure(
        self, result: OperationResult, published: pd.DataFrame, measured: PrivacyMetrics
    ) -> None:
        """Say in words what k-anonymity leaves open: what a class tells of all its people."""
        uniform = [name for name, found in measured.diversity.items() if found.distinct_l == 1]
        classes = classify(published, self.quasi_identifiers) if uniform else None
        for name in uniform:
            assert classes is not None  # noqa: S101  # made where any column is uniform
            count, rows = diversity.uniform_classes(classes, published[name])
            result.warn(
                f"{name} (l = 1): in {count:,} of {classes.count:,} groups of people with equal "
                f"quasi-identifiers, with {rows:,} of {classes.rows:,} people, everybody has the "
                "same value; whoever knows the quasi-identifiers of one of them learns their "
                f"{name} without finding their row; generalize further or leave {name} out",
                column=name,
                distinct_l=1,
                classes=count,
                rows=rows,
            )
        for name, found in measured.closeness.items():
            if found.t >= _FAR:
                result.warn(
                    f"{name} (t = {found.t:.2f}, 1 is the worst): in a group of people with equal "
                    "quasi-identifiers its values are distributed quite unlike those of all "
                    f"people; knowing that somebody is in it tells much about their {name}; "
                    f"generalize further or leave {name} out",
                    column=name,
                    t=found.t,
                )


def _listed(names: Sequence[str]) -> str:
    """Return names up to a width, at least one, then how many there are more."""
    widths = accumulate(len(name) + 2 for name in names)
    shown = max(sum(1 for _ in takewhile(lambda width: width <= _PROMISE_WIDTH, widths)), 1)
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" +{more:,}" if more > 0 else "")
