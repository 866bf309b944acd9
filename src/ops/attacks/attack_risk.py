"""What an attack tells about a release: success rates, intervals and the risk they leave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_Z: Final = 1.959963984540054
"""Quantile of the normal distribution for two-sided intervals of 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackRisk:
    """How well an attack worked on the original, the control rows and by guessing.

    The control rows were not released, so what succeeds on them is knowledge of the population.
    The risk is what the attack finds beyond that, as a share of what was left to find:
    (rate - control_rate) / (1 - control_rate), at least 0.

    Attributes:
        attacks: Attacks on original records that were made.
        successes: Those that succeeded.
        rate: successes / attacks; 0 without attacks.
        low: Lower end of the 95 % Wilson interval of `rate`.
        high: Upper end of it.
        baseline_rate: The rate of guesses that do not look at the release's records. An attack
            that is not above it was too weak to tell anything; its risk is no assurance.
        control_rate: The rate of the same attack on control records.
        risk: From 0 to 1; 0 if the control rate is 1.
        risk_low: Lower end of the 95 % interval of `risk`.
        risk_high: Upper end of it.
        method: The attack.
    """

    attacks: int
    successes: int
    rate: float
    low: float
    high: float
    baseline_rate: float
    control_rate: float
    risk: float
    risk_low: float
    risk_high: float
    method: str

    @property
    def is_informative(self) -> bool:
        """Whether the attack did better than guessing."""
        return self.rate > self.baseline_rate

    def to_metrics(self) -> dict[str, object]:
        """Return the measures by name, with `is_informative`."""
        measures: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        return measures | {"is_informative": self.is_informative}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many attacks were made, and how many succeeded."""

    attacks: int
    successes: int

    @property
    def rate(self) -> float:
        """The share of successes; 0 without attacks."""
        return self.successes / max(self.attacks, 1)


def estimate(method: str, attack: Tally, control: Tally, *, baseline: Tally) -> AttackRisk:
    """Estimate the risk of a release.

    Args:
        method: The attack.
        attack: Attacks on original records.
        control: The same attacks on control records.
        baseline: Guesses on original records.

    Source:
        Giomi, Boenisch, Wehmeyer, Tasnadi: A Unified Framework for Quantifying Privacy Risk in
        Synthetic Data, PoPETs 2023(2), arXiv 2211.10459, section 3. The interval of the risk
        puts the distances of both Wilson limits together by squares, weighted by the
        derivatives of the risk (Zou, Donner: Statistics in Medicine 27, 2008).
    """
    low, high = wilson(attack)
    control_low, control_high = wilson(control)
    rate, of_control = attack.rate, control.rate
    left = 1 - of_control
    risk, risk_low, risk_high = 0.0, 0.0, 1.0
    if left > 0:
        risk = (rate - of_control) / left
        slope = (1 - rate) / left
        risk_low = risk - math.hypot(rate - low, slope * (control_high - of_control)) / left
        risk_high = risk + math.hypot(high - rate, slope * (of_control - control_low)) / left
    return AttackRisk(
        attacks=attack.attacks,
        successes=attack.successes,
        rate=rate,
        low=low,
        high=high,
        baseline_rate=baseline.rate,
        control_rate=of_control,
        risk=_clipped(risk),
        risk_low=_clipped(risk_low),
        risk_high=_clipped(risk_high),
        method=method,
    )


def wilson(tally: Tally) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a rate; 0 and 1 without attacks.

    Source:
        Wilson: Probable Inference, the Law of Succession, and Statistical Inference, JASA
        22(158), 1927.
    """
    n, rate = tally.attacks, tally.rate
    if not n:
        return 0.0, 1.0
    scale = 1 + _Z**2 / n
    center = (rate + _Z**2 / (2 * n)) / scale
    half = _Z / scale * math.sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n**2))
    # Rounding may leave out the rate itself where it is 0 or 1.
    return min(_clipped(center - half), rate), max(_clipped(center + half), rate)


def _clipped(share: float) -> float:
    return min(max(share, 0.0), 1.0)
