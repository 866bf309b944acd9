"""The parts of a page about a run, whatever it is written in, and the facts they are made from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from projections.pages.cells import Table

if TYPE_CHECKING:
    import networkx as nx

MOST: Final = 100
"""Rows of a table."""

MOST_TABLES: Final = 20
"""Tables that a section repeats, for each operation or each file."""

LETTERS: Final = 300
"""Letters of a parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is on record about a run; a section needs what it shows, and no more.

    Attributes:
        run: `projections.documents.run_details`.
        configuration: `projections.documents.findings.run_configuration`.
        report: `projections.documents.report`.
        effects: `projections.documents.findings.privacy_effect`.
        origins: `projections.documents.findings.column_origins`.
        graph: What its files were made from; None if it wrote none.
    """

    run: Mapping[str, Any]
    configuration: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    effects: Sequence[Mapping[str, Any]] = ()
    origins: Mapping[str, Any] = field(default_factory=dict)
    graph: nx.DiGraph | None = None

    @property
    def name(self) -> str:
        """What commands call the run."""
        return str(self.run["run_id"])

    @property
    def show(self) -> str:
        """The command that lists everything."""
        return f"lineage show {self.name} --json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A warning or error.

    Attributes:
        level: "warning" or "error".
        name: Where it arose.
        text: What was found.
    """

    level: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a page.

    Attributes:
        title: Its heading.
        texts: Paragraphs before the rest.
        messages: Warnings and errors.
        graph: A picture.
        tables: Tables.
        notes: Paragraphs after the rest.
        is_folded: Whether a page that can be opened shows only its heading at first.
    """

    title: str
    texts: Sequence[object] = ()
    messages: Sequence[Message] = ()
    graph: nx.DiGraph | None = None
    tables: Sequence[Table] = ()
    notes: Sequence[object] = ()
    is_folded: bool = False


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 run", "2 retries"."""
    is_changed = noun.endswith("y") and noun[-2] not in "aeiou"
    plural = f"{noun[:-1]}ies" if is_changed else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


def value_text(value: object) -> str:
    """Return a value of a parameter in words; a long one is cut off, and says so."""
    if isinstance(value, str):
        text = value
    elif value and isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ", ".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False)
    more = len(text) - LETTERS
    return f"{text[:LETTERS]}… ({more:,} more letters)" if more > 0 else text
