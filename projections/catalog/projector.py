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
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from lineage.events import streams
from lineage.kernel.errors import ProjectionError, QueryError
from lineage.kernel.paths import odd_character
from lineage.ledger import Ledger
from projections.catalog import building, moments, witnesses
from projections.catalog.building import Mark
from projections.catalog.catalog import Catalog, open_file, open_new, remove_aliases
from projections.catalog.kept import scratch as databases
from projections.catalog.kept.held import HeldCatalog, Identity, identity_of
from projections.catalog.kept.in_memory import InMemory
from projections.catalog.kept.snapshot import SUFFIX, Snapshot
from projections.catalog.moments import Moment
from projections.catalog.query_errors import fault_of, is_out_of_memory

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger(__name__)
LOCK_TIMEOUT_S: Final = 60
_REFUSALS: Final = {errno.EACCES, errno.EPERM, errno.EROFS}


class Projector:
    """Builds catalogs from a ledger.

    Args:
        ledger: The ledger with the events.
        path: The published file; its folder must exist.
        keeps_snapshot: Whether the catalog of an encrypted ledger is kept in an encrypted file.
    """

    def __init__(self, ledger: Ledger, path: Path, *, keeps_snapshot: bool = False) -> None:
        self._ledger = ledger
        self.path = path
        self._snapshot = Snapshot(ledger, path.with_suffix(SUFFIX), is_kept=keeps_snapshot)
        self._memory = InMemory(ledger, self._snapshot)
        self._held = HeldCatalog(path)
        self._examined: tuple[Identity, Mark] | None = None

    def open(self, *, is_own: bool = False) -> Catalog:
        """Bring the published catalog up to date and open it.

        If the folder cannot be written, the events are folded in memory. A catalog without events
        is not published, and neither is that of an encrypted ledger: it is folded in memory, on
        top of its snapshot if one is kept.

        Args:
            is_own: Open the file separately, so that a memory limit of this catalog applies to no
                other. Otherwise the catalogs of a projector share one open file.

        Raises:
            LedgerError: The ledger cannot be read, or lacks events that the catalog has.
            ProjectionError: Another process has been publishing for over a minute, the disk is
                full, or an event cannot be folded.
        """
        if self._ledger.is_encrypted:
            return self._memory.open(is_own=is_own)
        head = self._ledger.head()
        shared = None if is_own else self._held.share(head)
        if shared is not None:
            return shared
        catalog = None if self._is_behind(head) else self._open_published(at_least=head)
        if catalog is None and head:
            try:
                catalog = self._publish_up_to(head) or self._open_published(at_least=head)
            except PermissionError as error:
                _log.warning("cannot publish %s: %s", self.path, error)
        if catalog is None:
            fold = self._in_scratch if head <= building.FEW else self._memory.fold
            events = building.read_ahead(self._ledger.read_arrow(until=head))
            return fold(events, documents=True)
        return catalog if is_own else self._held.hold(catalog)

    def open_published(self) -> Catalog | None:
        """Open the published catalog as it is, though the ledger may have more events.

        Returns:
            The catalog, which the caller closes; None if there is none that fits the ledger.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        return None if self._ledger.is_encrypted else self._open_published(at_least=0)

    def as_witness(self) -> Iterator[witnesses.Witness]:
        """Yield what the published catalog, or the snapshot, knows of the ledger.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        if self._ledger.is_encrypted:
            if (position := self._snapshot.position()) is not None:
                yield witnesses.Witness(path=self._snapshot.path, position=position)
            return
        identity, catalog = identity_of(self.path), open_file(self.path)
        if catalog is None:
            return
        with catalog, suppress(QueryError):
            runs = catalog.value("select count(*) from run_beginnings")
            yield witnesses.Witness(path=self.path, position=catalog.position, runs=runs)
            mark = self._stated_mark(catalog)
            if mark and identity and mark == building.mark_at(self._ledger, mark.position):
                self._examined = (identity, mark)  # whoever publishes next need not open it

    def close(self) -> None:
        """Release the catalog kept for the next query; open catalogs stay open."""
        self._held.close()
        self._memory.close()

    def forget(self) -> None:
        """Remove the published file, the snapshot, and what publishers and readers left beside.

        Raises:
            ProjectionError: Another process has been publishing for over a minute, or a file
                cannot be removed.
        """
        self.close()
        if not self.path.parent.is_dir():
            return
        with self._translated(), self._lock():
            shutil.rmtree(self._workshop_folder, ignore_errors=True)
            remove_aliases(self.path)
            self._snapshot.forget()
            for file in self.path.parent.glob(f"*{self.path.suffix}*"):
                file.unlink()

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
        events = building.read_ahead(past.events(self._ledger))
        return self._in_scratch(events) if past.known <= building.FEW else self._memory.fold(events)

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
        if events["payload"].null_count:
            next(self._ledger.iter_stream(streams.run(run_id)))  # says why it cannot be read
        reused = (self._ledger.read_stream_arrow(streams.run(run)) for run in _reused_runs(events))
        return self._in_scratch([*reused, events])

    def rebuild(self) -> int:
        """Rebuild the published catalog from the first event and return its position.

        Segments are compared with the ledger, so that it shows what the ledger holds now.

        Raises:
            LedgerError: As in `open`.
            ProjectionError: As in `open`, or the folder cannot be written.
        """
        if self._ledger.is_encrypted:
            with self._memory.rebuild() as built:
                return built.position
        self._published_mark()
        head = self._ledger.head()
        try:
            with self._translated(), self._lock():
                catalog = self._publish(None, head, is_compared=True)
        except PermissionError as error:
            raise ProjectionError(
                f"catalog {str(self.path)!r}",
                problem=error.strerror,
                expected="a writable folder and a file that no program has open",
                remedy="check owner and permissions, and close programs that have it open",
            ) from error
        if catalog is not None:
            catalog.close()
        return head

    def _publish_up_to(self, head: int) -> Catalog | None:
        """Publish what is new; return what `_publish` does, None if somebody else has done it."""
        with self._translated(), self._lock():
            mark = self._published_mark()
            if mark is None:
                return self._publish(None, head)
            return self._publish_news(mark, head) if mark.position < head else None

    def _publish_news(self, mark: Mark, head: int) -> Catalog | None:
        try:
            return self._publish(mark, head)
        except duckdb.Error as error:
            _log.info("rebuilding %s: %s", self.path, fault_of(error).text)
            return self._publish(None, head)

    def _publish(
        self, mark: Mark | None, head: int, *, is_compared: bool = False
    ) -> Catalog | None:
        """Replace the published file; the caller holds the lock.

        Args:
            mark: What it has; None to build it from the first event.
            head: The last position to fold.
            is_compared: Compare all that it is built from with the ledger.

        Returns:
            The new catalog; None where an open file cannot take the place of another.
        """
        with self._workshop() as workshop:
            part = workshop / self.path.name
            reached = building.build(
                part,
                self._ledger,
                base=None if mark is None else (self.path, mark),
                head=head,
                fold_version=self._fold_version,
                is_compared=is_compared,
            )
            catalog = open_new(part, reached.position)
            part.replace(self.path)
        identity = identity_of(self.path)
        self._examined = None if identity is None else (identity, reached)
        if mark is not None and (segments := self._ledger.segments()) is not None:
            segments.make_next(head)
        return catalog

    def _in_scratch(self, tables: Iterable[pa.Table], *, documents: bool = False) -> Catalog:
        """Fold few events, in a database that may have been used before."""
        if self._ledger.is_encrypted:
            return self._memory.fold(tables)  # a used database cannot be told to write nothing
        scratch = databases.take()
        if documents:
            scratch.document()
        position = self._fold(scratch.connection, tables)
        return Catalog(
            scratch.connection.cursor(),
            position,
            is_confined=scratch.uses > 0,
            on_close=scratch.give_back,
        )

    def _fold(self, connection: duckdb.DuckDBPyConnection, tables: Iterable[pa.Table]) -> int:
        """Fold events into empty tables, and return the position of the last."""
        return building.fold(connection, tables, Mark(), self._fold_version).position

    @cached_property
    def _fold_version(self) -> str:
        return building.fold_version(self._ledger)

    def _open_published(self, *, at_least: int) -> Catalog | None:
        """Open the published catalog if it is readable, fits the ledger and is recent enough."""
        identity, self._examined = identity_of(self.path), None
        catalog = open_file(self.path)
        if catalog is None:
            return None
        mark = self._mark(catalog)
        self._examined = None if mark is None or identity is None else (identity, mark)
        if mark is not None and mark.position >= at_least:
            return catalog
        catalog.close()
        return None

    def _is_behind(self, head: int) -> bool:
        """Tell whether the published file is known to lack events, without opening it."""
        known = self._examined
        return known is not None and known[1].position < head and known[0] == identity_of(self.path)

    def _published_mark(self) -> Mark | None:
        """Return the mark of the published catalog; None if it cannot be continued."""
        if self._examined is None or self._examined[0] != identity_of(self.path):
            catalog = self._open_published(at_least=0)
            if catalog is not None:
                catalog.close()
        return None if self._examined is None else self._examined[1]

    def _mark(self, catalog: Catalog) -> Mark | None:
        mark = self._stated_mark(catalog)
        return mark if mark is not None and witnesses.fits(self._ledger, mark, self.path) else None

    def _stated_mark(self, catalog: Catalog) -> Mark | None:
        with suppress(QueryError):
            info = catalog.row(building.GET_MARK)
            if info is not None and info.pop("fold_version") == self._fold_version:
                return Mark(**info)
        return None

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
        folder = self._workshop_folder
        shutil.rmtree(folder, ignore_errors=True)
        remove_aliases(self.path)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _workshop_folder(self) -> Path:
        return self.path.with_name(f".{self.path.name}.building")

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
    from lineage.events import OperationSkipped  # noqa: PLC0415  # start-up time

    payloads = zip(events["type"].to_pylist(), events["payload"].to_pylist(), strict=True)
    skipped = (
        json.loads(text)
        for topic, text in payloads
        if topic == OperationSkipped.TOPIC and text is not None
    )
    return sorted({skip["reused_run"] for skip in skipped} - {None})
