"""A graph as a picture in PNG, drawn by matplotlib as `svg` would.

matplotlib is imported when the first picture is drawn: most commands draw nothing.
"""

from __future__ import annotations

import io
import math
import warnings
from typing import TYPE_CHECKING, Any, Final

import networkx as nx

from projections.graph_formats import labels, svg
from projections.graph_formats.layout import HEADER, HEIGHT, LINE, MARGIN, WIDTH, Layout, layered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DOTS_PER_INCH: Final = 72
_SCALE: Final = 1.5
_LONGEST_SIDE: Final = 30_000
_MOST_DOTS: Final = 120_000_000
"""Matplotlib refuses sides over 65,535; a picture is made smaller before it takes a gigabyte."""


def render(graph: nx.DiGraph) -> bytes:
    """Return a PNG file, always the same bytes for a graph."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # see above
    from matplotlib.figure import Figure  # noqa: PLC0415

    layout = layered(graph, HEADER + len(labels.warnings_of(graph)) * LINE)
    scale = _scale(layout)
    size = (layout.width / _DOTS_PER_INCH, layout.height / _DOTS_PER_INCH)
    # Figure and canvas by hand: pyplot would keep every figure in a global table.
    figure = Figure(figsize=size, dpi=_DOTS_PER_INCH * scale)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, layout.width)
    axes.set_ylim(layout.height, 0)
    axes.set_axis_off()
    _draw(axes, graph, layout)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # a name may have letters that the font lacks
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="png", metadata={"Software": None, **_words(graph)})
    return buffer.getvalue()


def _scale(layout: Layout) -> float:
    longest = _LONGEST_SIDE / max(layout.width, layout.height)
    most = math.sqrt(_MOST_DOTS / (layout.width * layout.height))
    return min(_SCALE, longest, most)


def _words(graph: nx.DiGraph) -> dict[str, str]:
    """Return title and description as PNG metadata."""
    return {
        "Title": labels.title_of(graph).encode("latin-1", "backslashreplace").decode("latin-1"),
        "Description": svg.description_of(graph),
    }


def _draw(axes: Axes, graph: nx.DiGraph, layout: Layout) -> None:
    _write(axes, MARGIN, 28, labels.shortened(labels.title_of(graph), svg.LONG), size=16)
    _write(axes, MARGIN, 50, f"{labels.summary_of(graph)}; {svg.NOTE}", size=11)
    for line, warning in enumerate(labels.warnings_of(graph), 1):
        shown = labels.shortened(warning, svg.LONG)
        _write(axes, MARGIN, HEADER + line * LINE, shown, size=11, colour=svg.WARNING)
    for source, target, data in graph.edges(data=True):
        _draw_edge(axes, svg.curve(layout, source, target), data)
    asked = labels.asked_about(graph)
    for node, data in graph.nodes(data=True):
        _draw_node(axes, node, data, layout.places[node], is_asked=node in asked)


def _draw_edge(axes: Axes, points: tuple[float, ...], data: dict[str, Any]) -> None:
    from matplotlib.patches import FancyArrowPatch  # noqa: PLC0415  # see above
    from matplotlib.path import Path  # noqa: PLC0415

    corners = list(zip(points[::2], points[1::2], strict=True))
    axes.add_patch(
        FancyArrowPatch(
            path=Path(corners, [Path.MOVETO, *[Path.CURVE4] * 3]),
            arrowstyle="-|>",
            mutation_scale=8,
            color="#555555",
            linewidth=1.2,
            linestyle="solid" if svg.is_certain(data) else (0, (4, 3)),
        )
    )


def _draw_node(
    axes: Axes, node: str, data: dict[str, Any], place: tuple[float, float], *, is_asked: bool
) -> None:
    from matplotlib.patches import FancyBboxPatch  # noqa: PLC0415  # see above

    paint = svg.PAINTS[data["kind"]]
    axes.add_patch(
        FancyBboxPatch(
            place,
            WIDTH,
            HEIGHT,
            boxstyle=f"round,pad=0,rounding_size={paint.corner}"
            if paint.corner
            else "square,pad=0",
            facecolor=paint.fill,
            edgecolor=paint.line,
            linewidth=3.5 if is_asked else 1.5,
            linestyle=(0, (4, 3)) if svg.is_dashed(node, data) else "solid",
        )
    )
    heading, facts = map(labels.visible, labels.short_lines_of(node, data))
    left, top = place
    _write(axes, left + 12, top + 18, labels.shortened(heading, svg.LETTERS), size=12)
    _write(axes, left + 12, top + 34, labels.shortened(facts, svg.SMALL_LETTERS), size=10)


def _write(
    axes: Axes, left: float, base: float, line: str, *, size: float, colour: str = "black"
) -> None:
    # the font of matplotlib is wider than those of browsers
    shown = labels.visible(line)
    axes.text(left, base, shown, fontsize=size * 0.85, color=colour, parse_math=False)
