"""pyproject.toml and constraints.txt say what the source needs."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = frozenset({"lineage", "ops", "projections"})
TEST_SUPPORT = frozenset(path.stem for path in (ROOT / "tests").rglob("*.py")) | {
    *("crash", "full_demo", "reference_pages", "vendor"),
}
"""Modules that tests share, a package of them, and scripts of `docs`."""

BROUGHT_ALONG = frozenset({"pydantic-core"})
"""What a declared distribution brings along in one exact version and lets its users import."""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(requirements: list[str]) -> set[str]:
    return {_normal(re.split(r"[^\w.-]", text, maxsplit=1)[0]) for text in requirements}


def _imported_distributions(*folders: str) -> set[str]:
    modules = set()
    for source in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            match node:
                case ast.Import():
                    modules |= {alias.name.split(".")[0] for alias in node.names}
                case ast.ImportFrom(level=0, module=str()):
                    modules.add(str(node.module).split(".")[0])
    known = packages_distributions()
    foreign = modules - sys.stdlib_module_names - OURS - TEST_SUPPORT
    return {_normal(name) for module in foreign for name in known.get(module, [module])}


def test_every_import_is_declared_and_every_declaration_imported() -> None:
    """A user installs what the product imports, and nothing else."""
    extras = PROJECT["optional-dependencies"]
    optional = {n for key, needs in extras.items() if key not in {"dev", "test"} for n in needs}
    declared = _names(PROJECT["dependencies"])
    imported = _imported_distributions("src", "projections")

    assert declared - imported == set()
    assert imported - declared - _names(sorted(optional)) - BROUGHT_ALONG == set()


def test_tests_import_only_what_their_extra_installs() -> None:
    """`make test` works in an environment that was never used for development."""
    installed = _names([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]])

    assert _imported_distributions("tests") - installed - BROUGHT_ALONG == set()


def test_constraints_name_one_exact_version_of_every_requirement() -> None:
    """`make` installs the same versions everywhere; constraints.txt holds versions only."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    extras = [text for needs in PROJECT["optional-dependencies"].values() for text in needs]

    assert [line for line in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert _names([*PROJECT["dependencies"], *extras]) - _names(pins) == set()
    assert pins == sorted(pins, key=lambda pin: pin.split("==")[0].lower())
