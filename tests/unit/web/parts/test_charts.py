"""Charts as SVG: every mark says what it is, and a threshold is a line."""

from __future__ import annotations

from page_reader import HOSTILE

from lineage.web import links
from lineage.web.parts.charts import Chart, Point


def drawn(*values: float | None, **other: object) -> str:
    """A chart of some values."""
    points = [Point(value=v, status="succeeded", text=f"run {n}") for n, v in enumerate(values)]
    return Chart(title="seconds", points=points, **other).__html__()  # type: ignore[arg-type]  # fields


def test_unknown_value_leaves_a_gap() -> None:
    """There is no mark for it, and the line passes by."""
    text = drawn(1.0, None, 3.0)

    assert text.count("<circle") == 2
    assert "<title>run 1</title>" not in text


def test_threshold_is_drawn_with_its_value() -> None:
    """It is within the picture, even above all values."""
    text = drawn(1.0, 2.0, thresholds=[8.0])

    assert '<line class="threshold" x1="70" x2="880" y1="16.0" y2="16.0"/>' in text
    assert "alert at 8" in text


def test_equal_and_no_values_are_drawn() -> None:
    """There is nothing to divide by."""
    assert drawn(0.0, 0.0).count("<circle") == 2
    assert "seconds: no value" in drawn(None)


def test_names_are_escaped() -> None:
    """Nothing of a name becomes markup."""
    for name in HOSTILE:
        point = Point(value=1, status=name, text=name, href=links.address("run", id=name))
        text = Chart(title=name, points=[point]).__html__()
        assert "<script" not in text
        assert "onload='x'" not in text
        assert "\x1b" not in text
