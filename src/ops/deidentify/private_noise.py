"""Noise with differential privacy, by OpenDP, an optional package."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import metadata
from typing import Any, Final, Literal, TypeAlias

from lineage.kernel.errors import ConfigurationError

Mechanism: TypeAlias = Literal["laplace", "gaussian"]

_FEATURE: Final = "contrib"
_DIGITS: Final = 80
"""Binary digits below its scale that noise has; a float64 shows 53 at most."""
_LEAST_POWER: Final = -1074
"""The least float64 is two to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a release costs a person.

    Attributes:
        epsilon: The privacy loss, at `delta`.
        delta: The probability of a larger loss; 0 for Laplace.
        rho: The loss as zero-concentrated differential privacy has it; None for Laplace.
    """

    epsilon: float
    delta: float = 0.0
    rho: float | None = None


class PrivateNoise:
    """Adds noise of one scale to numbers.

    Args:
        mechanism: "laplace" or "gaussian".
        scale: Of the noise: the mean distance for Laplace, the standard deviation for Gaussian.
        cells: How many numbers it will be added to at most.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """

    def __init__(self, mechanism: Mechanism, scale: float, *, cells: int) -> None:
        self.mechanism = mechanism
        self.scale = scale
        self.cells = cells

    def add(self, numbers: Sequence[float]) -> list[float]:
        """Return numbers with noise, each its own, from a source that cannot be seeded.

        Safe for several threads.

        Args:
            numbers: Finite numbers.

        Source: OpenDP, `make_laplace` and `make_gaussian`: noise of discrete distributions,
        sampled exactly on a grid far finer than the scale, so that the digits of a float tell
        nothing.
        """
        if not len(numbers):
            return []
        made = _measurement(_opendp(), self.mechanism, self.scale, cells=len(numbers))
        return list(made(numbers))

    def budget(self, distance: float, delta: float | None = None) -> Budget:
        """Return what the release costs a person whose numbers may change by a distance.

        It holds for all cells together, in however many parts noise is added to them: the grid
        moves a number by so little that it shows in the last digits at most.

        Args:
            distance: The sum of the changes for Laplace, the root of the sum of their squares for
                Gaussian.
            delta: Needed for Gaussian.

        Raises:
            ConfigurationError: No float64 holds the loss.
        """
        made = _measurement(_opendp(), self.mechanism, self.scale, cells=self.cells)
        loss = float(made.map(distance))
        if self.mechanism == "laplace":
            return Budget(epsilon=loss)
        assert delta is not None  # noqa: S101  # refused where it is given
        return Budget(epsilon=epsilon_of(loss, delta), delta=delta, rho=loss)


def scale_for(
    mechanism: Mechanism, distance: float, epsilon: float, delta: float | None = None, *, cells: int
) -> float:
    """Return the least scale with which a release costs at most epsilon.

    Args:
        mechanism: "laplace" or "gaussian".
        distance: As of `PrivateNoise.budget`.
        epsilon: The privacy loss, positive.
        delta: Needed for Gaussian.
        cells: As of `PrivateNoise`.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """
    dp = _opendp()
    if mechanism == "laplace":
        wanted: Any = epsilon
        made = lambda scale: _measurement(dp, mechanism, scale, cells=cells)  # noqa: E731  # OpenDP calls it
    else:
        wanted = (epsilon, delta)
        made = lambda scale: dp.c.make_fix_delta(  # noqa: E731  # as above
            dp.c.make_zCDP_to_approxDP(_measurement(dp, mechanism, scale, cells=cells)), delta=delta
        )
    return float(dp.binary_search_param(made, d_in=distance, d_out=wanted, T=float))


def distance_of(mechanism: Mechanism, sensitivity: float, rows: int) -> float:
    """Return how far all rows of a person can be apart, as a mechanism measures it, never less.

    Args:
        mechanism: "laplace" or "gaussian".
        sensitivity: How far two values can be apart.
        rows: How many rows a person has at most.
    """
    if mechanism == "laplace":
        return at_least(Fraction(sensitivity) * rows)
    return _root(Fraction(sensitivity) ** 2 * rows, near=sensitivity * math.sqrt(rows))


def sum_of(losses: Iterable[float]) -> float:
    """Return a sum that rounding does not make less."""
    summands = [*losses]
    return math.inf if math.inf in summands else at_least(sum(map(Fraction, summands), Fraction()))


def at_least(number: Fraction) -> float:
    """Return the least float64 that is not below a number; infinity beyond all."""
    try:
        nearest = float(number)
    except OverflowError:
        return math.inf
    return nearest if nearest >= number else math.nextafter(nearest, math.inf)


def _root(square: Fraction, *, near: float) -> float:
    """Return a float64 not below the root of a number, and next to it."""
    while not math.isinf(near) and Fraction(near) ** 2 < square:
        near = math.nextafter(near, math.inf)
    return near


def epsilon_of(rho: float, delta: float) -> float:
    """Return the epsilon at a delta of a loss in zero-concentrated differential privacy.

    Raises:
        ConfigurationError: OpenDP is not installed, or no float64 holds the epsilon.
    """
    dp = _opendp()
    unit = dp.c.make_zCDP_to_approxDP(_measurement(dp, "gaussian", 1.0, cells=1))
    distance = _root(2 * Fraction(rho), near=math.sqrt(2 * rho))
    try:
        return float(unit.map(distance).epsilon(delta))
    except dp.OpenDPException:  # beyond the greatest float64
        raise ConfigurationError(
            "scale of noise",
            problem="too small: what it costs is beyond all numbers",
            expected="a scale that is not far below the sensitivity",
            remedy="give epsilon in its place",
        ) from None


def sampler() -> str:
    """Return what draws the noise, with its version.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """
    _opendp()
    return f"OpenDP {metadata.version('opendp')}, exact discrete sampler, not seeded"


def _measurement(dp: Any, mechanism: Mechanism, scale: float, *, cells: int) -> Any:  # untyped
    domain = dp.vector_domain(dp.atom_domain(T=float, nan=False), size=cells)
    # OpenDP's own grid, of the least float64, makes it compute with a thousand binary digits.
    power = max(math.frexp(scale)[1] - _DIGITS, _LEAST_POWER)
    if mechanism == "laplace":
        return (domain, dp.l1_distance(T=float)) >> dp.m.then_laplace(scale=scale, k=power)
    return (domain, dp.l2_distance(T=float)) >> dp.m.then_gaussian(scale=scale, k=power)


def _opendp() -> Any:  # OpenDP has no types
    try:
        dp = importlib.import_module("opendp.prelude")
    except ImportError:
        raise ConfigurationError(
            "noise with differential privacy",
            problem="the package opendp is not installed",
            remedy='pip install "privacy-lineage[dp]"',
        ) from None
    dp.enable_features(_FEATURE)
    return dp
