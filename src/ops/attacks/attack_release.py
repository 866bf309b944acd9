"""Attack a released dataset, and report what the attacks find beyond the population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import pyarrow as pa

from lineage.kernel.errors import ConfigurationError
from lineage.kernel.roles import ColumnRole
from ops import roles
from ops.attacks.attack_risk import AttackRisk
from ops.attacks.inference import measure_inference
from ops.attacks.linkability import measure_linkability
from ops.attacks.membership import measure_membership
from ops.attacks.singling_out import measure_singling_out
from ops.base import BaseOperation, DataUse, progress_or_silence
from ops.data.source import DataSource
from ops.data.writer import DataWriter
from ops.parameters import require_at_least
from ops.privacy_facts import MeasuredRisk
from ops.progress import ProgressTracker
from ops.registry import register
from ops.result import OperationResult

METHOD: Final = "ops.attacks.attack_release"
"""How `MeasuredRisk` names what is measured here."""


@register
@dataclass(kw_only=True)
class AttackRiskOperation(BaseOperation):
    """Attacks a release and a control set alike, and writes the risks as JSON.

    The control rows are of the same population, but the release was not made of them: what is
    found out about them is no fault of the release. The attacks compare values as they are. A
    release with ranges in place of numbers is refused; measure its classes with
    `MeasureRiskOperation`. The document has no timestamp, so equal data and seed give equal bytes.

    Attributes:
        dataset_name: The release.
        original_name: The dataset of which it was made.
        control_name: Rows that were held back, with the same columns.
        quasi_identifiers: Columns that an attacker may know; at least one. These and the columns
            below default to the roles that the project declares.
        sensitive_attributes: Columns that an attacker wants to infer from them, each on its own.
        linked: Those of the columns that another source knows, to link with the rest; the second
            half of the quasi-identifiers when empty. Fewer than two columns cannot be linked.
        attacks: How many records, or predicates, each attack tries at most, at least 1.
        seed: Seed of NumPy's generator.
        output_name: Base name of the file; the dataset's name and "_attacks" when None.

    Metrics:
        singling_out_multivariate: The fields of `attack_risk.AttackRisk`, for predicates of up to
            three of all columns.
        singling_out_univariate: The same for predicates of one column.
        linkability: The same for linking two parts of the quasi-identifiers.
        membership: The same for telling by all columns who was among the original.
        inference: The same by sensitive attribute, inferred from the quasi-identifiers.

    Files:
        {output_name}.json: The metrics with the columns that were attacked.

    Warnings:
        more often on the original than on control rows: The interval of a risk lies above 0.
        no better than guesses: An attack was too weak for its risk to tell anything.

    Source:
        Giomi, Boenisch, Wehmeyer, Tasnadi: A Unified Framework for Quantifying Privacy Risk in
        Synthetic Data, PoPETs 2023(2), arXiv 2211.10459; membership: see
        `membership.measure_membership`.
    """

    steps: ClassVar[int] = 2
    column_roles: ClassVar[Mapping[str, ColumnRole]] = {
        "quasi_identifiers": ColumnRole.QUASI_IDENTIFIER,
        "sensitive_attributes": ColumnRole.SENSITIVE,
    }
    dataset_parameters: ClassVar[tuple[str, ...]] = (
        "original_name",
        "dataset_name",
        "control_name",
    )

    dataset_name: str
    original_name: str
    control_name: str
    quasi_identifiers: Sequence[str] = ()
    sensitive_attributes: Sequence[str] = ()
    linked: Sequence[str] = ()
    attacks: int = 500
    seed: int = 0
    output_name: str | None = None

    def __post_init__(self) -> None:
        """Refuse attacks that tell nothing."""
        require_at_least(self, attacks=1, seed=0)
        roles.require_columns(self, "quasi_identifiers")
        unknown = [name for name in self.linked if name not in self.quasi_identifiers]
        if unknown or (self.linked and set(self.linked) == set(self.quasi_identifiers)):
            raise ConfigurationError(
                "linked of AttackRiskOperation",
                found=list(self.linked),
                expected=f"some, but not all, of {list(self.quasi_identifiers)}",
            )

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Attack the release and write the document to the task's folder.

        Raises:
            AnonymizationError: A dataset has no rows, or columns do not fit.
            DataReadError: A dataset cannot be read or lacks a column.
            DataWriteError: The document cannot be written.
        """
        progress = progress_or_silence(progress_tracker)
        columns = [*self.quasi_identifiers, *self.sensitive_attributes]
        names = (self.original_name, self.dataset_name, self.control_name)
        original, released, control = (data_source.get_table(name, columns) for name in names)
        progress.update(1, {"step": "read", "rows": released.num_rows})
        result = OperationResult()
        for path, found in self._attack(original, released, control):
            *group, name = path
            metrics = result.metrics
            for each in group:
                inner = metrics.setdefault(each, {})
                assert isinstance(inner, dict)  # noqa: S101  # made here
                metrics = inner
            metrics[name] = found.to_metrics()
            _tell(result, " of ".join(path), found)
        progress.update(1, {"step": "attack"})
        document = {
            "dataset": self.dataset_name,
            "original": self.original_name,
            "control": self.control_name,
            "quasi_identifiers": list(self.quasi_identifiers),
            "sensitive_attributes": list(self.sensitive_attributes),
            "seed": self.seed,
            "metrics": result.metrics,
        }
        written = DataWriter(task_dir, self.logger, progress).write_json(document, self._output)
        result.add_file(written, "success of attacks", category="metrics")
        result.privacy_facts.append(
            MeasuredRisk(
                subject=self.dataset_name,
                quasi_identifiers=tuple(self.quasi_identifiers),
                sensitive=tuple(self.sensitive_attributes),
                measures=result.metrics,
                method=METHOD,
            )
        )
        return result

    def data_use(self) -> DataUse:
        """Return its datasets and its files."""
        names = {self.dataset_name, self.original_name, self.control_name}
        return DataUse(reads=names, writes={self._output})

    @property
    def _output(self) -> str:
        return self.output_name or f"{self.dataset_name}_attacks"

    def _attack(
        self, original: pa.Table, released: pa.Table, control: pa.Table
    ) -> Iterator[tuple[tuple[str, ...], AttackRisk]]:
        """Yield where each risk is among the metrics, and the risk."""
        triple, known = (original, released, control), self.quasi_identifiers
        size, seed = self.attacks, self.seed
        columns = [*known, *self.sensitive_attributes]
        for kind in ("multivariate", "univariate"):
            found = measure_singling_out(
                *triple, columns=columns, attacks=size, seed=seed, predicates=kind
            )
            yield (f"singling_out_{kind}",), found
        right = list(self.linked) or list(known[(len(known) + 1) // 2 :])
        left = [name for name in known if name not in right]
        if left and right:
            found = measure_linkability(*triple, left=left, right=right, attacks=size, seed=seed)
            yield ("linkability",), found
        yield (
            ("membership",),
            measure_membership(*triple, columns=columns, attacks=size, seed=seed),
        )
        for name in self.sensitive_attributes:
            found = measure_inference(*triple, known=known, secret=name, attacks=size, seed=seed)
            yield ("inference", name), found


def _tell(result: OperationResult, attack: str, found: AttackRisk) -> None:
    if not found.is_informative:
        result.warn(
            f"{attack}: no better than guesses, so its risk of {found.risk:.2f} assures nothing",
            attack=attack,
        )
    elif found.risk_low > 0:
        result.warn(
            f"{attack}: succeeds more often on the original than on control rows, "
            f"a risk of {found.risk:.2f} (from {found.risk_low:.2f} to {found.risk_high:.2f})",
            attack=attack,
        )
