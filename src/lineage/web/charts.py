"""Charts of values over runs, as SVG from the server: classes for colours, no style, no script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from lineage.kernel.plain import plain
from projections.html_table import cell_text

_WIDTH: Final = 900
_HEIGHT: Final = 180
_LEFT: Final = 70
_RIGHT: Final = 20
_TOP: Final = 16
_BOTTOM: Final = 30
_MARK: Final = 4
"""Half the side of a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The value of one run.

    Attributes:
        value: The value; None if it is not known, which leaves a gap.
        status: How the run ended: the class of the mark.
        text: What is said of it beside the pointer.
        href: Where the mark leads; empty for nowhere.
    """

    value: float | None
    status: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A measure over runs.

    Attributes:
        title: What is measured, with its unit.
        points: The runs, oldest first, set at equal distances.
        noun: What they are, if they are no runs.
        first: When the first began.
        last: When the last began.
        thresholds: Values that are worth an alert.
    """

    title: str
    points: Sequence[Point]
    first: str = ""
    last: str = ""
    thresholds: Sequence[float] = ()
    noun: str = "runs"

    def __html__(self) -> str:
        values = [point.value for point in self.points if point.value is not None]
        most = max([*values, *self.thresholds, 0]) or 1
        least = min([*values, 0])
        said = _text(self._told())
        parts = [
            f'<figure class="chart" tabindex="0"><figcaption>{_text(self.title)}</figcaption>',
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" aria-label="{said}">',
            *self._axes(least, most),
            *self._line(least, most),
            *(self._mark(n, least, most) for n in range(len(self.points))),
            "</svg></figure>",
        ]
        return "".join(parts)

    def _told(self) -> str:
        values = [point.value for point in self.points if point.value is not None]
        if not values:
            return f"{self.title}: no value"
        least, most = cell_text(min(values)), cell_text(max(values))
        return f"{self.title} of {len(values):,} {self.noun}, from {least} to {most}"

    def _axes(self, least: float, most: float) -> Iterator[str]:
        for value in (least, (least + most) / 2, most):
            y = _y(value, least, most)
            yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            yield (
                f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                f"{_text(cell_text(float(value)))}</text>"
            )
        for threshold in self.thresholds:
            y = _y(threshold, least, most)
            yield f'<line class="threshold" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
            yield (
                f'<text class="threshold" x="{_LEFT + 4}" y="{y - 4:.1f}">'
                f"alert at {_text(cell_text(float(threshold)))}</text>"
            )
        bottom = _HEIGHT - 8
        yield f'<text class="tick" x="{_LEFT}" y="{bottom}">{_text(self.first)}</text>'
        yield (
            f'<text class="tick" x="{_WIDTH - _RIGHT}" y="{bottom}" text-anchor="end">'
            f"{_text(self.last)}</text>"
        )

    def _line(self, least: float, most: float) -> Iterator[str]:
        known = [(n, p.value) for n, p in enumerate(self.points) if p.value is not None]
        if len(known) > 1:
            places = " ".join(f"{self._x(n)},{_y(value, least, most)}" for n, value in known)
            yield f'<polyline class="course" fill="none" points="{places}"/>'

    def _mark(self, number: int, least: float, most: float) -> str:
        point = self.points[number]
        if point.value is None:
            return ""
        x, y = self._x(number), _y(point.value, least, most)
        kind = _text(point.status)
        if point.status in {"failed", "interrupted", "refused"}:  # a cross, not only a colour
            shape = (
                f'<path class="mark cross {kind}" d="M{x - _MARK} {y - _MARK}l{2 * _MARK} '
                f'{2 * _MARK}m0 {-2 * _MARK}l{-2 * _MARK} {2 * _MARK}"/>'
            )
        else:
            shape = f'<circle class="mark {kind}" cx="{x}" cy="{y}" r="{_MARK}"/>'
        said = f"<title>{_text(point.text)}</title>"
        body = f"<g>{said}{shape}</g>"
        if not point.href:
            return body
        return f'<a href="{escape(point.href)}" aria-label="{_text(point.text)}">{body}</a>'

    def _x(self, number: int) -> float:
        inner = _WIDTH - _LEFT - _RIGHT
        return round(_LEFT + inner * (number + 0.5) / len(self.points), 1)


def _y(value: float, least: float, most: float) -> float:
    inner = _HEIGHT - _TOP - _BOTTOM
    return round(_TOP + inner * (1 - (value - least) / (most - least)), 1)


def _text(text: str) -> str:
    return escape(plain(text))
