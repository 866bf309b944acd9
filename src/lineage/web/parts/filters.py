"""Fields by which a list is narrowed down, above its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

TIME_HINT: Final = "2h, 2026-01-31"
"""What a field for a time shows while it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field for a text.

    Attributes:
        name: The parameter of the page.
        label: What is before it.
        value: What was asked for; None for nothing.
        hint: What is in it while it is empty.
        size: Its width in letters.
        proposals: What is proposed while somebody types.
    """

    name: str
    label: str
    value: str | None = None
    hint: str = ""
    size: int = 20
    proposals: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A field for one of several values.

    Attributes:
        name: The parameter of the page.
        label: What is before it.
        value: What was asked for; None for any.
        options: The values, and how each reads.
        otherwise: How no choice reads.
    """

    name: str
    label: str
    value: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "any"
