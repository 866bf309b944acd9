"""A project that is struck again and again, and examined after each blow."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from copies import copied, empty_catalog
from crash import faults
from crash.children import Child, Limits
from small_tasks import make_project

from lineage import exports
from lineage.events import CheckpointRecorded, MetricRecorded, RunSucceeded
from lineage.kernel import errors, files
from lineage.project import LEDGER_FILE, Project
from lineage.upkeep.doctor import STALE_PART_S, examine
from projections.documents.run_list import build_run_list

WORK: Final = "work.py"
SOON_S: Final = 0.03
FIGURES: Final = (
    "rounds",
    "kills",
    "acknowledged",
    "refused",
    "lost",
    "doubled",
    "unreadable",
    "unsettled runs",
    "rebuilt otherwise",
    "left over",
    "foreign errors",
    "hangs",
    "stale documents",
    "system errors",
)
"""What is counted: the first four say how much happened, the others what should not be.

The last two are no faults: documents may be stale until the project is rebuilt, and writing one may
end with an error of the operating system, as its docstring says.
"""
ITEMS: Final = "process:r/p"
_CHANGES: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Blow:
    """What happens to a child.

    Attributes:
        fault: A call that fails or kills.
        limits: How far a file may grow.
        lines: Acknowledged calls after which it is killed from outside, within `delay_s`; None if
            it is not.
        delay_s: Time until then.
    """

    fault: faults.Fault | None = None
    limits: Limits = field(default_factory=Limits)
    lines: int | None = None
    delay_s: float = 0.0

    def __str__(self) -> str:
        if self.fault is not None:
            return str(self.fault)
        if self.limits.file_bytes is not None:
            return f"{'SIGXFSZ' if self.limits.is_fatal else 'EFBIG'} at {self.limits.file_bytes}"
        return f"SIGKILL {self.delay_s * 1000:.1f} ms after line {self.lines}"


class Site:
    """A project, the children that work on it, and what was found.

    Args:
        root: Where the project is made.
        seed: Decides what happens.

    Attributes:
        figures: What was counted.
        faults: What should not be, one text each, with the blow that led to it.
    """

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root / "project"
        self.figures: Counter[str] = Counter()
        self.faults: list[str] = []
        self._notes = root / "notes"
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self._seed = seed
        self._rounds = 0
        self._acknowledged: list[tuple[str, str]] = []
        self._examined = self._items = 0
        make_project(self.root, execution_log="each_run").close()
        copied(empty_catalog, self.root)
        said = self._work(faults.COUNTING)
        self._calls = faults.counted(said)
        self._lines = len(said) - 1
        self._learn(said)
        with Project(self.root) as project:
            exports.rebuild(project)
        self._shape = set(self._files())

    def kill(self, *, thorough: bool = True) -> None:
        """Kill a child at a moment drawn at random, and examine what it leaves."""
        draw = self._random
        match draw.choice(("outside", "call", "call", "write")):
            case "outside":
                lines, delay_s = draw.randrange(self._lines), draw.uniform(0, SOON_S)
                blow = Blow(lines=lines, delay_s=delay_s)
            case "call":
                blow = Blow(fault=self._fault(faults.CALLS, None))
            case _:
                blow = Blow(limits=Limits(file_bytes=self._some_size(), is_fatal=True))
        self.strike(blow, thorough=thorough)

    def fail(self, *, thorough: bool = True) -> None:
        """Let a call drawn at random fail in a child, or the disk be full, and examine."""
        draw = self._random
        if draw.random() < 0.7:  # most of them
            error = draw.choice(list(faults.ERRORS.values()))
            kinds = [kind for kind in faults.CALLS if kind != "statement"]
            blow = Blow(fault=self._fault(kinds, error))
        else:
            blow = Blow(limits=Limits(file_bytes=self._some_size()))
        self.strike(blow, thorough=thorough)

    def strike(self, blow: Blow, *, thorough: bool = True) -> None:
        """Let a child work, deal a blow, and examine what it leaves."""
        self._rounds += 1
        before = len(self.faults)
        self._learn(self._work(blow.fault, blow))
        try:
            self._examine(thorough=thorough)
        except Exception as error:  # noqa: BLE001  # it is what we look for
            self._find("unreadable", f"{type(error).__name__}: {error}")
        where = f"seed {self._seed} round {self._rounds}, {blow}: "
        self.faults[before:] = [where + text for text in self.faults[before:]]

    def _fault(self, kinds: Sequence[str], error: int | None) -> faults.Fault:
        call = self._random.choice([kind for kind in kinds if self._calls.get(kind)])
        return faults.Fault(
            call=call,
            number=self._random.randint(1, self._calls[call]),
            moment=self._random.choice(faults.MOMENTS),
            error=error,
        )

    def _some_size(self) -> int:
        sizes = [path.stat().st_size for path in self.root.rglob("*") if path.is_file()]
        return self._random.choice(sizes) + self._random.randrange(1, 200_000)

    def _work(self, fault: faults.Fault | None, blow: Blow | None = None) -> list[str]:
        word = f"w{self._seed}-{self._rounds}"
        blow = blow or Blow()
        child = Child(self._notes, WORK, self.root, word, fault=fault, limits=blow.limits)
        if blow.lines is not None:
            child.wait_for_lines(blow.lines)
            time.sleep(blow.delay_s)
            child.kill()
        code = child.end()
        self.figures["rounds"] += 1
        match code:
            case None:
                self._find("hangs", "the child did not end")
            case int() if code < 0:
                self.figures["kills"] += 1
            case 0:
                pass
            case _:
                self._find("foreign errors", child.complaints[-1500:])
        return child.said

    def _learn(self, said: list[str]) -> None:
        """Note what was acknowledged, and what was refused."""
        for kind, _, rest in (line.partition(" ") for line in said):
            if kind == "refused":
                self.figures["refused"] += 1
                self.figures["system errors"] += not _is_ours(rest.split()[1])
            elif kind != "calls":
                self.figures["acknowledged"] += 1
                self._acknowledged.append((kind, rest))

    def _find(self, figure: str, text: str) -> None:
        self.figures[figure] += 1
        self.faults.append(f"{figure}: {text}")

    def _examine(self, *, thorough: bool) -> None:
        self._check_ledger()
        _age_parts(self.root)
        with Project(self.root) as project:
            for finding in examine(project):
                if finding.check == "documents" and not finding.is_ok:
                    self.figures["stale documents"] += 1
                elif finding.check != "disk" and not finding.is_ok:
                    self._find("unreadable", f"doctor, {finding.check}: {finding.detail}")
            self._check_acknowledged(project)
            with project.catalog() as catalog:
                running = build_run_list(catalog, status="running")["runs"]
                expected = exports.expected_documents(project, catalog)
            for run in running:
                self._find("unsettled runs", str(run["run_id"]))
            if thorough:
                self._rebuild(project, expected)
        if thorough:
            for left in sorted(set(self._files()) - self._shape):
                self._find("left over", left)
                self._shape.add(left)  # told once

    def _rebuild(self, project: Project, expected: Mapping[Path, str]) -> None:
        exports.rebuild(project)
        for path, text in expected.items():
            if path.read_bytes() != text.encode():
                self._find("rebuilt otherwise", path.name)

    def _check_ledger(self) -> None:
        path = self.root / ".lineage" / LEDGER_FILE
        with closing(sqlite3.connect(path)) as connection:
            for query, expected in _SOUND.items():
                found = connection.execute(query).fetchall()
                if found != expected:
                    self._find("unreadable", f"{query}: {found[:3]}")

    def _check_acknowledged(self, project: Project) -> None:
        found: Counter[tuple[str, str]] = Counter()
        for recorded in project.ledger.read():
            match recorded.event:
                case RunSucceeded():
                    found["run", recorded.run or ""] += 1
                case CheckpointRecorded(name=name):
                    found["checkpoint", name] += 1
                case MetricRecorded(name=name):
                    found["metric", name] += 1
        for call in self._acknowledged:
            if call[0] in {"run", "checkpoint", "metric"} and found[call] != 1:
                self._find("doubled" if found[call] else "lost", " ".join(call))
        self._check_items(project)

    def _check_items(self, project: Project) -> None:
        """A process counts each acknowledged item once, and at most one that was not."""
        with project.catalog() as catalog:
            items = int(catalog.value("select sum(items_processed) from process_stages") or 0)
        told = sum(kind == "item" for kind, _ in self._acknowledged[self._examined :])
        if items < self._items + told:
            self._find("lost", f"{self._items + told - items} items")
        if items > self._items + told + 1:
            self._find("doubled", f"{items - self._items - told} items")
        self._items = items
        self._examined = len(self._acknowledged)

    def _files(self) -> Iterator[str]:
        """Name every file and folder, with a sign for what differs from run to run."""
        for path in self.root.rglob("*"):
            yield _CHANGES.sub("#", path.relative_to(self.root).as_posix())


_SOUND: Final = {
    "pragma integrity_check": [("ok",)],
    "select max(position) - count(*) from events having count(*)": [(0,)],
    "select stream from events group by stream having max(version) <> count(*)": [],
}
"""A question to SQLite, and what a whole ledger answers."""


def _is_ours(error: str) -> bool:
    return hasattr(errors, error)


def _age_parts(root: Path) -> None:
    """Let what was left behind look as old as leftovers are when they are removed."""
    then = time.time() - 2 * STALE_PART_S
    for path in root.rglob("*"):
        if files.is_part(path.name):
            os.utime(path, (then, then))
