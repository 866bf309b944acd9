"""Charts of results, drawn without matplotlib's global state, the same in every run.

matplotlib is imported when the first chart is drawn: most tasks draw nothing.
"""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SVG_SALT: Final = "privacy-lineage"
IMAGE_METADATA: Final[dict[str, dict[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
_INCHES_A_LABEL: Final = 0.3
# At 100 dots an inch a picture stays below 3,000 x 4,000 dots, however many columns there are.
_LABELS_SHOWN: Final = 80
_CELLS_SHOWN: Final = 500
_BARS_SHOWN: Final = 120
_LABEL_LENGTH: Final = 40
_TITLE_LENGTH: Final = 120
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


def empty_figure(*, width: float, height: float) -> Figure:
    """Return an empty figure; sizes in inches."""
    # Figure and canvas by hand: pyplot would keep every figure in a global table.
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  # as above
    from matplotlib.figure import Figure  # noqa: PLC0415  # as above

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def bars(labels: Sequence[str], shares: Mapping[str, Sequence[float]], title: str) -> Figure:
    """Draw horizontal bars between 0 and 1, a group for each label.

    Of more than 120 labels the first 120 are drawn, and the title says so.

    Args:
        labels: The names of the groups, from the top.
        shares: Name of a kind of bar to its lengths, one for each label.
        title: Above the chart.
    """
    if len(labels) > _BARS_SHOWN:
        title = f"{title} (the first {_BARS_SHOWN} of {len(labels):,} columns)"
        labels = labels[:_BARS_SHOWN]
    figure = empty_figure(width=8.0, height=1.5 + _INCHES_A_LABEL * len(labels))
    axes = figure.subplots()
    places = np.arange(len(labels))
    thickness = 0.8 / len(shares)
    for index, (kind, lengths) in enumerate(shares.items()):
        drawn = axes.barh(
            places + index * thickness, lengths[: len(labels)], height=thickness, label=kind
        )
        axes.bar_label(drawn, fmt="{:.2%}", fontsize=6, padding=2)
    axes.set_yticks(places + 0.4 - thickness / 2, [_plain(label) for label in labels])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.08)  # room for the numbers at full bars
    axes.margins(y=0.01)
    axes.set_xlabel("share of rows")
    axes.set_title(_plain(title, _TITLE_LENGTH))
    figure.legend(loc="outside lower right", ncols=len(shares))
    return figure


def heat_map(labels: Sequence[str], matrix: npt.ArrayLike, title: str) -> Figure:
    """Draw a square matrix of values between -1 and 1; None and NaN are left grey.

    With more than 80 labels the picture stops growing: cells shrink, and only every n-th row and
    column has its label. With more than 500 a cell shows the strongest of a square of
    values, and the title says so.

    Args:
        labels: The names of rows and columns.
        matrix: A row of values for each label.
        title: Above the chart.
    """
    side = 3.0 + _INCHES_A_LABEL * min(len(labels), _LABELS_SHOWN)
    figure = empty_figure(width=side + 1.0, height=side)
    axes = figure.subplots()
    axes.set_facecolor("lightgrey")
    cells = np.array(matrix, dtype=float).reshape(len(labels), len(labels))
    size = max(math.ceil(len(labels) / _CELLS_SHOWN), 1)
    if size > 1:
        cells = _strongest(cells, size)
        title = f"{title} (a cell is the strongest of {size} x {size} pairs)"
    image = axes.imshow(cells, vmin=-1, vmax=1, cmap="RdBu_r")
    shown = range(0, len(labels), math.ceil(len(labels) / _LABELS_SHOWN) or 1)
    names = [_plain(labels[place]) for place in shown]
    places = [place // size for place in shown]
    axes.set_xticks(places, names, rotation=90)
    axes.set_yticks(places, names)
    axes.set_title(_plain(title, _TITLE_LENGTH))
    figure.colorbar(image, ax=axes, shrink=0.8)
    return figure


def _strongest(cells: npt.NDArray[np.float64], size: int) -> npt.NDArray[np.float64]:
    """Return of each square of cells the value farthest from 0; NaN where all are."""
    count = math.ceil(len(cells) / size)
    room = count * size - len(cells)
    squares = np.pad(cells, (0, room), constant_values=math.nan)
    squares = squares.reshape(count, size, count, size).swapaxes(1, 2).reshape(count, count, -1)
    places = np.nan_to_num(np.abs(squares), nan=-1.0).argmax(axis=2)
    strongest: npt.NDArray[np.float64] = np.take_along_axis(squares, places[..., None], 2)[..., 0]
    return strongest


def _plain(text: str, length: int = _LABEL_LENGTH) -> str:
    """Shorten a text, and keep matplotlib from reading dollar signs as formulas."""
    if len(text) > length:
        text = text[: length - 1] + "…"
    return text.replace("$", r"\$")
