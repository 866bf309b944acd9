"""Catalogs in memory: of a past, of few events, and of an encrypted ledger."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from lineage.ledger import Ledger
from projections.catalog import building, folds, witnesses
from projections.catalog.building import Mark
from projections.catalog.catalog import Catalog
from projections.catalog.kept import snapshot
from projections.catalog.kept.held import Contents, KeptCatalog, contents_of
from projections.catalog.kept.snapshot import Snapshot

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_STAYS_IN_MEMORY: Final = "set temp_directory = ''"
_ERASED: Final = "insert into erased_streams select unnest($1::varchar[])"


class InMemory:
    """Folds the events of a ledger in memory; of an encrypted one, nothing is left in the clear.

    Args:
        ledger: The ledger with the events.
        file: From which the catalog of an encrypted ledger goes on.
    """

    def __init__(self, ledger: Ledger, file: Snapshot) -> None:
        self._ledger = ledger
        self._snapshot = file
        self._kept = KeptCatalog()

    def open(self, *, is_own: bool = False) -> Catalog:
        """Open the catalog of an encrypted ledger, up to date; errors as in `Projector.open`.

        Args:
            is_own: Fold one that nobody shares.
        """
        contents = contents_of(self._ledger)
        shared = None if is_own else self._kept.share(contents)
        if shared is not None:
            return shared
        self._kept.close()  # two might not fit into a small memory
        catalog = self._on_snapshot(contents)
        return catalog if is_own else self._kept.hold(contents, catalog)

    def rebuild(self) -> Catalog:
        """Fold an encrypted ledger from its first event; errors as in `Projector.open`."""
        self.close()
        with suppress(OSError):  # a folder that nobody may change keeps it
            self._snapshot.forget()
        return self.open()

    def fold(self, tables: Iterable[pa.Table], *, documents: bool = False) -> Catalog:
        """Fold events into a catalog of their own.

        Args:
            tables: The events, with `lineage.ledger.arrow.ARROW_SCHEMA`.
            documents: Let the tables say what they mean.

        Raises:
            LedgerError: The ledger cannot be read.
            ProjectionError: An event cannot be folded.
        """
        connection = self._blank()
        if documents:
            folds.document(connection)
        mark = building.fold(connection, tables, Mark(), building.fold_version(self._ledger))
        return self._finished(connection, mark)

    def close(self) -> None:
        """Release the catalog that is kept for the next question."""
        self._kept.close()

    def _on_snapshot(self, contents: Contents) -> Catalog:
        """Fold what the snapshot lacks, or everything, and write another one if that is worth it.

        Who lacks the master key can read none, and must write none: it would lack all payloads.
        """
        connection, version = self._blank(), building.fold_version(self._ledger)
        before = self._snapshot.load(connection, version)
        if before is not None and not witnesses.fits(self._ledger, before, self._snapshot.path):
            connection.close()
            connection, before = self._blank(), None
        folds.document(connection)
        before = before or Mark()
        mark = building.fold_news(connection, self._ledger, before, contents.head, version)
        if not contents.is_locked and snapshot.is_worth_writing(before, mark):
            self._snapshot.write(connection, mark, fold_version=version, erased=contents.erased)
        return self._finished(connection, mark)

    def _blank(self) -> duckdb.DuckDBPyConnection:
        """Return a new database in memory with the empty tables."""
        connection = folds.connect()
        if self._ledger.is_encrypted:
            connection.execute(_STAYS_IN_MEMORY)
        folds.create(connection)
        return connection

    def _finished(self, connection: duckdb.DuckDBPyConnection, mark: Mark) -> Catalog:
        if erased := sorted(self._ledger.erased_streams()):
            connection.execute(_ERASED, [erased])
        connection.execute("reset threads")
        return Catalog(connection, mark.position)
