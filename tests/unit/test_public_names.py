"""What can be imported from the packages themselves."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from types import ModuleType

import pytest

import ops
import projections
from lineage import tasks
from projections import dependency_graph

PACKAGES = [ops, projections, dependency_graph, tasks]
NAMES = [pytest.param(p, name, id=f"{p.__name__}.{name}") for p in PACKAGES for name in p.__all__]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_public_name_is_there(package: ModuleType, name: str) -> None:
    """Every name is imported when it is first used, and listed."""
    assert getattr(package, name) is not None
    assert name in dir(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_of_a_package_hides_a_name(package: ModuleType) -> None:
    """Python gives a package an attribute for each of its modules that is imported."""
    modules = {one.name for one in pkgutil.iter_modules(package.__path__)}

    assert modules & {*package.__all__} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_unknown_name_is_refused(package: ModuleType) -> None:
    """A misspelt name is an error of Python's usual kind."""
    with pytest.raises(AttributeError, match="has no attribute 'relpay'"):
        getattr(package, "relpay")  # noqa: B009  # a name that type checkers refuse


def test_module_is_handed_on_under_another_name() -> None:
    """A module of another package can be a public name, too."""
    assert tasks.execution_log.__name__ == "lineage.execution_log.functions"


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        ("projections", ".documents."),
        ("lineage.tasks", "duckdb"),
        ("ops", "pyarrow"),
        ("lineage.web.serving", "numpy"),
        ("lineage.web.serving", "networkx"),
        ("lineage.tasks.execution.children.child_main", "lineage.ledger"),
    ],
)
def test_module_loads_only_what_it_needs(module: str, needless: str) -> None:
    """A command or child of a run starts without what it does not use."""
    program = f"import sys, {module}; print([m for m in sys.modules if {needless!r} in m])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"
