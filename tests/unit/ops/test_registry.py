"""Operations are found by name, and importing the package stays light."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Lineage
from small_tasks import configure, make_project

import lineage
import ops
import projections
from lineage.kernel.errors import ConfigurationError
from ops import registry
from ops.base import BaseOperation

PACKAGE = Path(ops.__file__).parent

LIGHT = """
import sys, ops, ops.registry
heavy = {"pandas", "pyarrow", "duckdb", "numpy", "matplotlib"}
print(*ops.registry.names(), *ops.__all__, *dir(ops), file=sys.stderr)
print(*heavy.intersection(sys.modules))
ops.registry.resolve("ProfileOperation")
print(*{"matplotlib", "duckdb"}.intersection(sys.modules))
"""

NEW_OPERATION = """
from dataclasses import dataclass

from ops.base import BaseOperation
from ops.registry import register
from ops.result import OperationResult


@register
@dataclass(kw_only=True)
class CountRowsOperation(BaseOperation):
    dataset_name: str

    def execute(self, data_source, task_dir, progress_tracker=None):
        rows = data_source.get_table(self.dataset_name).num_rows
        return OperationResult(metrics={"counted_rows": rows})
"""

TASK = """
from lineage.tasks import BaseTask


class CountTask(BaseTask):
    def __init__(self):
        super().__init__("t_count", "profiling", "Count rows")

    def configure_operations(self):
        self.add_operation(self.config.require("operation"), dataset_name="people")
"""


def test_importing_the_package_loads_no_data_library() -> None:
    """`lineage --help` must not wait for pandas; charts must not slow other operations."""
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout == "\n\n"


@pytest.mark.parametrize("name", sorted(registry.built_in()))
def test_built_in_operation_is_found_without_importing_it_first(name: str) -> None:
    """Every name of the table leads to a registered class of that name."""
    assert registry.resolve(name).__name__ == name
    assert registry.resolve(name) is registry.resolve(name)


def test_table_read_from_the_source_is_what_importing_registers() -> None:
    """No way of writing a registered class in this package escapes the table."""
    for file in PACKAGE.rglob("*.py"):
        importlib.import_module(".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts))
    of_the_package = {
        name: cls.__module__
        for name, cls in registry._registered.items()
        if cls.__module__.partition(".")[0] == "ops"
    }
    assert registry.built_in() == of_the_package


def test_type_checkers_see_what_is_loaded_on_demand() -> None:
    """The imports for type checkers name every built-in operation, from its module."""
    places = {name: module for name, (module, _) in ops._facade.places.items()}

    assert registry.built_in().items() <= places.items()


def install(folder: Path) -> None:
    """Copy the product's packages, which must be in one place."""
    for package in (ops, projections, lineage):
        shutil.copytree(Path(package.__path__[0]), folder / package.__name__)


def test_new_module_is_all_that_a_new_operation_needs(tmp_path: Path) -> None:
    """A class with `@register` runs by the name that a configuration gives it."""
    install(tmp_path / "installed")
    (tmp_path / "installed/ops/profiling/count_rows.py").write_text(NEW_OPERATION)
    with make_project(tmp_path / "project") as project:
        configure(
            project,
            "t_count",
            operation="CountRowsOperation",
            input_datasets={"people": "DATA/raw/people.csv"},
        )
        (project.root / "tasks").mkdir()
        (project.root / "tasks/count.py").write_text(TASK)
        command = Lineage(project.root)
    path = os.pathsep.join([str(tmp_path / "installed"), *sys.path])

    command("run", "t_count", PYTHONPATH=path)

    assert "counted_rows" in command("report", "t_count", "--json")


def test_new_module_is_exported_by_the_package(tmp_path: Path) -> None:
    """`from ops import CountRowsOperation` works without a further entry."""
    install(tmp_path)
    (tmp_path / "ops/count_rows.py").write_text(NEW_OPERATION)
    statement = "import ops; from ops import *; print(CountRowsOperation.__module__, dir(ops))"
    done = subprocess.run(
        [sys.executable, "-c", statement], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("ops.count_rows ")
    assert "'CountRowsOperation'" in done.stdout


@pytest.mark.parametrize("name", ops.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """What the package offers can be had, whether loaded at once or on demand."""
    assert getattr(ops, name) is not None


def test_unknown_public_name_is_an_attribute_error() -> None:
    """Loading on demand hides no mistake."""
    with pytest.raises(AttributeError, match="module 'ops' has no attribute 'DataWritter'"):
        getattr(ops, "DataWritter")  # noqa: B009  # mypy would see it


def test_unknown_operation_is_refused_with_close_names() -> None:
    """A misspelt name says what it may have meant."""
    with pytest.raises(ConfigurationError, match="expected one of ProfileOperation"):
        registry.resolve("ProfilOperation")


def test_built_in_name_cannot_be_taken() -> None:
    """A task that names a built-in operation gets it, whatever else was imported."""
    impostor = type("ProfileOperation", (BaseOperation,), {"execute": lambda: None})
    with pytest.raises(
        ConfigurationError, match=r" and ops\.profiling\.profile\.ProfileOperation have it"
    ):
        registry.register(impostor)
    assert "ProfileOperation" in registry.names()
