"""Print: documents and tables to standard output, everything else to standard error."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from lineage.kernel.plain import plain as plain  # noqa: PLC0414  # handed on to the commands
from lineage.kernel.plain import plain_lines
from lineage.kernel.values import document_text

if TYPE_CHECKING:
    from rich.console import Console

STATUS_STYLES: Mapping[str, str] = {
    "succeeded": "green",
    "success": "green",
    "completed": "green",
    "running": "cyan",
    "warning": "yellow",
    "interrupted": "yellow",
    "refused": "yellow",
    "failed": "red",
    "error": "red",
}

_NARROWEST: Final = 6
"""Characters a table column needs to be readable when folded."""

_GAP: Final = 2


def out() -> Console:
    """Return the console for results on a terminal; a pipe needs none."""
    from rich.console import Console  # noqa: PLC0415  # start-up time

    return Console(highlight=False)


def print_styled(*parts: tuple[str, str] | str) -> None:
    """Print text of several parts, each with its style; a pipe gets the text alone.

    Args:
        parts: Texts, or texts with a style of rich.
    """
    if not sys.stdout.isatty():
        texts = (part if isinstance(part, str) else part[0] for part in parts)
        sys.stdout.write(f"{''.join(texts)}\n")
        sys.stdout.flush()  # before what may follow on standard error
        return
    from rich.text import Text  # noqa: PLC0415  # start-up time

    out().print(Text.assemble(*parts))


def guard_output() -> None:
    """Make standard output UTF-8 unless a terminal says otherwise, and tolerate a closed pipe."""
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout = _Output(
            sys.stdout.buffer,
            encoding=sys.stdout.encoding if sys.stdout.isatty() else "utf-8",
            errors="backslashreplace",
            line_buffering=sys.stdout.line_buffering,
        )


def reader_has_left() -> bool:
    """Tell whether the reader of a pipe has gone, so that no more output is needed."""
    return isinstance(sys.stdout, _Output) and sys.stdout.is_dropped


def note(message: str) -> None:
    """Print a note to standard error."""
    if not sys.stderr.isatty():
        sys.stderr.write(f"{plain(message)}\n")
        return
    from rich.console import Console  # noqa: PLC0415  # start-up time
    from rich.text import Text  # noqa: PLC0415

    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(plain(message), style="dim"))


def note_lines(*lines: str) -> None:
    """Print lines to standard error, indented."""
    for line in lines:
        note(f"  {line}")


def print_error_lines(*lines: str) -> None:
    """Print lines to standard error as they are."""
    sys.stderr.write("".join(f"  {line}\n" for line in lines))


def width(text: str) -> int:
    """Return how many columns of the terminal a text takes."""
    return _cells(plain(text))


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(document_text(value))


def print_text(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print rows under headings; status words are coloured, numbers right-aligned.

    Nothing is cut off. In a pipe each row is one line. If a terminal is too narrow, the widest
    column is folded, then all columns; if even that would be unreadable, each row is printed as
    lines of heading and value.
    """
    materialised = [list(row) for row in rows]
    title = None if title is None else plain_lines(title)
    if not sys.stdout.isatty():
        _print_lines(columns, materialised, title)
        return
    from rich.table import Table  # noqa: PLC0415  # start-up time
    from rich.text import Text  # noqa: PLC0415

    console = out()
    if len(columns) * (_NARROWEST + _GAP) > console.width:
        _print_records(console, columns, materialised, title)
        return
    heading = None if title is None else Text(title, "table.title")
    table = Table(
        title=heading, title_justify="left", box=None, pad_edge=False, header_style="bold"
    )
    widths = [_width(column, materialised, i) for i, column in enumerate(columns)]
    widest = widths.index(max(widths))
    others = sum(widths) - widths[widest] + _GAP * (len(columns) - 1)
    folds_all = others + _NARROWEST > console.width
    for index, column in enumerate(columns):
        table.add_column(
            Text(plain(column)),
            justify="right" if _is_number(materialised, index) else "left",
            overflow="fold",
            no_wrap=not folds_all and index != widest,
        )
    for row in materialised:
        table.add_row(*(Text(shown(value), style=_style(value)) for value in row))
    console.print(table)


def shown(value: Any) -> str:
    """Return a value formatted for a reader."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004  # four digits
        case datetime():
            return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
        case dict() | list():
            return plain(json.dumps(value, ensure_ascii=False, default=str))
    return plain(str(value))


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: "1 run", "2 retries"."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"


class _Output(io.TextIOWrapper):
    """Standard output; when the reader of a pipe has gone, the rest is dropped."""

    is_dropped = False

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            self._drop()

    def _drop(self) -> None:
        self.is_dropped = True
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, self.fileno())
        os.close(devnull)


def _print_lines(
    columns: Sequence[str], rows: Sequence[Sequence[object]], title: str | None
) -> None:
    texts = [[plain(column) for column in columns], *([shown(v) for v in row] for row in rows)]
    widths = [max(map(_cells, column)) for column in zip(*texts, strict=True)]
    if title:
        sys.stdout.write(f"{title}\n")
    numbers = [_is_number(rows, index) for index in range(len(columns))]
    for row in texts:
        cells = []
        for text, width, is_number in zip(row, widths, numbers, strict=True):
            blank = " " * (width - _cells(text))
            cells.append(blank + text if is_number else text + blank)
        sys.stdout.write((" " * _GAP).join(cells).rstrip() + "\n")


def _print_records(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    title: str | None,
) -> None:
    from rich.text import Text  # noqa: PLC0415  # start-up time

    if title:
        console.print(Text(title))
    heading = max(_cells(plain(column)) for column in columns) + _GAP
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            label = plain(column)
            console.print(
                Text.assemble(
                    (label + " " * (heading - _cells(label)), "bold"),
                    (shown(value), _style(value)),
                    overflow="fold",
                )
            )
        console.print()


def _is_number(rows: Sequence[Sequence[object]], index: int) -> bool:
    values = [row[index] for row in rows if row[index] is not None]
    return bool(values) and all(isinstance(value, int | float) for value in values)


def _width(column: str, rows: Sequence[Sequence[object]], index: int) -> int:
    return max(_cells(plain(column)), *(_cells(shown(row[index])) for row in rows), 0)


def _style(value: object) -> str:
    return STATUS_STYLES.get(value, "") if isinstance(value, str) else ""


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # noqa: PLC0415  # start-up time

    return cell_len(text)
