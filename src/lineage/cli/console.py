"""Print: documents and tables to standard output, everything else to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lineage.kernel.values import document_text

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


PIPE_WIDTH = 1000
"""Columns of the output when nobody looks at it, so that no row is folded."""


def out() -> Console:
    """Return the console for answers; a pipe gets no colours and lines of any length."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PIPE_WIDTH, soft_wrap=True)


def note(message: str) -> None:
    """Print a remark to standard error."""
    Console(stderr=True, highlight=False).print(message, style="dim")


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(document_text(value))


def print_text(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> None:
    """Print rows under headings; status words get their colour, numbers stand right."""
    materialised = [list(row) for row in rows]
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    widths = [_width(column, materialised, i) for i, column in enumerate(columns)]
    for index, column in enumerate(columns):
        values = [row[index] for row in materialised if row[index] is not None]
        is_number = bool(values) and all(isinstance(v, int | float) for v in values)
        # where the screen is too narrow, the widest column is folded and no other
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=index != widths.index(max(widths)),
        )
    for row in materialised:
        table.add_row(*(Text(shown(value), style=_style(value)) for value in row))
    out().print(table)


def shown(value: Any) -> str:
    """Return a value as a reader wants it."""
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
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _width(column: str, rows: Sequence[Sequence[object]], index: int) -> int:
    return max((len(shown(row[index])) for row in rows), default=len(column))


def _style(value: object) -> str:
    return STATUS_STYLES.get(value, "") if isinstance(value, str) else ""
