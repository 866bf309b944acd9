"""Read a page as a browser would: its tags, its attributes and its visible texts."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "\" onload='x' <b>",
    "a|b`c`d*e*[f](http://g.example)",
    "line\nbreak\r\ttab",
    "\u202eltr\u2066\u200f",
    "\x1b[31m\x00\ufeff\u2028",
    "&amp; &#60; </style></svg>",
    "{{ 7 * 7 }}{% raw %}",
)
"""Names that would do something if they were not escaped."""

_VOID: Final = {"meta", "br", "hr", "img", "link", "input", "wbr"}


class Page(HTMLParser):
    """What is on a page.

    Args:
        text: The page, or a fragment of it.

    Attributes:
        tags: Every start tag in order, with its attributes.
        texts: Every text in order, outside of `style`.
        is_balanced: Whether every tag is closed.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.is_balanced = True
        self._open: list[str] = []
        self.feed(text)
        self.close()
        self.is_balanced = self.is_balanced and not self._open

    @property
    def names(self) -> list[str]:
        """The names of the tags, in order."""
        return [name for name, _ in self.tags]

    @property
    def text(self) -> str:
        """All texts."""
        return "".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that the tag opened last is closed."""
        self.is_balanced = self.is_balanced and bool(self._open) and self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if "style" not in self._open:
            self.texts.append(data)
