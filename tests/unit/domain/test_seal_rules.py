"""A key of the ledger's name signs, signed trees only grow, and a witness is somebody else."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import partial

import pytest
import scenarios
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lineage.domain import SEAL
from lineage.domain.seal import (
    AdoptSigner,
    CosignHead,
    DepositHead,
    SealCommand,
    SignHead,
    is_endorsed,
)
from lineage.events import SealCosigned, SealDeposited, SealSigned, SignerAdopted
from lineage.kernel.errors import CommandRejectedError, IntegrityError
from lineage.kernel.merkle import Frontier, leaf_hash
from lineage.kernel.notes import COSIGNATURE, ED25519, Head, Note, VerifierKey, cosign, sign

given = scenarios.of(SEAL)
ORIGIN = "survey/0a1b2c3d"
FIRST, SECOND, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([n] * 32)) for n in (1, 2, 3))


def named(key: Ed25519PrivateKey, name: str = ORIGIN, algorithm: int = ED25519) -> str:
    """Return the verifier key of a key."""
    return str(VerifierKey(name, algorithm, key.public_key().public_bytes_raw()))


def adopted(key: Ed25519PrivateKey, **changes: object) -> SignerAdopted:
    """Return the adoption of a key; the first one unless changed."""
    facts = {"custody": "project", "is_passphrased": False, "replaces": None, "endorsement": None}
    return SignerAdopted.model_validate({"verifier_key": named(key), **facts, **changes})


def endorsed(key: Ed25519PrivateKey, by: Ed25519PrivateKey) -> SignerAdopted:
    """Return the adoption of a key, with the word of another."""
    value = base64.b64encode(by.sign(named(key).encode())).decode()
    return adopted(key, replaces=named(by), endorsement=value)


def signed(size: int, key: Ed25519PrivateKey = FIRST, salt: str = "") -> SealSigned:
    """Return the head of a tree of so many leaves."""
    frontier = Frontier().extended(leaf_hash(f"{salt}{n}".encode()) for n in range(size))
    text = Head(ORIGIN, size, frontier.root()).text()
    return SealSigned(
        tree_size=size,
        root_sha256=frontier.root().hex(),
        frontier=tuple(head.hex() for head in frontier.heads),
        verifier_key=named(key),
        note=str(Note(text, (sign(text, ORIGIN, key),))),
    )


def cosigned(head: SealSigned, key: Ed25519PrivateKey = WITNESS) -> SealCosigned:
    """Return what a witness signed."""
    note = Note.parse(head.note)
    signature = cosign(note.text, "witness.example", key, datetime(2026, 1, 1, tzinfo=UTC))
    return SealCosigned(
        tree_size=head.tree_size,
        root_sha256=head.root_sha256,
        witness="witness.example",
        verifier_key=named(key, "witness.example", COSIGNATURE),
        note=str(Note(note.text, (*note.signatures, signature))),
    )


def deposited(head: SealSigned) -> SealDeposited:
    """Return the statement that a head is kept elsewhere."""
    return SealDeposited(tree_size=head.tree_size, root_sha256=head.root_sha256, place="safe 3")


def test_signer_is_adopted_and_signs_growing_trees() -> None:
    """Each act is one event."""
    given().when(AdoptSigner(adopted=adopted(FIRST))).then(adopted(FIRST))
    given(adopted(FIRST)).when(SignHead(signed=signed(3))).then(signed(3))
    given(adopted(FIRST), signed(3)).when(SignHead(signed=signed(7))).then(signed(7))


@pytest.mark.parametrize("size", [1, 3])
def test_head_that_is_covered_already_is_not_recorded(size: int) -> None:
    """Of processes that sign at once, the one with the most events is enough."""
    given(adopted(FIRST), signed(3)).when(SignHead(signed=signed(size))).then()


def test_adopting_the_present_signer_records_nothing() -> None:
    """A key is adopted once in a row."""
    given(adopted(FIRST)).when(AdoptSigner(adopted=adopted(FIRST))).then()


def test_rotation_needs_the_word_of_the_key_before() -> None:
    """The endorsement is checked, and can be checked by everybody later."""
    rotated = endorsed(SECOND, by=FIRST)
    given(adopted(FIRST)).when(AdoptSigner(adopted=rotated)).then(rotated)

    assert is_endorsed(rotated)
    assert not is_endorsed(adopted(SECOND, replaces=named(FIRST)))
    assert not is_endorsed(adopted(FIRST))
    assert not is_endorsed(adopted(SECOND, replaces=named(FIRST), endorsement="?"))


@pytest.mark.parametrize(
    ("adoption", "match"),
    [
        (adopted(SECOND), "another key was adopted meanwhile"),
        (adopted(SECOND, verifier_key=named(SECOND, "other"), replaces=named(FIRST)), "the name"),
        (
            adopted(
                SECOND, replaces=named(FIRST), endorsement=base64.b64encode(b"x" * 64).decode()
            ),
            "not a signature of the key before",
        ),
    ],
)
def test_signer_that_does_not_follow_is_refused(adoption: SignerAdopted, match: str) -> None:
    """The name stays, the predecessor is right, and a false word is none."""
    given(adopted(FIRST)).when(AdoptSigner(adopted=adoption)).refuses(
        CommandRejectedError, match=match
    )


HEADS: list[tuple[SealCommand, str]] = [
    (SignHead(signed=signed(4, SECOND)), "its signer is not the one on record"),
    (SignHead(signed=signed(4).model_copy(update={"root_sha256": "0" * 64})), "another root"),
    (SignHead(signed=signed(4).model_copy(update={"frontier": ()})), "another root"),
    (SignHead(signed=signed(4).model_copy(update={"note": signed(5).note})), "another root"),
    (SignHead(signed=signed(3, salt="changed")), "another root than the one of 3 events"),
    (DepositHead(deposited=deposited(signed(4))), "one that was signed here"),
    (DepositHead(deposited=deposited(signed(3, salt="changed"))), "another root"),
    (CosignHead(cosigned=cosigned(signed(4))), "one that was signed here"),
    (CosignHead(cosigned=cosigned(signed(3), FIRST)), "it has the key of the signer"),
    (
        CosignHead(cosigned=cosigned(signed(2)).model_copy(update={"note": signed(3).note})),
        "another head or signer",
    ),
    (
        CosignHead(cosigned=cosigned(signed(3)).model_copy(update={"witness": "x"})),
        "a key for cosignatures",
    ),
]


@pytest.mark.parametrize(("command", "match"), HEADS)
def test_head_that_does_not_fit_is_refused(command: SealCommand, match: str) -> None:
    """A head is signed by who it says, fits its frontier, and contradicts none on record."""
    given(adopted(FIRST), signed(3)).when(command).refuses(CommandRejectedError, match=match)


def test_forged_signature_is_named() -> None:
    """A signature in the signer's name that is not its own is an error of its own kind."""
    text = Note.parse(signed(4).note).text
    forged = sign(text, ORIGIN, SECOND)
    claimed = type(forged)(ORIGIN, sign(text, ORIGIN, FIRST).key_id, forged.value)
    head = signed(4).model_copy(update={"note": str(Note(text, (claimed,)))})

    given(adopted(FIRST), signed(3)).when(SignHead(signed=head)).refuses(
        IntegrityError, match="not a signature of this key"
    )


@pytest.mark.parametrize("size", [2, 3])
def test_earlier_heads_may_be_cosigned_and_deposited(size: int) -> None:
    """A witness and a safe take their time."""
    head = signed(size)
    past = partial(given, adopted(FIRST), signed(3))
    past().when(CosignHead(cosigned=cosigned(head))).then(cosigned(head))
    past().when(DepositHead(deposited=deposited(head))).then(deposited(head))
