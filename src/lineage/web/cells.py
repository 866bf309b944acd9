"""Cells of tables that only a served page has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from lineage.kernel.plain import plain
from projections.html_table import cell_html
from projections.pages.cells import moment


@dataclass(frozen=True, slots=True)
class Time:
    """A time, in UTC until the reader wants local times.

    Attributes:
        iso: The time as ISO 8601 with its offset.
    """

    iso: str

    def __str__(self) -> str:
        return moment(self.iso) or ""

    def __html__(self) -> str:
        return f'<time datetime="{escape(self.iso)}">{escape(str(self))}</time>'


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick, in a form around the table.

    Attributes:
        name: The parameter that it adds.
        value: Its value.
        label: What is chosen, for those who hear the page.
    """

    name: str
    value: str
    label: str

    def __str__(self) -> str:
        return ""

    def __html__(self) -> str:
        name, value, label = (escape(plain(one)) for one in (self.name, self.value, self.label))
        return f'<input type="checkbox" name="{name}" value="{value}" aria-label="{label}">'


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values in one cell, one a line.

    Attributes:
        items: The values, each a row of texts and links that are set beside each other.
        is_ordered: Whether their order says something.
    """

    items: Sequence[Sequence[object]]
    is_ordered: bool = False

    def __str__(self) -> str:
        return "; ".join(" ".join(map(str, item)) for item in self.items)

    def __html__(self) -> str:
        kind = "ol" if self.is_ordered else "ul"
        lines = (f"<li>{' '.join(map(cell_html, item))}</li>" for item in self.items)
        return f'<{kind} class="listed">{"".join(lines)}</{kind}>'


def time_of(iso: str | None) -> Time | None:
    """Return the cell of a time of a document; None for none."""
    return None if iso is None else Time(iso)
