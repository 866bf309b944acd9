"""Keep the catalog in step with the ledger, and publish it for any DuckDB client.

The published file is never written in place: new events go into a private copy, which then
takes its name. Readers keep what they opened, a writer is never blocked, a crash leaves the
old file.
"""

from __future__ import annotations

import logging
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
from filelock import FileLock, Timeout

from lineage.kernel import files
from lineage.kernel.errors import ProjectionError
from lineage.ledger import Ledger
from projections import folds
from projections.catalog import Catalog

_log = logging.getLogger(__name__)
LOCK_TIMEOUT_S: Final = 60
_MARK: Final = """
update catalog_info
set position = ?, fold_version = ?, last_stream = ?, last_version = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Up to which event of which ledger a catalog was built."""

    position: int = 0
    last_stream: str | None = None
    last_version: int | None = None


class Projector:
    """Builds catalogs from a ledger.

    Args:
        ledger: Where the events are.
        path: The published file; its folder must exist.
    """

    def __init__(self, ledger: Ledger, path: Path) -> None:
        self._ledger = ledger
        self.path = path

    def open(self) -> Catalog:
        """Bring the published catalog up to date and open it.

        Raises:
            LedgerError: The ledger cannot be read.
            ProjectionError: Another process has been publishing for over a minute.
        """
        head = self._ledger.head()
        mark = self._published()
        if mark is None or mark.position != head:
            self._publish_up_to(head)
        try:
            return self._open_published()
        except (duckdb.Error, OSError):
            _log.warning("cannot read the published catalog, folding in memory")
            return self.as_of(head)

    def as_of(self, moment: int | datetime) -> Catalog:
        """Fold the events up to a position or a time in memory.

        Args:
            moment: A position, or a timezone-aware time; later ones than the last event mean it.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        asked = self._ledger.position_at(moment) if isinstance(moment, datetime) else moment
        until = max(0, min(asked, self._ledger.head()))
        connection = duckdb.connect(":memory:")
        folds.create(connection)
        self._fold(connection, _Mark(), until)
        return Catalog(_locked(connection), until)

    def of_run(self, run_id: str) -> Catalog:
        """Fold the events of one run in memory; the cost does not depend on other runs.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        events = self._ledger.read_stream_arrow(f"run:{run_id}")
        connection = duckdb.connect(":memory:")
        folds.create(connection)
        folds.apply(connection, events)
        position = events["position"][-1].as_py() if events.num_rows else 0
        return Catalog(_locked(connection), position)

    def rebuild(self) -> int:
        """Build the published catalog anew from the first event and return its position.

        Raises:
            LedgerError: The ledger cannot be read.
            ProjectionError: As in `open`.
        """
        head = self._ledger.head()
        with self._lock():
            self._publish(None, head)
        return head

    def _publish_up_to(self, head: int) -> None:
        with self._lock():
            mark = self._published()
            if mark is None or mark.position < head:
                self._publish(mark, head)

    def _publish(self, mark: _Mark | None, head: int) -> None:
        part = self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}{files.PART_SUFFIX}")
        try:
            if mark is not None:
                shutil.copyfile(self.path, part)
            with duckdb.connect(str(part)) as connection:
                if mark is None:
                    folds.create(connection)
                    folds.document(connection)
                self._fold(connection, mark or _Mark(), head)
            part.replace(self.path)
        except PermissionError as error:
            # Windows refuses to replace a file that a client has open.
            _log.warning("cannot publish %s: %s", self.path, error.strerror)
        finally:
            for leftover in (part, part.with_name(part.name + ".wal")):
                with suppress(FileNotFoundError):
                    leftover.unlink()

    def _fold(self, connection: duckdb.DuckDBPyConnection, mark: _Mark, until: int) -> None:
        connection.execute("begin")
        for events in self._ledger.read_arrow(after=mark.position, until=until):
            folds.apply(connection, events)
            last = events.slice(events.num_rows - 1).to_pylist()[0]
            mark = _Mark(
                position=last["position"], last_stream=last["stream"], last_version=last["version"]
            )
        info = [mark.position, folds.version(), mark.last_stream, mark.last_version]
        connection.execute(_MARK, info)
        connection.execute("commit")

    def _published(self) -> _Mark | None:
        """Return how far the published catalog is; None if it has to be built anew."""
        if not self.path.exists():
            return None
        try:
            with self._open_published() as catalog:
                info = catalog.row("select * from catalog_info")
        except (duckdb.Error, ProjectionError, OSError):
            _log.info("building %s anew: it cannot be read", self.path)
            return None
        if info is None or info.pop("fold_version") != folds.version():
            return None
        mark = _Mark(**info)
        return mark if self._fits_ledger(mark) else None

    def _fits_ledger(self, mark: _Mark) -> bool:
        """Tell whether the ledger still has the event the catalog ends with, at its place."""
        if mark.last_stream is None or mark.last_version is None:
            return mark.position == 0
        found = self._ledger.read_stream(mark.last_stream, after=mark.last_version - 1)
        return bool(found) and found[0].position == mark.position

    def _open_published(self) -> Catalog:
        # A DuckDB process keeps one instance a path, so a fresh name is needed to see the
        # newest file; the name can go once the file is open.
        alias = self.path.with_name(f".{self.path.name}.{secrets.token_hex(6)}{files.PART_SUFFIX}")
        _alias(self.path, alias)
        try:
            connection = duckdb.connect(str(alias), read_only=True)
            position = connection.execute("select position from catalog_info").fetchone()
        finally:
            with suppress(PermissionError):
                alias.unlink()
        return Catalog(_locked(connection), position[0] if position else 0)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=LOCK_TIMEOUT_S):
                yield
        except Timeout as error:
            raise ProjectionError(
                f"catalog {self.path.name!r}",
                found=f"another process publishing for over {LOCK_TIMEOUT_S} s",
                remedy="end that process",
            ) from error


def _alias(path: Path, alias: Path) -> None:
    try:
        alias.hardlink_to(path)
    except OSError:
        shutil.copyfile(path, alias)


def _locked(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Take from a connection the means to reach outside its database."""
    connection.execute("set timezone = 'UTC'")
    connection.execute("set python_enable_replacements = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection
