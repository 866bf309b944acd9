"""What can be imported from the package itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

import projections


@pytest.mark.parametrize("name", projections.__all__)
def test_public_name_is_there(name: str) -> None:
    """Also what is imported only when it is first used."""
    assert getattr(projections, name) is not None


def test_unknown_name_is_refused() -> None:
    """A misspelt name is an error of Python's usual kind."""
    with pytest.raises(AttributeError, match="has no attribute 'relpay'"):
        getattr(projections, "relpay")  # noqa: B009  # a name that type checkers refuse


def test_package_loads_no_document() -> None:
    """A command that asks one question does not import the answers to others."""
    program = "import sys, projections; print([m for m in sys.modules if '.documents.' in m])"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"
