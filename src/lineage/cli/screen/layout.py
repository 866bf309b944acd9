"""Lay out text and tables for a width: lines break between words, never in a date, path or id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

Span = tuple[int, int]
"""Start and end of a line within its text."""

GAP: Final = 2
"""Blanks between two columns."""

INDENT: Final = 4
"""Blanks before a text that follows below its row."""

_PIECE: Final = re.compile(
    r"[ \t]+"
    r"|\d{4}-\d\d-\d\d \d\d:\d\d\S*"  # date and time are one word
    r"|\d[\d,.]* (?:s|h|B|MB|MiB)\b"  # so are number and unit
    r"|[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]"  # written without blanks
    r"|[^ \t\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]+"
)
_READABLE: Final = 12
"""Width that a column of text keeps while another one can be left out."""


def cells(text: str) -> int:
    """Return how many columns of the terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  # start-up time

    return cell_len(text)


def spans(text: str, width: int) -> list[Span]:
    """Return where the lines of a text are; a word that is wider than the width is one line."""
    found: list[Span] = []
    start = end = taken = 0
    for piece in _PIECE.finditer(text):
        wide = cells(piece[0])
        if piece[0].isspace():
            taken += wide
        elif taken + wide > width and end > start:
            found.append((start, end))
            start, end, taken = piece.start(), piece.end(), wide
        else:
            end, taken = piece.end(), taken + wide
    return [*found, (start, end)]


def wrap(text: str, width: int) -> list[str]:
    """Return the lines of a text."""
    return [text[start:end] for start, end in spans(text, width)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns of a table are shown, and how wide.

    Attributes:
        shown: Indices of the columns.
        widths: Their widths.
        below: Index of a column whose text follows below its row; None if there is none.
        room: Columns of the terminal.
    """

    shown: Sequence[int]
    widths: Sequence[int]
    below: int | None = None
    room: int = 0

    @property
    def indices(self) -> set[int]:
        """Of all columns that can be seen."""
        return {*self.shown, *(() if self.below is None else (self.below,))}


def fit(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int | None,
    *,
    drop: Sequence[str] = (),
) -> Layout | None:
    """Return how a table fits a width.

    Long texts are wrapped first; where that is not enough, columns are left out; then the last
    column goes below its row.

    Args:
        columns: The headings.
        rows: The cells.
        width: Columns of the terminal; None if there is no limit.
        drop: Headings of columns that may be left out, the least important first.

    Returns:
        The layout; None if the table does not fit.
    """
    texts = [[column, *(row[i] for row in rows)] for i, column in enumerate(columns)]
    natural = [max(map(cells, column)) for column in texts]
    shown = list(range(len(columns)))
    if width is None:
        return Layout(shown=shown, widths=natural)
    least = [
        min(wide, max(_READABLE, *map(_widest, column)))
        for wide, column in zip(natural, texts, strict=True)
    ]
    for name in (None, *drop):
        if name in columns:
            shown.remove(columns.index(name))
        room = width - GAP * (len(shown) - 1)
        if sum(least[i] for i in shown) <= room:
            return Layout(shown=shown, widths=_shrunk(natural, least, shown, room))
    *shown, last = shown
    room = width - GAP * (len(shown) - 1)
    if not shown or sum(natural[i] for i in shown) > room or least[last] > width - INDENT:
        return None
    return Layout(shown=shown, widths=[natural[i] for i in shown], below=last, room=width)


def lines(
    row: Sequence[str], layout: Layout, is_number: Sequence[bool]
) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines of a row: per shown column its index and its text, filled up with blanks."""
    wrapped = [wrap(row[i], width) for i, width in zip(layout.shown, layout.widths, strict=True)]
    for number in range(max(map(len, wrapped), default=0)):
        yield [
            (i, _filled(part[number] if number < len(part) else "", width, is_right=is_number[i]))
            for i, part, width in zip(layout.shown, wrapped, layout.widths, strict=True)
        ]
    if layout.below is not None and row[layout.below]:
        for line in wrap(row[layout.below], layout.room - INDENT):
            yield [(layout.below, " " * INDENT + line)]


def records(
    columns: Sequence[str], row: Sequence[str], width: int | None
) -> Iterator[tuple[int, str, str]]:
    """Yield index, heading and line of each value of a row, one below the other; none if empty."""
    heading = max(map(cells, columns)) + GAP
    for index, (column, text) in enumerate(zip(columns, row, strict=True)):
        if not text:
            continue
        label = _filled(column, heading)
        for line in [text] if width is None else wrap(text, max(width - heading, 1)):
            yield index, label, line
            label = " " * heading


def _widest(text: str) -> int:
    return max((cells(piece) for piece in _PIECE.findall(text)), default=0)


def _shrunk(
    natural: Sequence[int], least: Sequence[int], shown: Sequence[int], room: int
) -> list[int]:
    """Take width from the widest columns until all fit."""
    widths = {i: min(natural[i], max(least[i], room)) for i in shown}
    while sum(widths.values()) > room:
        widest = max(shown, key=lambda i: (widths[i] > least[i], widths[i]))
        widths[widest] -= 1
    return list(widths.values())


def _filled(text: str, width: int, *, is_right: bool = False) -> str:
    blank = " " * (width - cells(text))
    return blank + text if is_right else text + blank
