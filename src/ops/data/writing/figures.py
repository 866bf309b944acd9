"""Figures of matplotlib, Plotly and Pillow as files without date, version or notes."""

from __future__ import annotations

import importlib.util
import io
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, cast

from lineage.kernel.errors import DataWriteError
from ops.data import charts
from ops.data.placement import Placement

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure


class PlotlyFigure(Protocol):
    """What is asked of a figure of Plotly, whose package need not be there."""

    def to_json(self) -> str | None:
        """Return it as JSON."""
        ...

    def to_html(self, *, include_plotlyjs: bool, div_id: str) -> str:
        """Return it as a page."""
        ...

    def to_image(self, format: str) -> bytes:  # noqa: A002  # Plotly's name
        """Return it as an image."""
        ...


class PillowImage(Protocol):
    """What is asked of an image of Pillow."""

    info: dict[Any, Any]
    mode: str

    def copy(self) -> Any:
        """Return a copy."""
        ...


Figure: TypeAlias = "MatplotlibFigure | PlotlyFigure | PillowImage"
"""What `write_visualization` takes."""

_OF_MATPLOTLIB: Final = tuple(charts.IMAGE_METADATA)
_OF_PLOTLY: Final = ("html", "json", "png", "svg")
_OF_PILLOW: Final = ("png", "jpeg", "webp")


def render(figure: Figure, place: Placement) -> bytes:
    """Return a figure as the bytes of a file, made in memory; equal figures give equal bytes.

    Args:
        figure: One of matplotlib (png, svg), of Plotly (html with all it needs, json; png and svg
            with the package kaleido) or an image of Pillow (png, jpeg, webp; without its notes,
            such as place and time of a photograph).
        place: Its format says what to make.

    Raises:
        DataWriteError: Another kind of figure or format, or kaleido is missing.
    """
    kind = _kind(figure)
    if kind == "plotly":
        place.check_format(_OF_PLOTLY)
        return _plotly(figure, place)
    if kind == "PIL":
        place.check_format(_OF_PILLOW)
        return _pillow(cast("PillowImage", figure), place.format)
    place.check_format(_OF_MATPLOTLIB)
    if kind == "matplotlib":
        return charts.render(cast("MatplotlibFigure", figure), place.format)
    raise DataWriteError(
        place.subject,
        problem=f"a value of type {type(figure).__module__}.{type(figure).__name__}",
        expected="a figure of matplotlib or Plotly, or an image of Pillow",
    )


def _kind(figure: object) -> str | None:
    for package, module, name in (
        ("matplotlib", "matplotlib.figure", "Figure"),
        ("plotly", "plotly.basedatatypes", "BaseFigure"),
        ("PIL", "PIL.Image", "Image"),
    ):
        loaded = sys.modules.get(module)  # a figure's own module has been imported
        if loaded is not None and isinstance(figure, getattr(loaded, name)):
            return package
    return None


def _plotly(figure: Any, place: Placement) -> bytes:
    if place.format == "json":
        return (str(figure.to_json()) + "\n").encode()
    if place.format == "html":
        # The script is part of the file: to look at it asks no server. A fixed id repeats.
        return str(figure.to_html(include_plotlyjs=True, div_id="figure")).encode()
    if importlib.util.find_spec("kaleido") is None:
        raise DataWriteError(
            place.subject,
            problem="Plotly draws images with the package kaleido, which is not installed",
            remedy="pip install kaleido, or choose format html",
        )
    return bytes(figure.to_image(format=place.format))


def _pillow(image: PillowImage, image_format: str) -> bytes:
    pixels = image.copy()
    pixels.info = {}
    pixels.getexif().clear()
    if image_format == "jpeg" and pixels.mode not in {"RGB", "L", "CMYK"}:
        pixels = pixels.convert("RGB")
    buffer = io.BytesIO()
    pixels.save(buffer, format=image_format)
    return buffer.getvalue()
