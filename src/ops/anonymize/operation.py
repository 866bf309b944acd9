"""What the operations that anonymize a dataset have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, takewhile
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import pandas as pd

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops import roles
from ops.anonymize import demands, full_domain, mondrian
from ops.anonymize.constraints import verify
from ops.anonymize.generalization import Generalization
from ops.anonymize.release import Release
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data import frames
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.measures import hierarchy_forms, risk
from ops.parameters import require_at_least
from ops.progress import ProgressTracker
from ops.result import OperationResult

_PROMISE_WIDTH: Final = 200


@dataclass(kw_only=True)
class AnonymizingOperation(BaseOperation):
    """Drops direct identifiers and generalizes quasi-identifiers until every class is as asked.

    Attributes:
        quasi_identifiers: Columns to generalize together; at least one. These and the columns
            below default to the roles that the project declares.
        sensitive_attributes: Columns to publish unchanged; their diversity is measured.
        direct_identifiers: Columns to leave out.
        left_out: Further columns to leave out because they would reveal what was generalized, or
            because nobody needs them.
        insensitive_attributes: Columns to publish unchanged, on purpose. A column without a role
            is published as well, with a warning that names it.
        k: The smallest class size allowed, at least 2.
        l: The least diversity of each sensitive attribute in each class; a number for all of them
            or one by column.
        l_kind: "distinct" (l different values), "entropy" (exp of the entropy is at least l) or
            "recursive" (the commonest value is rarer than c times all from the l-th on).
        c: The factor of recursive diversity.
        t: How far the distribution of a sensitive attribute in a class may be from that of all
            rows that were read, from 0 to 1; a number for all of them or one by column.
        t_distance: "equal" or "ordered"; by the type of the column when None.
        suppression_limit: The share of rows that may be left out, from 0 to below 1.
        cut: Where Mondrian cuts a group: "median"; "around_median", which puts the median above
            the cut where k asks for it; or "midpoint" of its range, which keeps ranges narrowest.
        hierarchies: For "full_domain": by quasi-identifier a hierarchy in the form of
            `ops.measures.hierarchy_forms`: {"intervals": [5, 10]}, {"prefixes": [3, 1]},
            {"date_parts": ["month", "year"]}, {"values": {"Rome": ["Italy", "Europe"]}}, or the
            name of a dataset without header that has one row a value, level by level. Rules end in
            "*", which is all that a column left out here has.
        cost: For "full_domain": what is to be least, "loss", "discernibility_unsuppressed",
            "average_class_size" or "non_uniform_entropy".
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
            other quasi-identifiers, and the sensitive attributes with an l or t, which choose the
            classes with it.
        every other published column: identity or suppression. Suppression is indirect: the columns
            that choose the classes also choose which rows are left out.

    Warnings:
        published unchanged, no role declared: A published column has none of the roles.
        rows are suppressed: Rows are left out, within the limit.
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

    quasi_identifiers: Sequence[str] = ()
    sensitive_attributes: Sequence[str] = ()
    direct_identifiers: Sequence[str] = ()
    left_out: Sequence[str] = ()
    insensitive_attributes: Sequence[str] = ()
    k: int = 5
    l: float | Mapping[str, Any] | None = None  # noqa: E741  # the name the definition gives it
    l_kind: Literal["distinct", "entropy", "recursive"] = "distinct"
    c: float | None = None
    t: float | Mapping[str, Any] | None = None
    t_distance: Literal["equal", "ordered"] | None = None
    suppression_limit: float = 0.0
    cut: Literal["median", "around_median", "midpoint"] = "median"
    hierarchies: Mapping[str, Any] = field(default_factory=dict)
    cost: Literal[
        "loss", "discernibility_unsuppressed", "average_class_size", "non_uniform_entropy"
    ] = "loss"
    output_name: str | None = None
    output_format: Literal["parquet", "csv"] = "parquet"

    def __post_init__(self) -> None:
        """Refuse a k that protects nobody, columns with two roles, and demands without meaning."""
        require_at_least(self, k=2)  # 1 hides nobody
        named = self._columns_with_a_role()
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ConfigurationError(
                f"column roles of {self.name}",
                problem=f"more than one role for {twice}",
                expected="one role per column",
            )
        roles.require_columns(self, "quasi_identifiers")
        hierarchy_forms.require(self.hierarchies)
        self._guarantee = demands.guarantee_of(self)

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Generalize, check, measure and write the dataset.

        Raises:
            ConfigurationError: The method is unknown, or a dataset holds no hierarchy.
            AnonymizationError: What is asked cannot be reached, or was not; a column is missing or
                cannot be generalized.
            DataReadError: The dataset cannot be read.
            DataWriteError: The output cannot be written.
        """
        method = self._chosen_method()
        progress = progress_or_silence(progress_tracker)
        original = frames.to_dataframe(
            data_source.get_table(self._dataset), f"dataset {self._dataset!r}"
        )
        self._require_columns(original)
        progress.update(1, {"step": "read", "rows": len(original)})
        generalization = self._generalize(method, original, data_source)
        published = generalization.published
        risk.verify_k_anonymous(published, self.quasi_identifiers, k=self.k)
        verify(
            generalization.frame,
            generalization.is_kept,
            self.quasi_identifiers,
            self._guarantee.demands,
        )
        progress.update(1, {"step": "generalize"})
        release = Release(
            original=original,
            generalization=generalization,
            quasi_identifiers=self.quasi_identifiers,
            sensitive_attributes=self.sensitive_attributes,
            k=self.k,
        )
        result = OperationResult(metrics=release.metrics())
        progress.update(1, {"step": "measure"})
        written = DataWriter(task_dir, self.logger, progress).write_dataframe(
            published, self._output, format=self.output_format
        )
        progress.update(1, {"step": "write"})
        columns = list(published.columns)
        unchanged = self._unchanged(columns, generalization)
        result.add_file(written, self._promise(unchanged), tags=("anonymized",))
        result.privacy_facts.append(release.measured(written.path))
        self._derive(result, written.path, columns, unchanged)
        self._tell_columns(result, columns, unchanged)
        result.details["generalization"] = {"method": method, **generalization.details}
        release.tell_suppression(result)
        release.tell_disclosure(result)
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        tables = hierarchy_forms.dataset_names(self.hierarchies.values())
        return DataUse(reads={self._dataset, *tables}, writes={self._output})

    @property
    @abstractmethod
    def _dataset(self) -> str:
        """The dataset."""

    @abstractmethod
    def _chosen_method(self) -> Literal["mondrian", "full_domain"]:
        """Return the method; refuse one that is unknown."""

    @property
    def _output(self) -> str:
        return self.output_name or f"{self._dataset}_anonymized"

    def _generalize(
        self, method: str, original: pd.DataFrame, data_source: DataSource
    ) -> Generalization:
        frame = original.drop(columns=[*self.direct_identifiers, *self.left_out])
        if method == "mondrian":
            return mondrian.generalize(frame, self.quasi_identifiers, self._guarantee, cut=self.cut)
        levels = hierarchy_forms.read(self.hierarchies, data_source)
        return full_domain.generalize(
            frame, self.quasi_identifiers, self._guarantee, levels=levels, cost=self.cost
        )

    def _unchanged(self, columns: Sequence[str], generalization: Generalization) -> list[str]:
        """Return the published columns that are as they were."""
        levels = generalization.details.get("levels")
        level_of = levels if isinstance(levels, Mapping) else {}
        return [c for c in columns if c not in self.quasi_identifiers or level_of.get(c) == 0]

    def _promise(self, unchanged: Sequence[str]) -> str:
        """Return what the file is, and in which columns it is as it was."""
        promise = f"{self.k}-anonymous in {_listed(self.quasi_identifiers)}"
        promise += "".join(f", {demand}" for demand in demands.phrases(self._guarantee))
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
                f"columns of dataset {self._dataset!r}",
                problem=f"none called {missing}",
                expected=f"names from {list(original.columns)}",
                remedy="correct the roles",
            )

    def _derive(
        self, result: OperationResult, path: Path, columns: Sequence[str], unchanged: Sequence[str]
    ) -> None:
        """State that all quasi-identifiers and demanded attributes chose the classes."""
        choosing = [*self.quasi_identifiers, *(d.column for d in self._guarantee.demands)]
        for column in columns:
            source = (self._dataset, column)
            others = [(self._dataset, name) for name in choosing if name != column]
            result.derive(
                path, column, "identity" if column in unchanged else "generalization", source
            )
            if column in self.quasi_identifiers and others:
                result.derive(path, column, "generalization", *others, is_direct=False)
            elif column not in self.quasi_identifiers and self.suppression_limit:
                result.derive(path, column, "suppression", *others, is_direct=False)

    def _tell_columns(
        self, result: OperationResult, columns: Sequence[str], unchanged: Sequence[str]
    ) -> None:
        named = self._columns_with_a_role()
        undeclared = [column for column in columns if column not in named]
        result.details["columns"] = {
            "generalized": list(self.quasi_identifiers),
            "dropped": [*self.direct_identifiers, *self.left_out],
            "sensitive": list(self.sensitive_attributes),
            "insensitive": list(self.insensitive_attributes),
            "undeclared": undeclared,
        }
        result.details["covered"] = [column for column in columns if column not in unchanged]
        result.details["unchanged"] = list(unchanged)
        roles.tell_undeclared(result, undeclared)


def _listed(names: Sequence[str]) -> str:
    """Return names up to a width, at least one, then how many there are more."""
    widths = accumulate(len(name) + 2 for name in names)
    shown = max(sum(1 for _ in takewhile(lambda width: width <= _PROMISE_WIDTH, widths)), 1)
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" +{more:,}" if more > 0 else "")
