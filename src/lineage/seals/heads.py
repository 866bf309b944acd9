"""The tree heads that were signed: on record, and as small text files that can be carried away."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from lineage.domain.seal import SEAL, SealCommand, SealState
from lineage.events import SealCosigned, SealDeposited, SealSigned, streams
from lineage.kernel import files
from lineage.kernel.errors import IntegrityError
from lineage.kernel.notes import VerifierKey
from lineage.ledger import Ledger, RecordedEvent, Session
from lineage.project import Project

FOLDER: Final = "seals"
"""Where the files are, below the folder of the data, in a folder for each ledger."""

_FIRST_LOOK: Final = 4
"""Events at the end of the stream that are read first; then more."""
_FILE: Final = re.compile(r"([0-9]{12,})\.txt", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedHead:
    """A tree head that was signed.

    Attributes:
        signed: What was signed.
        position: Where that was recorded; behind the events under the head.
        recorded_at: When.
        actor: By whom.
        run: The run at whose end; None outside of runs.
        cosigned: What witnesses signed of it, each with its time.
        deposited: Where it is said to be kept, each with its time.
    """

    signed: SealSigned
    position: int
    recorded_at: datetime
    actor: str
    run: str | None
    cosigned: tuple[tuple[SealCosigned, datetime], ...] = ()
    deposited: tuple[tuple[SealDeposited, datetime], ...] = ()

    @property
    def size(self) -> int:
        """Number of events under the head: the position of the last."""
        return self.signed.tree_size

    @property
    def root_sha256(self) -> str:
        """The root of the tree."""
        return self.signed.root_sha256

    @property
    def note(self) -> str:
        """The signed head as a text."""
        return self.signed.note

    @property
    def origin(self) -> str:
        """The name of the ledger."""
        return VerifierKey.parse(self.signed.verifier_key).name


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """The end of the stream of seals, read without what comes before.

    Attributes:
        version: Number of events of the stream.
        state: The state after them.
        head: The last head, without what was said of it later; None if there is none.
    """

    version: int
    state: SealState
    head: SealedHead | None

    def session(
        self, ledger: Ledger, *, run: str | None = None, task: str | None = None
    ) -> Session[SealState, SealCommand]:
        """Return the session of the stream from here on."""
        since = (self.version, self.state)
        return Session(ledger, SEAL, streams.SEALS, run=run, task=task, since=since)


def tail(project: Project) -> Tail:
    """Return the end of the stream of seals, from its last head on.

    Raises:
        LedgerError: The history cannot be read.
    """
    last = project.ledger.last_of_stream(streams.SEALS)
    if last is None:
        return Tail(version=0, state=SEAL.initial, head=None)
    recorded, count = [last], 1
    while not any(isinstance(r.event, SealSigned) for r in recorded) and count < last.version:
        count = max(_FIRST_LOOK, 4 * count)
        after = max(0, last.version - count)
        recorded = project.ledger.read_stream(streams.SEALS, after=after)
    heads = [r for r in recorded if isinstance(r.event, SealSigned)]
    return Tail(
        version=recorded[-1].version,
        state=SEAL.fold(r.event for r in recorded),
        head=head_of(heads[-1]) if heads else None,
    )


def latest(project: Project) -> SealedHead | None:
    """Return the last head that was signed; None if there is none.

    Raises:
        LedgerError: The history cannot be read.
    """
    return tail(project).head


def all_heads(project: Project) -> list[SealedHead]:
    """Return all heads in order, with what was said of each later.

    Raises:
        LedgerError: The history cannot be read.
    """
    found: dict[int, SealedHead] = {}
    cosigned: dict[int, list[tuple[SealCosigned, datetime]]] = {}
    deposited: dict[int, list[tuple[SealDeposited, datetime]]] = {}
    for recorded in project.ledger.iter_stream(streams.SEALS):
        match recorded.event:
            case SealSigned() as event:
                found[event.tree_size] = head_of(recorded)
            case SealCosigned() as event:
                cosigned.setdefault(event.tree_size, []).append((event, recorded.recorded_at))
            case SealDeposited() as event:
                deposited.setdefault(event.tree_size, []).append((event, recorded.recorded_at))
    return [
        SealedHead(
            signed=head.signed,
            position=head.position,
            recorded_at=head.recorded_at,
            actor=head.actor,
            run=head.run,
            cosigned=tuple(cosigned.get(size, ())),
            deposited=tuple(deposited.get(size, ())),
        )
        for size, head in found.items()
    ]


def head_of(recorded: RecordedEvent) -> SealedHead:
    """Return the head of a recorded `SealSigned`."""
    assert isinstance(recorded.event, SealSigned)  # noqa: S101  # as its callers looked
    return SealedHead(
        signed=recorded.event,
        position=recorded.position or 0,
        recorded_at=recorded.recorded_at,
        actor=recorded.actor,
        run=recorded.run,
    )


def folder(project: Project, origin: str) -> Path:
    """Return where the files of a ledger's heads are."""
    return project.data_folder / FOLDER / origin.replace("/", "-")


def file_of(project: Project, head: SealedHead) -> Path:
    """Return the file of a head, which may be missing."""
    return folder(project, head.origin) / f"{head.size:012d}.txt"


def write_file(project: Project, head: SealedHead) -> Path:
    """Write the file of a head, if it is missing, and return it.

    A head that was signed again, after its event was lost with the end of a run, has the same
    text, as Ed25519 signs without chance.

    Raises:
        IntegrityError: There is a file with another text.
        OSError: It cannot be read or written.
    """
    path = file_of(project, head)
    with suppress(FileNotFoundError):
        if path.read_text(encoding="utf-8", errors="replace") == head.note:
            return path
        raise IntegrityError(
            f"head of {head.size:,} events in {project.display(path)!r}",
            problem="it is not the one on record",
            remedy="`lineage verify` finds what was changed",
        )
    files.write_text(path, head.note)
    return path


def write_missing(project: Project) -> list[Path]:
    """Write the files of all heads that have none, and return them.

    Raises:
        IntegrityError: There is a file with another text.
        LedgerError: The history cannot be read.
        OSError: A file cannot be read or written.
    """
    missing = [h for h in all_heads(project) if not file_of(project, h).exists()]
    return [write_file(project, head) for head in missing]


def largest_file(project: Project, origin: str) -> tuple[int, Path] | None:
    """Return size and file of the largest head that there is a file of; None if there is none.

    Raises:
        OSError: The folder cannot be read.
    """
    return max(_files(folder(project, origin)), default=None)


def _files(where: Path) -> Iterator[tuple[int, Path]]:
    with suppress(FileNotFoundError), os.scandir(where) as entries:
        for entry in entries:
            named = _FILE.fullmatch(entry.name)
            if named is not None:
                yield int(named[1]), Path(entry.path)
