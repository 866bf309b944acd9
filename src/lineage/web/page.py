"""What an address shows: a document, and how it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from lineage.web.asked import Asked
from projections.pages.section import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer.

    Attributes:
        title: Its heading.
        document: What a program gets from the same address with `.json` behind it.
        sections: What a person reads, from the top down.
        lead: One sentence that says the most important.
        template: What shows it, in `templates`.
        values: What this template needs besides.
    """

    title: str
    document: Mapping[str, Any]
    sections: Sequence[Section] = ()
    lead: object = ""
    template: str = "page.html"
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An answer that the browser keeps as a file.

    Attributes:
        name: What the file is called: letters, digits, dots and hyphens.
        media_type: What it is.
        content: Its bytes.
    """

    name: str
    media_type: str
    content: bytes


Builder: TypeAlias = Callable[[Asked], Page]
"""Answers a request; it runs in a thread of its own."""

Answerer: TypeAlias = Callable[[Asked], Page | Download]
"""Answers with a file, or a question that is too long for an address and was sent as a form."""
