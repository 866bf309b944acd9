"""The rules of the seals: a key of the ledger's name signs, and signed trees only grow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from lineage.domain.decider import Decider
from lineage.events import Event, SealCosigned, SealDeposited, SealSigned, SignerAdopted
from lineage.kernel import notes
from lineage.kernel.errors import CommandRejectedError
from lineage.kernel.merkle import Frontier
from lineage.kernel.notes import COSIGNATURE, Head, Note, VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptSigner:
    """Record that another key signs from now on."""

    adopted: SignerAdopted


@dataclass(frozen=True, slots=True, kw_only=True)
class SignHead:
    """Record that a tree head was signed; one that is no larger than the last is not needed."""

    signed: SealSigned


@dataclass(frozen=True, slots=True, kw_only=True)
class CosignHead:
    """Record that a witness signed a tree head."""

    cosigned: SealCosigned


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositHead:
    """Record that a tree head is kept elsewhere."""

    deposited: SealDeposited


SealCommand: TypeAlias = AdoptSigner | SignHead | CosignHead | DepositHead


@dataclass(frozen=True, slots=True, kw_only=True)
class SealState:
    """What is on record about the seals.

    Attributes:
        signer: Verifier key of who signs now; None before the first.
        head: The last tree head that was signed; None before the first.
    """

    signer: str | None = None
    head: SealSigned | None = None

    @property
    def origin(self) -> str | None:
        """The name of the ledger in all its heads; None before the first signer."""
        return None if self.signer is None else VerifierKey.parse(self.signer).name


def decide(state: SealState, command: SealCommand) -> tuple[Event, ...]:
    """Return the events that record a command.

    Raises:
        CommandRejectedError: A signer has another name than the ledger or does not follow the one
            on record; or a head is not signed by who it says, contradicts the last one, or does
            not fit its frontier.
    """
    match command:
        case AdoptSigner():
            return _adopted(state, command.adopted)
        case SignHead():
            return _signed(state, command.signed)
        case CosignHead():
            return _cosigned(state, command.cosigned)
        case DepositHead():
            _check_known(state, command.deposited)
            return (command.deposited,)
    assert_never(command)


def evolve(state: SealState, event: Event) -> SealState:
    """Return the state after an event."""
    match event:
        case SignerAdopted():
            return replace(state, signer=event.verifier_key)
        case SealSigned():
            return SealState(signer=event.verifier_key, head=event)
    return state


SEAL: Decider[SealState, SealCommand] = Decider(initial=SealState(), decide=decide, evolve=evolve)
"""The rules of the stream of seals."""


def is_endorsed(adopted: SignerAdopted) -> bool:
    """Tell whether the key before a signer's said that this one follows it.

    The endorsement is an Ed25519 signature over the text of the new verifier key.
    """
    if adopted.replaces is None or adopted.endorsement is None:
        return False
    earlier = VerifierKey.parse(adopted.replaces)
    return notes.is_endorsed(adopted.verifier_key, adopted.endorsement, earlier)


def frontier_of(signed: SealSigned) -> Frontier:
    """Return the frontier of a signed head.

    Raises:
        ValueError: It cannot be that of a tree of this size.
    """
    return Frontier(signed.tree_size, tuple(bytes.fromhex(head) for head in signed.frontier))


def is_note_of(
    note: str, key: VerifierKey, head: SealSigned | SealCosigned, origin: str | None = None
) -> bool:
    """Tell whether a note holds a head and is signed by a key.

    Args:
        note: The signed text.
        key: Whose signature counts.
        head: Size and root that the text must have.
        origin: The name of the ledger that it must have; the key's when None.

    Raises:
        IntegrityError: The note cannot be read, or its signature by this key is wrong.
    """
    read = Note.parse(note)
    expected = Head(origin or key.name, head.tree_size, bytes.fromhex(head.root_sha256))
    return read.text == expected.text() and key in read.verified_by([key])


def _adopted(state: SealState, adopted: SignerAdopted) -> tuple[Event, ...]:
    key = VerifierKey.parse(adopted.verifier_key)
    if adopted.verifier_key == state.signer:
        return ()
    if adopted.replaces != state.signer:
        raise CommandRejectedError(
            "signer", problem="another key was adopted meanwhile", remedy="try again"
        )
    if state.origin not in {None, key.name}:
        raise CommandRejectedError("signer", found=key.name, expected=f"the name {state.origin!r}")
    if adopted.endorsement is not None and not is_endorsed(adopted):
        raise CommandRejectedError(
            "signer", problem="its endorsement is not a signature of the key before it"
        )
    return (adopted,)


def _signed(state: SealState, signed: SealSigned) -> tuple[Event, ...]:
    if signed.verifier_key != state.signer:
        raise CommandRejectedError("tree head", problem="its signer is not the one on record")
    try:
        fits = frontier_of(signed).root().hex() == signed.root_sha256
    except ValueError:
        fits = False
    if not fits or not is_note_of(signed.note, VerifierKey.parse(signed.verifier_key), signed):
        raise CommandRejectedError("tree head", problem="its frontier or note has another root")
    if state.head is not None and signed.tree_size <= state.head.tree_size:
        _check_same(state.head, signed)
        return ()
    return (signed,)


def _cosigned(state: SealState, cosigned: SealCosigned) -> tuple[Event, ...]:
    _check_known(state, cosigned)
    key = VerifierKey.parse(cosigned.verifier_key)
    if state.signer is not None and key.public == VerifierKey.parse(state.signer).public:
        raise CommandRejectedError(
            "witness", problem="it has the key of the signer", expected="somebody else"
        )
    if key.algorithm != COSIGNATURE or key.name != cosigned.witness:
        raise CommandRejectedError("witness", expected="a key for cosignatures, and its name")
    if not is_note_of(cosigned.note, key, cosigned, state.origin):
        raise CommandRejectedError("cosignature", problem="the note has another head or signer")
    return (cosigned,)


def _check_known(state: SealState, head: SealCosigned | SealDeposited) -> None:
    if state.head is None or head.tree_size > state.head.tree_size:
        raise CommandRejectedError(
            "tree head",
            found=f"{head.tree_size:,} events",
            expected="one that was signed here",
            remedy="`lineage seals` lists them",
        )
    _check_same(state.head, head)


def _check_same(known: SealSigned, head: SealSigned | SealCosigned | SealDeposited) -> None:
    if head.tree_size == known.tree_size and head.root_sha256 != known.root_sha256:
        raise CommandRejectedError(
            "tree head",
            problem=f"it has another root than the one of {known.tree_size:,} events on record",
            remedy="`lineage verify` finds what was changed",
        )
