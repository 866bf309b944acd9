"""Read docstrings in Google style: what a thing does, and the entries of its sections."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SECTIONS: Final = (
    *("Args", "Attributes", "Columns", "Files", "Metrics", "Raises", "Returns", "Source"),
    *("Warnings", "Yields"),
)
_HEADING: Final = re.compile(rf"^({'|'.join(SECTIONS)}):[ ]*(?:\n|$)", re.MULTILINE)
_SET: Final = re.compile(r"^( |- |\||\d+\. |```|>>>)", re.MULTILINE)
_ENTRY: Final = re.compile(r"^ {4}(\S[^:\n]*):\s", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Docstring:
    """A docstring in its parts.

    Attributes:
        summary: The first paragraph as one line; empty without a docstring.
        body: The paragraphs after it and before the first section, each as one line; lists, tables
            and code as written.
        sections: Heading to the text below it, without its indentation.
    """

    summary: str = ""
    body: str = ""
    sections: Mapping[str, str]

    def entries(self, section: str) -> dict[str, str]:
        """Return the entries "name: meaning" of a section, each meaning as one line."""
        text = self.sections.get(section, "")
        parts = _ENTRY.split("\n".join(f"    {line}" for line in text.splitlines()))[1:]
        return dict(zip(parts[::2], map(one_line, parts[1::2]), strict=True))


def read(documented: object) -> Docstring:
    """Return the docstring of a thing itself; one that it only inherits is none of its own."""
    text = getattr(documented, "__doc__", None)
    is_made = isinstance(documented, type) and f"{text}".startswith(f"{documented.__name__}(")
    if not isinstance(text, str) or is_made:  # dataclasses write a signature where there is none
        return Docstring(sections={})
    head, *rest = _HEADING.split(inspect.cleandoc(text))
    summary, _, body = head.partition("\n\n")
    sections = {
        heading: inspect.cleandoc(content)
        for heading, content in zip(rest[::2], rest[1::2], strict=True)
    }
    return Docstring(summary=one_line(summary), body=_flowing(body), sections=sections)


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def _flowing(text: str) -> str:
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(p if _SET.search(p) else one_line(p) for p in paragraphs)
