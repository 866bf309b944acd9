"""Add noise with differential privacy to the cells of numeric columns."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.source import DataSource
from ops.deidentify import private_noise
from ops.deidentify.coding import numbers_of
from ops.deidentify.column_transform import ColumnTransform, Transformed, replace
from ops.deidentify.private_noise import Budget, Mechanism, PrivateNoise
from ops.parameters import require_at_least
from ops.privacy_facts import SpentBudget
from ops.registry import register

_SLICE: Final = 1 << 16


def add_noise(
    column: pa.ChunkedArray,
    noise: PrivateNoise,
    subject: str,
    *,
    bounds: tuple[float, float] | None = None,
) -> pa.ChunkedArray:
    """Return numbers with noise, each its own.

    Args:
        column: Numbers, any number of rows; nulls stay null, and what is not a number becomes null.
        noise: The noise.
        subject: What the column is, for the message.
        bounds: Numbers beyond become these, before the noise.

    Returns:
        float64 values.

    Raises:
        AnonymizationError: The column has no numbers, or infinite ones without bounds.
    """
    numbers = pc.cast(numbers_of(column, subject), pa.float64(), safe=False)
    if bounds is not None:
        numbers = pc.max_element_wise(
            pc.min_element_wise(numbers, bounds[1], skip_nulls=False), bounds[0], skip_nulls=False
        )
    elif not pc.all(pc.is_finite(numbers)).as_py() and numbers.null_count < len(numbers):
        raise AnonymizationError(
            subject, problem="it has infinite numbers", remedy="give bounds, or make them null"
        )
    present = numbers.drop_null().to_numpy()
    noisy = np.empty(len(present), dtype=np.float64)

    def add_to(start: int) -> None:
        part = slice(start, start + _SLICE)
        noisy[part] = noise.add(present[part].tolist())

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:  # OpenDP holds no lock of Python
        deque(pool.map(add_to, range(0, len(present), _SLICE)), maxlen=0)
    cells = np.full(len(numbers), np.nan)
    is_valid = numbers.is_valid().to_numpy()
    cells[is_valid] = noisy
    return pa.chunked_array([pa.array(cells, mask=~is_valid)])


@register
@dataclass(kw_only=True)
class NoiseOperation(ColumnTransform):
    """Adds noise with differential privacy to each cell of numeric columns.

    This is local noise: every cell is a release of its own, and all are published. It protects
    a cell even from those who know all others, but needs far more noise than one statistic over
    all rows. What is protected is the values of the named columns, not the other columns, the
    number of rows, the order or the place of nulls. Numbers become float64.

    Attributes:
        bounds: Column to its least and greatest value; values beyond are moved there before the
            noise. Their difference is the sensitivity. Choose them without looking at the data.
        sensitivity: Column to how far two of its values can be apart, as float64. Nothing enforces
            it, so the promise holds only if it is true; bounds are better.
        mechanism: "laplace" or "gaussian".
        epsilon: The privacy loss for each column, positive; smaller is more private.
        scale: Of the noise, in place of `epsilon`.
        delta: Probability of a larger loss, for each column and for all together, above 0 and below
            1; with "gaussian" only, which cannot do without.
        rows_per_person: How many rows a person has at most.

    Metrics:
        rows.before, rows.after: Rows of the dataset.
        changed: Cells that are not as they were, by column.
        sensitivity: How far two values can be apart, by column.
        scale: Of the noise, by column.
        epsilon: The privacy loss, by column.
        rho: The same as zero-concentrated differential privacy has it, by column; for Gaussian.
        total_epsilon: The loss of a person by all columns together.
        delta: The probability of a larger loss; 0 for Laplace.

    Columns:
        columns of bounds and sensitivity: noise.
        every other column: identity.
    """

    done: ClassVar[str] = "noisy"

    bounds: Mapping[str, Sequence[float]] = field(default_factory=dict)
    sensitivity: Mapping[str, float] = field(default_factory=dict)
    mechanism: Mechanism = "laplace"
    epsilon: float | None = None
    scale: float | None = None
    delta: float | None = None
    rows_per_person: int = 1

    def __post_init__(self) -> None:
        """Refuse noise that promises nothing."""
        require_at_least(self, rows_per_person=1)
        if not self.named_columns or set(self.bounds) & set(self.sensitivity):
            raise ConfigurationError(
                "columns of NoiseOperation",
                problem="none" if not self.named_columns else "some with bounds and sensitivity",
                expected="each column in one of bounds and sensitivity",
            )
        for name, ends in self.bounds.items():
            if not _are_bounds(ends):
                raise ConfigurationError(
                    f"bounds of column {name!r}", found=list(ends), expected="[least, greatest]"
                )
        positive = {f"sensitivity of column {n!r}": v for n, v in self.sensitivity.items()}
        if (self.epsilon is None) == (self.scale is None):
            raise ConfigurationError(
                "NoiseOperation", problem="not one of epsilon and scale", expected="one of them"
            )
        positive["epsilon" if self.scale is None else "scale"] = self.epsilon or self.scale or 0
        for what, number in positive.items():
            if not _is_finite(number) or number <= 0:
                raise ConfigurationError(
                    f"{what} of NoiseOperation", found=number, expected="a positive number"
                )
        self._require_delta()

    @property
    def named_columns(self) -> Sequence[str]:
        """The columns that get noise."""
        return [*self.bounds, *(name for name in self.sensitivity if name not in self.bounds)]

    def transform(self, table: pa.Table, data_source: DataSource, task_dir: Path) -> Transformed:
        """Add the noise."""
        del data_source, task_dir
        made: dict[str, pa.ChunkedArray] = {}
        noises: dict[str, PrivateNoise] = {}
        budgets: dict[str, Budget] = {}
        for name in self.named_columns:
            distance = self._distance(name)
            scale = self._scale(distance, table.num_rows)
            noises[name] = PrivateNoise(self.mechanism, scale, cells=table.num_rows)
            budgets[name] = noises[name].budget(distance, self.delta)
            made[name] = add_noise(
                table.column(name),
                noises[name],
                f"column {name!r} of {self._subject}",
                bounds=self._ends(name),
            )
        measures = self._measures(noises, budgets)
        return Transformed(
            table=replace(table, made),
            effects=dict.fromkeys(made, "noise"),
            metrics=measures,
            details=self._facts(),
            spent=self._spent(float(str(measures["total_epsilon"]))),
        )

    def planned_spending(self) -> SpentBudget:
        """Return the sum over its columns, which is an upper bound for Gaussian noise."""
        if self.scale is None:
            losses = [self.epsilon or 0.0 for _ in self.named_columns]
        else:
            noise = PrivateNoise(self.mechanism, self.scale, cells=1)
            distances = map(self._distance, self.named_columns)
            losses = [noise.budget(distance, self.delta).epsilon for distance in distances]
        return self._spent(private_noise.sum_of(losses))

    def _spent(self, epsilon: float) -> SpentBudget:
        return SpentBudget(
            dataset=self.dataset_name,
            mechanism=self.mechanism,
            epsilon=epsilon,
            delta=self.delta or 0.0,
            unit=self._unit,
        )

    def _require_delta(self) -> None:
        needed = self.mechanism == "gaussian"
        if needed != (self.delta is not None):
            raise ConfigurationError(
                "delta of NoiseOperation",
                problem="missing" if needed else "Laplace has none",
                expected="a number between 0 and 1 with gaussian, and none with laplace",
                remedy="choose one far below 1 / number of people" if needed else "leave it out",
            )
        if self.delta is not None and not 0 < self.delta < 1:
            raise ConfigurationError(
                "delta of NoiseOperation", found=self.delta, expected="a number between 0 and 1"
            )

    def _ends(self, name: str) -> tuple[float, float] | None:
        ends = self.bounds.get(name)
        return None if ends is None else (float(ends[0]), float(ends[1]))

    def _sensitivity(self, name: str) -> float:
        ends = self._ends(name)
        if ends is None:
            return self.sensitivity[name]
        return private_noise.at_least(Fraction(ends[1]) - Fraction(ends[0]))

    def _distance(self, name: str) -> float:
        """Return how far all rows of a person can be apart, as the mechanism measures it."""
        sensitivity = self._sensitivity(name)
        return private_noise.distance_of(self.mechanism, sensitivity, self.rows_per_person)

    def _scale(self, distance: float, cells: int) -> float:
        if self.scale is not None:
            return self.scale
        assert self.epsilon is not None  # noqa: S101  # seen in __post_init__
        return private_noise.scale_for(
            self.mechanism, distance, self.epsilon, self.delta, cells=cells
        )

    def _measures(
        self, noises: Mapping[str, PrivateNoise], budgets: Mapping[str, Budget]
    ) -> dict[str, object]:
        measures: dict[str, object] = {
            "sensitivity": {name: self._sensitivity(name) for name in noises},
            "scale": {name: noise.scale for name, noise in noises.items()},
            "epsilon": {name: budget.epsilon for name, budget in budgets.items()},
            "delta": self.delta or 0.0,
        }
        rhos = {name: b.rho for name, b in budgets.items() if b.rho is not None}
        if not rhos:
            return measures | {
                "total_epsilon": private_noise.sum_of(b.epsilon for b in budgets.values())
            }
        assert self.delta is not None  # noqa: S101  # Gaussian has one
        total = private_noise.epsilon_of(private_noise.sum_of(rhos.values()), self.delta)
        return measures | {"rho": rhos, "total_epsilon": total}

    @property
    def _unit(self) -> str:
        rows = self.rows_per_person
        return "one row" if rows == 1 else f"a person with {rows} rows"

    def _facts(self) -> dict[str, object]:
        return {
            "mechanism": self.mechanism,
            "model": "local: each cell has noise of its own, and every row is published",
            "privacy_unit": self._unit,
            "neighbouring": "the values of one privacy unit in the named columns are replaced by "
            "any others; number of rows, nulls and other columns are known (bounded)",
            "composition": "sum of epsilon over columns"
            if self.mechanism == "laplace"
            else "sum of rho over columns, as epsilon at delta",
            "bounds": {name: list(ends) for name, ends in self.bounds.items()},
            "sensitivity_not_enforced": list(self.sensitivity),
            "sampler": private_noise.sampler(),
        }


def _is_finite(number: object) -> bool:
    if isinstance(number, bool) or not isinstance(number, int | float):
        return False
    return abs(number) <= sys.float_info.max


def _are_bounds(ends: Sequence[float]) -> bool:
    """Tell whether these are two numbers that differ, and by no more than a float64 can hold."""
    if len(ends) != 2 or not all(map(_is_finite, ends)):  # noqa: PLR2004
        return False
    least, greatest = map(float, ends)
    return least < greatest and _is_finite(greatest - least)
