"""Sign heads of a ledger as an outside witness, on a machine that has neither ledger nor project.

A witness remembers the last head that it cosigned, and cosigns only what continues it. Its state is
that head as a signed note, with its own cosignature, so that nobody else can change it unseen.

Source: c2sp.org/tlog-witness, with files in place of requests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from lineage.kernel import files, strict_json
from lineage.kernel.clock import Clock
from lineage.kernel.errors import CipherError, ConfigurationError, IntegrityError
from lineage.kernel.merkle import is_consistent
from lineage.kernel.notes import COSIGNATURE, ED25519, Head, Note, VerifierKey
from lineage.kernel.notes import cosign as sign_head
from lineage.kernel.secrets import signing
from lineage.kernel.secrets.signing import HeldKey
from lineage.seals import endorsements
from lineage.seals.proofs import CONSISTENCY_FORMAT

PUBLIC_SUFFIX: Final = ".pub"
"""Ending of the file beside a witness's key that holds its verifier key."""

_LOCK_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who signs heads of somebody else's ledger.

    Attributes:
        name: Its name, a URL without scheme by custom.
        key: Its key, which signs nothing but heads.
    """

    name: str
    key: HeldKey

    @property
    def verifier_key(self) -> VerifierKey:
        """The public key that checks its cosignatures."""
        return VerifierKey(self.name, COSIGNATURE, self.key.public)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A head as a witness cosigned it.

    Attributes:
        head: The head.
        seen_at: When, in whole seconds, UTC.
        note: The head with the signature of its signer and that of the witness.
        before: The head that it was compared with; None for the first, which has none.
    """

    head: Head
    seen_at: datetime
    note: str
    before: Head | None


def make(path: Path, name: str) -> Witness:
    """Make the key of a witness, in a file that only its owner may read.

    The verifier key is in a file of the same name with `PUBLIC_SUFFIX`.

    Args:
        path: The file of the key.
        name: The name of the witness.

    Raises:
        IntegrityError: The name cannot be that of a signer.
        ConfigurationError: There is such a file.
        CipherError: The key cannot be written, or the passphrase is too short.
        OSError: The verifier key cannot be written.
    """
    VerifierKey(name, COSIGNATURE, bytes(32))
    public = _public_file(path)
    if public.exists():
        raise _there(public)
    try:
        signing.make(path)
    except FileExistsError:
        raise _there(path) from None
    made = Witness(name=name, key=signing.read(path, path.parent))
    files.write_text(public, f"{made.verifier_key}\n")
    return made


def load(path: Path) -> Witness:
    """Return the witness whose key is in a file, with its name from the file beside it.

    Raises:
        CipherError: The key cannot be used (`signing.load`).
        ConfigurationError: The verifier key is missing, or that of another key.
    """
    held, public = signing.read(path, path.parent), _public_file(path)
    try:
        stated = VerifierKey.parse(public.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError, IntegrityError):
        stated = None
    if stated is None or (stated.algorithm, stated.public) != (COSIGNATURE, held.public):
        raise ConfigurationError(
            f"verifier key {str(public)!r}",
            problem="it cannot be read, or is not that of the key",
            expected="the line that `lineage witness key` printed",
            remedy="write this line into the file again; another name would be another witness",
        )
    return Witness(name=stated.name, key=held)


def consistency_of(text: str) -> dict[str, Any]:
    """Return a proof of consistency, as `lineage prove --consistency` writes it.

    Raises:
        IntegrityError: It is none.
    """
    proof = strict_json.parse(text, "proof of consistency", fault=IntegrityError)
    if not isinstance(proof, dict) or proof.get("format") != CONSISTENCY_FORMAT:
        raise _no_proof("it has another format")
    return proof


def cosign(
    witness: Witness,
    note: str,
    *,
    signers: Sequence[VerifierKey],
    state: Path,
    clock: Clock,
    consistency: dict[str, Any] | None = None,
    is_first: bool = False,
) -> Seen:
    """Cosign a head that continues the one that was cosigned last.

    The state is durable before this returns.

    Args:
        witness: Who cosigns.
        note: The signed head.
        signers: Verifier keys of the ledger that the witness trusts.
        state: The file with the head that was cosigned last.
        clock: The time of the cosignature.
        consistency: What `consistency_of` returned; needed if the head is larger than the last one.
        is_first: Whether no head of this ledger was cosigned before; then nothing is compared.

    Raises:
        IntegrityError: No trusted key signed the head; it does not continue the one that was
            cosigned last; the state was changed; or the clock is before the last cosignature.
        ConfigurationError: There is a state and there should be none, or none and there should;
            it is that of another ledger; or the proof is missing.
        CipherError: Another process cosigns.
        OSError: The state cannot be read or written.
    """
    read = Note.parse(note)
    head = Head.parse(read.text)
    said = [] if consistency is None else consistency.get("endorsements", [])
    known = [k for k in endorsements.follow(said, signers) if _may_sign(k, head)]
    if not read.verified_by(known):
        raise IntegrityError(
            f"head of {head.size:,} events of {head.origin!r}",
            problem="no key that you trust has signed it, nor one to which endorsements lead",
            remedy="ask for the verifier key on another way than the head",
        )
    with _alone(state):
        last = _last(witness, state, is_first=is_first)
        if last is not None:
            _check_continued(head, last, consistency)
        now = datetime.fromtimestamp(int(clock.now().timestamp()), UTC)
        _check_time(now, last)
        theirs = [s for s in read.signatures if (s.name, s.key_id) in _ids(known)]
        ours = sign_head(read.text, witness.name, witness.key.private, now)
        text = str(Note(read.text, (*theirs, ours)))
        files.write_text(state, text)
    return Seen(head=head, seen_at=now, note=text, before=None if last is None else last.head)


def _may_sign(key: VerifierKey, head: Head) -> bool:
    return key.name == head.origin and key.algorithm == ED25519


def _ids(keys: Sequence[VerifierKey]) -> set[tuple[str, bytes]]:
    return {(key.name, key.key_id) for key in keys}


def _there(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"key file {str(path)!r}", problem="there is one", remedy="name another file"
    )


def _public_file(path: Path) -> Path:
    return path.with_name(path.name + PUBLIC_SUFFIX)


def _last(witness: Witness, state: Path, *, is_first: bool) -> Seen | None:
    """Return what was cosigned last; None if nothing was, and nothing should have been."""
    try:
        text = state.read_text("utf-8")
    except FileNotFoundError:
        if is_first:
            return None
        raise ConfigurationError(
            f"state {str(state)!r}",
            problem="there is none, so there is no head to compare with",
            remedy="restore it from a backup; if you never cosigned a head of this ledger, say so "
            "with --first",
        ) from None
    except UnicodeDecodeError:
        raise _changed_state(state) from None
    seen = _seen(witness, text, state)
    if is_first:
        raise ConfigurationError(
            f"state {str(state)!r}",
            problem=f"a head of {seen.head.size:,} events was cosigned before",
            remedy="leave --first away; another ledger needs a file of its own",
        )
    return seen


def _seen(witness: Witness, text: str, state: Path) -> Seen:
    key = witness.verifier_key
    try:
        note = Note.parse(text)
        head = Head.parse(note.text)
        is_ours = key in note.verified_by([key])
    except IntegrityError:
        raise _changed_state(state) from None
    if not is_ours:
        raise _changed_state(state)
    own = [s for s in note.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
    seen_at = datetime.fromtimestamp(own[-1].seen_at_s, UTC)
    return Seen(head=head, seen_at=seen_at, note=text, before=None)


def _changed_state(state: Path) -> IntegrityError:
    return IntegrityError(
        f"state {str(state)!r}",
        problem="it is not a head that this witness cosigned",
        remedy="restore it from a backup, and name the key that made it",
    )


def _check_continued(head: Head, last: Seen, consistency: dict[str, Any] | None) -> None:
    before = last.head
    if head.origin != before.origin:
        raise ConfigurationError(
            "state",
            found=f"a head of {before.origin!r}",
            expected=f"one of {head.origin!r}",
            remedy="name the file of this ledger with --state",
        )
    if head.size < before.size:
        raise _refused(head, last, "rolled back")
    if head.size == before.size:
        if head.root != before.root:
            raise _refused(head, last, "split view")
        return
    if consistency is None:
        raise ConfigurationError(
            f"head of {head.size:,} events",
            problem=f"no proof says that it continues the one of {before.size:,}, cosigned before",
            remedy=f"`lineage prove --consistency {before.size} {head.size}` makes it where the "
            "ledger is; name it with --consistency",
        )
    sizes, path = _sizes(consistency), _path(consistency)
    if sizes != (before.size, head.size):
        raise _no_proof(
            f"it is from {sizes[0]:,} to {sizes[1]:,} events",
            expected=f"from {before.size:,} to {head.size:,}",
        )
    if not is_consistent(before.size, head.size, before.root, head.root, path):
        raise _refused(head, last, "signed anew")


def _sizes(proof: dict[str, Any]) -> tuple[int, int]:
    first, second = (Head.parse(Note.parse(str(proof.get(n))).text) for n in ("first", "second"))
    return first.size, second.size


def _path(proof: dict[str, Any]) -> list[bytes]:
    try:
        return [bytes.fromhex(part) for part in proof["path"]]
    except (KeyError, TypeError, ValueError):
        raise _no_proof("its path cannot be read") from None


def _check_time(now: datetime, last: Seen | None) -> None:
    if last is not None and now < last.seen_at:
        raise IntegrityError(
            "clock of this machine",
            found=f"{now:%Y-%m-%d %H:%M:%S} UTC",
            expected=f"a time after the last cosignature, {last.seen_at:%Y-%m-%d %H:%M:%S} UTC",
            remedy="set the clock",
        )


def _refused(head: Head, last: Seen, kind: str) -> IntegrityError:
    return IntegrityError(
        f"head of {head.size:,} events of {head.origin!r}",
        problem=f"{kind}: it does not continue the head of {last.head.size:,} events that was "
        f"cosigned at {last.seen_at:%Y-%m-%d %H:%M:%S} UTC",
        remedy="keep both heads: together they show that two histories were signed",
    )


def _no_proof(problem: str, expected: str | None = None) -> IntegrityError:
    return IntegrityError(
        "proof of consistency",
        problem=problem,
        expected=expected,
        remedy="`lineage prove --consistency` makes it where the ledger is",
    )


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Let nobody else compare and cosign with this state meanwhile."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  # start-up time

    state.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(f"{state}.lock", timeout=_LOCK_TIMEOUT_S):
            yield
    except Timeout as error:
        raise CipherError(
            f"state {str(state)!r}", problem="another process uses it", remedy="try again"
        ) from error
