"""What tables of a page hold: values that are more than their text, and bounded rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from typing import Final, Literal, TypeAlias, TypeVar

from lineage.kernel.plain import plain
from projections.html_table import cell_html, cell_text

T = TypeVar("T")

Kind: TypeAlias = Literal["run", "file", "column"]
"""What a name may be of."""

Addresses: TypeAlias = Callable[[Kind, Sequence[str]], str]
"""Returns the address of what is named: a run by its id, a file by its path, a column by both."""

_ADDRESSES: ContextVar[Addresses | None] = ContextVar("addresses", default=None)

_IN_MB: Final = 1_000_000
_SHORT: Final = 8
_EMPTY: Final = (None, "")
_BAR: Final = 96
_THICK: Final = 8


@dataclass(frozen=True, slots=True)
class Code:
    """A name, path or digest, in letters of one width.

    Attributes:
        text: What is shown.
        title: The whole of it, if the text is shortened.
    """

    text: str
    title: str = ""

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        title = f' title="{escape(plain(self.title))}"' if self.title else ""
        return f"<code{title}>{escape(plain(self.text))}</code>"


@dataclass(frozen=True, slots=True)
class Name:
    """A name of something that has a page of its own where pages are served; see `linking`.

    Attributes:
        shown: The name as it reads everywhere.
        kind: What it is of.
        key: What that is found by.
    """

    shown: Code | str
    kind: Kind
    key: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.shown)

    def __html__(self) -> str:
        addresses, text = _ADDRESSES.get(), cell_html(self.shown)
        if addresses is None:
            return text
        return f'<a href="{escape(addresses(self.kind, self.key))}"><bdi>{text}</bdi></a>'


@contextmanager
def linking(addresses: Addresses | None) -> Iterator[None]:
    """Let each `Name` that is shown within the context lead to its page; with None, to nothing."""
    token = _ADDRESSES.set(addresses)
    try:
        yield
    finally:
        _ADDRESSES.reset(token)


def file_name(uri: str) -> Name:
    """Return the name of a file as the history calls it."""
    return Name(Code(uri), "file", (uri,))


@dataclass(frozen=True, slots=True)
class Status:
    """How something ended, in the colour of it.

    Attributes:
        text: A status of a run or operation.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def __html__(self) -> str:
        text = escape(plain(self.text))
        return f'<span class="status {text}">{text}</span>'


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """A measure before and after, as two bars on one scale, each with its number beside it.

    The bars need no style of the page that they are on.

    Attributes:
        before: The measure before; None if it was not taken.
        after: The measure after.
        before_text: The measure before, for a reader.
        after_text: The measure after, for a reader.
        whole: What a full bar stands for.
    """

    before: float | None
    after: float | None
    before_text: str
    after_text: str
    whole: float

    def __str__(self) -> str:
        return f"{self.before_text} → {self.after_text}"

    def __html__(self) -> str:
        sides = (
            ("before", self.before, self.before_text, 0.45),
            ("after", self.after, self.after_text, 1.0),
        )
        return "".join(
            f'<div class="pair">{self._bar(value, opacity)} {word} '
            f"<strong>{escape(plain(text))}</strong></div>"
            for word, value, text, opacity in sides
        )

    def _bar(self, value: float | None, opacity: float) -> str:
        lane = f'width="{_BAR - 1}" height="{_THICK - 1}" fill="none" stroke="currentColor"'
        if value is None:  # unknown is dashed, not empty
            body = f'<rect x=".5" y=".5" {lane} stroke-dasharray="3 3"/>'
        else:
            share = min(max(value / self.whole, 0), 1) if self.whole else 0
            body = (
                f'<rect x=".5" y=".5" {lane} stroke-opacity=".3"/>'
                f'<rect width="{_BAR * share:.1f}" height="{_THICK}" fill="currentColor" '
                f'fill-opacity="{opacity}"/>'
            )
        size = f'width="{_BAR}" height="{_THICK}" viewBox="0 0 {_BAR} {_THICK}"'
        return f'<svg {size} aria-hidden="true">{body}</svg>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a page.

    Attributes:
        caption: What it shows; may be empty.
        headings: One per column.
        rows: The rows, with None for an empty cell.
        more: What it leaves out; empty if it has all.
    """

    caption: str = ""
    headings: Sequence[object]
    rows: Sequence[Sequence[object]]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Time:
    """A time, in UTC; where pages are served, in UTC until the reader wants local times.

    Attributes:
        iso: The time as ISO 8601 with its offset.
    """

    iso: str

    def __str__(self) -> str:
        return cell_text(datetime.fromisoformat(self.iso))

    def __html__(self) -> str:
        if _ADDRESSES.get() is None:
            return escape(str(self))
        return f'<time datetime="{escape(self.iso)}">{escape(str(self))}</time>'


def moment(time: str | None) -> Time | None:
    """Return a time of a document (ISO 8601) for a reader; None for none."""
    return None if time is None else Time(time)


def size(size_bytes: int | None) -> str | None:
    """Return a size in bytes for a reader; None if it is unknown."""
    if size_bytes is None:
        return None
    return f"{size_bytes / _IN_MB:,.2f} MB" if size_bytes >= _IN_MB else f"{size_bytes:,} B"


def digest(sha256: str | None) -> Code | str:
    """Return the first characters of a digest, with the whole of it as a title."""
    return "unknown" if sha256 is None else Code(sha256[:_SHORT], sha256)


def first(
    items: Sequence[T], most: int, row: Callable[[T], Iterable[object]], *, all_by: str
) -> tuple[list[tuple[object, ...]], str]:
    """Return rows for the first items, and what says how many there are more.

    Args:
        items: All items.
        most: How many are shown.
        row: Makes the row of an item.
        all_by: The command that lists all.
    """
    return [tuple(row(item)) for item in items[:most]], more_than(most, len(items), all_by)


def more_than(shown: int, total: int, all_by: str) -> str:
    """Return that there is more than what is shown; an empty text if there is not."""
    return f"and {total - shown:,} more: {all_by}" if total > shown else ""


def table_of(
    headings: Sequence[object],
    rows: Sequence[Sequence[object]],
    *,
    caption: str = "",
    more: str = "",
) -> list[Table]:
    """Return a table, or none if it has no rows."""
    if not rows:
        return []
    return [Table(headings=headings, rows=rows, caption=caption, more=more)]


def without_empty_columns(table: Table) -> Table:
    """Return a table without the columns in which every cell is empty."""
    used = [
        number
        for number in range(len(table.headings))
        if any(row[number] not in _EMPTY for row in table.rows)
    ]
    return replace(
        table,
        headings=[table.headings[number] for number in used],
        rows=[[row[number] for number in used] for row in table.rows],
    )
