"""Proofs to hand out: that events are under a signed head, that one head continues another.

Whoever has one needs neither the ledger nor this package to check it: `standalone` has the program.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Final

from lineage.kernel.errors import ConfigurationError, IntegrityError
from lineage.kernel.merkle import consistency_path, inclusion_paths, root_of
from lineage.ledger.leaves.encoding import COLUMNS
from lineage.project import Project
from lineage.seals import endorsements, heads, signers, tree_chunks
from lineage.seals.changes import columns_of
from lineage.seals.conversions import replaced_until
from lineage.seals.heads import SealedHead

EVENTS_FORMAT: Final = "privacy-lineage proof 1"
CONSISTENCY_FORMAT: Final = "privacy-lineage consistency 1"


def prove_events(
    project: Project, positions: Sequence[int], *, about: str, with_payload: bool
) -> dict[str, Any]:
    """Return the proof that events are under the last signed head.

    Args:
        project: The project.
        positions: Positions of the events; at least one.
        about: What the events are about, for a reader; it is not proved.
        with_payload: Whether the proof holds what the events say. If not, their position is
            proved, and their envelope is stated only.

    Returns:
        A JSON object: the signed head; for each event its envelope, the hash of its leaf and the
        path from there to the root, and its payload if wanted; the endorsements of later keys.

    Raises:
        ConfigurationError: An event is not under a signed head.
        IntegrityError: The ledger is not as it was signed.
        LedgerError: The history cannot be read.
    """
    head = _last_head(project)
    if head is None or head.size < max(positions):
        size = 0 if head is None else head.size
        raise ConfigurationError(
            f"event {max(positions):,}",
            problem=f"the last signed head covers the events up to {size:,}",
            remedy="`lineage seal` signs a head over all",
        )
    leaves = _leaves(project, head)
    paths = inclusion_paths(leaves, [position - 1 for position in positions], head.size)
    events = [
        {
            **_event(project.ledger.leaf(position), with_payload=with_payload),
            "leaf_sha256": leaves[position - 1].hex(),
            "path": [part.hex() for part in path],
        }
        for position, path in zip(positions, paths, strict=True)
    ]
    return {
        "format": EVENTS_FORMAT,
        "about": about,
        "head": _note(head),
        "events": events,
        "endorsements": endorsements.of(signers.adoptions(project)),
    }


def prove_consistency(project: Project, first: int, second: int) -> dict[str, Any]:
    """Return the proof that the later of two signed heads continues the earlier one.

    Args:
        project: The project.
        first: Number of events under the earlier head.
        second: Number of events under the later head.

    Raises:
        ConfigurationError: There is no signed head of that size, or the order is wrong.
        IntegrityError: The ledger is not as it was signed.
        LedgerError: The history cannot be read.
    """
    found = {head.size: head for head in _present_heads(project)}
    for size in (first, second):
        if size not in found:
            raise ConfigurationError(
                f"signed head over {size:,} events",
                problem="there is none",
                remedy="`lineage seals` lists them",
            )
    if first > second:
        raise ConfigurationError("signed heads", problem="the earlier one must come first")
    leaves = _leaves(project, found[second])
    _check_root(leaves[:first], found[first])
    path = [part.hex() for part in consistency_path(leaves, first, second)]
    notes = {"first": _note(found[first]), "second": _note(found[second])}
    said = endorsements.of(signers.adoptions(project))
    return {"format": CONSISTENCY_FORMAT, **notes, "path": path, "endorsements": said}


def _last_head(project: Project) -> SealedHead | None:
    return max(_present_heads(project), key=lambda head: head.size, default=None)


def _present_heads(project: Project) -> list[SealedHead]:
    """Return the heads over the bytes that are stored now."""
    replaced = replaced_until(project.ledger)
    return [head for head in heads.all_heads(project) if head.size > replaced]


def _note(head: SealedHead) -> str:
    """Return the text of a head with as many signatures as are known."""
    return head.cosigned[-1][0].note if head.cosigned else head.note


def _leaves(project: Project, head: SealedHead) -> list[bytes]:
    leaves = tree_chunks.leaf_hashes(project.ledger, until=head.size)
    _check_root(leaves, head)
    return leaves


def _check_root(leaves: list[bytes], head: SealedHead) -> None:
    if len(leaves) != head.size or root_of(leaves).hex() != head.root_sha256:
        raise IntegrityError(
            f"ledger up to event {head.size:,}",
            problem="it is not what was signed, so nothing about it can be proved",
            remedy="`lineage verify` finds what was changed",
        )


def _event(leaf: bytes, *, with_payload: bool) -> dict[str, Any]:
    *columns, payload = columns_of(leaf)
    envelope = {name: text.decode() for name, text in zip(COLUMNS[:-1], columns, strict=True)}
    if not with_payload:
        return {"envelope": envelope}
    try:
        return {"envelope": envelope, "payload": payload.decode()}
    except UnicodeDecodeError:  # it is encrypted
        text = base64.b64encode(payload).decode()
        return {"envelope": envelope, "payload": text, "encoding": "base64"}
