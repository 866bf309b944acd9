"""The SQL beside a module is what the module asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projections.catalog.statements import sections, statements

ROOT = Path(__file__).parents[4]
BESIDE = sorted(
    file for file in (ROOT / "projections").rglob("*.sql") if file.with_suffix(".py").exists()
)


def test_script_is_split_at_the_names_of_its_statements() -> None:
    """What precedes the first name belongs to none; a comment stays with its statement."""
    script = "-- about the file\n-- @one\n-- what a row is\nselect 1;\n\n-- @two\nselect 2;\n"

    found = sections(script)

    assert found == {"one": "-- what a row is\nselect 1;", "two": "select 2;"}


@pytest.mark.parametrize("file", BESIDE, ids=lambda file: file.stem)
def test_every_statement_is_named_by_its_module_and_the_reverse(file: Path) -> None:
    """No statement is left over, and none is missing."""
    module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    asked = re.findall(r'_SQL\["([a-z_]+)"\]', file.with_suffix(".py").read_text("utf-8"))

    found = statements(module)

    assert set(asked) == set(found)
    assert all(text.endswith(";") for text in found.values())
