"""Sign the tree head over all events: what was signed last is extended by what came since."""

from __future__ import annotations

import logging
import os
from typing import Final

from lineage.domain.seal import SignHead, frontier_of, is_note_of
from lineage.events import SealSigned
from lineage.kernel.errors import ConfigurationError, IntegrityError, LineageError, safe_message
from lineage.kernel.merkle import Frontier
from lineage.kernel.notes import Head, VerifierKey
from lineage.kernel.secrets import signing
from lineage.project import Project
from lineage.seals import heads, signers
from lineage.seals.conversions import replaced_until
from lineage.seals.heads import SealedHead
from lineage.seals.kept_leaves import LEAVES_FILE, KeptLeaves
from lineage.seals.signers import Signer

SEALS_VARIABLE: Final = "LINEAGE_SEALS"
"""When heads are signed, before the key `seals` of the project's file."""

_CHOICES: Final = ("each_run", "on_demand")
_log = logging.getLogger(__name__)


def seal(project: Project, *, run: str | None = None, task: str | None = None) -> SealedHead | None:
    """Sign the head over all events, record it, write its file, and return it.

    The cost depends on what happened since the last head, not on the size of the ledger.

    Args:
        project: The project.
        run: The run at whose end it is signed.
        task: The task of that run.

    Returns:
        The head, or the last one if nothing happened since but its own record, or if another
        process signed at least as much meanwhile; None if there are no events.

    Raises:
        CipherError: The signing key cannot be used.
        IntegrityError: The last head is not signed by its key or does not fit, the ledger lacks
            events, or a file of a head shows that it was set back.
        LedgerError: The history cannot be read or written.
        OSError: The file of the head cannot be written; it is written with the next one.
    """
    size = project.ledger.head()
    if not size:
        return None
    last = heads.latest(project)
    if last is not None:
        _refuse_set_back(project, last.origin, size)
        heads.write_file(project, last)
        if last.position == size == last.size + 1:
            return last
    signer = signers.signer(project)
    signed = _signed(project, signer, last)
    tail = heads.tail(project)
    recorded = tail.session(project.ledger, run=run, task=task).handle(SignHead(signed=signed))
    if not recorded:
        return heads.latest(project)
    head = heads.head_of(recorded[-1])
    heads.write_file(project, head)
    return head


def seal_after_run(project: Project, *, run: str, task: str) -> None:
    """Seal at the end of a run, where the project wants it; a ledger in memory is not sealed.

    Raises:
        ConfigurationError: LINEAGE_SEALS has another value than there are.
        LineageError: As for `seal`.
        OSError: As for `seal`.
    """
    if is_sealed_after_runs(project):
        seal(project, run=run, task=task)


def is_sealed_after_runs(project: Project) -> bool:
    """Tell whether heads are signed at the end of each run.

    Raises:
        ConfigurationError: LINEAGE_SEALS has another value than there are.
    """
    stated = os.environ.get(SEALS_VARIABLE) or project.settings.seals
    if stated not in _CHOICES:
        raise ConfigurationError(
            SEALS_VARIABLE, found=stated, expected="one of " + ", ".join(_CHOICES)
        )
    return stated == "each_run" and project.ledger.file is not None


def fault_of_key(project: Project) -> str | None:
    """Return why a run could not be sealed at its end for lack of a key; None if it can be."""
    try:
        if is_sealed_after_runs(project):
            signing.load(project.root, project.state_folder)
    except LineageError as error:
        return safe_message(error)
    return None


def _signed(project: Project, signer: Signer, last: SealedHead | None) -> SealSigned:
    frontier = Frontier() if last is None else _checked(project, signer, last)
    if frontier.size <= replaced_until(project.ledger):
        frontier = Frontier()  # the last head is over bytes that are not there any more
    size = project.ledger.head()
    kept = KeptLeaves(project.state_folder / LEAVES_FILE)
    for hashes in project.ledger.leaf_hashes(after=frontier.size, until=size):
        kept.keep(frontier.size, hashes)
        frontier = frontier.extended(hashes)
    if frontier.size != size:
        raise IntegrityError(
            "ledger",
            problem=f"{size - frontier.size:,} of its {size:,} events are missing",
            remedy="`lineage verify` names them; restore the ledger from a backup",
        )
    head = Head(signer.name, size, frontier.root())
    return SealSigned(
        tree_size=size,
        root_sha256=head.root.hex(),
        frontier=tuple(subtree.hex() for subtree in frontier.heads),
        verifier_key=str(signer.verifier_key),
        note=signer.sign(head.text()),
    )


def _checked(project: Project, signer: Signer, last: SealedHead) -> Frontier:
    """Return the frontier of the last head, once it is clear that a known key signed it."""
    key = VerifierKey.parse(last.signed.verifier_key)
    is_known = key == signer.verifier_key or any(
        adopted.verifier_key == str(key) for adopted in signers.adoptions(project)
    )
    try:
        frontier = frontier_of(last.signed)
        fits = frontier.root().hex() == last.root_sha256
    except ValueError:
        fits = False
    if not (fits and is_known and is_note_of(last.note, key, last.signed)):
        raise IntegrityError(
            f"head of {last.size:,} events at position {last.position:,}",
            problem="its root, its frontier and its signature do not fit each other",
            remedy="`lineage verify` finds what was changed; restore the ledger from a backup",
        )
    return frontier


def _refuse_set_back(project: Project, origin: str, size: int) -> None:
    """Refuse to sign for a ledger that is shorter than a head of it that was signed."""
    largest = heads.largest_file(project, origin)
    if largest is not None and largest[0] > size:
        raise IntegrityError(
            "ledger",
            problem=f"it has {size:,} events, and a head of {largest[0]:,} was signed "
            f"({project.display(largest[1])})",
            remedy="restore the newest copy of the ledger; if it is lost, move that file to where "
            "it is kept as evidence",
        )
