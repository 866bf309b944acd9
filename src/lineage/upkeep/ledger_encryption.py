"""Encrypt the ledger of a project that has one in the clear, and say how it is encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.events import SealSigned, streams
from lineage.events.ledger import LedgerConverted
from lineage.kernel.errors import LedgerError
from lineage.kernel.secrets import keyring
from lineage.kernel.secrets.cipher import ALGORITHM
from lineage.ledger import NewEvents
from lineage.project import EXECUTION_LOG, REPORT_FOLDER, Project

COPY_NAME: Final = "ledger.before-encryption.db"
"""Name of the copy that is kept, beside the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """How a ledger is encrypted.

    Attributes:
        is_encrypted: Whether it is.
        is_locked: Whether it is, and no master key is set, so that no payload can be read.
        master_key: Where the master key comes from; None if it is not set, or not needed.
        events: How many events it has.
        streams: How many streams have a key.
        erased_streams: How many had one that was destroyed.
        catalog: Where its catalog is between commands: "file", or, if it is encrypted, "snapshot",
            an encrypted file, or "memory", none.
        in_the_clear: Files and folders of the project that say in the clear what the ledger does,
            relative to the project.
    """

    is_encrypted: bool
    is_locked: bool
    master_key: str | None
    events: int
    streams: int
    erased_streams: int
    catalog: str
    in_the_clear: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What was done to encrypt a ledger.

    Attributes:
        events: How many events were encrypted; 0 if it was encrypted before.
        copy: The copy of it as it was; None if none was kept.
    """

    events: int
    copy: Path | None


def encrypt(project: Project, *, keeps_old: bool = False) -> Conversion:
    """Encrypt the ledger of a project, and remove what was made from it in the clear.

    A crash at any moment leaves it as it was or encrypted; doing it again finishes the rest.

    Args:
        project: The project.
        keeps_old: Keep a copy of the ledger as it was, which is in the clear.

    Raises:
        LedgerError: The ledger is no file, or an event does not come back as it was.
        LedgerLockedError: No master key is set.
        CipherError: It is another one, or the keyring cannot be used.
        LedgerUnavailableError: The ledger cannot be written, or another program reads it all the
            time.
        ProjectionError: The catalog cannot be removed.
        OSError: The copy cannot be made, or a segment not be removed.
    """
    file = project.ledger.file
    if file is None:
        raise LedgerError("ledger in memory", problem="it is in no file")
    copy = file.with_name(COPY_NAME) if keeps_old else None
    events = 0
    if project.ledger.head() == 0 and not project.ledger.is_encrypted:
        raise LedgerError(
            "ledger",
            problem="it has no events yet",
            remedy='write "ledger": {"encryption": true} into the project file, which makes it '
            "encrypted from the first event on",
        )
    if project.ledger.is_encrypted:
        copy = None
        project.ledger.empty_log()
    else:
        seal = _last_seal(project)
        events = project.ledger.encrypt(
            lambda head: _converted(head, seal, is_copy_kept=keeps_old), copy=copy
        )
    project.forget_caches()
    return Conversion(events=events, copy=copy)


def status(project: Project) -> Encryption:
    """Return how the ledger of a project is encrypted; no master key is needed.

    Raises:
        LedgerUnavailableError: The ledger cannot be read.
    """
    counts = project.ledger.count_keys()
    return Encryption(
        is_encrypted=counts is not None,
        is_locked=project.ledger.locked,
        master_key=None if counts is None else keyring.master_source(),
        events=project.ledger.head(),
        streams=0 if counts is None else counts.living,
        erased_streams=0 if counts is None else counts.erased,
        catalog="file" if counts is None else project.settings.ledger_settings.catalog,
        in_the_clear=() if counts is None else tuple(_in_the_clear(project)),
    )


def statement(state: Encryption) -> str:
    """Return how a ledger is encrypted as a sentence."""
    if not state.is_encrypted:
        return "the ledger is not encrypted; `lineage ledger encrypt` encrypts it"
    text = f"{state.streams:,} streams encrypted, {state.erased_streams:,} erased"
    text += "; the catalog is in memory only" if state.catalog == "memory" else ""
    if state.master_key is not None:
        text += f"; the master key comes from {state.master_key}"
    if state.is_locked:
        text += "; no master key is set, so no payload can be read"
    if state.in_the_clear:
        text += f"; not encrypted with it: {', '.join(state.in_the_clear)}"
    return text


def _converted(head: int, seal: SealSigned | None, *, is_copy_kept: bool) -> NewEvents:
    from lineage.domain import LEDGER  # noqa: PLC0415  # start-up time
    from lineage.domain.ledger import ConvertLedger  # noqa: PLC0415

    converted = LedgerConverted(
        encryption=ALGORITHM,
        previous_size=head,
        sealed_size=None if seal is None else seal.tree_size,
        previous_root_sha256=None if seal is None else seal.root_sha256,
        is_copy_kept=is_copy_kept,
    )
    return NewEvents(
        stream=streams.ENCRYPTION,
        events=LEDGER.decide(LEDGER.initial, ConvertLedger(converted=converted)),
        expected_version=0,
    )


def _last_seal(project: Project) -> SealSigned | None:
    recorded = [r.event for r in project.ledger.iter_stream(streams.SEALS)]
    seals = [event for event in recorded if isinstance(event, SealSigned)]
    return seals[-1] if seals else None


def _in_the_clear(project: Project) -> Iterator[str]:
    ledger = project.ledger.file
    places = [
        project.data_folder / REPORT_FOLDER,
        project.root / EXECUTION_LOG,
        project.root / "logs",
        project.checkpoint_files.folder,
        project.projector.path,
        *((ledger.with_name(COPY_NAME),) if ledger is not None else ()),
    ]
    segments = project.ledger.segment_folder
    places += [] if segments is None else [segments]
    for place in places:
        if place.is_file() or (place.is_dir() and any(place.iterdir())):
            yield project.display(place)
