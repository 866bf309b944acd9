"""Figures of three libraries become files without notes, the same each time."""

from __future__ import annotations

import importlib.util
import io
import json
from pathlib import Path
from typing import Any, Literal

import plotly.graph_objects as go
import pytest
from matplotlib.figure import Figure
from PIL import Image

from ops.data.writer import DataWriteError, DataWriter


@pytest.fixture
def writer(tmp_path: Path) -> DataWriter:
    """A writer of a task."""
    return DataWriter(tmp_path)


def test_plotly_is_written_without_further_packages(writer: DataWriter) -> None:
    """As a page with all it needs, and as JSON; equal figures give equal bytes."""
    pages = [writer.write_visualization(go.Figure(), name, format="html") for name in "ab"]
    document = writer.write_visualization(go.Figure(go.Bar(y=[1])), "c", format="json")

    assert pages[0].sha256 == pages[1].sha256
    assert b"cdn.plot" not in pages[0].path.read_bytes()[:2_000]
    assert json.loads(document.path.read_text())["data"][0]["type"] == "bar"


@pytest.mark.skipif(importlib.util.find_spec("kaleido") is not None, reason="kaleido is there")
@pytest.mark.parametrize("image", ["png", "svg"])
def test_plotly_image_without_kaleido_names_it(
    writer: DataWriter, image: Literal["png", "svg"]
) -> None:
    """The error says what to install."""
    with pytest.raises(DataWriteError, match="pip install kaleido"):
        writer.write_visualization(go.Figure(), "a", format=image)
    assert list(writer.task_dir.iterdir()) == []


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
def test_image_is_written_without_its_notes(
    writer: DataWriter, image_format: Literal["png", "jpeg", "webp"]
) -> None:
    """Where and when a photograph was taken is not published."""
    image = Image.new("RGBA", (3, 2), "red")
    image.info = {"comment": "Margarethe"}
    image.getexif()[270] = "Margarethe"
    result = writer.write_visualization(image, "a", format=image_format)
    content = result.path.read_bytes()

    assert b"Margarethe" not in content
    assert Image.open(io.BytesIO(content)).size == (3, 2)
    assert image.info == {"comment": "Margarethe"}
    assert image.getexif()[270] == "Margarethe"


@pytest.mark.parametrize(
    ("figure", "image_format", "match"),
    [
        ("a text", "png", "a value of type builtins.str"),
        (Figure(), "html", "expected one of png, svg"),
        (Image.new("L", (1, 1)), "svg", "expected one of png, jpeg, webp"),
        (go.Figure(), "jpeg", "expected one of html, json"),
    ],
)
def test_figure_that_has_no_such_form_is_refused(
    writer: DataWriter, figure: Any, image_format: Any, match: str
) -> None:
    """The error lists what there is for this kind."""
    with pytest.raises(DataWriteError, match=match):
        writer.write_visualization(figure, "a", format=image_format)


def test_figure_is_encrypted(writer: DataWriter) -> None:
    """What reaches the disk is no picture."""
    result = writer.write_visualization(
        Image.new("L", (1, 1)), "a", encryption_key="0f" * 32, encryption_mode="simple"
    )
    assert result.is_encrypted
    assert b"PNG" not in result.path.read_bytes()
