"""What was signed of a ledger, wherever it is kept, and by whom: each signature is checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from lineage.domain.seal import frontier_of, is_endorsed, is_note_of
from lineage.events import SealCosigned, SealSigned, SignerAdopted, streams
from lineage.kernel.errors import CipherError, IntegrityError, LedgerError
from lineage.kernel.notes import ED25519, Head, Note, VerifierKey
from lineage.kernel.secrets import signing
from lineage.ledger import RecordedEvent
from lineage.project import Project
from lineage.seals import heads

Source = Literal["ledger", "file", "outside"]

MAX_BYTES: Final = 2**16
"""Longest file of a head that is read."""

_SUFFIX: Final = ".txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is not as it was signed.

    Attributes:
        kind: What was done, in few words.
        detail: What was found, in a sentence.
        position: The first position concerned; None where it is no event.
        until: The last one; None where it is no event.
    """

    kind: str
    detail: str
    position: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A tree head that is to be believed, apart from whether the ledger has it.

    Attributes:
        source: Where it is: an event of the ledger, a file of the project, or outside.
        name: What to call it in a sentence.
        size: Number of events under it.
        root: Root of the tree.
        position: Position of the event; None if it is none.
    """

    source: Source
    name: str
    size: int
    root: bytes
    position: int | None = None


@dataclass(slots=True)
class Evidence:
    """All that was signed of a ledger.

    Attributes:
        keys: Verifier keys whose signatures count, by their texts, the latest last.
        witnesses: Verifier keys of the witnesses on record, by their texts.
        statements: Heads with a good signature.
        notes: Texts of the seals on record, with their sizes.
        own: The public key that is at hand, where the ledger knows no signer.
        problems: What is wrong with seals, signers and files.
        remarks: What a reader should know, though nothing is wrong.
    """

    keys: dict[str, VerifierKey] = field(default_factory=dict)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)
    own: bytes | None = None
    problems: list[Problem] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def gather(
    project: Project, *, outside: Sequence[str] = (), trusted: Sequence[VerifierKey] = ()
) -> Evidence:
    """Collect the seals of a ledger, the files of its heads, and heads that were kept elsewhere.

    Every signature is checked, for about 0.2 ms each.

    Args:
        project: The project.
        outside: Texts of heads that somebody kept: signed notes.
        trusted: Keys that the reader trusts; without them the first key on record is.
    """
    evidence = Evidence()
    records = _records(project, evidence)
    _gather_keys(evidence, records, trusted)
    if not evidence.keys:
        evidence.own = _own_key(project)
    for record in records:
        if isinstance(record.event, SealSigned):
            _gather_seal(evidence, record, record.event)
        elif isinstance(record.event, SealCosigned):
            _gather_cosignature(evidence, record, record.event)
    _gather_files(project, evidence)
    for number, text in enumerate(outside, 1):
        _gather_note(evidence, text, "outside", f"head {number} kept outside")
    return evidence


def _records(project: Project, evidence: Evidence) -> list[RecordedEvent]:
    found: list[RecordedEvent] = []
    try:
        found.extend(project.ledger.iter_stream(streams.SEALS))
    except LedgerError as error:
        detail = f"the seals after the first {len(found)} cannot be read: {error}"
        evidence.problems.append(Problem(kind="forged seal", detail=detail))
    return found


def _own_key(project: Project) -> bytes | None:
    """Return the public key of the project, if it is at hand."""
    path = signing.project_file(project.root, project.state_folder)
    with suppress(CipherError):
        return signing.read(path, project.root).public if path.exists() else None
    return None


def _gather_keys(
    evidence: Evidence, records: Sequence[RecordedEvent], trusted: Sequence[VerifierKey]
) -> None:
    accepted = {str(key): key for key in trusted}
    for record in records:
        event = record.event
        if not isinstance(event, SignerAdopted):
            continue
        place = record.position
        try:
            key, is_next = VerifierKey.parse(event.verifier_key), is_endorsed(event)
        except IntegrityError as error:
            evidence.problems.append(_at(place, "forged signer", f"it cannot be read: {error}"))
            continue
        if str(key) in accepted:
            continue
        if event.endorsement is not None and not is_next:
            detail = "the key before it did not sign its adoption"
            evidence.problems.append(_at(place, "forged signer", detail))
        elif not accepted or (is_next and event.replaces in accepted):
            accepted[str(key)] = key
        elif trusted:
            detail = f"{key} was adopted without the word of a key that you trust"
            evidence.problems.append(_at(place, "unknown signer", detail))
        else:
            accepted[str(key)] = key
            evidence.remarks.append(
                f"the key adopted at position {place} was not endorsed by the one before it: "
                "whoever could write to the project could adopt it"
            )
    evidence.keys = accepted


def _gather_seal(evidence: Evidence, record: RecordedEvent, seal: SealSigned) -> None:
    place, known = record.position, evidence.keys.get(seal.verifier_key)
    try:
        if known is None:
            key = VerifierKey.parse(seal.verifier_key)
            detail = f"the seal over {seal.tree_size:,} events is signed by {key.name}, whose key "
            detail += f"{key.key_id.hex()} the ledger has not adopted"
            evidence.problems.append(_at(place, "unknown signer", detail))
            return
        is_so = is_note_of(seal.note, known, seal)
        is_so &= frontier_of(seal).root().hex() == seal.root_sha256
    except (IntegrityError, ValueError):
        is_so = False
    if not is_so or seal.tree_size >= (place or 0):
        detail = f"its signature is not that of its signer under {seal.tree_size:,} events"
        evidence.problems.append(_at(place, "forged seal", detail))
        return
    evidence.notes[seal.note] = seal.tree_size
    evidence.statements.append(
        Statement(
            source="ledger",
            name=f"the seal at position {place}",
            size=seal.tree_size,
            root=bytes.fromhex(seal.root_sha256),
            position=place,
        )
    )


def _gather_cosignature(evidence: Evidence, record: RecordedEvent, seen: SealCosigned) -> None:
    origin = next((key.name for key in reversed(evidence.keys.values())), None)
    try:
        key = VerifierKey.parse(seen.verifier_key)
        is_so = is_note_of(seen.note, key, seen, origin)
    except IntegrityError:
        is_so = False
    if not is_so:
        detail = f"witness {seen.witness!r} did not sign the head of {seen.tree_size:,} events"
        evidence.problems.append(_at(record.position, "forged cosignature", detail))
        return
    evidence.witnesses[str(key)] = key
    name = f"the head that witness {seen.witness!r} signed"
    root = bytes.fromhex(seen.root_sha256)
    statement = Statement(
        source="ledger", name=name, size=seen.tree_size, root=root, position=record.position
    )
    evidence.statements.append(statement)


def _gather_files(project: Project, evidence: Evidence) -> None:
    found = set()
    for path in sorted(_files(project.data_folder / heads.FOLDER)):
        try:
            with path.open("rb") as stream:
                text = stream.read(MAX_BYTES).decode()
        except (OSError, UnicodeDecodeError):
            detail = f"{project.display(path)} cannot be read"
            evidence.problems.append(Problem(kind="head file", detail=detail))
            continue
        size = evidence.notes.get(text)
        if size is None:
            statement = _gather_note(evidence, text, "file", project.display(path))
            size = None if statement is None else statement.size
        if size is not None:
            found.add(size)
            if path.stem != f"{size:012d}":
                detail = f"{project.display(path)} holds the head of {size:,} events"
                evidence.problems.append(Problem(kind="head file", detail=detail))
    missing = [s for s in evidence.statements if s.source == "ledger" and s.size not in found]
    if missing:
        evidence.remarks.append(
            f"{len(missing):,} heads on record have no file in {heads.FOLDER}; `lineage seal` "
            "writes them again"
        )


def _files(folder: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(Path(entry.path))
            elif entry.name.endswith(_SUFFIX):
                yield Path(entry.path)


def _gather_note(evidence: Evidence, text: str, source: Source, name: str) -> Statement | None:
    kind = "head file" if source == "file" else "head kept outside"
    try:
        note = Note.parse(text)
        head = Head.parse(note.text)
        own = [] if evidence.own is None else [VerifierKey(head.origin, ED25519, evidence.own)]
        keys = [*evidence.keys.values(), *own, *evidence.witnesses.values()]
        signed = note.verified_by(keys)
    except IntegrityError as error:
        evidence.problems.append(Problem(kind=kind, detail=f"{name}: {error}"))
        return None
    if not signed:
        who = ", ".join(f"{s.name} ({s.key_id.hex()})" for s in note.signatures)
        detail = f"{name}: signed by {who}, none of which is a signer of this ledger"
        evidence.problems.append(Problem(kind="unknown signer", detail=detail))
        if source == "file":
            return None
    statement = Statement(source=source, name=name, size=head.size, root=head.root)
    evidence.statements.append(statement)
    return statement


def _at(position: int | None, kind: str, detail: str) -> Problem:
    return Problem(kind=kind, detail=detail, position=position, until=position)


def largest(statements: Iterable[Statement]) -> int:
    """Return the largest size of statements; 0 if there are none."""
    return max((statement.size for statement in statements), default=0)
