"""What an operation found out or spent that concerns privacy, beside its metrics.

Metrics are for the reader of a report; these facts belong to a dataset version, and policies,
budgets and the audit ask for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from lineage.kernel.roles import ColumnRole


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRisk:
    """The risk that remains in a dataset or an output.

    Attributes:
        subject: Name of the dataset that was read, or the file that was written.
        quasi_identifiers: The columns that were taken to be known to an attacker.
        sensitive: The columns whose values were to be protected.
        measures: Name to value; no cell values.
        method: What measured it.
    """

    subject: str | Path
    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...] = ()
    measures: Mapping[str, object] = field(default_factory=dict)
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentBudget:
    """What a differentially private operation spent.

    Attributes:
        dataset: Name of the dataset whose people it is for.
        mechanism: "laplace" or "gaussian".
        epsilon: All columns together.
        delta: The same; 0 for pure differential privacy.
        unit: Whose privacy it is ("row", "person of at most 3 rows").
        partition: Disjoint part of the rows that it touched; None for all of them.
    """

    dataset: str
    mechanism: str
    epsilon: float
    delta: float = 0.0
    unit: str = "row"
    partition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedRole:
    """A column that looks like personal data.

    Attributes:
        dataset: Name of the dataset.
        column: The column.
        role: The role it would have.
        category: Which personal data it seems to hold.
        evidence: What speaks for it: counts, no values.
    """

    dataset: str
    column: str
    role: ColumnRole
    category: str
    evidence: Mapping[str, object] = field(default_factory=dict)


PrivacyFact: TypeAlias = MeasuredRisk | SpentBudget | ProposedRole
"""One fact of an operation."""
