"""Operations are found by name, and importing the package stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ops
from lineage.kernel.errors import ConfigurationError
from ops import registry
from ops.base import BaseOperation

LIGHT = """
import sys, ops, ops.registry
heavy = {"pandas", "pyarrow", "duckdb", "numpy", "matplotlib"}
print(*heavy.intersection(sys.modules))
ops.registry.resolve("ProfileOperation")
print(*{"matplotlib", "duckdb"}.intersection(sys.modules))
"""


def test_importing_the_package_loads_no_data_library() -> None:
    """`lineage --help` must not wait for pandas; charts must not slow other operations."""
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout == "\n\n"


@pytest.mark.parametrize("name", sorted(registry._BUILT_IN))
def test_built_in_operation_is_found_without_importing_it_first(name: str) -> None:
    """Every name of the table leads to a registered class of that name."""
    assert registry.resolve(name).__name__ == name
    assert registry.resolve(name) is registry.resolve(name)


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
    with pytest.raises(ConfigurationError, match=r"not taken by ops\.profile\.ProfileOperation"):
        registry.register(impostor)
    assert "ProfileOperation" in registry.names()
