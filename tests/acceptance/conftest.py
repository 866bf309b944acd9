"""One demo project, run once and copied for the tests that change it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import Lineage
from copies import copied, empty_catalog, shared


@pytest.fixture(scope="session")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> Lineage:
    """A demo project after one `lineage demo`; tests must not change it."""
    return Lineage(shared(tmp_path_factory, "demo", _run_demo) / "project")


def _run_demo(folder: Path) -> None:
    root = folder / "project"
    root.mkdir()
    (folder / "screen.txt").write_text(Lineage(root)("demo", str(root)))


@pytest.fixture
def demo(finished_demo: Lineage, tmp_path: Path) -> Lineage:
    """A copy of the finished demo project, to be changed."""
    root = tmp_path / "project"
    shutil.copytree(finished_demo.root, root)
    return Lineage(root)


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Lineage]:
    """Makes a small project with one task script and its configuration."""

    def make(script: str, *, config: dict[str, Any] | None = None, **files: str | bytes) -> Lineage:
        root = tmp_path / "small"
        (root / "configs").mkdir(parents=True)
        (root / "DATA/raw").mkdir(parents=True)
        (root / "configs/prj_config.json").write_text(
            json.dumps({"project": "small", "tasks": {"t_one": "task.py"}})
        )
        (root / "configs/t_one.json").write_text(json.dumps(config or {}))
        (root / "task.py").write_text(script)
        for name, content in files.items():
            path = root / "DATA/raw" / name.replace("__", ".")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        copied(empty_catalog, root)
        return Lineage(root)

    return make
