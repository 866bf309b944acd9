"""What others did with a tree head: a witness signed it too, or a copy of it is kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from lineage.domain.seal import CosignHead, DepositHead
from lineage.events import SealCosigned, SealDeposited
from lineage.kernel.errors import ConfigurationError, IntegrityError
from lineage.kernel.notes import Head, Note, VerifierKey
from lineage.project import Project
from lineage.seals import heads, signers
from lineage.seals.heads import SealedHead


def record_deposit(project: Project, place: str, *, size: int | None = None) -> SealedHead:
    """Record that a head is kept outside of the project, and return it.

    Args:
        project: The project.
        place: Where, in words.
        size: Number of events under the head; the last one when None.

    Raises:
        ConfigurationError: There is no such head, or no word says where.
        CommandRejectedError: It contradicts the last one.
        LedgerError: The history cannot be read or written.
    """
    if not place.strip():
        raise ConfigurationError("place of a head", found=place, expected="where it is, in words")
    every = heads.all_heads(project)
    found = every[-1] if size is None and every else _of_size(every, size)
    deposited = SealDeposited(
        tree_size=found.size, root_sha256=found.root_sha256, place=place.strip()
    )
    heads.tail(project).session(project.ledger).handle(DepositHead(deposited=deposited))
    return found


def record_cosignature(project: Project, note: str, witness: str) -> SealedHead:
    """Record that a witness signed a head, once its signature is checked, and return the head.

    Args:
        project: The project.
        note: The head as the witness signed it, a C2SP note; signatures of others are left out.
        witness: The verifier key of the witness, from the witness itself.

    Raises:
        IntegrityError: Note or key cannot be read, or the witness did not sign it.
        ConfigurationError: No such head was signed here.
        CommandRejectedError: The witness has a key of this project, or one that signs other texts.
        LedgerError: The history cannot be read or written.
    """
    key, read = VerifierKey.parse(witness.strip()), Note.parse(note)
    head = Head.parse(read.text)
    found = _of_size(heads.all_heads(project), head.size)
    own = [VerifierKey.parse(adopted.verifier_key) for adopted in signers.adoptions(project)]
    if read.text != Note.parse(found.note).text:
        raise IntegrityError(
            f"head of {head.size:,} events",
            problem="the witness signed another one than is on record",
            remedy="`lineage verify` finds what was changed",
        )
    if key not in read.verified_by([key, *own]) or any(key.public == k.public for k in own):
        raise IntegrityError(
            f"head of {head.size:,} events",
            problem=f"{key.name!r} did not sign it, or is no other than its signer",
            remedy="get note and verifier key from the witness again",
        )
    ours = Note.parse(found.note).signatures
    theirs = tuple(s for s in read.signatures if (s.name, s.key_id) == (key.name, key.key_id))
    cosigned = SealCosigned(
        tree_size=head.size,
        root_sha256=head.root.hex(),
        witness=key.name,
        verifier_key=str(key),
        note=str(Note(read.text, (*ours, *theirs))),
    )
    heads.tail(project).session(project.ledger).handle(CosignHead(cosigned=cosigned))
    return found


def _of_size(every: Sequence[SealedHead], size: int | None) -> SealedHead:
    found = next((head for head in every if head.size == size), None)
    if found is None:
        raise ConfigurationError(
            "tree head",
            found="none yet" if size is None else f"none of {size:,} events",
            expected="one that was signed here",
            remedy="`lineage seals` lists them, `lineage seal` signs one",
        )
    return found
