"""The SQL beside a module is what the module asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lineage.kernel.packages.statements import sections, statements

ROOT = Path(__file__).parents[4]
BESIDE = sorted(
    file
    for package in ("projections", "src/ops")
    for file in (ROOT / package).rglob("*.sql")
    if file.with_suffix(".py").exists()
)

PARTS = [file for file in BESIDE if file.read_text("utf-8").startswith("-- Parts of")]


def test_script_is_split_at_the_names_of_its_statements() -> None:
    """What precedes the first name belongs to none; a comment stays with its statement."""
    script = "-- about the file\n-- @one\n-- what a row is\nselect 1;\n\n-- @two\nselect 2;\n"

    found = sections(script)

    assert found == {"one": "-- what a row is\nselect 1;", "two": "select 2;"}


@pytest.mark.parametrize("file", [f for f in BESIDE if f not in PARTS], ids=lambda file: file.stem)
def test_every_statement_is_named_by_its_module_and_the_reverse(file: Path) -> None:
    """No statement is left over, and none is missing."""
    asked = re.findall(r'_SQL\["([a-z_]+)"\]', file.with_suffix(".py").read_text("utf-8"))

    found = statements(_module(file))

    assert set(asked) == set(found)
    assert all(text.endswith(";") for text in found.values())


@pytest.mark.parametrize("file", PARTS, ids=lambda file: file.stem)
def test_every_part_of_a_statement_is_named_by_a_module_beside_it(file: Path) -> None:
    """Some statements are put together of parts; a part that none has is left over."""
    beside = "".join(module.read_text("utf-8") for module in file.parent.glob("*.py"))
    named = re.findall(r'"([a-z_]+)"', beside)

    assert set(statements(_module(file))) <= set(named)


def _module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removeprefix("src.")
