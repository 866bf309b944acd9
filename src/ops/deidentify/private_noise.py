"""Noise with differential privacy, by OpenDP, an optional package."""

from __future__ import annotations

import importlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final, Literal, TypeAlias

from lineage.kernel.errors import ConfigurationError

Mechanism: TypeAlias = Literal["laplace", "gaussian"]

_FEATURE: Final = "contrib"


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

    Raises:
        ConfigurationError: OpenDP is not installed.
    """

    def __init__(self, mechanism: Mechanism, scale: float) -> None:
        self.mechanism = mechanism
        self.scale = scale
        self._measurement = _measurement(_opendp(), mechanism, scale)

    def add(self, numbers: Sequence[float]) -> list[float]:
        """Return numbers with noise, each its own, from a source that cannot be seeded.

        Args:
            numbers: Finite numbers.

        Source: OpenDP, `make_laplace` and `make_gaussian`: noise of discrete distributions,
        sampled exactly, so that the digits of a float tell nothing.
        """
        return list(self._measurement(numbers)) if len(numbers) else []

    def budget(self, distance: float, delta: float | None = None) -> Budget:
        """Return what the release costs a person whose numbers may change by a distance.

        Args:
            distance: The sum of the changes for Laplace, the root of the sum of their squares for
                Gaussian.
            delta: Needed for Gaussian.
        """
        loss = float(self._measurement.map(distance))
        if self.mechanism == "laplace":
            return Budget(epsilon=loss)
        assert delta is not None  # noqa: S101  # refused where it is given
        return Budget(epsilon=epsilon_of(loss, delta), delta=delta, rho=loss)


def scale_for(
    mechanism: Mechanism, distance: float, epsilon: float, delta: float | None = None
) -> float:
    """Return the least scale with which a release costs at most epsilon.

    Args:
        mechanism: "laplace" or "gaussian".
        distance: As of `PrivateNoise.budget`.
        epsilon: The privacy loss, positive.
        delta: Needed for Gaussian.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """
    dp = _opendp()
    if mechanism == "laplace":
        wanted: Any = epsilon
        made = lambda scale: _measurement(dp, mechanism, scale)  # noqa: E731  # OpenDP calls it
    else:
        wanted = (epsilon, delta)
        made = lambda scale: dp.c.make_fix_delta(  # noqa: E731  # as above
            dp.c.make_zCDP_to_approxDP(_measurement(dp, mechanism, scale)), delta=delta
        )
    return float(dp.binary_search_param(made, d_in=distance, d_out=wanted, T=float))


def epsilon_of(rho: float, delta: float) -> float:
    """Return the epsilon at a delta of a loss in zero-concentrated differential privacy.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """
    dp = _opendp()
    unit = dp.c.make_zCDP_to_approxDP(_measurement(dp, "gaussian", 1.0))
    return float(unit.map(math.sqrt(2 * rho)).epsilon(delta))


def sampler() -> str:
    """Return what draws the noise, with its version.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """
    _opendp()
    return f"OpenDP {metadata.version('opendp')}, exact discrete sampler, not seeded"


def _measurement(dp: Any, mechanism: Mechanism, scale: float) -> Any:  # untyped
    domain = dp.vector_domain(dp.atom_domain(T=float, nan=False))
    if mechanism == "laplace":
        return (domain, dp.l1_distance(T=float)) >> dp.m.then_laplace(scale=scale)
    return (domain, dp.l2_distance(T=float)) >> dp.m.then_gaussian(scale=scale)


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
