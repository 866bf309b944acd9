"""A template is a task that works as it is."""

from __future__ import annotations

import ast
import csv
import json
from pathlib import Path

import pytest
from command_line import Lineage

from lineage import settings
from lineage.kernel.errors import ConfigurationError, PathRefusedError
from lineage.project import Project
from lineage.tasks.registry import find_task
from lineage.tasks.templates import template_files, template_names, write_template

TEMPLATES = template_names()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A new project."""
    settings.make_project(tmp_path)
    return tmp_path


def test_simple_is_there() -> None:
    """There is a template to start from."""
    assert "simple" in TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES)
def test_template_is_run_by_the_command_line(root: Path, template: str) -> None:
    """A template runs to the end with `lineage run`, untouched."""
    written = write_template(template, root)
    task_id = next(path.stem for path in written if path.parent.name == "tasks")
    lineage = Lineage(root)
    run = lineage.json("run", task_id)
    assert run["status"] == "succeeded"
    assert [artifact["uri"] for artifact in run["artifacts"]]
    assert (root / f"DATA/reports/{task_id}_report.json").is_file()


@pytest.mark.parametrize("template", TEMPLATES)
def test_template_has_task_configuration_and_data(template: str) -> None:
    """Module, configuration and data are well formed and belong together."""
    files = template_files(template)
    module = next(name for name in files if name.startswith("tasks/"))
    task_id = Path(module).stem
    assert ast.get_docstring(ast.parse(files[module]))
    assert json.loads(files[f"configs/{task_id}.json"])["task_id"] == task_id
    data = [name for name in files if name.startswith("DATA/raw/")]
    assert all(len(list(csv.reader(files[name].decode().splitlines()))) > 1 for name in data)


def test_simple_task_shows_no_rare_value(root: Path) -> None:
    """The profile of the simple template names no person and no city of fewer than k people."""
    write_template("simple", root)
    with Project(root) as project:
        assert find_task(project, "t_simple").run()
    profile = (root / "DATA/processed/t_simple/dictionaries/people_profile.json").read_text()
    assert "Invented Person" not in profile


def test_files_that_are_there_stay(root: Path) -> None:
    """Writing a template again gives back nothing and changes nothing."""
    write_template("simple", root)
    changed = root / "configs/t_simple.json"
    changed.write_text("{}")
    assert write_template("simple", root) == []
    assert changed.read_text() == "{}"


def test_unknown_template_is_told_with_those_there_are(root: Path) -> None:
    """A mistyped name lists the right ones."""
    with pytest.raises(ConfigurationError, match=r"'sample'.*simple"):
        write_template("sample", root)


def test_link_out_of_the_project_is_refused(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A template writes nothing outside the project."""
    (root / "tasks").symlink_to(tmp_path_factory.mktemp("outside"))
    with pytest.raises(PathRefusedError, match="tasks"):
        write_template("simple", root)


def test_folder_that_cannot_be_written_is_told(root: Path) -> None:
    """A file where a folder should be is one clear error."""
    (root / "tasks").write_text("in the way")
    with pytest.raises(ConfigurationError, match="a folder that can be written"):
        write_template("simple", root)
