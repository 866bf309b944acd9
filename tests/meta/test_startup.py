"""Which heavy packages each kind of command loads: each costs every process that does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_tasks import make_one_run

HEAVY = frozenset(
    {
        *("duckdb", "numpy", "pandas", "pyarrow", "networkx", "matplotlib"),
        *("rich", "yaml", "cryptography", "prompt_toolkit", "jinja2"),
        *("filelock", "tenacity", "psutil", "http", "lineage.domain.run", "lineage.tasks"),
    }
)
"""Whatever takes ten milliseconds or more to import and is not needed by all."""

COMMANDS = {
    "import": ("-c", "import lineage, lineage.tasks, ops, projections"),
    "task": ("-c", "from lineage.tasks import BaseTask"),
    "runs": ("-m", "lineage", "runs"),
    "show": ("-m", "lineage", "show", "t_one"),
    "report": ("-m", "lineage", "report", "t_one"),
    "log": ("-m", "lineage", "log", "--json"),
    "query": ("-m", "lineage", "query", "select started_at, status from runs"),
    "graph": ("-m", "lineage", "graph", "--upstream", "DATA/raw/people.csv"),
    "checkpoints": ("-m", "lineage", "checkpoints"),
}
LOADED = {
    "import": {"lineage.tasks", "psutil"},
    "task": {"duckdb", "filelock", "lineage.domain.run", "lineage.tasks", "psutil"},
    "graph": {"duckdb", "networkx"},
}
"""What else than DuckDB a command needs."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after one run, with its catalog."""
    root = tmp_path_factory.mktemp("history") / "project"
    make_one_run(root)
    return root


@pytest.mark.parametrize("name", COMMANDS)
def test_command_loads_no_more_than_it_needs(project: Path, name: str) -> None:
    """A question needs DuckDB and little else, whoever imports what."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *COMMANDS[name]],
        cwd=project,
        env={k: v for k, v in os.environ.items() if not k.startswith("LINEAGE_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    loaded = {
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    }

    assert loaded & HEAVY <= LOADED.get(name, {"duckdb"})
