"""What was signed: the state of the ledger itself, and by whom."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import NonNegativeInt

from lineage.events.base import Event, Sha256

Custody = Literal["project", "machine", "elsewhere"]
"""Where a signing key is kept: in the project's folder, on the machine, or on no disk of it."""


class SignerAdopted(Event):
    """The ledger's heads are signed by this key from now on.

    Attributes:
        verifier_key: The public key, as C2SP's signed-note writes it. Its name is the origin of
            the ledger's heads, chosen with the first signer.
        custody: Where the private key is kept.
        is_passphrased: Whether its file opens only with a passphrase.
        replaces: The verifier key that it follows; None for the first.
        endorsement: Ed25519 signature of the earlier key over the text of this verifier key in
            UTF-8, base64; None for the first, and where the earlier key was lost.
    """

    TOPIC: ClassVar[str] = "signer.adopted"
    verifier_key: str
    custody: Custody
    is_passphrased: bool
    replaces: str | None
    endorsement: str | None


class SealSigned(Event):
    """The tree head over all events up to a position was signed.

    Attributes:
        tree_size: Number of events under the head, which is the position of the last.
        root_sha256: The tree head (RFC 9162, section 2.1).
        frontier: Heads of the complete subtrees from left to right, from which the next head is
            computed without reading the events again.
        verifier_key: The public key that checks it.
        note: The signed head as a text (C2SP tlog-checkpoint).
    """

    TOPIC: ClassVar[str] = "seal.signed"
    tree_size: NonNegativeInt
    root_sha256: Sha256
    frontier: tuple[Sha256, ...]
    verifier_key: str
    note: str


class SealCosigned(Event):
    """An outside witness signed a tree head, too.

    Attributes:
        tree_size: Number of events under the head.
        root_sha256: The tree head.
        witness: Name in the witness's verifier key.
        verifier_key: The witness's public key.
        note: The signed head as a text, with all its signatures.
    """

    TOPIC: ClassVar[str] = "seal.cosigned"
    tree_size: NonNegativeInt
    root_sha256: Sha256
    witness: str
    verifier_key: str
    note: str


class SealDeposited(Event):
    """Somebody says that a tree head is kept outside of this project.

    Attributes:
        tree_size: Number of events under the head.
        root_sha256: The tree head.
        place: Where, in words ("printed, safe 3"; a tag in git; a time stamp's name).
    """

    TOPIC: ClassVar[str] = "seal.deposited"
    tree_size: NonNegativeInt
    root_sha256: Sha256
    place: str
