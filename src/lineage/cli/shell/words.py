"""Completions: names of the catalog, keywords, functions and commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from projections import Catalog
from projections.catalog import schema

_WORD: Final = re.compile(r"[\w.-]*$")
_MEMBER: Final = re.compile(r"(\w+)\.(\w*)$")
_AFTER_TABLE_WORD: Final = re.compile(
    r"\b(?:from|join|describe|summarize|into)\s+(?:\w+\s*,\s*)*\w*$", re.IGNORECASE
)
_MENTIONED: Final = re.compile(r"\b(?:from|join)\s+(\w+)(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)

Proposal = tuple[str, str]
"""A word, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything that can be completed.

    Attributes:
        tables: Name to meaning.
        columns: Table to the names and meanings of its columns.
        others: Keywords and functions.
        commands: Dot commands.
    """

    tables: Mapping[str, str]
    columns: Mapping[str, Sequence[Proposal]]
    others: Sequence[str]
    commands: Sequence[str]


def load_words(catalog: Catalog, commands: Sequence[str]) -> Words:
    """Read the names of a catalog."""
    # shorter names belong to the tables used most
    tables = sorted(schema.tables(catalog).rows(), key=lambda row: (len(row["name"]), row["name"]))
    columns: dict[str, list[Proposal]] = {}
    for row in schema.columns(catalog).rows():
        columns.setdefault(row["table"], []).append((row["column"], row["meaning"] or ""))
    return Words(
        tables={row["name"]: row["meaning"] or "" for row in tables},
        columns=columns,
        others=schema.words(catalog),
        commands=commands,
    )


def propose(words: Words, text: str, before: str) -> tuple[str, list[Proposal]]:
    """Return the typed part of a word, and its completions, likeliest first.

    Args:
        words: What can be completed.
        text: The whole text.
        before: The part before the cursor.
    """
    if before.lstrip().startswith("."):
        return _command(words, before.lstrip())
    if member := _MEMBER.search(before):
        table = _aliases(text).get(member[1].lower(), member[1])
        return member[2], list(_beginning(member[2], words.columns.get(table, ())))
    found = _WORD.search(before)
    typed = found[0] if found else ""
    if _AFTER_TABLE_WORD.search(before):
        return typed, list(_beginning(typed, words.tables.items()))
    return typed, list(_beginning(typed, _anything(words, text)))


def _command(words: Words, before: str) -> tuple[str, list[Proposal]]:
    name, space, argument = before.partition(" ")
    if not space:
        return name, list(_beginning(name, ((command, "") for command in words.commands)))
    if name == ".schema":
        return argument, list(_beginning(argument, words.tables.items()))
    return argument, []


def _anything(words: Words, text: str) -> Iterator[Proposal]:
    for table in dict.fromkeys(_aliases(text).values()):
        yield from words.columns.get(table, ())
    yield from words.tables.items()
    yield from ((word, "") for word in words.others)


def _aliases(text: str) -> dict[str, str]:
    """Return alias or name of each table that a text mentions, to its name."""
    names: dict[str, str] = {}
    for table, alias in _MENTIONED.findall(text):
        names[table.lower()] = table
        if alias:
            names.setdefault(alias.lower(), table)
    return names


def _beginning(typed: str, proposals: Iterable[Proposal]) -> Iterator[Proposal]:
    seen: set[str] = set()
    for word, meaning in proposals:
        if word.lower().startswith(typed.lower()) and word not in seen:
            seen.add(word)
            yield word, meaning
