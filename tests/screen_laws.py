"""What holds of every screen: no line is too wide, and no word is broken."""

from __future__ import annotations

import re
from itertools import pairwise

from rich.cells import cell_len

_DATE = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
_WORD = re.compile(r"[^\s\u2500-\u257f]+")
_SHORTEST = 4
"""Letters of a word whose halves say that it was broken."""


def wide_lines(text: str, width: int) -> list[str]:
    """Return the lines that are wider than a screen, but for those of a single word.

    A heading before it, and marks of a tree, do not count.
    """
    wide = [line for line in text.splitlines() if cell_len(line) > width]
    return [line for line in wide if len(_units(line)) > _words_before(line) + 1]


def broken_words(text: str, whole: str) -> list[str]:
    """Return words, dates, paths and ids of `whole` that `text` has in two lines.

    Args:
        text: The screen.
        whole: The same on a screen that is wide enough.
    """
    lost = {unit for unit in _units(whole) - _units(text) if len(unit) >= _SHORTEST}
    pieces = {
        joined
        for upper, lower in pairwise(map(_cells, text.splitlines()))
        for above in upper
        for below in lower
        for joined in _joined(above.split()[-1], below.split()[0])
    }
    return sorted(lost & pieces)


def _units(text: str) -> set[str]:
    """Return all that no line may break: dates, and words, which paths and ids are, too."""
    return {*_DATE.findall(text), *_WORD.findall(_DATE.sub(" ", text))}


def _joined(above: str, below: str) -> tuple[str, str]:
    return f"{above}{below}", f"{above} {below}"


def _words_before(line: str) -> int:
    """Return 1 if a heading and blanks come before the text of a line."""
    return 1 if re.match(r"\S+ {2,}\S", line) else 0


def _cells(line: str) -> list[str]:
    """Return the texts of a line that blanks or a frame keep apart."""
    return [cell for cell in re.split(r" {2,}|[\u2500-\u257f]+", line.strip()) if cell.strip()]
