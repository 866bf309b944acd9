"""Cells of tables that only a served page has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from lineage.kernel.plain import plain
from projections.html_table import cell_html, cell_text
from projections.pages.cells import moment

time_of: Final = moment
"""Returns the cell of a time of a document; None for none."""

_WIDTH: Final = 1000
_NARROWEST: Final = 4
_SHORTEST_S: Final = 0.001
_HIGHEST: Final = 18
_LOWEST: Final = 4
_MARK_WIDTH: Final = 11


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A span of time as a bar, across the time of the whole.

    Attributes:
        begin_s: Seconds from the start of the whole.
        end_s: Seconds to the end of the span.
        span_s: Seconds of the whole.
        status: Its state, which gives the colour; the row says it in words.
    """

    begin_s: float
    end_s: float
    span_s: float
    status: str

    def __str__(self) -> str:
        return f"{self.begin_s:,.2f} s to {self.end_s:,.2f} s"

    def __html__(self) -> str:
        whole = max(self.span_s, self.end_s, _SHORTEST_S)
        left = min(_WIDTH * self.begin_s / whole, _WIDTH - _NARROWEST)
        width = max(_WIDTH * (self.end_s - self.begin_s) / whole, _NARROWEST)
        return (
            f'<svg class="bar" viewBox="0 0 {_WIDTH} 12" preserveAspectRatio="none" role="img" '
            f'aria-label="{self}"><title>{self}</title>'
            f'<rect class="lane" width="{_WIDTH}" height="12"/>'
            f'<rect class="{escape(self.status)}" x="{left:.1f}" width="{width:.1f}" height="12"/>'
            "</svg>"
        )


@dataclass(frozen=True, slots=True)
class States:
    """How many of several ended how, in the colour of the most serious.

    Attributes:
        counts: State to how many, the most serious first.
    """

    counts: Mapping[str, int]

    def __str__(self) -> str:
        if len(self.counts) == 1 and [*self.counts.values()] == [1]:
            return next(iter(self.counts))
        return ", ".join(f"{count:,} {state}" for state, count in self.counts.items())

    def __html__(self) -> str:
        worst = escape(plain(next(iter(self.counts), "")))
        return f'<span class="status {worst}">{escape(plain(str(self)))}</span>'


@dataclass(frozen=True, slots=True)
class Strip:
    """The latest runs of a task side by side: how they ended, and how long they took.

    A high mark took long, beside the longest of the strip. A failed run is a cross, one that was
    interrupted or refused a frame, one that is under way a frame of dashes.

    Attributes:
        runs: run_id, status, started_at and duration_s of each, the oldest first.
    """

    runs: Sequence[Mapping[str, Any]]

    def __str__(self) -> str:
        counts = Counter(run["status"] for run in self.runs)
        said = ", ".join(f"{count:,} {status}" for status, count in counts.most_common())
        return f"{said} of the latest {len(self.runs):,}" if said else ""

    def __html__(self) -> str:
        if not self.runs:
            return ""
        longest = max(run["duration_s"] or 0 for run in self.runs) or 1
        marks = (self._mark(number, run, longest) for number, run in enumerate(self.runs))
        width = _MARK_WIDTH * len(self.runs)
        return (
            f'<svg class="strip" width="{width}" height="{_HIGHEST}" role="img" '
            f'aria-label="{escape(plain(str(self)))}">{"".join(marks)}</svg>'
        )

    def _mark(self, number: int, run: Mapping[str, Any], longest: float) -> str:
        status, took = run["status"], run["duration_s"]
        height = round(max(_HIGHEST * (took or 0) / longest, _LOWEST))
        x, y, width = _MARK_WIDTH * number + 1, _HIGHEST - height, _MARK_WIDTH - 3
        lasted = "" if took is None else f", {cell_text(took)} s"
        said = f"{run['run_id'][:8]}, {moment(run['started_at'])}, {status}{lasted}"
        if status == "failed":
            top = _HIGHEST - width - 1
            shape = f'<path d="M{x} {top}l{width} {width}m0 -{width}l-{width} {width}"/>'
        else:
            shape = f'<rect x="{x}" y="{y}" width="{width}" height="{height}"/>'
        name = escape(plain(status))
        return f'<g class="{name}"><title>{escape(plain(said))}</title>{shape}</g>'


@dataclass(frozen=True, slots=True)
class Words:
    """A text with commands in it.

    Attributes:
        text: The text; what is between backticks is a command.
    """

    text: str

    def __str__(self) -> str:
        return self.text.replace("`", "")

    def __html__(self) -> str:
        parts = [escape(plain(part)) for part in self.text.split("`")]
        return "".join(
            f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts)
        )
