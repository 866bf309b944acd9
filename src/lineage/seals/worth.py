"""What the seals of a ledger are worth as they are: who could have changed it, and up to where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from lineage.events import SignerAdopted
from lineage.kernel.notes import VerifierKey
from lineage.project import Project
from lineage.seals import heads, signers
from lineage.seals.conversions import replaced_until
from lineage.seals.heads import SealedHead

Level = Literal["unsealed", "project", "machine", "elsewhere", "cosigned", "deposited"]
"""Who can vouch: nobody, a key by its custody, a witness, a copy of the head outside."""

LEVELS: Final[tuple[Level, ...]] = (
    "unsealed",
    "project",
    "machine",
    "elsewhere",
    "cosigned",
    "deposited",
)
"""From the least to the most that a change would have to overcome."""

_SIGNED: Final[Mapping[str, str]] = {
    "project": "a key in the project's folder: whoever can change the ledger may be able to sign "
    "it again",
    "machine": "a key elsewhere on the machine: whoever rules the machine can sign it again",
    "elsewhere": "a key that is not kept on this machine: a change needs that key",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What vouches for the events up to a position.

    Attributes:
        level: Who.
        until: Position of the last event it covers.
        by: The name of the witness, the place of the copy, or the verifier key.
        since: When it was recorded.
        sentence: The same for people, without a full stop.
    """

    level: Level
    until: int
    by: str
    since: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the seals are worth.

    Attributes:
        level: The most that vouches for any event.
        until: Up to which position it does; 0 for none.
        head: Position of the last event of the ledger.
        steps: What vouches, each with the largest position, from the most to the least.
        unendorsed: Verifier keys that took over without the word of the key before.
        sentence: All of it for people.
    """

    level: Level
    until: int
    head: int
    steps: tuple[Step, ...]
    unendorsed: tuple[str, ...]
    sentence: str


def worth(project: Project) -> Worth:
    """Return what the seals of a ledger are worth; whether they hold is for others to verify.

    Raises:
        LedgerError: The history cannot be read.
    """
    replaced = replaced_until(project.ledger)
    every = [head for head in heads.all_heads(project) if head.size > replaced]
    adopted = signers.adoptions(project)
    adoptions = {adoption.verifier_key: adoption for adoption in adopted}
    largest: dict[Level, Step] = {}
    for head in every:
        for step in _steps(head, adoptions):
            largest[step.level] = step
    steps = tuple(largest[level] for level in reversed(LEVELS) if level in largest)
    unendorsed = tuple(a.verifier_key for a in signers.unendorsed(adopted))
    size = project.ledger.head()
    return Worth(
        level=steps[0].level if steps else "unsealed",
        until=steps[0].until if steps else 0,
        head=size,
        steps=steps,
        unendorsed=unendorsed,
        sentence=" ".join(_sentences(steps, unendorsed, every, size)),
    )


def _steps(head: SealedHead, adoptions: Mapping[str, SignerAdopted]) -> Iterator[Step]:
    key = head.signed.verifier_key
    signer = adoptions.get(key)
    if signer is not None:
        said = f"signed by {_SIGNED[signer.custody]}"
        if signer.is_passphrased:
            said = said.replace(": ", ", which opens with a passphrase: ")
        yield _step(head, signer.custody, key, head.recorded_at, said)
    for cosigned, when in head.cosigned:
        said = (
            f"co-signed by {cosigned.witness} ({when:%Y-%m-%d}): a change shows to everybody who "
            "asks that witness"
        )
        yield _step(head, "cosigned", cosigned.witness, when, said)
    for deposited, when in head.deposited:
        said = (
            f"said to be kept outside since {when:%Y-%m-%d} ({deposited.place}): a change shows "
            "to everybody who compares that copy"
        )
        yield _step(head, "deposited", deposited.place, when, said)


def _step(head: SealedHead, level: Level, by: str, since: datetime, said: str) -> Step:
    return Step(level=level, until=head.size, by=by, since=since, sentence=said)


def _sentences(
    steps: Sequence[Step], unendorsed: Sequence[str], every: Sequence[SealedHead], size: int
) -> Iterator[str]:
    if not steps:
        yield "Nothing is sealed: a careful change of the ledger would not show."
        return
    for step in steps:
        yield f"Up to position {step.until:,}, {step.sentence}."
    for key in unendorsed:
        name = VerifierKey.parse(key).key_id.hex()
        yield f"The key {name} took over without the word of the one before it."
    # the record of the last seal stands right behind what it covers
    after = size - every[-1].size
    if (after, every[-1].position) != (1, size):
        yield f"What was recorded after position {every[-1].size:,} is not sealed yet."
