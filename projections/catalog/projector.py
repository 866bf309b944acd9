"""Keep the catalog in step with the ledger, and publish it for any DuckDB client.

The published file is never written in place: new events go into a private copy, which then
replaces it. Readers keep the file they opened, a writer is never blocked, and a crash leaves the
old file.
"""

from __future__ import annotations

import errno
import json
import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from lineage.events import streams
from lineage.kernel.errors import ProjectionError, QueryError
from lineage.kernel.paths import odd_character
from lineage.ledger import Ledger
from lineage.ledger.envelope import from_microseconds
from projections.catalog import folds, moments, witnesses
from projections.catalog import scratch as databases
from projections.catalog.catalog import Catalog, fill_up, open_file, remove_aliases
from projections.catalog.held import HeldCatalog, Identity, identity_of
from projections.catalog.moments import Moment
from projections.catalog.query_errors import fault_of, is_out_of_memory

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)
LOCK_TIMEOUT_S: Final = 60
_REFUSALS: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_GET_MARK: Final = """
select fold_version, position, last_stream, last_version, last_recorded_at from catalog_info
"""
_SET_MARK: Final = """
update catalog_info
set fold_version = ?, position = ?, last_stream = ?, last_version = ?, last_recorded_at = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """The last event of the ledger that a catalog contains."""

    position: int = 0
    last_stream: str | None = None
    last_version: int | None = None
    last_recorded_at: datetime | None = None


class Projector:
    """Builds catalogs from a ledger.

    Args:
        ledger: The ledger with the events.
        path: The published file; its folder must exist.
    """

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self._ledger = ledger
        self.path = path
        self._held = HeldCatalog(path)
        self._examined: tuple[Identity, _Mark] | None = None

    def open(self, *, is_own: bool = False) -> Catalog:
        """Bring the published catalog up to date and open it.

        If the folder cannot be written, the events are folded in memory. A catalog without events
        is not published.

        Args:
            is_own: Open the file separately, so that a memory limit of this catalog applies to no
                other. Otherwise the catalogs of a projector share one open file.

        Raises:
            LedgerError: The ledger cannot be read, or lacks events that the catalog has.
            ProjectionError: Another process has been publishing for over a minute, the disk is
                full, or an event cannot be folded.
        """
        head = self._ledger.head()
        shared = None if is_own else self._held.share(head)
        if shared is not None:
            return shared
        published = None if self._is_behind(head) else self._open_published(at_least=head)
        if published is None and head:
            try:
                self._publish_up_to(head)
            except PermissionError as error:
                _log.warning("cannot publish %s: %s", self.path, error)
            else:
                published = self._open_published(at_least=head)
        if published is None:
            return self._in_memory(_read_ahead(self._ledger.read_arrow(until=head)), documents=True)
        catalog, _ = published
        return catalog if is_own else self._held.hold(catalog)

    def close(self) -> None:
        """Release the catalog kept for the next query; open catalogs stay open."""
        self._held.close()

    def as_of(self, moment: Moment | None = None, *, as_known_at: Moment | None = None) -> Catalog:
        """Fold the events up to an earlier moment in memory.

        The two clocks are kept apart: `as_of` a time is everything known now about what had
        happened by then, `as_known_at` a time is what the ledger knew then, and both together
        are what it knew then about what had happened by the other time. A position always means
        the events up to it. The clocks differ only for events recorded late.

        Args:
            moment: What had happened by then: a position, or a timezone-aware time.
            as_known_at: What was recorded by then: a position, or a timezone-aware time.

        Raises:
            MomentError: A time has no offset or is in the future, or a position is outside the
                ledger.
            LedgerError: The ledger cannot be read.
            ProjectionError: An event cannot be folded.
        """
        past = moments.past(self._ledger, moment, as_known_at)
        return self._in_memory(_read_ahead(past.events(self._ledger)))

    def of_run(self, run_id: str, *, until: int | None = None) -> Catalog:
        """Fold the events of one run and of the runs whose results it reused in memory.

        The cost does not depend on other runs.

        Args:
            run_id: Id of the run.
            until: Number of its events to fold; all when None.

        Raises:
            LedgerError: The ledger cannot be read.
            ProjectionError: An event cannot be folded.
        """
        events = self._ledger.read_stream_arrow(streams.run(run_id)).slice(0, until)
        reused = (self._ledger.read_stream_arrow(streams.run(run)) for run in _reused_runs(events))
        scratch = databases.take()
        position = self._fold(scratch.connection, [*reused, events])
        return Catalog(
            scratch.connection.cursor(),
            position,
            is_confined=scratch.uses > 0,
            on_close=scratch.give_back,
        )

    def rebuild(self) -> int:
        """Rebuild the published catalog from the first event and return its position.

        Raises:
            LedgerError: As in `open`.
            ProjectionError: As in `open`, or the folder cannot be written.
        """
        self._published_mark()
        head = self._ledger.head()
        try:
            with self._translated(), self._lock():
                self._publish(None, head)
        except PermissionError as error:
            raise ProjectionError(
                f"catalog {str(self.path)!r}",
                problem=error.strerror,
                expected="a writable folder and a file that no program has open",
                remedy="check owner and permissions, and close programs that have it open",
            ) from error
        return head

    def _publish_up_to(self, head: int) -> None:
        with self._translated(), self._lock():
            mark = self._published_mark()
            if mark is None:
                self._publish(None, head)
            elif mark.position < head:
                self._publish_news(mark, head)

    def _publish_news(self, mark: _Mark, head: int) -> None:
        try:
            self._publish(mark, head)
        except duckdb.Error as error:
            _log.info("rebuilding %s: %s", self.path, fault_of(error).text)
            self._publish(None, head)

    def _publish(self, mark: _Mark | None, head: int) -> None:
        """Replace the published file; the caller holds the lock."""
        with self._workshop() as workshop:
            part = workshop / self.path.name
            if mark is not None:
                shutil.copyfile(self.path, part)
            with folds.connect(str(part)) as connection:
                self._bring_up(connection, mark, head)
            fill_up(part)
            part.replace(self.path)

    def _bring_up(
        self, connection: duckdb.DuckDBPyConnection, mark: _Mark | None, head: int
    ) -> None:
        if mark is None:
            with _transaction(connection):
                folds.create(connection)
                folds.document(connection)
            mark = _Mark()
        news = self._ledger.read_arrow(after=mark.position, until=head)
        with folds.folding(connection) as fold, _transaction(connection):
            for events in _read_ahead(news):
                _fold_one(fold, events)
                mark = _mark_of(events)
            connection.execute(_SET_MARK, [self._fold_version, *astuple(mark)])
        # Closing would do it, too, but hide a failure.
        connection.execute("checkpoint")

    def _in_memory(self, tables: Iterable[pa.Table], *, documents: bool = False) -> Catalog:
        connection = folds.connect()
        folds.create(connection)
        if documents:
            folds.document(connection)
        position = self._fold(connection, tables)
        connection.execute("reset threads")
        return Catalog(connection, position)

    def _fold(self, connection: duckdb.DuckDBPyConnection, tables: Iterable[pa.Table]) -> int:
        """Fold events into empty tables, and return the position of the last."""
        mark = _Mark()
        # In one transaction, or DuckDB cleans up after every statement.
        with folds.folding(connection) as fold, _transaction(connection):
            for events in tables:
                if events.num_rows:
                    _fold_one(fold, events)
                    mark = _mark_of(events)
            connection.execute(_SET_MARK, [self._fold_version, *astuple(mark)])
        return mark.position

    @cached_property
    def _fold_version(self) -> str:
        return folds.version(self._ledger.event_types.later_versions())

    def _open_published(self, *, at_least: int = 0) -> tuple[Catalog, _Mark] | None:
        """Open the published catalog if it is readable, fits the ledger and is recent enough."""
        identity = identity_of(self.path)
        catalog = open_file(self.path)
        if catalog is None:
            return None
        mark = self._mark(catalog)
        self._examined = None if mark is None or identity is None else (identity, mark)
        if mark is None or mark.position < at_least:
            catalog.close()
            return None
        return catalog, mark

    def _is_behind(self, head: int) -> bool:
        """Tell whether the published file is known to lack events, without opening it."""
        known = self._examined
        return known is not None and known[1].position < head and known[0] == identity_of(self.path)

    def _published_mark(self) -> _Mark | None:
        """Return the mark of the published catalog; None if it cannot be continued."""
        known = self._examined
        if known is not None and known[0] == identity_of(self.path):
            return known[1]
        published = self._open_published()
        if published is None:
            return None
        catalog, mark = published
        catalog.close()
        return mark

    def _mark(self, catalog: Catalog) -> _Mark | None:
        with suppress(QueryError):
            info = catalog.row(_GET_MARK)
            if info is not None and info.pop("fold_version") == self._fold_version:
                mark = _Mark(**info)
                return mark if self._fits_ledger(mark) else None
        return None

    def _fits_ledger(self, mark: _Mark) -> bool:
        """Tell whether the ledger still has the last event of the catalog at its position."""
        if mark.position == 0:
            return True
        last = self._ledger.mark_at(mark.position)
        if last is None:
            known = witnesses.Witness(path=self.path, position=mark.position)
            witnesses.check(self._ledger, self.path.parent.parent, [known])
        return last == (mark.last_stream, mark.last_version, mark.last_recorded_at)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock, Timeout  # noqa: PLC0415  # start-up time

        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S):
                yield
        except Timeout as error:
            raise ProjectionError(
                f"catalog {self.path.name!r}",
                problem=f"another process has been publishing for over {LOCK_TIMEOUT_S} s",
                remedy="end that process",
            ) from error

    @contextmanager
    def _workshop(self) -> Iterator[Path]:
        """Create the private folder of the publisher, without leftovers of killed ones."""
        folder = self.path.with_name(f".{self.path.name}.building")
        shutil.rmtree(folder, ignore_errors=True)
        remove_aliases(self.path)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OSError, duckdb.Error) as error:
            if isinstance(error, OSError) and error.errno in _REFUSALS:
                raise PermissionError(*error.args) from error
            raise ProjectionError(
                f"catalog {str(self.path)!r}",
                problem=fault_of(error).text,
                remedy=f"{self._remedy(error)}; the ledger is not affected",
            ) from error

    def _remedy(self, error: Exception) -> str:
        if is_out_of_memory(error):
            return "close other programs, and try again"
        odd = odd_character(str(self.path))
        if odd is not None:
            return f"move the project to a folder without {odd!r} in its path"
        return "check its folder and free disk space"


def _reused_runs(events: pa.Table) -> list[str]:
    from pyarrow import compute  # noqa: PLC0415  # start-up time

    from lineage.events import OperationSkipped  # noqa: PLC0415

    skipped = events.filter(compute.equal(events["type"], OperationSkipped.TOPIC))
    found = {json.loads(payload)["reused_run"] for payload in skipped["payload"].to_pylist()}
    return sorted(found - {None})


def _read_ahead(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables, each read while the one before it is folded."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = reader.submit(next, tables, None)
            yield table


def _fold_one(fold: Callable[[pa.Table], None], events: pa.Table) -> None:
    try:
        fold(events)
    except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
        first, last = events["position"][0], events["position"][-1]
        raise ProjectionError(
            f"events {first} to {last}",
            problem=fault_of(error).text,
            expected="payloads as this release writes them",
            remedy="`lineage doctor` names the damaged event",
        ) from error


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        # A failed transaction may have nothing left to roll back.
        with suppress(duckdb.Error):
            connection.execute("rollback")
        raise
    connection.execute("commit")


def _mark_of(events: pa.Table) -> _Mark:
    return _Mark(
        position=events["position"][-1].as_py(),
        last_stream=events["stream"][-1].as_py(),
        last_version=events["version"][-1].as_py(),
        last_recorded_at=from_microseconds(events["recorded_at"][-1].value),
    )
