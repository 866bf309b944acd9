"""`lineage operations` tells what a task can name, and what that takes and reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Lineage
from small_tasks import make_project

OWN = '''
from dataclasses import dataclass

from ops import BaseOperation, OperationResult, register


@register
@dataclass(kw_only=True)
class CountTowns(BaseOperation):
    """Counts the towns of a dataset.

    Attributes:
        dataset_name: The dataset.
        least: Fewest people of a town that counts.

    Metrics:
        towns: How many there are.
    """

    dataset_name: str
    least: int = 3

    def execute(self, data_source, task_dir):
        return OperationResult(metrics={"towns": 1})
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with an operation of its own, and a module that cannot be imported."""
    root = tmp_path_factory.mktemp("operations") / "project"
    make_project(root).close()
    (root / "tasks").mkdir()
    (root / "tasks/towns.py").write_text(OWN)
    (root / "tasks/broken.py").write_text("import nowhere_to_be_found")
    return root


def test_list_has_built_in_operations_and_those_of_the_project(project: Path) -> None:
    """Each is one line with what it does and where it is; a broken module is named."""
    done = Lineage(project).process("operations")

    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert done.returncode == 0, done.stderr
    assert "Counts the towns of a dataset." in lines["CountTowns"]
    assert lines["CountTowns"].endswith("tasks.towns")
    assert lines["ProfileOperation"].endswith("built-in")
    assert "nowhere_to_be_found" in done.stderr


def test_operation_of_the_project_is_described(project: Path) -> None:
    """Its parameters, with types, defaults and meanings, and its metrics are shown."""
    shown = " ".join(Lineage(project)("operations", "CountTowns").split())

    assert "CountTowns (tasks.towns) Counts the towns of a dataset." in shown
    assert "dataset_name str required The dataset." in shown
    assert "least int 3 Fewest people of a town that counts." in shown
    assert "towns How many there are." in shown


def test_json_has_everything(project: Path) -> None:
    """A program gets the same facts as a person."""
    described = json.loads(Lineage(project)("operations", "IngestOperation", "--json"))

    assert described["columns"][0]["effects"] == ["identity", "transformation"]
    assert described["parameters"][0] == {
        "name": "dataset_name",
        "type": "str",
        "default": None,
        "is_required": True,
        "meaning": "The raw dataset.",
    }
    assert described["schema"]["required"] == ["dataset_name", "schema"]
    assert described["schema"]["properties"]["dataset_name"]["type"] == "string"
    listed = json.loads(Lineage(project)("operations", "--json"))
    assert described in listed


def test_built_in_operations_need_no_project(tmp_path: Path) -> None:
    """Whoever has only installed the package can look around; a named project must exist."""
    assert "KAnonymizeOperation" in Lineage(tmp_path)("operations")
    missing = Lineage(tmp_path).process("operations", "--project", str(tmp_path / "none"))
    assert missing.returncode == 2


def test_unknown_name_is_refused_with_close_ones(project: Path) -> None:
    """A misspelt name says what it may have meant."""
    done = Lineage(project).process("operations", "CountTown")

    assert (done.returncode, done.stdout) == (2, "")
    assert "expected one of CountTowns" in done.stderr
