"""What `lineage query` and `lineage sql` share: limits, extra tables and located errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lineage.cli.screen import console

if TYPE_CHECKING:
    from lineage.kernel.errors import QueryPlace
    from lineage.project import Project
    from projections import Catalog, Limits

DEFAULT_TIMEOUT_S: Final = 60.0
DEFAULT_MEMORY: Final = "2GiB"
DISK_TABLE: Final = "disk_files"

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_POWERS: Final = " kmgt"


def _size(text: str) -> str:
    """Refuse what is not a size when the arguments are parsed."""
    bytes_of(text)
    return text


LimitOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        "-n",
        metavar="ROWS",
        min=0,
        help="Maximum rows; 0 for all (default: 1,000 for tables, all for other formats).",
        show_default=False,
    ),
]
TimeoutOption = Annotated[
    float,
    typer.Option(
        "--timeout", metavar="SECONDS", min=0, help="Stop a query after this time; 0 for no limit."
    ),
]
MemoryOption = Annotated[
    str,
    typer.Option(
        "--memory",
        metavar="SIZE",
        callback=_size,
        help="Stop a query that needs more memory, such as 500MB or 2GiB; 0 for no limit.",
    ),
]
DiskOption = Annotated[
    bool,
    typer.Option(
        "--disk", help="Add the table disk_files: every file in the data folder as it is now."
    ),
]


def bytes_of(text: str) -> int:
    """Return the number of bytes of a size.

    Args:
        text: A number with an optional unit: B, KB, MB, GB, TB for powers of 1000, KiB, MiB,
            GiB, TiB for powers of 1024, in upper or lower case.

    Raises:
        typer.BadParameter: It is not a size.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a size such as 500MB or 2GiB")
    number, power, binary = found.groups()
    base = 1024 if binary else 1000
    return int(float(number) * base ** _POWERS.index(power.lower() or " "))


def limits_of(timeout_s: float, memory: str) -> Limits:
    """Return the limits that two options set; 0 means no limit."""
    from projections import Limits  # noqa: PLC0415  # start-up time

    return Limits(timeout_s=timeout_s or None, memory_bytes=bytes_of(memory) or None)


def show_disk(project: Project, catalog: Catalog) -> None:
    """Register the files of the data folder as a table."""
    from lineage.upkeep.disk import list_files  # noqa: PLC0415  # start-up time

    catalog.register(DISK_TABLE, list_files(project))


@contextmanager
def pointing_at_errors() -> Iterator[None]:
    """Show the line of a query that is wrong, with a mark under the error."""
    from lineage.kernel.errors import QueryError  # noqa: PLC0415  # start-up time

    try:
        yield
    except QueryError as error:
        if error.place is not None:
            console.print_error_lines(*_marked(error.place))
        raise


def _marked(place: QueryPlace) -> tuple[str, str]:
    before = place.text[: place.column - 1]
    wrong = place.text[place.column - 1 : place.column - 1 + place.length]
    marks = "^" * max(1, console.width(wrong))
    return console.plain(place.text), " " * console.width(before) + marks
