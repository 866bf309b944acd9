"""What a page showed to somebody who asked for it, and what somebody asked the catalog."""

from __future__ import annotations

from typing import ClassVar, Literal

from lineage.events.base import Event

SubjectKind = Literal[
    "run", "file", "column", "task", "metric", "event", "runs", "command", "process", "audit"
]
"""What values may be shown of."""


class ValuesDisclosed(Event):
    """Somebody asked a page for what it withholds of one thing, and was shown it.

    Attributes:
        subject_kind: What it is about.
        subject: Its name: an id, a path, a path with a column, a position, a task with a metric.
        page: The page that was asked.
        reason: Why they had to see it.
    """

    TOPIC: ClassVar[str] = "values.disclosed"
    subject_kind: SubjectKind
    subject: str
    page: str
    reason: str


class QueryAsked(Event):
    """Somebody asked the catalog a question in SQL on a page, which may show any value in it.

    Attributes:
        query: The statement as it was sent.
    """

    TOPIC: ClassVar[str] = "query.asked"
    query: str
