"""One table for all measurements: what we take, beside what the same work takes without us."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement.

    Attributes:
        name: What was done.
        ours: What it took us, in `unit`.
        beside: What the baseline took in the same run, in `unit`.
        beside_name: What the baseline is.
        unit: "ms" and "MiB", where less is better, or "events/s", where more is.
    """

    name: str
    ours: float
    beside: float
    beside_name: str
    unit: str = "ms"

    @property
    def ratio(self) -> float:
        """Ours in units of the baseline."""
        return self.ours / self.beside


def medians_ms(*works: Callable[[], object], repeats: int = 5) -> list[float]:
    """Return how long each work takes: the median of several times, taken in turn.

    Args:
        works: What to measure.
        repeats: How often each.
    """
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats):
        for work, taken in zip(works, times, strict=True):
            began = perf_counter()
            work()
            taken.append(1000 * (perf_counter() - began))
    return [median(taken) for taken in times]


def show(rows: Iterable[Row]) -> None:
    """Print rows as they come."""
    print(f"{'':58}{'ours':>12}{'beside':>12}{'':>10}{'ratio':>8}  beside it")
    for row in rows:
        print(
            f"{row.name:58}{row.ours:12,.1f}{row.beside:12,.1f} {row.unit:9}{row.ratio:8.2f}"
            f"  {row.beside_name}",
            flush=True,
        )
