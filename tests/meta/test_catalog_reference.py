"""The catalog is public: every name has a meaning, and none changes unseen."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/catalog.txt"
PAGE = ROOT / "docs/reference/catalog.md"


def _load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = _load_generator()
RELATIONS = generate.relations()


def listing() -> str:
    """Every table and view with its columns and their types, as text."""
    blocks = (
        "\n".join(
            [f"{relation.kind} {relation.name}"]
            + [f"  {name} {kind}" for name, kind, _ in relation.columns]
        )
        for relation in RELATIONS
    )
    return "\n\n".join(blocks) + "\n"


def test_catalog_has_the_tables_columns_and_types_it_had() -> None:
    """A change of the public catalog is a change of the golden file, and so seen in review.

    `python tests/meta/test_catalog_reference.py` writes it anew.
    """
    assert listing() == GOLDEN.read_text("utf-8")


def test_catalog_has_what_the_design_promises() -> None:
    """The names that most questions need are there."""
    assert set(generate.PUBLIC) <= {relation.name for relation in RELATIONS}


@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_relation_and_its_columns_have_meanings(relation: object) -> None:
    """Each is a sentence, stands on the page, and does not only repeat the name."""
    assert isinstance(relation, generate.Relation)
    page = PAGE.read_text("utf-8")
    meanings = {relation.name: relation.meaning} | {n: m for n, _, m in relation.columns}

    assert f"\n### {relation.name}\n" in page
    assert [name for name, meaning in meanings.items() if not meaning.endswith(".")] == []
    assert [name for name, meaning in meanings.items() if len(meaning.split()) < 2] == []


def test_files_on_disk_are_documented_like_a_table() -> None:
    """The table that is added on demand has its section, too."""
    assert "\n### disk_files\n" in PAGE.read_text("utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(listing(), "utf-8")
    sys.stdout.write(f"{GOLDEN.relative_to(ROOT)}\n")
