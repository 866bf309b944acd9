"""A folder whose writer is killed again and again, and examined after each kill."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from crash import faults
from crash.children import Child

from lineage.kernel import files
from ops.data.encryption import encryption_for, open_plain

KEY: Final = "0f" * 32
MARKER: Final = "Margarethe-planted-in-secret"
SCRIPT: Final = "write_in_a_loop.py"
LINES_OF_A_ROUND: Final = 6
SOON_S: Final = 0.03
FIGURES: Final = (
    "kills",
    "acknowledged",
    "mixtures",
    "plaintext leaks",
    "lost",
    "left over",
    "foreign errors",
)
"""What is counted: all but the first two should not be."""

_CALLS: Final = ("fsync", "rename", "remove", "mkdir", "open", "write")


class Writes:
    """A folder, the children that write to it, and what was found.

    Args:
        root: Where the folder is made.
        seed: Decides what happens.

    Attributes:
        figures: What was counted.
        faults: What should not be, one text each, with the kill that led to it.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.figures: Counter[str] = Counter()
        self.faults: list[str] = []
        self._folder = root / "task"
        self._notes = root / "notes"
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self._next = 1
        self._latest: dict[str, int] = {}
        self._logged: dict[str, list[int]] = {"log": [], "sealed_log": []}
        self._calls = faults.counted(self._run(2, fault=faults.COUNTING)[0])

    def kill(self) -> None:
        """Kill a writer at a moment drawn at random, and examine what it leaves."""
        draw, fault, lines = self._random, None, None
        if draw.random() < 0.5:
            call = draw.choice([call for call in _CALLS if self._calls.get(call)])
            number = draw.randint(1, self._calls[call])
            fault = faults.Fault(call=call, number=number, moment=draw.choice(faults.MOMENTS))
            what = str(fault)
        else:
            lines = draw.randrange(2 * LINES_OF_A_ROUND)
            what = f"SIGKILL soon after line {lines}"
        before = len(self.faults)
        _, code, complaints = self._run(3, fault=fault, lines=lines)
        if code is not None and code < 0:
            self.figures["kills"] += 1
        elif code:
            self._find("foreign errors", complaints[-1500:])
        self._examine()
        self.faults[before:] = [f"{what}: {text}" for text in self.faults[before:]]

    def _run(
        self, rounds: int, *, fault: faults.Fault | None = None, lines: int | None = None
    ) -> tuple[list[str], int | None, str]:
        child = Child(self._notes, SCRIPT, self._folder, self._next, rounds, fault=fault)
        if lines is not None:
            child.wait_for_lines(lines)
            time.sleep(self._random.uniform(0, SOON_S))
            child.kill()
        code = child.end()
        for kind, _, number in (line.partition(" ") for line in child.said):
            if number.isdigit():
                self.figures["acknowledged"] += 1
                self._latest[kind] = int(number)
                if kind in self._logged:
                    self._logged[kind].append(int(number))
        self._next += rounds
        return child.said, code, child.complaints

    def _find(self, figure: str, text: str) -> None:
        self.figures[figure] += 1
        self.faults.append(f"{figure}: {text}")

    def _examine(self) -> None:
        for path in self._folder.rglob("*"):  # with what is left of unfinished writes
            if path.is_file() and MARKER.encode() in path.read_bytes():
                self._find("plaintext leaks", path.name)
        output = self._folder / "output"
        self._check("plain", lambda: [pa_csv.read_csv(output / "plain.csv")])
        self._check("set", lambda: _parts(output / "set"))
        self._check("sealed", lambda: [_read(output / "sealed.parquet")])
        self._check("sealed_set", lambda: _parts(output / "sealed_set"))
        for name in self._logged:
            self._check_log(name, output / f"{name}.json")
        files.sweep_parts(self._folder, older_than_s=-1e12, now_s=0)
        known = {"plain.csv", "set", "sealed.parquet", "sealed_set", "log.json", "sealed_log.json"}
        if left := {path.name for path in output.iterdir()} - known:
            self._find("left over", f"{left}")

    def _check(self, name: str, read: Any) -> None:
        """Look whether what is there is one whole version, and no older than what was told."""
        try:
            table = pa.concat_tables(read())
            rounds, rows = (set(table.column(at).to_pylist()) for at in ("round", "rows"))
        except Exception as error:  # noqa: BLE001  # it is what we look for
            self._find("mixtures", f"{name}: {type(error).__name__}: {error}")
            return
        if len(rounds) != 1 or rows != {table.num_rows}:
            self._find("mixtures", f"{name}: rounds {rounds}, rows {rows} of {table.num_rows}")
        elif min(rounds) < self._latest.get(name, 0):
            self._find("lost", f"{name}: round {rounds}, told {self._latest[name]}")

    def _check_log(self, name: str, path: Path) -> None:
        try:
            with open_plain(path, encryption_for(KEY)) as stream:
                items = json.load(stream)
            numbers = [item["round"] if isinstance(item, dict) else item for item in items]
        except Exception as error:  # noqa: BLE001  # as above
            self._find("mixtures", f"{name}: {type(error).__name__}: {error}")
            return
        if missing := set(self._logged[name]) - set(numbers):
            self._find("lost", f"{name}: {missing}")


def _parts(folder: Path) -> list[pa.Table]:
    return [_read(part) for part in _sorted(folder)]


def _sorted(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.iterdir())


def _read(path: Path) -> pa.Table:
    with open_plain(path, encryption_for(KEY)) as stream:
        return pq.read_table(stream)
