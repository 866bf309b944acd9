"""What the files beside a ledger know of its events, for when the ledger knows less."""

from __future__ import annotations

import heapq
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.kernel.errors import LedgerUnavailableError, ProjectionError
from lineage.kernel.packages.statements import statements
from lineage.ledger import Ledger
from projections.catalog import building
from projections.catalog.building import Mark
from projections.catalog.catalog import open_in_place

_TAIL_BYTES: Final = 4096
_END_OF_REPORT: Final = re.compile(rb'"run_id": "[^"]+",\s+"ledger_position": (\d{1,18})\s*\}\s*\Z')
_MOST_NAMED: Final = 5
_MOST_READ: Final = 16
_SQL: Final = statements(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A file that was made from a ledger.

    Attributes:
        path: The file.
        position: Position of the last event that it is known to show; 0 if it says none.
        runs: How many runs it shows; None if that is not known.
    """

    path: Path
    position: int = 0
    runs: int | None = None

    def statement(self, root: Path) -> str:
        """Return what the file knows, as a phrase."""
        known = [f"position {self.position}"] if self.position else []
        known += [] if self.runs is None else [f"{self.runs} run{'' if self.runs == 1 else 's'}"]
        return f"{os.path.relpath(self.path, root)} {', '.join(known)}"


def of_reports(folder: Path) -> list[Witness]:
    """Return the reports below a folder that say from which position they were made.

    Only the 16 files that were written last are read, so that a project opens as quickly with
    many reports as with few. The last run that ended is among them, also when a ledger or a whole
    state folder was put back from a backup, or was lost. It is not if more files were written,
    copied or touched by hand since; the catalog then still knows what it has folded.
    """
    found = []
    for path in _newest_files(folder):
        with suppress(OSError), path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
            end = _END_OF_REPORT.search(stream.read())
            if end is not None:
                found.append(Witness(path=path, position=int(end[1]), runs=1))
    return found


def _newest_files(folder: Path) -> list[Path]:
    newest = heapq.nlargest(_MOST_READ, _json_files(str(folder)))
    return sorted(Path(path) for _, path in newest)


def _json_files(folder: str) -> Iterator[tuple[int, str]]:
    """Yield time of change and path of the JSON files below a folder, without reading them."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _json_files(entry.path)
            elif entry.name.endswith(".json"):
                with suppress(OSError):
                    yield entry.stat().st_mtime_ns, entry.path


def of_execution_log(path: Path) -> Iterator[Witness]:
    """Yield the execution log, if it is one that was made from a ledger."""
    with suppress(OSError, ValueError, RecursionError, AttributeError, TypeError):
        records = json.loads(path.read_bytes())["executions"]
        # logs that other programs wrote have no status of that kind, and come by an import
        runs = sum("status" in record and "hostname" in record for record in records)
        if runs:
            yield Witness(path=path, runs=runs)


def events_of(path: Path) -> Callable[[int], tuple[bytes, ...] | None]:
    """Return a function from a position to the event that a published catalog has there.

    Args:
        path: The file of the catalog. It is read as it is, and not brought up to date.

    Returns:
        The function; it gives the columns in the order of the ledger as texts in UTF-8, null as
        the empty text, or None if the catalog does not have the event.
    """

    def read(position: int) -> tuple[bytes, ...] | None:
        try:
            catalog = open_in_place(path)
            if catalog is None:
                return None
            with catalog:
                row = catalog.row(_SQL["as_stored"], [position])
        except ProjectionError:
            return None
        values = () if row is None else row.values()
        return tuple(b"" if value is None else str(value).encode() for value in values) or None

    return read


def fits(ledger: Ledger, mark: Mark, path: Path) -> bool:
    """Tell whether the ledger still has the last event of a catalog at its position.

    Args:
        ledger: The ledger.
        mark: The mark of the catalog.
        path: The file of the catalog, in a folder of the project.

    Raises:
        LedgerError: The ledger cannot be read.
        LedgerUnavailableError: It lacks events that the catalog has.
    """
    if mark.position == 0:
        return True
    found = building.mark_at(ledger, mark.position)
    if found is None:
        check(ledger, path.parent.parent, [Witness(path=path, position=mark.position)])
    return mark == found


def check(ledger: Ledger, root: Path, witnesses: list[Witness]) -> None:
    """Refuse a ledger that lacks events which other files know.

    Args:
        ledger: The ledger.
        root: The project; files are named relative to it.
        witnesses: What others know. They were looked at before the ledger is, so that a run
            which goes on meanwhile is no fault.

    Raises:
        LedgerUnavailableError: It has fewer events than another one knows.
    """
    head = ledger.head() if witnesses else 0
    knowing = [w for w in witnesses if w.position > head or (not head and w.runs)]
    if not knowing:
        return
    knowing.sort(key=lambda witness: -witness.position)
    named = "; ".join(witness.statement(root) for witness in knowing[:_MOST_NAMED])
    more = len(knowing) - _MOST_NAMED
    file = ledger.file
    place = ledger.url if file is None else str(file)
    holds = f"events 1 to {head}" if head else "no events"
    if file is not None and not file.exists():
        holds = "no such file"
    raise LedgerUnavailableError(
        f"ledger {place!r}",
        problem=f"{holds}, while others know more: {named}"
        + (f"; and {more} more" if more > 0 else ""),
        remedy=f"{_REMEDY_OF_FILE if file is not None else _REMEDY_OF_MEMORY}; nothing was changed",
    )


_REMEDY_OF_FILE: Final = (
    "put the newest ledger back from a backup, or correct LINEAGE_LEDGER; only to begin a new "
    "history, move the files named here out of the project"
)
_REMEDY_OF_MEMORY: Final = (
    "a ledger in memory has no history: unset LINEAGE_LEDGER, or 'ledger' in the project's "
    "configuration, to use the project's own"
)
