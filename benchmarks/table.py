"""One table for all measurements: what we take, beside what the same work takes without us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
        script: The script that measured it; empty if only one does.
    """

    name: str
    ours: float
    beside: float
    beside_name: str
    unit: str = "ms"
    script: str = ""

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


def show(rows: Iterable[Row], before: Iterable[Row] = ()) -> list[Row]:
    """Print rows as they come, and return them.

    Args:
        rows: What to print.
        before: Rows of an earlier run; if there are any, each ratio is compared with the earlier
            one of the same script, name and unit.
    """
    earlier = {(row.script, row.name, row.unit): row.ratio for row in before}
    print(f"{'':58}{'ours':>12}{'beside':>12}{'':>10}{'ratio':>8}", end="")
    print(f"{'before':>8}{'change':>9}  beside it" if earlier else "  beside it")
    shown: list[Row] = []
    for row in rows:
        if row.script and (not shown or shown[-1].script != row.script):
            print(row.script)
        print(line(row, earlier), flush=True)
        shown.append(row)
    return shown


def line(row: Row, earlier: Mapping[tuple[str, str, str], float]) -> str:
    """Return a row as text, with the earlier ratio and its change if there are earlier ones."""
    text = f"{row.name:58}{row.ours:12,.1f}{row.beside:12,.1f} {row.unit:9}{row.ratio:8.2f}"
    if earlier:
        before = earlier.get((row.script, row.name, row.unit))
        text += f"{'new':>17}" if before is None else f"{before:8.2f}{row.ratio / before - 1:+9.0%}"
    return f"{text}  {row.beside_name}"
