"""What policies are judged on: facts about one file, gathered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lineage.kernel.values import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long a source of the file may be kept.

    Attributes:
        dataset: Name of the dataset.
        uri: Its file.
        since: When the version was first on record.
        period: The period that is declared, ISO 8601; None if none is.
        ends_at: When it ends; None without a period.
    """

    dataset: str
    uri: str
    since: datetime
    period: str | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was spent of the privacy budget of one source of the file.

    Attributes:
        uri: The source.
        epsilon: The sum by sequential and parallel composition.
        delta: The same.
    """

    uri: str
    epsilon: float
    delta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A column that was compared with its source.

    Attributes:
        column: The column.
        effect: What was said to have been done.
        outcome: "holds", "false" or "unknown".
        reason: Why it does not hold.
    """

    column: str
    effect: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of one file.

    Attributes:
        uri: The file as the history names it.
        sha256: Digest of its content.
        flow: Where its columns come from (`build_privacy_flow`).
        labels: Column to its inherited class, tags, and "special_category" where that is declared.
        measures: What was measured of its rows: "rows", "k", and by sensitive column "l",
            "entropy_l" and "t"; empty if nothing could be measured.
        unmeasured: Why nothing could be measured; empty if it was.
        quasi_identifiers: The columns that were taken to be known to an attacker.
        sensitive: The columns whose values are to be protected.
        is_encrypted: Whether only a key opens it.
        recipient: Who is to get it; None where nobody asked.
        declared_recipients: Who may get it by the declarations of its sources and the project.
        kept: The periods of its personal sources.
        spent: The privacy budget that was spent on each source.
        claims: Comparisons of its columns with their sources, the latest of each.
        now: When it is judged.
    """

    uri: str
    sha256: str
    flow: Mapping[str, JsonValue]
    labels: Mapping[str, frozenset[str]]
    measures: Mapping[str, JsonValue]
    unmeasured: str
    quasi_identifiers: Sequence[str]
    sensitive: Sequence[str]
    is_encrypted: bool
    recipient: str | None
    declared_recipients: Sequence[str]
    now: datetime
    kept: Sequence[Kept] = ()
    spent: Sequence[Spent] = ()
    claims: Sequence[Claim] = field(default=())
