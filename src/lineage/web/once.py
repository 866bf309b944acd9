"""Do once what a form asks for, and find once what holds until something is recorded."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project

MOST_KEPT: Final = 1_000
"""Forms whose outcome is remembered, the latest."""

_TOKEN_BYTES: Final = 16

T = TypeVar("T")


@dataclass(slots=True)
class _Outcome:
    lock: Lock = field(default_factory=Lock)
    address: str | None = None


class Once:
    """Remembers what came of each form of this server."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._outcomes: OrderedDict[str, _Outcome] = OrderedDict()
        self._lock = Lock()

    def token(self) -> str:
        """Return what makes one form different from all others."""
        name = secrets.token_urlsafe(_TOKEN_BYTES)
        return f"{name}.{self._mark(name)}"

    def do(self, token: str, work: Callable[[], str]) -> str:
        """Do the work of a form, unless that was done; what fails may be tried again.

        Args:
            token: That of the form.
            work: What it asks for; returns the address that shows what came of it.

        Returns:
            That address, the same each time.

        Raises:
            ConfigurationError: The form is not of this server, or of an earlier start of it.
        """
        name, _, mark = token.partition(".")
        if not hmac.compare_digest(mark.encode(), self._mark(name).encode()):
            raise ConfigurationError(
                "this form", problem="it was made before the server began", remedy="load it again"
            )
        with self._lock:
            outcome = self._outcomes.setdefault(name, _Outcome())
            self._outcomes.move_to_end(name)
            if len(self._outcomes) > MOST_KEPT:
                self._outcomes.popitem(last=False)
        with outcome.lock:
            if outcome.address is None:
                outcome.address = work()
            return outcome.address

    def _mark(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), "sha256").hexdigest()


_known: WeakKeyDictionary[Project, Once] = WeakKeyDictionary()


def of(project: Project) -> Once:
    """Return what remembers the forms of a project."""
    return _known.setdefault(project, Once())


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
