"""Texts and tables in Markdown (GitHub's), which stay readable as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from lineage.kernel.plain import plain
from projections.html_table import cell_text
from projections.pages.cells import Code, Name, Table

_ACTIVE: Final = re.compile(
    r"[\\`*\[\]<>|~$]"  # emphasis, code, links, tags, cells, formulas
    r"|(?<![^\W_])_|_(?![^\W_])"  # a line between letters is no emphasis
    r"|&(?=#?\w+;)"  # entities
    r"|(?<=http):(?=//)|(?<=https):(?=//)|(?<=ftp):(?=//)|(?<=www)\.|(?<=mailto):"  # links
    r"|^(?:#|[-+=](?=[\s=-]|$))"  # headings and lists
)
_NUMBERED: Final = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_TICKS: Final = re.compile("`+")


def escaped(value: object) -> Markup:
    """Return a value as text of a page, without effect on its form."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Name):
        value = value.shown
    if isinstance(value, Code):
        return Markup(code(value.text))  # noqa: S704  # a code span
    return Markup(text(cell_text(value)))  # noqa: S704  # escaped


def text(value: str) -> str:
    """Return text in which nothing is read as markup."""
    return _NUMBERED.sub(r"\1\\\2", _ACTIVE.sub(lambda found: f"\\{found[0]}", value.strip()))


def code(value: str) -> str:
    """Return text as a code span."""
    inside = plain(value)
    fence = "`" * (1 + max(map(len, _TICKS.findall(inside)), default=0))
    blank = " " if not inside.strip() or inside[0] in "` " or inside[-1] in "` " else ""
    return f"{fence}{blank}{inside}{blank}{fence}"


def table(given: Table) -> str:
    """Return a table, its caption above and what it leaves out below; empty without rows."""
    if not given.rows:
        return ""
    lines = [f"**{text(plain(given.caption))}**", ""] if given.caption else []
    lines += [_line(given.headings), f"|{' --- |' * len(given.headings)}"]
    lines += [_line(row) for row in given.rows]
    return "\n".join([*lines, *(["", text(plain(given.more))] if given.more else [])]) + "\n"


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(value: object) -> str:
    if isinstance(value, Name):
        value = value.shown
    if isinstance(value, Code):
        return code(value.text).replace("|", "\\|")
    return text(cell_text(value))
