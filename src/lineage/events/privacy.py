"""What was measured of a dataset version's privacy, spent of a budget, and stated as purpose."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import NonNegativeFloat

from lineage.events.base import Event, JsonObject, OperationIndex, Sha256
from lineage.kernel.effects import Effect


class RiskMeasured(Event):
    """The risk that remains in a dataset version was measured.

    Attributes:
        operation: Which one of the run measured it; None outside of a run's operations.
        uri: The file.
        sha256: Digest of its content.
        quasi_identifiers: The columns that were taken to be known to an attacker.
        sensitive: The columns whose values were to be protected.
        measures: Name to value: "k", "l", "t", "rows", "uniques", "prosecutor_max", ...
        method: What measured it.
    """

    TOPIC: ClassVar[str] = "risk.measured"
    operation: OperationIndex | None
    uri: str
    sha256: Sha256
    quasi_identifiers: tuple[str, ...]
    sensitive: tuple[str, ...]
    measures: JsonObject
    method: str


class ClaimChecked(Event):
    """A column that is said to be protected was compared with its source.

    Attributes:
        uri: The file with the column.
        sha256: Digest of its content.
        column: The column.
        effect: What was said to have been done to it.
        source_uri: The file it came from.
        source_sha256: Digest of that file's content.
        source_column: The column it came from.
        outcome: Whether the claim holds; unknown where it could not be measured.
        measured: Rates of equal cells, of rows found again by a join, of values of one format.
        reason: Why it does not hold, in a sentence; empty if it does.
    """

    TOPIC: ClassVar[str] = "claim.checked"
    uri: str
    sha256: Sha256
    column: str
    effect: Effect
    source_uri: str
    source_sha256: Sha256
    source_column: str
    outcome: Literal["holds", "false", "unknown"]
    measured: JsonObject
    reason: str


class BudgetSpent(Event):
    """A differentially private operation drew noise for a dataset.

    Attributes:
        operation: Which one of the run.
        source_uri: The file whose people the budget is for.
        source_sha256: Digest of its content.
        mechanism: "laplace" or "gaussian".
        epsilon: What it spent, all its columns together.
        delta: The same; 0 for pure differential privacy.
        unit: Whose privacy it is: "row", or the column that names a person.
        partition: Disjoint part of the rows that it touched, the same text for the same part;
            None for all of them.
    """

    TOPIC: ClassVar[str] = "budget.spent"
    operation: OperationIndex
    source_uri: str
    source_sha256: Sha256
    mechanism: str
    epsilon: NonNegativeFloat
    delta: NonNegativeFloat
    unit: str
    partition: str | None


class PurposeDeclared(Event):
    """Somebody said what a run is for.

    Attributes:
        purpose: What for.
    """

    TOPIC: ClassVar[str] = "purpose.declared"
    purpose: str
