"""The only source of identifiers."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Final, Protocol

SHORTEST_PREFIX: Final = 4
"""Number of leading characters that are enough to name an id."""


class Ids(Protocol):
    """Makes identifiers that are unique across processes and machines."""

    def new(self) -> str:
        """Return a fresh identifier in UUID form, lower case with hyphens."""
        ...


class RandomIds:
    """Random UUIDs (version 4)."""

    def new(self) -> str:
        """Return a fresh identifier in UUID form, lower case with hyphens."""
        return str(uuid.uuid4())


@dataclass(slots=True)
class CountingIds:
    """Identifiers that repeat from one history to the next, for reproducible tests."""

    _count: int = field(default=0, init=False)

    def new(self) -> str:
        """Return the next identifier in UUID form, lower case with hyphens."""
        self._count += 1
        return str(uuid.UUID(int=self._count))


def is_called(identifier: str, name: str) -> bool:
    """Tell whether a name means an id: it is the id, or at least 4 leading characters of it.

    Case does not matter.
    """
    name, identifier = name.lower(), identifier.lower()
    return name == identifier or (len(name) >= SHORTEST_PREFIX and identifier.startswith(name))
