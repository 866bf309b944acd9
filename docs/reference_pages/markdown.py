"""Write pieces of Markdown that every page needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ops import docstring
from ops.docstring import Docstring

NOTE: Final = "<!-- Written by docs/generate.py; change the source and run `make docs`. -->"

_CODE: Final = re.compile(r"(`[^`]*`)")


def page(title: str, introduction: str, lines: Iterable[str]) -> str:
    """Return a page with its note, title and introduction."""
    text = "\n".join([NOTE, "", f"# {title}", "", introduction.strip(), "", *lines])
    return text.rstrip() + "\n"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table and an empty one; nothing for no rows."""
    lines = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not lines:
        return []
    return [f"| {' | '.join(headings)} |", "| --- " * len(headings) + "|", *lines, ""]


def cell(text: str) -> str:
    """Return a text as the content of a table's cell."""
    return prose(text).replace("|", "\\|")


def prose(text: str) -> str:
    """Return a text whose angle brackets are no tags; code stays as it is."""
    parts = _CODE.split(text)
    return "".join(p if p.startswith("`") else p.replace("<", "&lt;") for p in parts)


def code(text: str) -> str:
    """Return a text as code; an empty one stays empty."""
    return f"`{text}`" if text else ""


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as the hosts of repositories make it."""
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-").lower()


def described(read: Docstring) -> list[str]:
    """Return a docstring as paragraphs and lists, each followed by an empty line."""
    lines: list[str] = []
    for text in (read.summary, read.body):
        lines += [prose(text), ""] if text else []
    for heading, text in read.sections.items():
        entries = read.entries(heading)
        if entries and heading not in {"Returns", "Source", "Yields"}:
            named = [f"- `{name}`: {prose(meaning)}" for name, meaning in entries.items()]
            lines += [f"{heading}:", "", *named, ""]
        else:
            lines += [f"{heading}: {prose(docstring.one_line(text))}", ""]
    return lines
