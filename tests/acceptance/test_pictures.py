"""The picture of the README shows what the demo shows."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from command_line import Lineage

from lineage.project import Project

ROOT = Path(__file__).parents[2]


def without_digests(text: str) -> str:
    """Replace digests: those of Parquet files change with the version of its writer."""
    return re.sub(r"\b[0-9a-f]{8}\b", "<digest>", text)


def test_picture_of_the_readme_is_fresh(finished_demo: Lineage) -> None:
    """Drawing the demo again gives the picture that the README shows."""
    pictures = runpy.run_path(str(ROOT / "docs/pictures.py"))

    with Project.open(finished_demo.root) as project:
        drawn = pictures["picture"](project)

    assert without_digests(drawn) == without_digests(pictures["PICTURE"].read_text("utf-8"))
