"""Who signs for a ledger: the key at hand, on record from its first signature on."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.domain.seal import AdoptSigner, SealState, is_endorsed
from lineage.events import SignerAdopted, streams
from lineage.events.seal import Custody
from lineage.kernel.errors import CipherError, CommandRejectedError
from lineage.kernel.notes import ED25519, Note, VerifierKey, sign
from lineage.kernel.secrets import secret_files, signing
from lineage.kernel.secrets.signing import HeldKey
from lineage.project import LOCK_FOLDER, Project
from lineage.seals import heads

_TRIES: Final = 5
"""Times a key is adopted again because another process was faster."""
_SLUG_CHARS: Final = 40
_CHANCE_CHARS: Final = 8
_LOCK: Final = "signing.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A key with the name of the ledger for which it signs.

    Attributes:
        name: The origin of the ledger's heads.
        key: The key.
    """

    name: str
    key: HeldKey

    @property
    def verifier_key(self) -> VerifierKey:
        """The public key that checks what it signs."""
        return VerifierKey(self.name, ED25519, self.key.public)

    @property
    def custody(self) -> Custody:
        """Where the key is kept."""
        return self.key.custody

    def sign(self, text: str) -> str:
        """Return a text with its signature, as a C2SP signed note.

        Args:
            text: Lines of plain text, the last one ended.

        Raises:
            IntegrityError: The text cannot be that of a note.
        """
        return str(Note(text, (sign(text, self.name, self.key.private),)))


def signer(project: Project) -> Signer:
    """Return who signs for a project; a key is made and recorded on its first use.

    Raises:
        CipherError: The key cannot be used (`signing.load`).
        LedgerError: The history cannot be read or written.
    """
    held = signing.load(project.root, project.state_folder)
    for remaining in reversed(range(_TRIES)):
        tail = heads.tail(project)
        found = Signer(name=tail.state.origin or _new_origin(project), key=held)
        if tail.state.signer == str(found.verifier_key):
            return found
        replacing = _interrupted_rotation(project, tail.state)
        if replacing is not None:
            held = replacing
            continue
        adopted = _adoption(found, replaces=tail.state.signer, endorsement=None)
        try:
            tail.session(project.ledger).handle(AdoptSigner(adopted=adopted))
        except CommandRejectedError:
            if not remaining:
                raise
        else:
            return found
    raise CipherError("signing key", problem="other processes change it", remedy="try again")


def sign_text(project: Project, text: str) -> str:
    """Return a text, such as a receipt, signed by who signs for the project, as a signed note.

    Raises:
        CipherError: The key cannot be used.
        IntegrityError: The text cannot be that of a note.
        LedgerError: The history cannot be read or written.
    """
    return signer(project).sign(text)


def rotate(project: Project, *, old_key: Path | None = None) -> Signer:
    """Let a new key sign from now on, endorsed by the one that signs now.

    The key in the project's folder is replaced by a new one. If the environment names the key, it
    must name the new one.

    Args:
        project: The project.
        old_key: A file with the key that signs now, if the environment names another one.

    Raises:
        CipherError: The key that signs now is not at hand, or a key cannot be used.
        LedgerError: The history cannot be read or written.
    """
    if heads.tail(project).state.signer is None:
        return signer(project)
    _interrupted_rotation(project, heads.tail(project).state)
    with _rotating(project):
        before = VerifierKey.parse(heads.tail(project).state.signer or "")
        held = signing.load(project.root, project.state_folder)
        old = _at_hand(before, [held, *_others(project, old_key)])
        is_own = held is old and held.file == project.state_folder / signing.FILE_NAME
        if held is old and not is_own:
            raise CipherError(
                "signing key",
                problem="the environment names the key that signs already",
                remedy="name the new key there, and the present one with --old-key",
            )
        new = Signer(name=before.name, key=_next_key(project) if is_own else held)
        value = old.private.sign(str(new.verifier_key).encode())
        endorsement = base64.b64encode(value).decode()
        adopted = _adoption(new, replaces=str(before), endorsement=endorsement)
        heads.tail(project).session(project.ledger).handle(AdoptSigner(adopted=adopted))
        if is_own:
            signing.take_place(project.state_folder / signing.FILE_NAME)
    return new


def signer_of(project: Project) -> VerifierKey | None:
    """Return the verifier key of who signs now, as recorded; None before the first.

    Raises:
        LedgerError: The history cannot be read.
    """
    stated = heads.tail(project).state.signer
    return None if stated is None else VerifierKey.parse(stated)


def adoptions(project: Project) -> list[SignerAdopted]:
    """Return the keys that were adopted, in order; `domain.seal.is_endorsed` tells how.

    Raises:
        LedgerError: The history cannot be read.
    """
    stream = project.ledger.iter_stream(streams.SEALS)
    return [r.event for r in stream if isinstance(r.event, SignerAdopted)]


def unendorsed(adopted: list[SignerAdopted]) -> list[SignerAdopted]:
    """Return the adoptions after the first that the key before did not endorse."""
    return [a for a in adopted if a.replaces is not None and not is_endorsed(a)]


def _adoption(new: Signer, *, replaces: str | None, endorsement: str | None) -> SignerAdopted:
    return SignerAdopted(
        verifier_key=str(new.verifier_key),
        custody=new.custody,
        is_passphrased=new.key.is_passphrased,
        replaces=replaces,
        endorsement=endorsement,
    )


def _new_origin(project: Project) -> str:
    """Return a name for a ledger that has none: what people call it, and by chance only its own."""
    name = project.settings.project or project.root.name
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9._-]+", "-", ascii_name)[:_SLUG_CHARS].strip("-.")
    return f"{slug or 'ledger'}/{project.ids.new()[-_CHANCE_CHARS:]}"


def _is(held: HeldKey, key: VerifierKey) -> bool:
    return held.public == key.public


def _at_hand(key: VerifierKey, candidates: list[HeldKey]) -> HeldKey:
    found = next((held for held in candidates if _is(held, key)), None)
    if found is None:
        raise CipherError(
            "signing key",
            problem="the key that signs now is not at hand, so it cannot endorse another",
            remedy="name its file with --old-key; if it is lost, `lineage seal` lets the new key "
            "sign without its word, and says so",
        )
    return found


def _others(project: Project, old_key: Path | None) -> Iterator[HeldKey]:
    if old_key is not None:
        yield signing.read(old_key, project.root)
    own = project.state_folder / signing.FILE_NAME
    if own.exists():
        yield signing.read(own, project.root)


def _next_key(project: Project) -> HeldKey:
    path = signing.next_path(project.state_folder / signing.FILE_NAME)
    secret_files.wipe(path)  # of a rotation that was interrupted before it was on record
    signing.make(path)
    return signing.read(path, project.root)


def _interrupted_rotation(project: Project, state: SealState) -> HeldKey | None:
    """Finish a rotation that is on record; return the new key, or None if there is none."""
    path = project.state_folder / signing.FILE_NAME
    if state.signer is None or not signing.next_path(path).exists():
        return None
    with _rotating(project):
        if signing.next_path(path).exists():
            waiting = signing.read(signing.next_path(path), project.root)
            if not _is(waiting, VerifierKey.parse(state.signer)):
                return None
            signing.take_place(path)
    return signing.load(project.root, project.state_folder)


@contextmanager
def _rotating(project: Project) -> Iterator[None]:
    from filelock import FileLock, Timeout  # noqa: PLC0415  # start-up time

    try:
        with FileLock(project.state_folder / LOCK_FOLDER / _LOCK, timeout=project.lock_timeout_s):
            yield
    except Timeout as error:
        raise CipherError(
            "signing key", problem="another process is changing it", remedy="try again"
        ) from error
