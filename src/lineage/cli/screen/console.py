"""Print: documents and tables to standard output, everything else to standard error."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lineage.cli.screen import layout
from lineage.kernel.plain import plain as plain  # noqa: PLC0414  # handed on to the commands
from lineage.kernel.plain import plain_lines
from lineage.kernel.values import document_text
from projections.html_table import cell_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

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

    _print_wrapped(out(), Text.assemble(*parts))


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
    _print_aside(message, "dim")


def print_error(message: str) -> None:
    """Print what went wrong to standard error."""
    _print_aside(message, "")


def note_lines(*lines: str) -> None:
    """Print lines to standard error, indented."""
    for line in lines:
        note(f"  {line}")


def print_error_lines(*lines: str) -> None:
    """Print lines to standard error as they are."""
    sys.stderr.write("".join(f"  {line}\n" for line in lines))


def width(text: str) -> int:
    """Return how many columns of the terminal a text takes."""
    return layout.cells(plain(text))


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    sys.stdout.write(document_text(value))


def print_text(text: str) -> None:
    """Print text as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_plain_line(*parts: tuple[str, str]) -> None:
    """Print one line that is as wide as it is, in parts with their styles."""
    _put_line(out() if sys.stdout.isatty() else None, parts)


def print_line(text: str) -> None:
    """Print a sentence; a terminal gets it in lines that break between words."""
    print_styled(plain(text))


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    title: str | None = None,
    drop: Sequence[str] = (),
) -> None:
    """Print rows under headings; status words are coloured, numbers right-aligned.

    In a pipe each row is one line with every column. If a terminal is too narrow, long texts are
    wrapped between words, then columns are left out, which a note says, then the last column
    goes below its row; if that is not enough, each row is printed as lines of heading and value.
    No word, date, path or id is broken.

    Args:
        columns: The headings.
        rows: The values.
        title: A line above the table.
        drop: Headings of columns that may be left out, the least important first.
    """
    values = [list(row) for row in rows]
    headings = [plain(column) for column in columns]
    texts = [[shown(value) for value in row] for row in values]
    terminal = out() if sys.stdout.isatty() else None
    width = None if terminal is None else terminal.width
    numbers = [_is_number(values, index) for index in range(len(columns))]
    if title is not None:
        _put_line(terminal, [(plain_lines(title), "italic")])
    fitting = layout.fit(headings, texts, width, drop=drop)
    if fitting is None:
        _print_records(terminal, headings, values, texts)
        return
    styles = [["bold"] * len(columns), *([_style(value) for value in row] for row in values)]
    for row, style in zip([headings, *texts], styles, strict=True):
        for line in layout.lines(row, fitting, numbers):
            _put_line(terminal, _with_gaps([(text, style[i]) for i, text in line]))
    missing = [name for i, name in enumerate(headings) if i not in fitting.indices]
    if missing:
        note(f"no room for {', '.join(missing)}; a wider terminal or --json shows all")


def shown_time(moment: str | datetime | None) -> str:
    """Return a time of a document, ISO 8601 or not, as the screen shows times; "" for None."""
    return shown(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)


def shown(value: Any) -> str:
    """Return a value formatted for a reader."""
    match value:
        case datetime():
            return _shown_moment(value)
        case dict() | list():
            return plain(json.dumps(value, ensure_ascii=False, default=str))
    return cell_text(value)


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


def _print_records(
    terminal: Console | None,
    headings: Sequence[str],
    values: Sequence[Sequence[object]],
    texts: Sequence[Sequence[str]],
) -> None:
    width = None if terminal is None else terminal.width
    for row, cells in zip(values, texts, strict=True):
        for index, heading, line in layout.records(headings, cells, width):
            _put_line(terminal, [(heading, "bold"), (line, _style(row[index]))])
        _put_line(terminal, [])


def _with_gaps(cells: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [part for cell in cells for part in (cell, (" " * layout.GAP, ""))][:-1]


def _put_line(terminal: Console | None, parts: Sequence[tuple[str, str]]) -> None:
    """Print one line as it is; a pipe needs no styles."""
    if terminal is None:
        sys.stdout.write("".join(text for text, _ in parts).rstrip() + "\n")
        return
    from rich.text import Text  # noqa: PLC0415  # start-up time

    line = Text.assemble(*parts)
    line.rstrip()
    terminal.print(line, no_wrap=True, overflow="ignore", crop=False)


def _print_wrapped(terminal: Console, text: Text) -> None:
    for line in text.split(allow_blank=True):
        for start, end in layout.spans(line.plain, terminal.width):
            terminal.print(line[start:end], no_wrap=True, overflow="ignore", crop=False)


def _print_aside(message: str, style: str) -> None:
    if not sys.stderr.isatty():
        sys.stderr.write(f"{plain(message)}\n")
        return
    from rich.console import Console  # noqa: PLC0415  # start-up time
    from rich.text import Text  # noqa: PLC0415

    _print_wrapped(Console(stderr=True, highlight=False), Text(plain(message), style=style))


def _is_number(rows: Sequence[Sequence[object]], index: int) -> bool:
    values = [row[index] for row in rows if row[index] is not None]
    return bool(values) and all(isinstance(value, int | float) for value in values)


def _style(value: object) -> str:
    return STATUS_STYLES.get(value, "") if isinstance(value, str) else ""


def _shown_moment(moment: datetime) -> str:
    """Return a time in the zone of the reader, as `moments.parse` understands it."""
    if moment.tzinfo is None:  # of a query, whose author knows the zone
        return moment.isoformat(" ", "seconds")
    return moment.astimezone().isoformat(" ", "seconds").replace("+00:00", "Z")
