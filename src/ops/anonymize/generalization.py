"""What a method of anonymization gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ops.anonymize.partition import Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class Generalization:
    """Rows whose quasi-identifiers are generalized.

    Attributes:
        frame: All rows, with the index and the order of the original.
        is_kept: Which of them are published; the others are suppressed; shape (rows,).
        details: What the method chose, for the report; no cell values.
    """

    frame: pd.DataFrame
    is_kept: Flags
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def published(self) -> pd.DataFrame:
        """The rows that are published."""
        return self.frame if self.is_kept.all() else self.frame[self.is_kept]

    @property
    def suppressed(self) -> int:
        """The number of suppressed rows."""
        return len(self.is_kept) - int(self.is_kept.sum())
