"""Charts of results, drawn without matplotlib's global state, the same in every run.

matplotlib is imported when the first chart is drawn: most tasks draw nothing.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG_SALT: Final = "privacy-lineage"
IMAGE_METADATA: Final[dict[str, dict[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
_INCHES_A_LABEL: Final = 0.3
# The salt that makes SVG ids repeat is one of matplotlib's global settings.
_salt_lock = threading.Lock()


def render(figure: Figure, image_format: str) -> bytes:
    """Return a figure as an image file without date or version.

    Args:
        figure: The figure, at its own size and resolution.
        image_format: A key of `IMAGE_METADATA`.
    """
    import matplotlib as mpl  # noqa: PLC0415  # see the module's docstring

    buffer = io.BytesIO()
    with _salt_lock, mpl.rc_context({"svg.hashsalt": _SVG_SALT}):
        figure.savefig(buffer, format=image_format, metadata=IMAGE_METADATA[image_format])
    return buffer.getvalue()


def bars(labels: Sequence[str], shares: Mapping[str, Sequence[float]], title: str) -> Figure:
    """Draw horizontal bars between 0 and 1, a group for each label.

    Args:
        labels: The names of the groups, from the top.
        shares: Name of a kind of bar to its lengths, one for each label.
        title: Above the chart.
    """
    figure = _figure(width=8.0, height=1.5 + _INCHES_A_LABEL * len(labels))
    axes = figure.subplots()
    places = np.arange(len(labels))
    thickness = 0.8 / len(shares)
    for index, (kind, lengths) in enumerate(shares.items()):
        drawn = axes.barh(places + index * thickness, lengths, height=thickness, label=kind)
        axes.bar_label(drawn, fmt="{:.2%}", fontsize=6, padding=2)
    axes.set_yticks(places + 0.4 - thickness / 2, [_plain(label) for label in labels])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.08)  # room for the numbers at full bars
    axes.margins(y=0.01)
    axes.set_xlabel("share of rows")
    axes.set_title(_plain(title))
    figure.legend(loc="outside lower right", ncols=len(shares))
    return figure


def heat_map(labels: Sequence[str], matrix: Sequence[Sequence[float | None]], title: str) -> Figure:
    """Draw a square matrix of values between -1 and 1; None is left grey.

    Args:
        labels: The names of rows and columns.
        matrix: A row of values for each label.
        title: Above the chart.
    """
    side = 3.0 + _INCHES_A_LABEL * len(labels)
    figure = _figure(width=side + 1.0, height=side)
    axes = figure.subplots()
    axes.set_facecolor("lightgrey")
    cells = np.array(matrix, dtype=float).reshape(len(labels), len(labels))
    image = axes.imshow(cells, vmin=-1, vmax=1, cmap="RdBu_r")
    names = [_plain(label) for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=90)
    axes.set_yticks(range(len(labels)), names)
    axes.set_title(_plain(title))
    figure.colorbar(image, ax=axes, shrink=0.8)
    return figure


def _figure(*, width: float, height: float) -> Figure:
    # Figure and canvas by hand: pyplot would keep every figure in a global table.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # as above
    from matplotlib.figure import Figure  # noqa: PLC0415  # as above

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _plain(text: str) -> str:
    """Keep matplotlib from reading dollar signs as formulas."""
    return text.replace("$", r"\$")
