"""Kill, disturb, damage and race for minutes, then print what was counted: `make test-crash`."""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path
from typing import TypeAlias

from crash import fuzz, race, site, writes

BLOWS_OF_A_SITE = 10
"""Then comes a new project, as a long history makes each round slower."""

DAMAGES_AT_ONCE = 8


Harness: TypeAlias = "site.Site | fuzz.Fuzz | race.Race | writes.Writes"


def main() -> int:
    """Work until the time is over; return 1 if there was a fault."""
    options = _options()
    deadline = time.monotonic() + options.minutes * 60
    counted = {
        name: Counter(dict.fromkeys(figures, 0))
        for name, figures in FIGURES.items()
        if options.kills is None or name == "writes"
    }
    has_fault = False
    with tempfile.TemporaryDirectory() as folder:
        rounds = _rounds(Path(folder), options.seed)
        if options.kills is not None:
            rounds, deadline = _kills(Path(folder), options.seed, options.kills), math.inf
        for name, harness in rounds:
            counted[name].update(harness.figures)
            for fault in harness.faults:
                _tell(f"{name}, {fault}")
                has_fault = True
            harness.figures.clear()
            harness.faults.clear()
            if time.monotonic() > deadline:
                break
    for name, figures in counted.items():
        for figure, number in figures.items():
            _tell(f"{name:8} {figure:20} {number:8,}")
    return int(has_fault)


FIGURES = {
    "blows": site.FIGURES,
    "damage": fuzz.FIGURES,
    "races": race.FIGURES,
    "writes": writes.FIGURES,
}
"""Each harness and what it counts."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make test-crash", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides what happens (default: 1)")
    parser.add_argument("--kills", type=int, help="kill writers of files so often, and no more")
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    return parser.parse_args()


def _kills(folder: Path, seed: int, kills: int) -> Iterator[tuple[str, Harness]]:
    """Yield a folder after each kill of its writer, until there were enough kills."""
    written, done = writes.Writes(folder / "writes", seed), 0
    while done < kills:
        written.kill()
        done += written.figures["kills"]
        yield "writes", written


def _rounds(folder: Path, seed: int) -> Iterator[tuple[str, Harness]]:
    """Yield a harness after each round of it."""
    damage, targets = fuzz.Fuzz(folder / "damage", seed), cycle(fuzz.TARGETS)
    resumes, written = race.Race(folder / "races"), writes.Writes(folder / "writes", seed)
    for number in count():
        struck = site.Site(folder / f"site-{number}", seed + number)
        for _ in range(BLOWS_OF_A_SITE):
            struck.kill()
            yield "blows", struck
            struck.fail()
            yield "blows", struck
            damage.meet(next(targets), DAMAGES_AT_ONCE)
            yield "damage", damage
            resumes.run()
            yield "races", resumes
            written.kill()
            yield "writes", written


def _tell(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # it is a program


if __name__ == "__main__":
    sys.exit(main())
