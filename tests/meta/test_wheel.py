"""The wheel works where the checkout is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]


def _run(*command: str | Path, cwd: Path) -> str:
    """Run a command outside the checkout, without settings that could lead back to it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LINEAGE_"))}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=kept,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout without touching an index."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel")
    _run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; dependencies come from this one, the checkout does not.

    A path file is not searched for further path files, so the editable installation of this
    environment stays out of sight.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    _run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    install = ("--python", python, "install", "--no-deps", "--no-index", wheel)
    _run(*pip, *install, cwd=folder.parent)
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = Path(_run(python, "-c", purelib, cwd=folder.parent).strip())
    dependencies = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (site_packages / "dependencies.pth").write_text("\n".join(dependencies) + "\n")
    return folder


@pytest.fixture(scope="module")
def binaries(venv: Path) -> Path:
    """The folder of the environment's programs."""
    return venv / ("Scripts" if os.name == "nt" else "bin")


def test_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Source, SQL, templates and the marks that say the packages are typed are shipped."""
    parents = (ROOT / "src/lineage", ROOT / "src/ops", ROOT / "projections")
    paths = [path for parent in parents for path in parent.rglob("*") if path.is_file()]
    kept = [path for path in paths if "__pycache__" not in path.parts]
    files = {path.relative_to(ROOT).as_posix().removeprefix("src/") for path in kept}

    assert {PurePosixPath(name).suffix for name in files} >= {".py", ".sql"}
    assert files - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_wheel_holds_the_demo_the_licence_and_the_notice(wheel: Path) -> None:
    """The demo needs no download, and the data's attribution goes with the data."""
    names = set(zipfile.ZipFile(wheel).namelist())
    configurations = [f"configs/{path.name}" for path in (ROOT / "configs").glob("*_*.json")]
    demo = {"DATA/raw/adult.csv.gz", *configurations} - {"configs/execution_log.json"}

    assert {f"lineage/demo/files/{name}" for name in demo} <= names
    assert {"LICENSE", "NOTICE"} <= {name.rpartition("/")[2] for name in names}


def test_wheel_holds_no_tests(wheel: Path) -> None:
    """Only the three packages and the metadata are installed."""
    folders = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {f for f in folders if not f.endswith(".dist-info")} == {"lineage", "ops", "projections"}


def test_installed_packages_are_the_wheels(venv: Path, binaries: Path, tmp_path: Path) -> None:
    """The environment imports the wheel, not the checkout."""
    code = (
        "import json, lineage, ops, projections;"
        "print(json.dumps([m.__file__ for m in (lineage, ops, projections)]))"
    )
    files = json.loads(_run(binaries / "python", "-c", code, cwd=tmp_path))

    assert [f for f in files if not Path(f).is_relative_to(venv)] == []


def test_installed_demo_runs(binaries: Path, tmp_path: Path) -> None:
    """`lineage demo` works right after `pip install`."""
    screen = _run(binaries / "lineage", "demo", tmp_path / "demo", cwd=tmp_path)

    assert screen.strip()
    assert (tmp_path / "demo/.lineage").is_dir()
