"""Links among pages. All pages lie side by side, so an address needs no prefix of a proxy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from typing import Final, assert_never
from urllib.parse import urlencode

from lineage.kernel.plain import plain
from projections.pages.cells import Kind

SHORT: Final = 8
"""Characters of an id or digest."""

_KEPT: ContextVar[Mapping[str, str]] = ContextVar("kept", default={})  # noqa: B039  # never changed


@contextmanager
def keeping(parameters: Mapping[str, str]) -> Iterator[None]:
    """Add parameters to every address that is made within the context."""
    token = _KEPT.set(parameters)
    try:
        yield
    finally:
        _KEPT.reset(token)


def address(page: str, /, **parameters: object) -> str:
    """Return the address of a page, relative to any other; parameters that are None are left out.

    Args:
        page: Its name; empty for the overview.
        parameters: What it is asked; they go before those of `keeping`. A list is for one that is
            given several times.
    """
    given = {**parameters, **{k: v for k, v in _KEPT.get().items() if k not in parameters}}
    query = urlencode({key: value for key, value in given.items() if value is not None}, doseq=True)
    return (page or "./") + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class Link:
    """A name that leads to a page.

    Attributes:
        text: What is shown.
        href: Where it leads, see `address`.
        title: What is shown beside the pointer; nothing if it is empty.
        is_code: Whether it is a name of the machine: an id, a path, a column.
    """

    text: str
    href: str
    title: str = ""
    is_code: bool = False

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        title = f' title="{escape(plain(self.title))}"' if self.title else ""
        text = escape(plain(self.text)).replace("/", "/<wbr>")  # a path is broken where it may be
        text = f"<bdi>{text}</bdi>"
        text = f"<code>{text}</code>" if self.is_code else text
        return f'<a href="{escape(self.href)}"{title}>{text}</a>'


def run(run_id: str, text: str | None = None) -> Link:
    """Link to a run, by its shortened id or another text."""
    return Link(text or run_id[:SHORT], address("run", id=run_id), run_id, text is None)


def comparison(*run_ids: str) -> str:
    """Return the address of a comparison of runs; of one run with the one before it."""
    return address("compare", run=list(run_ids))


def task(task_id: str) -> Link:
    """Link to the runs of a task."""
    return Link(task_id, address("runs", task=task_id))


def dataset(uri: str, *, is_short: bool = False) -> Link:
    """Link to a file with all its versions."""
    name = PurePosixPath(uri).name if is_short else uri
    return Link(name or uri, address("dataset", file=uri), uri if name != uri else "", True)


def column(uri: str, name: str) -> Link:
    """Link to a column of a file."""
    return Link(name, address("column", file=uri, column=name), f"{uri}:{name}", True)


def of_name(kind: Kind, key: Sequence[str]) -> str:
    """Return the address of what a name of a report is of; see `projections.pages.cells.Name`."""
    match kind:
        case "run":
            return address("run", id=key[0])
        case "file":
            return address("dataset", file=key[0])
        case "column":
            return address("column", file=key[0], column=key[1])
    assert_never(kind)


def release(release_id: str) -> Link:
    """Link to the decision about a release."""
    return Link(release_id[:SHORT], address("release", id=release_id), release_id, True)


def erasure(erasure_id: str) -> Link:
    """Link to an erasure."""
    return Link(erasure_id[:SHORT], address("erasure", id=erasure_id), erasure_id, True)


def trends(name: str) -> Link:
    """Link to a task or process over time."""
    return Link(name, address("trends", name=name))


def metric(task_id: str, name: str) -> Link:
    """Link to a metric of a task over time."""
    return Link(name, address("trends", name=task_id, metric=name), f"{name} of {task_id}", True)


def event(position: int) -> Link:
    """Link to an event of the ledger."""
    return Link(f"{position:,}", address("event", position=position))
