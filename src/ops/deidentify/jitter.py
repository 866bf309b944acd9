"""Add seeded noise to numbers that keeps nobody's secret, for test data and display."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.source import DataSource
from ops.deidentify.coding import numbers_of
from ops.deidentify.column_transform import ColumnTransform, Transformed, replace
from ops.parameters import require_at_least
from ops.registry import register


def jitter(
    column: pa.ChunkedArray,
    spread: float,
    subject: str,
    *,
    distribution: Literal["uniform", "normal"],
    random: np.random.Generator,
) -> pa.ChunkedArray:
    """Return numbers moved at random.

    Args:
        column: Numbers, any number of rows; nulls stay null, and what is not a number becomes null.
        spread: How far at most if uniform, the standard deviation if normal.
        subject: What the column is, for the message.
        distribution: Of the moves.
        random: Draws one for each row, also where it is null.

    Returns:
        Numbers of the same type; whole numbers are rounded.

    Raises:
        AnonymizationError: The column has no numbers, or a moved one does not fit its type.
    """
    numbers = numbers_of(column, subject)
    kind = numbers.type
    if distribution == "uniform":
        moves = random.uniform(-spread, spread, len(numbers))
    else:
        moves = random.normal(0.0, spread, len(numbers))
    if pa.types.is_null(kind):
        return numbers
    try:
        if pa.types.is_integer(kind):
            whole = pc.cast(pa.array(np.rint(moves)), pa.int64())
            return pc.cast(pc.add_checked(pc.cast(numbers, pa.int64()), whole), kind)
        moved = pc.add(pc.cast(numbers, pa.float64()), pa.array(moves))
        if pa.types.is_decimal(kind):
            moved = pc.round(moved, ndigits=kind.scale)
        return pc.cast(moved, kind, safe=pa.types.is_decimal(kind))
    except pa.ArrowException:
        problem = f"a moved number does not fit its type {kind}"
    raise AnonymizationError(subject, problem=problem, remedy="lower the spread, or convert it")


@register
@dataclass(kw_only=True)
class JitterOperation(ColumnTransform):
    """Moves numbers at random; this is not differentially private.

    Equal seeds give equal numbers, and whoever knows the seed can take the moves back. Use it to
    blur a display or to make test data; `NoiseOperation` protects people.

    Attributes:
        spread: Column to how far its numbers move: at most so far if "uniform", this standard
            deviation if "normal".
        distribution: "uniform" or "normal".
        seed: Seed of NumPy's PCG64 generator, with the column's name.

    Metrics:
        rows.before, rows.after: Rows of the dataset.
        changed: Cells that are not as they were, by column.

    Columns:
        columns of spread: noise.
        every other column: identity.
    """

    done: ClassVar[str] = "jittered"

    spread: Mapping[str, float] = field(default_factory=dict)
    distribution: Literal["uniform", "normal"] = "uniform"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse moves that move nothing."""
        require_at_least(self, seed=0)
        if not self.spread:
            raise ConfigurationError(
                "spread of JitterOperation", problem="no column", expected="at least one"
            )
        for name, distance in self.spread.items():
            is_number = isinstance(distance, int | float) and not isinstance(distance, bool)
            if not is_number or not math.isfinite(distance) or distance <= 0:
                raise ConfigurationError(
                    f"spread of column {name!r}", found=distance, expected="a positive number"
                )

    @property
    def named_columns(self) -> Sequence[str]:
        """The columns that are moved."""
        return list(self.spread)

    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Move the numbers."""
        del data_source, task_dir
        made = {
            name: jitter(
                table.column(name),
                distance,
                f"column {name!r} of {self._subject}",
                distribution=self.distribution,
                random=np.random.Generator(np.random.PCG64([self.seed, *name.encode()])),
            )
            for name, distance in self.spread.items()
        }
        return Transformed(
            table=replace(table, made),
            effects=dict.fromkeys(made, "noise"),
            details={
                "generator": "numpy PCG64",
                "note": "not differentially private: whoever knows the seed can take it back",
            },
        )
