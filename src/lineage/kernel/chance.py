"""The only source of randomness without a seed; what it decides never affects a result."""

from __future__ import annotations

from random import SystemRandom
from typing import Protocol


class Chance(Protocol):
    """Draws numbers."""

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`, uniformly distributed."""
        ...


class SystemChance:
    """The randomness of this machine."""

    def __init__(self) -> None:
        self._random = SystemRandom()

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`, uniformly distributed."""
        return self._random.uniform(low, high)
