"""Measure what made rows give away of the rows that the model has seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ops.attacks.attack_risk import AttackRisk
from ops.attacks.linkability import measure_linkability
from ops.attacks.membership import measure_membership
from ops.data import row_values
from ops.measures.classes import classify

_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What made rows give away.

    Attributes:
        copies: Made rows that equal an original row in all columns.
        copies_of_unique: Those of them whose original is the only one of its kind.
        risks: The risk of each attack by its name.
    """

    copies: int
    copies_of_unique: int
    risks: Mapping[str, AttackRisk]

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name."""
        risks = {name: risk.to_metrics() for name, risk in self.risks.items()}
        return {"copies": self.copies, "copies_of_unique": self.copies_of_unique, **risks}


def measure(
    seen: pa.Table, made: pa.Table, control: pa.Table, attacks: int, seed: int
) -> Disclosure:
    """Count copies and attack made rows.

    Args:
        seen: Original rows that the model has seen.
        made: The made rows, with some of the columns.
        control: Original rows that it has not seen.
        attacks: How many rows to attack at most.
        seed: Decides which ones. Of larger tables, 100,000 rows are looked at.
    """
    columns = made.column_names
    parts = [_plain(table, columns) for table in (seen, control, made)]
    both = pa.concat_tables(parts)
    classes = classify(both, columns)
    old, new = np.split(classes.labels, [seen.num_rows + control.num_rows])
    sizes = np.bincount(old, minlength=classes.count)
    random = np.random.Generator(np.random.PCG64([seed, 2]))
    first, third, release = (_some(part, random) for part in parts)
    risks = {
        "membership": measure_membership(
            first, release, third, columns=columns, attacks=attacks, seed=seed
        )
    }
    if len(columns) > 1:
        half = len(columns) // 2
        risks["linkability"] = measure_linkability(
            first,
            release,
            third,
            left=columns[:half],
            right=columns[half:],
            attacks=attacks,
            seed=seed,
        )
    return Disclosure(
        copies=int((sizes[new] > 0).sum()),
        copies_of_unique=int((sizes[new] == 1).sum()),
        risks=risks,
    )


def _plain(table: pa.Table, columns: list[str]) -> pa.Table:
    return pa.table([_finite(row_values.plain(table.column(n))) for n in columns], columns)


def _finite(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column with null for what is no number, as the model makes it."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))


def _some(table: pa.Table, random: np.random.Generator) -> pa.Table:
    if table.num_rows <= _ROWS:
        return table
    return table.take(pa.array(np.sort(random.permutation(table.num_rows)[:_ROWS])))
