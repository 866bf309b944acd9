"""What else is followed from boxes that are shown, and how an address says it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from projections.dependency_graph.search import Direction

_LETTERS: Final[dict[str, Direction]] = {"u": "upstream", "d": "downstream"}
_TOKEN: Final = re.compile(r"([0-9a-f]{8})([ud])([1-9]\d{0,2}|all)?")


@dataclass(frozen=True, slots=True)
class Also:
    """Steps that are followed from a box.

    Attributes:
        box: Its `short_id`.
        direction: Where to.
        steps: How many; None for all.
    """

    box: str
    direction: Direction
    steps: int | None = 1

    def __str__(self) -> str:
        steps = {1: "", None: "all"}.get(self.steps, str(self.steps))
        return f"{self.box}{self.direction[0]}{steps}"


def parse(text: str) -> tuple[Also, ...]:
    """Return what an address names, each once; what cannot be read is left out.

    Args:
        text: Each as `str` writes it, joined by dots.
    """
    found = (_TOKEN.fullmatch(token) for token in text.split("."))
    return tuple(
        dict.fromkeys(
            Also(box, _LETTERS[letter], None if steps == "all" else int(steps or 1))
            for box, letter, steps in (one.groups() for one in found if one)
        )
    )
