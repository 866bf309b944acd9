"""Charts of values over runs or rows, as SVG from the server: classes for colours, no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from html import escape
from math import isfinite
from typing import Final, Literal, get_args

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

_MOST_NAMES: Final = 12
"""Marks that have their name below them."""

_LETTERS: Final = 14
_BAR_SHARE: Final = 0.7
"""Of the distance between two marks, what a bar takes."""

Kind = Literal["line", "bar", "scatter"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The value of one run or row.

    Attributes:
        value: The value; None if it is not known, which leaves a gap.
        status: How the run ended: the class of the mark.
        text: What is said of it beside the pointer.
        href: Where the mark leads; empty for nowhere.
        name: What stands below it, if there are few.
        across: Where it stands in a scatter; None if that is not known.
    """

    value: float | None
    status: str
    text: str
    href: str = ""
    name: str = ""
    across: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A measure over runs, or of rows.

    Attributes:
        title: What is measured, with its unit.
        points: The runs, oldest first, set at equal distances unless it is a scatter.
        first: What stands below the left end.
        last: What stands below the right end.
        thresholds: Values that are worth an alert.
        kind: What is drawn.
        noun: What a point is.
    """

    title: str
    points: Sequence[Point]
    first: str = ""
    last: str = ""
    thresholds: Sequence[float] = ()
    kind: Kind = "line"
    noun: str = "run"

    def __html__(self) -> str:
        values = [point.value for point in self.points if point.value is not None]
        most = max([*values, *self.thresholds, 0]) or 1
        least = min([*values, 0])
        said = _text(self._told())
        caption = "; ".join([self.title, *self._reached()])
        parts = [
            f'<figure class="chart" tabindex="0"><figcaption>{_text(caption)}</figcaption>',
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group" aria-label="{said}">',
            *self._axes(least, most),
            *(self._line(least, most) if self.kind == "line" else ()),
            *(self._mark(n, least, most) for n in range(len(self.points))),
            "</svg></figure>",
        ]
        return "".join(parts)

    def _told(self) -> str:
        values = [point.value for point in self.points if point.value is not None]
        if not values:
            return f"{self.title}: no value"
        least, most = cell_text(min(values)), cell_text(max(values))
        said = f"{self.title} of {len(values):,} {self.noun}s, from {least} to {most}"
        return "; ".join([said, *self._reached()])

    def _reached(self) -> Iterator[str]:
        """Yield in words how many points reached each threshold."""
        values = [point.value for point in self.points if point.value is not None]
        for threshold in self.thresholds:
            count = sum(value >= threshold for value in values)
            yield (
                f"{count:,} of {len(values):,} {self.noun}s reached the alert at "
                f"{cell_text(float(threshold))}"
            )

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
        yield from self._names()

    def _names(self) -> Iterator[str]:
        """Yield what stands below the axis: the name of each mark, or of both ends."""
        bottom = _HEIGHT - 8
        names = [point.name for point in self.points]
        if any(names) and len(names) <= _MOST_NAMES and self.kind != "scatter":
            for number, name in enumerate(names):
                short = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
                yield (
                    f'<text class="tick" x="{self._x(number)}" y="{bottom}" '
                    f'text-anchor="middle">{_text(short)}</text>'
                )
            return
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
        if point.value is None or (self.kind == "scatter" and point.across is None):
            return ""
        x, y = self._x(number), _y(point.value, least, most)
        kind = _text(point.status)
        if point.status in {"failed", "interrupted", "refused"}:  # a cross, not only a colour
            shape = (
                f'<path class="mark cross {kind}" d="M{x - _MARK} {y - _MARK}l{2 * _MARK} '
                f'{2 * _MARK}m0 {-2 * _MARK}l{-2 * _MARK} {2 * _MARK}"/>'
            )
        elif self.kind == "bar":
            shape = self._bar(x, y, _y(0, least, most), kind)
        else:
            shape = f'<circle class="mark {kind}" cx="{x}" cy="{y}" r="{_MARK}"/>'
        said = f"<title>{_text(point.text)}</title>"
        body = f"<g>{said}{shape}</g>"
        if not point.href:
            return body
        return f'<a href="{escape(point.href)}" aria-label="{_text(point.text)}">{body}</a>'

    def _bar(self, x: float, y: float, foot: float, kind: str) -> str:
        width = max(_BAR_SHARE * (_WIDTH - _LEFT - _RIGHT) / len(self.points), 1)
        return (
            f'<rect class="mark {kind}" x="{x - width / 2:.1f}" y="{min(y, foot)}" '
            f'width="{width:.1f}" height="{max(abs(foot - y), 1):.1f}"/>'
        )

    def _x(self, number: int) -> float:
        inner = _WIDTH - _LEFT - _RIGHT
        if self.kind == "scatter":
            known = [point.across for point in self.points if point.across is not None]
            least, most = min(known), max(known)
            share = ((self.points[number].across or 0) - least) / ((most - least) or 1)
            return round(_LEFT + _MARK + (inner - 2 * _MARK) * share, 1)
        return round(_LEFT + inner * (number + 0.5) / len(self.points), 1)


def chart_of_rows(rows: Sequence[Mapping[str, object]], kind: Kind, across: str, up: str) -> Chart:
    """Return a chart of two columns of rows.

    Args:
        rows: The rows.
        kind: What is drawn.
        across: The column whose values are the places, or names of them.
        up: The column whose numbers are drawn; what is no number leaves a gap.
    """
    points = [
        Point(
            value=_number(row[up]),
            status="row",
            text=f"{across} {cell_text(row[across])}: {cell_text(row[up])}",
            name=cell_text(row[across]),
            across=_number(row[across]),
        )
        for row in rows
    ]
    places = [point.across for point in points if point.across is not None]
    ends = [points[0].name, points[-1].name] if points else ["", ""]
    if kind == "scatter" and places:
        ends = [cell_text(min(places)), cell_text(max(places))]
    return Chart(
        title=f"{up} by {across}",
        points=points,
        first=ends[0],
        last=ends[1],
        kind=kind,
        noun="row",
    )


def _number(value: object) -> float | None:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value) if isfinite(value) else None


def _y(value: float, least: float, most: float) -> float:
    inner = _HEIGHT - _TOP - _BOTTOM
    return round(_TOP + inner * (1 - (value - least) / (most - least)), 1)


def _text(text: str) -> str:
    return escape(plain(text))
