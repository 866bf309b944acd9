"""What is known of the origin of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lineage.kernel.effects import Effect
from ops.result import DatasetRead

Basis: TypeAlias = Literal["observed", "query"]
"""How an origin is known: the content was compared, or a query was parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOrigin:
    """One source of a column.

    Attributes:
        column: Name of the column.
        dataset: The version of the dataset it came from; None for a column made from nothing
            that was read.
        source_column: Name of the column there; None with `dataset` None.
        effect: What was done on the way.
        is_direct: False when the source only decided which rows or values appear.
        basis: How it is known.
    """

    column: str
    dataset: DatasetRead | None
    source_column: str | None
    effect: Effect
    is_direct: bool
    basis: Basis

    @property
    def place(self) -> tuple[DatasetRead, str] | None:
        """The column it came from; None for a column made from nothing that was read."""
        if self.dataset is None or self.source_column is None:
            return None
        return self.dataset, self.source_column
