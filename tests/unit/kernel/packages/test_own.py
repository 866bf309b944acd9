"""The packages beside `lineage` are its own, or the one in the way is named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lineage.kernel.packages import own
from lineage.kernel.packages.own import ShadowedPackageError


def run_script(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a Python script in a folder, which comes first on Python's path."""
    (folder / "script.py").write_text(text)
    command = [sys.executable, str(folder / "script.py")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("entry", ["ops/__init__.py", "projections/__init__.py", "ops.py"])
def test_package_beside_a_script_is_named_in_one_line(tmp_path: Path, entry: str) -> None:
    """A script that would import a foreign package ends with its path and what to do."""
    (tmp_path / entry).parent.mkdir(exist_ok=True)
    (tmp_path / entry).touch()

    done = run_script(tmp_path, "import lineage")

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert repr(str(tmp_path / entry.removesuffix("/__init__.py"))) in line
    assert "rename it" in line


@pytest.mark.parametrize("entry", ["__init__.py", "without_init.py"])
def test_package_that_is_imported_already_is_named(tmp_path: Path, entry: str) -> None:
    """A program that imported its own package first gets an ImportError that it can catch."""
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / entry).touch()

    done = run_script(
        tmp_path,
        "import sys; path = sys.path[:]; del sys.path[1:]; import ops; sys.path[:] = path\n"
        "try:\n import lineage\nexcept ImportError as e:\n print(e)",
    )

    assert done.returncode == 0
    assert repr(str(tmp_path / "ops")) in done.stdout


def test_folder_that_is_no_package_hides_nothing(tmp_path: Path) -> None:
    """A folder of data called ops, without Python code, is not in the way."""
    (tmp_path / "ops").mkdir()

    done = run_script(tmp_path, "import lineage, ops; print(ops.BaseOperation.__name__)")

    assert (done.stdout, done.stderr) == ("BaseOperation\n", "")


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without one of the packages says so."""
    monkeypatch.setattr(own, "PACKAGES", ("no_such_package",))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    with pytest.raises(ShadowedPackageError, match=r"'no_such_package'.* is missing"):
        own.check()


def test_check_imports_no_package(tmp_path: Path) -> None:
    """`import lineage` stays quick: it loads neither package nor pandas."""
    done = run_script(
        tmp_path, "import lineage, sys; print({'ops', 'projections', 'pandas'} & {*sys.modules})"
    )

    assert done.stdout == "set()\n"
