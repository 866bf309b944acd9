"""Keep the catalog of an encrypted ledger in an encrypted file, for the next command.

The file is encrypted as any other (`lineage.kernel.secrets.file_cipher`), with a key that the
ledger keeps and that ends with the key of any stream. It holds a line of JSON, the mark of the
catalog and the names of its tables, then each table as a stream of Arrow. It is a cache: whatever
is wrong with it, the catalog is folded from the ledger.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import duckdb

from lineage.kernel import files
from lineage.kernel.errors import LineageError, safe_message
from lineage.ledger import Ledger
from projections.catalog import building
from projections.catalog.building import Mark
from projections.catalog.catalog import remove_aliases

if TYPE_CHECKING:
    import pyarrow as pa

    from lineage.kernel.secrets.file_cipher import FileCipher
    from lineage.kernel.secrets.secret import SecretKey

_log = logging.getLogger(__name__)

SUFFIX: Final = ".snapshot"
"""Ending of the file, which lies where the catalog of a ledger in the clear is."""

_FORMAT: Final = 1
_BATCH_ROWS: Final = 100_000
_SHARE: Final = 10
"""A snapshot is written anew when more than one in so many events is not in it."""

_ROWS: Final = "snapshot_rows"
_TABLES: Final = """
select table_name
from duckdb_tables()
where not internal and not temporary and table_name not in ('catalog_info', 'erased_streams')
order by table_name
"""
_UNUSABLE: Final = (LineageError, OSError, ValueError, KeyError, TypeError, duckdb.Error)
"""What reading or writing a snapshot may meet; errors of Arrow are values or of the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """The keys of a ledger as `file_cipher.DataKeys`."""

    ledger: Ledger
    erased: frozenset[str]
    key_id: str = "ledger"

    def new(self) -> tuple[str, SecretKey]:
        return self.ledger.new_catalog_key(self.erased)

    def load(self, name: str) -> SecretKey:
        return self.ledger.catalog_key(name)


class Snapshot:
    """The encrypted file of a catalog.

    Args:
        ledger: The ledger of the catalog.
        path: The file.
        is_kept: Whether there is to be one; if not, it is neither written nor used, but removed.
    """

    def __init__(self, ledger: Ledger, path: Path, *, is_kept: bool = True) -> None:
        self._ledger = ledger
        self.path = path
        self._is_kept = is_kept

    def position(self) -> int | None:
        """Return the last position that it shows; None if there is none that can be read."""
        with suppress(*_UNUSABLE), self._opened() as stream:
            position: int = _head(stream)["mark"]["position"]
            return position
        return None

    def load(self, connection: duckdb.DuckDBPyConnection, fold_version: str) -> Mark | None:
        """Fill the tables of an empty catalog, and return its mark.

        Args:
            connection: The catalog; nobody else sees it.
            fold_version: What it must have been folded by.

        Returns:
            The mark; None if there is nothing to load, and then the tables are empty.
        """
        try:
            if not self._is_kept:
                self.forget()
            with self._opened() as stream:
                head = _head(stream)
                if head["fold_version"] != fold_version:
                    return None
                with building.transaction(connection):
                    for name, rows in building.read_ahead(_tables(stream, head["tables"])):
                        connection.register(_ROWS, rows)
                        connection.execute(f'insert into "{name}" from {_ROWS}')  # ours
                        connection.unregister(_ROWS)
                return _mark(head["mark"])
        except FileNotFoundError:
            return None
        except _UNUSABLE as error:
            _log.info("cannot use %s: %s", self.path, safe_message(error))
            return None

    def write(
        self,
        connection: duckdb.DuckDBPyConnection,
        mark: Mark,
        *,
        fold_version: str,
        erased: frozenset[str],
    ) -> None:
        """Replace the file by the tables of a catalog; a failure leaves it as it was.

        If another process is writing one, this one is left to it.

        Args:
            connection: The catalog; nobody else sees it.
            mark: Its mark.
            fold_version: What it was folded by.
            erased: The streams that were erased before it was folded.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415  # start-up time

        if not self._is_kept:
            return
        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=0):
                remove_aliases(self.path)
                with files.replacing(self.path, like=self._ledger.file) as pending:
                    target = cast("BinaryIO", pending.stream)
                    with self._cipher(erased).encrypting(target) as stream:
                        _write(stream, connection, mark, fold_version)
        except Timeout:
            _log.info("another process writes %s", self.path)
        except _UNUSABLE as error:
            _log.info("cannot write %s: %s", self.path, safe_message(error))

    def forget(self) -> None:
        """Remove the file, and what killed writers left beside it.

        Raises:
            OSError: It cannot be removed.
        """
        self.path.unlink(missing_ok=True)
        remove_aliases(self.path)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        with self.path.open("rb") as source, self._cipher().decrypting(source) as stream:
            yield stream

    def _cipher(self, erased: frozenset[str] = frozenset()) -> FileCipher:
        from lineage.kernel.secrets.file_cipher import FileCipher  # noqa: PLC0415  # start-up time

        return FileCipher(_Keys(ledger=self._ledger, erased=erased))


def is_worth_writing(before: Mark, after: Mark) -> bool:
    """Tell whether so many events were folded that a snapshot saves more than it costs.

    Args:
        before: The mark of the snapshot; that of an empty catalog if there is none.
        after: The mark of the catalog.
    """
    news = after.position - before.position
    return news > max(building.FEW, after.position // _SHARE)


def _head(stream: BinaryIO) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(stream.readline())
    if head["format"] != _FORMAT:
        raise ValueError("a snapshot of another format")
    return head


def _mark(stated: dict[str, Any]) -> Mark:
    recorded_at = datetime.fromisoformat(stated["last_recorded_at"])
    return Mark(**{**stated, "last_recorded_at": recorded_at})


def _tables(stream: BinaryIO, names: list[str]) -> Iterator[tuple[str, pa.Table]]:
    import pyarrow as pa  # noqa: PLC0415  # start-up time

    for name in names:
        with pa.ipc.open_stream(stream) as reader:
            yield name, reader.read_all()


def _write(
    stream: BinaryIO, connection: duckdb.DuckDBPyConnection, mark: Mark, fold_version: str
) -> None:
    import pyarrow as pa  # noqa: PLC0415  # start-up time

    names = [name for (name,) in connection.execute(_TABLES).fetchall()]
    stated = {"format": _FORMAT, "fold_version": fold_version, "mark": asdict(mark)}
    stream.write(json.dumps({**stated, "tables": names}, default=datetime.isoformat).encode())
    stream.write(b"\n")
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for name in names:
        rows = connection.sql(f'from "{name}"').to_arrow_reader(_BATCH_ROWS)
        with pa.ipc.new_stream(stream, rows.schema, options=options) as writer:
            for batch in rows:
                writer.write_batch(batch)
