"""A project with many runs and a large graph: the histories that are measured, for tests."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

import pytest

from lineage import settings
from lineage.project import Project

_BENCHMARKS: Final = Path(__file__).parents[1] / "benchmarks"
_NODES_OF_A_JOB: Final = 2


def make(root: Path, *, runs: int, nodes: int) -> None:
    """Make a project with so many runs, and a graph of so many nodes besides.

    Args:
        root: Its folder.
        runs: Runs that succeeded, warned or failed, of forty tasks.
        nodes: Files and operations that go together in layers.
    """
    settings.make_project(root, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(_BENCHMARKS)
        rebuild_rate = importlib.import_module("rebuild_rate")
        graph_page = importlib.import_module("graph_page")
    with Project(root) as project:
        graph_page.append(project.ledger, nodes // _NODES_OF_A_JOB)
        rebuild_rate.append_runs(project.state_folder, runs * rebuild_rate.EVENTS_OF_A_RUN)
        project.catalog().close()
