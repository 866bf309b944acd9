"""Questions with their SQL, for the shell and the cookbook page.

They are in `examples/*.sql`: `-- @topic` names the topic of a file, `-- #` a question, further
comment lines explain it, and one statement answers it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_TOPIC: Final = re.compile(r"^-- @topic (.+)$", re.MULTILINE)
_QUESTION: Final = re.compile(r"^-- # (.+)$", re.MULTILINE)
_NEEDS: Final = "needs: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One question.

    Attributes:
        number: Its number, from 1.
        topic: Its topic.
        question: The question.
        note: An explanation; empty if none.
        needs: A table that must be added to the catalog first; empty if none.
        sql: The statement that answers it, with semicolon.
    """

    number: int
    topic: str
    question: str
    note: str
    needs: str
    sql: str


@cache
def examples() -> tuple[Example, ...]:
    """Return all questions in the order of their files."""
    folder = resources.files("projections").joinpath("examples")
    files = sorted((entry.name, entry) for entry in folder.iterdir())
    texts = [entry.read_text(encoding="utf-8") for name, entry in files if name.endswith(".sql")]
    parts = [(_topic(text), *part) for text in texts for part in _questions(text)]
    return tuple(
        _example(number, topic, question, body)
        for number, (topic, question, body) in enumerate(parts, 1)
    )


def _topic(text: str) -> str:
    named = _TOPIC.match(text)
    return named[1] if named else ""


def _questions(text: str) -> list[tuple[str, str]]:
    parts = _QUESTION.split(text)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def _example(number: int, topic: str, question: str, body: str) -> Example:
    lines = body.strip().splitlines()
    length = next(i for i, line in enumerate(lines) if not line.startswith("--"))
    comments = [line.removeprefix("--").strip() for line in lines[:length]]
    return Example(
        number=number,
        topic=topic,
        question=question,
        note=" ".join(line for line in comments if not line.startswith(_NEEDS)),
        needs="".join(c.removeprefix(_NEEDS) for c in comments if c.startswith(_NEEDS)),
        sql="\n".join(lines[length:]),
    )
