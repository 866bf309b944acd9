"""Answers that hold until something is recorded, so that they are found once for each position."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from lineage.project import Project

T = TypeVar("T")


class Remembered(Generic[T]):
    """The latest answer to one question about each project, and the position it holds for."""

    def __init__(self) -> None:
        self._answers: WeakKeyDictionary[Project, tuple[int, T]] = WeakKeyDictionary()
        self._lock = Lock()

    def peek(self, project: Project, position: int) -> T | None:
        """Return the answer at a position if it is known, else None."""
        with self._lock:
            known = self._answers.get(project)
            return known[1] if known is not None and known[0] == position else None

    def get(self, project: Project, position: int, find: Callable[[], T]) -> T:
        """Return the answer at a position; it is found if the last one was of another position.

        Args:
            project: The project.
            position: The last event that the answer knows.
            find: Finds the answer.
        """
        with self._lock:
            known = self._answers.get(project)
            if known is None or known[0] != position:
                known = self._answers[project] = position, find()
            return known[1]
