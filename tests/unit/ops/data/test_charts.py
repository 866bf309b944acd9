"""Charts have a largest size, however many columns a table has."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from ops.data import charts


def size_of(png: bytes) -> tuple[int, int]:
    """Return width and height of an image."""
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("count", [1, 3, 81, 499, 501, 1_300])
def test_heat_map_has_a_largest_size(count: int) -> None:
    """Cells and labels shrink or thin out beyond what a page can show."""
    labels = [f"column {n}" for n in range(count)]
    figure = charts.heat_map(labels, np.full((count, count), 0.5), "t")
    width, height = size_of(charts.render(figure, "png"))
    assert max(width, height) < 3_000


def test_cells_of_a_large_heat_map_keep_what_is_strong() -> None:
    """One strong pair among a million is still seen, with its sign, and the title says how."""
    matrix = np.full((1_201, 1_201), np.nan)
    matrix[7, 1_200] = -0.9
    figure = charts.heat_map([f"c{n}" for n in range(1_201)], matrix, "pairs")
    drawn = figure.axes[0].images[0].get_array()
    assert drawn is not None
    assert drawn.shape == (401, 401)
    assert (drawn[2, 400], drawn.count()) == (-0.9, 1)
    assert figure.axes[0].get_title() == "pairs (a cell is the strongest of 3 x 3 pairs)"


def test_bars_have_a_largest_size() -> None:
    """The first columns are drawn, and the title says of how many."""
    labels = [f"column {n}" for n in range(3_000)]
    figure = charts.bars(labels, {"missing": [0.5] * 3_000}, "t")
    assert max(size_of(charts.render(figure, "png"))) < 4_000
    assert figure.axes[0].get_title() == "t (the first 120 of 3,000 columns)"


def test_long_label_is_shortened() -> None:
    """A name of any length leaves room for the chart."""
    figure = charts.bars(["x" * 10_000], {"missing": [0.5]}, "t")
    assert len(figure.axes[0].get_yticklabels()[0].get_text()) == 40
