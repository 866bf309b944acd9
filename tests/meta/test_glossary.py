"""The glossary speaks of things that exist, under the names they have in the source."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from lineage import domain
from lineage.events import VOCABULARY
from lineage.project import LEDGER_FILE
from lineage.settings import STATE_FOLDER
from projections.catalog.opening import CATALOG_FILE

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs/glossary.md").read_text("utf-8")
ENTRIES = dict(re.findall(r"^\*\*(.+?)\*\* — (.+?)\n(?=\n|\Z)", GLOSSARY, re.MULTILINE | re.DOTALL))
"""Word to what is said of it."""

CODE = sorted(set(re.findall(r"`([^`]+)`", GLOSSARY)))
COMMENTED = re.compile(r"^comment on \w+ (?:\w+\.)?(\w+)", re.MULTILINE)
FORMATS = {"user@host"}
"""What is set as code and names nothing."""


@cache
def named() -> frozenset[str]:
    """Everything a reader meets: classes, modules, tables, columns, events, options, files."""
    names = {CATALOG_FILE, f"{STATE_FOLDER}/{LEDGER_FILE}"}
    names |= {cls.TOPIC for cls in VOCABULARY}
    names |= {f"{aggregate.lower()}:<id>" for aggregate in domain.__all__ if aggregate.isupper()}
    for source in [*(ROOT / "src").rglob("*.py"), *(ROOT / "projections").rglob("*.py")]:
        text = source.read_text("utf-8")
        names |= {source.stem, *re.findall(r'"(--[a-z-]+|LINEAGE_[A-Z]+)"', text)}
        names |= {n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ClassDef)}
    for sql in (ROOT / "projections/sql").glob("*.sql"):
        names |= set(COMMENTED.findall(sql.read_text("utf-8")))
    return frozenset(names)


def in_words(name: str) -> str:
    """Write a name as words: "RunStarted", "run_started" and "--run-started" are "run started"."""
    return " ".join(re.findall(r"[A-Z]?[a-z]+", name)).lower()


def test_words_are_in_order() -> None:
    """A reader finds a word where the alphabet puts it, and once."""
    words = re.findall(r"^\*\*(.+?)\*\*", GLOSSARY, re.MULTILINE)

    assert words == sorted(ENTRIES, key=str.lower)


@pytest.mark.parametrize("word", ENTRIES)
def test_word_is_one_of_the_source(word: str) -> None:
    """A word is part of a name in the source, or what is said of it gives the name."""
    names = [in_words(name) for name in named()]
    absent = [w for w in word.lower().split(", ") if not any(w in name for name in names)]

    assert not absent or "`" in ENTRIES[word]


@pytest.mark.parametrize("code", CODE)
def test_name_in_the_glossary_exists(code: str) -> None:
    """What is set as code is a class, table, column, event, option, variable, stream or file."""
    assert code in named() | FORMATS
