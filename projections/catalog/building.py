"""Fold a ledger into the file of a catalog that nobody else sees yet."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

from lineage.kernel.errors import ProjectionError
from lineage.ledger import Ledger
from lineage.ledger.envelope import from_microseconds
from projections.catalog import folds
from projections.catalog.query_errors import fault_of, is_out_of_memory

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage.ledger.segments import Segment, Segments

_MEMORY_LIMIT: Final = "256MiB"
"""What DuckDB may hold while it folds; more goes through a file."""

FEW: Final = 1_000
"""Events up to which they are folded as rows; Arrow takes a fifth of a second to load."""

_WITHOUT_LOG: Final = "set checkpoint_threshold = '1B'"
"""Lets a commit write into the file at once: a private copy needs no log beside it."""

Result = TypeVar("Result")

GET_MARK: Final = """
select fold_version, position, last_stream, last_version, last_recorded_at from catalog_info
"""
_SET_MARK: Final = """
update catalog_info
set fold_version = ?, position = ?, last_stream = ?, last_version = ?, last_recorded_at = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The last event of the ledger that a catalog contains."""

    position: int = 0
    last_stream: str | None = None
    last_version: int | None = None
    last_recorded_at: datetime | None = None


def fold_version(ledger: Ledger) -> str:
    """Return what the events of a ledger are folded by; see `folds.version`."""
    return folds.version(ledger.event_types.later_versions())


def mark_at(ledger: Ledger, position: int) -> Mark | None:
    """Return the mark of a catalog that ends at a position; None if the ledger has no such event.

    Raises:
        LedgerError: The ledger cannot be read.
    """
    last = ledger.mark_at(position)
    if last is None:
        return None
    stream, version, recorded_at = last
    return Mark(
        position=position,
        last_stream=stream,
        last_version=version,
        last_recorded_at=recorded_at,
    )


def build(
    part: Path,
    ledger: Ledger,
    *,
    base: tuple[Path, Mark] | None,
    head: int,
    fold_version: str,
    is_compared: bool = False,
) -> Mark:
    """Make the file of a catalog, and return its mark.

    Args:
        part: The file to make.
        ledger: Where the events are.
        base: A catalog to begin with, and its mark; None to begin with the first event.
        head: The last position to fold.
        fold_version: What it is folded by.
        is_compared: Compare segments with the ledger while they are folded.

    Raises:
        LedgerError: The ledger cannot be read.
        ProjectionError: An event cannot be folded.
        duckdb.Error: The file cannot be written.
    """
    built = partial(_built, part, ledger, base, head, fold_version, is_compared=is_compared)
    try:
        return built(memory_limit=_MEMORY_LIMIT)
    except duckdb.Error as error:
        if not is_out_of_memory(error):
            raise
    return built()  # single events are as large as that


def _built(
    part: Path,
    ledger: Ledger,
    base: tuple[Path, Mark] | None,
    head: int,
    fold_version: str,
    *,
    is_compared: bool,
    memory_limit: str | None = None,
) -> Mark:
    before = base[1] if base else Mark()
    segments = ledger.segments() if head - before.position > FEW else None
    while True:
        part.unlink(missing_ok=True)
        with ThreadPoolExecutor(1) as pool:
            coming = segments and _begin(pool, segments.covering, before.position, head)
            with _open_part(part, base) as connection:
                if memory_limit is not None:
                    connection.execute(f"set memory_limit = '{memory_limit}'")
                mark: Mark | None = before
                if segments and coming and (found := coming()):
                    to_compare = found if is_compared else []
                    is_true = _fold_segments(connection, segments, found, before, to_compare)
                    mark = mark_at(ledger, found[-1].mark.last) if is_true else None
                if mark is not None:
                    mark = fold_news(connection, ledger, mark, head, fold_version)
                    # The commit has done it, and closing would, but both hide a failure.
                    connection.execute("checkpoint")
                    return mark


def fold_news(
    connection: duckdb.DuckDBPyConnection,
    ledger: Ledger,
    mark: Mark,
    head: int,
    fold_version: str,
) -> Mark:
    """Fold the events of a ledger that a catalog lacks, and return its new mark.

    Args:
        connection: The catalog; nobody else sees it.
        ledger: Where the events are.
        mark: Its mark so far.
        head: The last position to fold.
        fold_version: What it is folded by.

    Raises:
        LedgerError: The ledger cannot be read.
        ProjectionError: An event cannot be folded.
    """
    connection.execute(_WITHOUT_LOG)
    if head - mark.position > FEW:
        news = read_ahead(ledger.read_arrow(after=mark.position, until=head))
        return fold(connection, news, mark, fold_version)
    rows = ledger.read_rows(after=mark.position, until=head)
    with transaction(connection):
        if rows:
            first, last = rows[0].position, rows[-1].position
            with _naming(first, last):
                folds.fold_rows(connection, rows)
            mark = mark_at(ledger, last) or mark
        _state(connection, mark, fold_version)
    return mark


def _open_part(part: Path, base: tuple[Path, Mark] | None) -> duckdb.DuckDBPyConnection:
    """Open a copy of a catalog, or a new one."""
    if base is None:
        return folds.create_file(part)
    shutil.copyfile(base[0], part)
    return folds.connect(str(part))


def _fold_segments(
    connection: duckdb.DuckDBPyConnection,
    segments: Segments,
    found: Sequence[Segment],
    mark: Mark,
    to_compare: Sequence[Segment],
) -> bool:
    """Fold segments while some are compared with the ledger, and make those again that differ.

    Returns:
        Whether none differed.
    """
    with ThreadPoolExecutor(1) as comparing, _naming(mark.position + 1, found[-1].mark.last):
        differing = comparing.submit(segments.differing, to_compare)
        folds.fold_files(connection, [s.path for s in found], after=mark.position)
    segments.remake(differing.result())
    return not differing.result()


def fold(
    connection: duckdb.DuckDBPyConnection,
    tables: Iterable[pa.Table],
    mark: Mark,
    fold_version: str,
) -> Mark:
    """Fold events into a catalog in one transaction, and return its new mark.

    Args:
        connection: The catalog; nobody else sees it.
        tables: What is new, with `lineage.ledger.arrow.ARROW_SCHEMA`.
        mark: Its mark so far.
        fold_version: What it is folded by.

    Raises:
        ProjectionError: An event cannot be folded.
    """
    # In one transaction, or DuckDB cleans up after every statement.
    with folds.folding(connection) as fold_one, transaction(connection):
        for events in tables:
            if events.num_rows:
                mark = _folded(fold_one, events)
        _state(connection, mark, fold_version)
    return mark


def read_ahead(tables: Iterator[Result]) -> Iterator[Result]:
    """Yield tables, each read while the one before it is folded."""
    with ThreadPoolExecutor(1) as reader:
        coming = _begin(reader, next, tables, None)
        while (table := coming()) is not None:
            coming = _begin(reader, next, tables, None)
            yield table


def _begin(
    pool: ThreadPoolExecutor, function: Callable[..., Result], *arguments: object
) -> Callable[[], Result]:
    """Call a function in a thread, and return what waits for its result.

    At the end of the process, when no thread begins any more, it is called when it is waited for.
    """
    try:
        return pool.submit(function, *arguments).result
    except RuntimeError:
        return partial(function, *arguments)


def _state(connection: duckdb.DuckDBPyConnection, mark: Mark, fold_version: str) -> None:
    connection.execute(_SET_MARK, [fold_version, *astuple(mark)])


def _folded(fold_one: Callable[[pa.Table], None], events: pa.Table) -> Mark:
    first, last = events["position"][0].as_py(), events["position"][-1].as_py()
    with _naming(first, last):
        fold_one(events)
    return Mark(
        position=last,
        last_stream=events["stream"][-1].as_py(),
        last_version=events["version"][-1].as_py(),
        last_recorded_at=from_microseconds(events["recorded_at"][-1].value),
    )


@contextmanager
def _naming(first: int, last: int) -> Iterator[None]:
    """Name the events that cannot be folded."""
    try:
        yield
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        raise ProjectionError(
            f"events {first} to {last}",
            problem=fault_of(error).text,
            expected="payloads as this release writes them",
            remedy="`lineage doctor` names the damaged event",
        ) from error


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what is done in the block, or roll it back after an exception."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        # A failed transaction may have nothing left to roll back.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    connection.execute("commit")
