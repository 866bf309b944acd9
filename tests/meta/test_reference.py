"""The generated reference leaves nothing out and says something of everything."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import typer
from reference_pages import configuration
from reference_pages.python_api import PACKAGES

from lineage.cli.main import app
from lineage.settings import ProjectSettings
from lineage.tasks.config import sources
from lineage.tasks.config.values import TaskValues
from ops import registry

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference"
SOURCES = [*(ROOT / "src").rglob("*.py"), *(ROOT / "projections").rglob("*.py")]
KEYS = {*ProjectSettings.model_fields, *TaskValues.model_fields}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_has_a_section(package: str) -> None:
    """What `__all__` exports is on the page of its package."""
    page = (REFERENCE / f"python-api/{package}.md").read_text("utf-8").replace("\\", "")
    names = importlib.import_module(package).__all__

    assert [name for name in names if f"\n## {name}\n" not in page] == []


@pytest.mark.parametrize("name", sorted(registry.built_in()))
def test_every_operation_has_a_section_with_its_parameters(name: str) -> None:
    """A parameter is a row of a table in the section of its operation."""
    page = (REFERENCE / "operations.md").read_text("utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    parameters = registry.resolve(name).__init__.__annotations__.keys() - {"return"}

    assert parameters
    assert [p for p in parameters if f"\n| `{p}` | `" not in section] == []


def test_every_command_has_a_section_with_its_options() -> None:
    """An option that `--help` shows is on the page."""
    page = (REFERENCE / "command-line.md").read_text("utf-8")
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]  # it is a group
        section = page.partition(f"\n## lineage {name}\n")[2].partition("\n## ")[0]
        shown = [p for p in command.params if not getattr(p, "hidden", False)]
        options = [option for p in shown for option in p.opts if option.startswith("-")]
        assert section, name
        assert [option for option in options if option not in section] == [], name


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_has_type_and_meaning(key: str) -> None:
    """A key of the project's or a task's file is a row that ends with a meaning."""
    page = (REFERENCE / "configuration.md").read_text("utf-8")
    assert re.search(rf"^\| `{key}` \| `[^`]+` \| [^|]+ \| \S.* \|$", page, re.MULTILINE)


def test_every_variable_of_the_product_has_a_meaning() -> None:
    """A variable that the source names as a whole is listed."""
    named = {
        name
        for source in SOURCES
        for name in re.findall(r"\bLINEAGE_[A-Z]+(?:_[A-Z]+)*\b", source.read_text("utf-8"))
    }
    page = (REFERENCE / "configuration.md").read_text("utf-8")

    assert named - {"LINEAGE_T"} <= sources.VARIABLES.keys()
    assert [name for name in sources.VARIABLES if f"| `{name}` | " not in page] == []


def test_pages_do_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever generates the reference gets the same pages."""
    before = configuration.pages()
    monkeypatch.setenv("LINEAGE_SEED", "5")
    assert configuration.pages() == before
