"""What a page is about, of which it may show values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lineage.events import SubjectKind
from lineage.kernel.errors import LineageError
from projections import Catalog
from projections.documents.run_lookup import find_run, run_before

Given = Sequence[tuple[str, str]]
"""Parameters of an address, in their order."""

_LONGEST: Final = 18
"""Digits of a position; a number of thousands of digits takes long to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What values are shown of.

    Attributes:
        kind: What it is.
        name: Its name.
    """

    kind: SubjectKind
    name: str


def subject_of(catalog: Catalog, page: str, given: Given) -> Subject | None:
    """Return what a page is about; None if it shows no values, or there is no such thing."""
    make = _SUBJECTS.get(page)
    try:
        return None if make is None else make(catalog, given)
    except LineageError:  # the page says so
        return None


def natural(text: str) -> int | None:
    """Return a number that a request names; None if it is none, or longer than any position."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST
    return int(text) if is_number else None


def _first(given: Given, name: str) -> str:
    """Return the value of a parameter that a page uses: the last of several."""
    return dict(given).get(name, "").strip()


def _run(catalog: Catalog, given: Given) -> Subject:
    return Subject(kind="run", name=find_run(catalog, _first(given, "id")))


def _runs(catalog: Catalog, given: Given) -> Subject | None:
    names = dict.fromkeys(value.strip() for name, value in given if name == "run")
    found = [find_run(catalog, name) for name in names if name]
    if len(found) == 1 and (before := run_before(catalog, found[0])) is not None:
        found.insert(0, before)
    return Subject(kind="runs", name=" ".join(dict.fromkeys(found))) if found else None


def _trend(catalog: Catalog, given: Given) -> Subject | None:  # noqa: ARG001  # as the others
    task, metric = _first(given, "name"), _first(given, "metric")
    if not task:
        return None
    if not metric:
        return Subject(kind="task", name=task)
    return Subject(kind="metric", name=f"{task}: {metric}")


def _event(catalog: Catalog, given: Given) -> Subject:
    position = natural(_first(given, "position")) or catalog.position
    return Subject(kind="event", name=str(position))


def _audit(catalog: Catalog, given: Given) -> Subject | None:  # noqa: ARG001  # as the others
    named = ((name, _first(given, name)) for name in ("scope", "task", "run", "since"))
    scope = ", ".join(f"{name} {value}" for name, value in named if value)
    return Subject(kind="audit", name=scope) if scope else None


def _file(catalog: Catalog, given: Given) -> Subject | None:  # noqa: ARG001  # as the others
    uri = _first(given, "file")
    return Subject(kind="file", name=uri) if uri else None


def _column(catalog: Catalog, given: Given) -> Subject | None:  # noqa: ARG001  # as the others
    uri, column = _first(given, "file"), _first(given, "column")
    return Subject(kind="column", name=f"{uri}:{column}") if uri and column else None


def _command(catalog: Catalog, given: Given) -> Subject | None:  # noqa: ARG001  # as the others
    key = _first(given, "key")
    return Subject(kind="command", name=key) if key else None


_PARTS: Final = ("run-steps", "run-files", "run-metrics", "run-messages", "run-configuration")

_SUBJECTS: Final[Mapping[str, Callable[[Catalog, Given], Subject | None]]] = {
    **dict.fromkeys(("run", "report", "plan", "replay", "live", "live-events", *_PARTS), _run),
    "compare": _runs,
    "trends": _trend,
    "event": _event,
    "command": _command,
    "dataset": _file,
    "column": _column,
    "audit": _audit,
}
"""Page to what makes its subject."""
