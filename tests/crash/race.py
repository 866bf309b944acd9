"""Processes that resume one run at the same instant: one of them may."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Final

from crash.children import Child
from small_tasks import SmallTask, make_project, raising, recorded

from lineage.events import RunResumed, RunStarted
from lineage.kernel import errors
from lineage.project import Project

RESUMERS: Final = 6
PATIENCE_S: Final = 30
"""How long the run goes on if not all others are refused."""
SOON_S: Final = 0.02

FIGURES: Final = ("races", "refused", "resumed twice", "never resumed", "foreign errors")
"""What is counted: the last three should not be."""


class Race:
    """Runs that are resumed by several processes at once.

    Args:
        root: Where the projects are made.

    Attributes:
        figures: What was counted.
        faults: What should not be, one text each.
    """

    def __init__(self, root: Path) -> None:
        self.figures: Counter[str] = Counter()
        self.faults: list[str] = []
        self._root = root
        self._races = 0

    def run(self) -> None:
        """Let a run fail, let all resume it, and see who did."""
        self._races += 1
        self.figures["races"] += 1
        folder = self._root / str(self._races)
        with make_project(folder / "project") as project:
            failed = SmallTask(raising(OSError("disk")), project=project)
            failed.run()
        self._judge(self._answers(folder, failed.run_id or ""))
        with Project(folder / "project") as project:
            begun = sum(e.resumes == failed.run_id for e in recorded(project, RunStarted.TOPIC))
            resumed = len(recorded(project, RunResumed.TOPIC))
        if max(begun, resumed) > 1:
            self._find("resumed twice", f"{begun} runs began, {resumed} were recorded")
        elif not begun:
            self._find("never resumed", "no run began")

    def _answers(self, folder: Path, run: str) -> list[str]:
        gate, finish = folder / "gate", folder / "finish"
        children = [
            Child(folder / f"notes-{n}", "resume_once.py", folder / "project", run, gate, finish)
            for n in range(RESUMERS)
        ]
        for child in children:
            child.wait_for_lines(1)
        gate.touch()
        deadline = time.monotonic() + PATIENCE_S
        while sum(c.has_ended for c in children) < RESUMERS - 1 and time.monotonic() < deadline:
            time.sleep(SOON_S)
        finish.touch()
        for child in children:
            child.end()
        return [child.said[-1] for child in children]

    def _judge(self, answers: list[str]) -> None:
        for answer in answers:
            kind = getattr(errors, answer, None)
            if kind is not None:
                self.figures["refused"] += 1
            elif answer != "won":
                self._find("foreign errors", answer)

    def _find(self, figure: str, text: str) -> None:
        self.figures[figure] += 1
        self.faults.append(f"{figure}: race {self._races}: {text}")
