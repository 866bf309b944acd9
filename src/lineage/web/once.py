"""Do once what a form asks for, however often it is sent."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project

MOST_KEPT: Final = 1_000
"""Forms whose outcome is remembered, the latest."""

_TOKEN_BYTES: Final = 16


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
