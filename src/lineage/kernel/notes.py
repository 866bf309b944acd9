"""Signed texts: C2SP's signed-note, and on top of it tree heads and cosignatures of witnesses.

The formats are those of c2sp.org/signed-note, c2sp.org/tlog-checkpoint and
c2sp.org/tlog-cosignature, so that other tools check what is signed here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Self

from lineage.kernel.errors import IntegrityError
from lineage.kernel.merkle import HASH_BYTES

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

ED25519: Final = 1
"""Algorithm of a key that signs a text as it is."""
COSIGNATURE: Final = 4
"""Algorithm of a witness's key, which signs a tree head and the time at which it saw it."""

MAX_SIGNATURES: Final = 100
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 4
_SIGNATURE_BYTES: Final = 64
_TIME_BYTES: Final = 8
_MAX_TIME: Final = 2**63 - 1
_MARK: Final = "\N{EM DASH} "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_ID: Final = re.compile(r"[0-9a-f]{8}")
_NOT_IN_NAMES: Final = re.compile(r"[\s+\x00-\x1f]")
_HEAD_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public key that checks signatures of one signer.

    Attributes:
        name: Name of the signer; no spaces, no plus sign.
        algorithm: `ED25519` or `COSIGNATURE`.
        public: The key, 32 bytes.

    Raises:
        IntegrityError: The name or the key cannot be one, or the algorithm is not known.
    """

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        """Refuse what no verifier key can hold."""
        _check_name(self.name)
        if self.algorithm not in (ED25519, COSIGNATURE):
            raise _bad("verifier key", "its algorithm is not known", "Ed25519")
        if len(self.public) != _KEY_BYTES:
            raise _bad("verifier key", "its length is wrong", f"{_KEY_BYTES} bytes")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key from its text.

        Raises:
            IntegrityError: The text is not a verifier key, or its parts do not fit each other.
        """
        name, _, rest = text.partition("+")
        key_id, _, material = rest.partition("+")
        content = _decoded(material)
        if content is None or not content or not _ID.fullmatch(key_id):
            raise _bad("verifier key", "it cannot be read", "NAME+ID+KEY on one line")
        key = cls(name, content[0], content[1:])
        if key.key_id.hex() != key_id:
            raise _bad("verifier key", "its id is not that of its name and key", None)
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes by which signatures name this key."""
        content = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(content).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        material = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


@dataclass(frozen=True, slots=True)
class Head:
    """A tree head: what a log says of all its leaves.

    Attributes:
        origin: Name of the log.
        size: Number of leaves.
        root: Root of the tree, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a tree head from the text of a note.

        Raises:
            IntegrityError: The text is not a tree head, or it has extension lines, which say
                something that this class does not hold.
        """
        lines = text.split("\n")
        if len(lines) != _HEAD_LINES + 1 or lines[-1] or not lines[0] or _CONTROL.search(text):
            raise _bad("tree head", "it cannot be read", "three lines: origin, size, root")
        root = _decoded(lines[2])
        if not _NUMBER.fullmatch(lines[1]) or root is None or len(root) != HASH_BYTES:
            raise _bad("tree head", "its size or root cannot be read", None)
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature under a note, not yet checked.

    Attributes:
        name: Name of the signer.
        key_id: The four bytes that name its key.
        value: What the key made of the text; for a witness, eight bytes of time before it.
    """

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        """Return its line in the note, without the newline."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.value).decode()}"

    @property
    def seen_at_s(self) -> int:
        """When a witness saw the head: seconds since 1970; only for a cosignature."""
        return int.from_bytes(self.value[:_TIME_BYTES], "big")


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures.

    Attributes:
        text: What is signed; ends with a newline.
        signatures: At least one.
    """

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note; this checks its form, not its signatures.

        Raises:
            IntegrityError: The text is not a signed note.
        """
        body, separator, block = text.rpartition("\n\n")
        if not separator or not block.endswith("\n") or not _is_signable(body + "\n"):
            raise _bad("signed note", "it cannot be read", "a text, an empty line, signatures")
        lines = block[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise _bad("signed note", "it has too many signatures", f"{MAX_SIGNATURES} at most")
        return cls(body + "\n", tuple(_signature(line) for line in lines))

    def __str__(self) -> str:
        """Return the text that `parse` reads."""
        return f"{self.text}\n" + "".join(f"{line}\n" for line in self.signatures)

    def verified_by(self, keys: Iterable[VerifierKey]) -> tuple[VerifierKey, ...]:
        """Return those of the keys that signed the text.

        Signatures of other keys are ignored, as the standard wants it.

        Args:
            keys: Keys that the reader trusts.

        Returns:
            The keys in the order of the signatures, each once; none if none of them signed.

        Raises:
            IntegrityError: A signature names one of the keys and is not of this key and text.
        """
        known = {(key.name, key.key_id): key for key in keys}
        found: dict[VerifierKey, None] = {}
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_id))
            if key is None:
                continue
            if not is_signed(self.text, signature, key):
                raise IntegrityError(
                    f"signature of {signature.name!r}",
                    problem="it is not a signature of this key under this text",
                    remedy="get the signed text again from who signed it",
                )
            found[key] = None
        return tuple(found)


def is_signed(text: str, signature: Signature, key: VerifierKey) -> bool:
    """Tell whether a signature was made by a key for a text."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # start-up time

    message, value = text, signature.value
    if key.algorithm == COSIGNATURE:
        if len(value) != _TIME_BYTES + _SIGNATURE_BYTES or signature.seen_at_s > _MAX_TIME:
            return False
        message, value = _cosigned(text, signature.seen_at_s), value[_TIME_BYTES:]
    try:
        _public_key(key.public).verify(value, message.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=16)  # a ledger has few keys and many signatures
def _public_key(public: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # start-up
        Ed25519PublicKey,
    )

    return Ed25519PublicKey.from_public_bytes(public)


def is_endorsed(key: str, endorsement: str, earlier: VerifierKey) -> bool:
    """Tell whether an earlier key said that another one follows it.

    Args:
        key: The verifier key that follows, as a text.
        endorsement: Ed25519 signature of the earlier key over that text in UTF-8, base64.
        earlier: The key that is said to have signed.
    """
    value = _decoded(endorsement)
    if value is None:
        return False
    return is_signed(key, Signature(earlier.name, earlier.key_id, value), earlier)


def sign(text: str, name: str, private_key: Ed25519PrivateKey) -> Signature:
    """Sign a text.

    Args:
        text: What to sign; ends with a newline, no other control characters.
        name: Name of the signer.
        private_key: Its key.

    Raises:
        IntegrityError: The text cannot be that of a note, or the name that of a signer.
    """
    _check_signable(text)
    key = VerifierKey(name, ED25519, private_key.public_key().public_bytes_raw())
    return Signature(name, key.key_id, private_key.sign(text.encode()))


def cosign(head_text: str, name: str, private_key: Ed25519PrivateKey, when: datetime) -> Signature:
    """Sign a tree head as a witness.

    Args:
        head_text: Text of the head.
        name: Name of the witness.
        private_key: Its key, which signs nothing but tree heads.
        when: When the witness saw it, timezone-aware; whole seconds count.

    Raises:
        IntegrityError: The text is not a tree head, or the name cannot be that of a signer.
    """
    Head.parse(head_text)
    key = VerifierKey(name, COSIGNATURE, private_key.public_key().public_bytes_raw())
    seconds = int(when.timestamp())
    value = private_key.sign(_cosigned(head_text, seconds).encode())
    return Signature(name, key.key_id, seconds.to_bytes(_TIME_BYTES, "big") + value)


def _cosigned(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    content = _decoded(encoded)
    if not line.startswith(_MARK) or content is None or len(content) <= _ID_BYTES:
        raise _bad("signed note", "a line below the text is not a signature", None)
    _check_name(name)
    return Signature(name, content[:_ID_BYTES], content[_ID_BYTES:])


def _check_name(name: str) -> None:
    if not name or _NOT_IN_NAMES.search(name):
        raise _bad("name of a signer", "it cannot be one", "no spaces and no plus sign")
    if not _is_signable(f"{name}\n"):
        raise _bad("name of a signer", "it cannot be written as UTF-8", None)


def _check_signable(text: str) -> None:
    if not _is_signable(text):
        raise _bad("text to sign", "it cannot be signed", "lines of plain text, the last one ended")


def _is_signable(text: str) -> bool:
    if not text.endswith("\n") or _CONTROL.search(text):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _decoded(text: str) -> bytes | None:
    """Return what a text says in base 64; None unless it is the one way to say it."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return content if base64.b64encode(content).decode() == text else None


def _bad(subject: str, problem: str, expected: str | None) -> IntegrityError:
    return IntegrityError(
        subject, problem=problem, expected=expected, remedy="get it again from who made it"
    )
