"""A witness cosigns what continues the head that it cosigned last, and nothing else."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from small_tasks import begin_run, make_project

from lineage.kernel.clock import SteppingClock
from lineage.kernel.errors import CipherError, ConfigurationError, IntegrityError
from lineage.kernel.merkle import Frontier
from lineage.kernel.notes import COSIGNATURE, Head, Note, VerifierKey, sign
from lineage.project import Project
from lineage.seals import outside, signers, witness
from lineage.seals.proofs import prove_consistency
from lineage.seals.sealing import seal
from lineage.seals.verification import verify
from lineage.seals.witness import Seen, Witness
from lineage.seals.worth import worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    """What a project mails to its witness: heads, and proofs between them.

    Attributes:
        root: The project.
        key: Its first verifier key, before it was rotated.
        heads: Three heads; the last is signed by the next key.
        proofs: Proof from the head of the first number to that of the second.
    """

    root: Path
    key: VerifierKey
    heads: list[str]
    proofs: dict[tuple[int, int], dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Desk:
    """A witness at work."""

    who: Witness
    state: Path
    key: VerifierKey
    clock: SteppingClock = field(default_factory=lambda: SteppingClock(step=timedelta(hours=1)))

    def __call__(self, note: str, proof: dict[str, Any] | None = None, **more: Any) -> Seen:
        """Cosign."""
        given = {"signers": [self.key], "state": self.state, "clock": self.clock} | more
        return witness.cosign(self.who, note, consistency=proof, **given)


def _sealed(project: Project) -> tuple[str, int]:
    begin_run(project)
    head = seal(project)
    assert head is not None
    return head.note, head.size


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Mailed:
    """Make the project once; nobody changes it."""
    root = tmp_path_factory.mktemp("project")
    with make_project(root) as project:
        key = signers.signer(project).verifier_key
        made = [_sealed(project), _sealed(project)]
        signers.rotate(project)
        made.append(_sealed(project))
        sizes = [size for _, size in made]
        pairs = ((0, 1), (1, 2), (0, 2))
        proofs = {(a, b): prove_consistency(project, sizes[a], sizes[b]) for a, b in pairs}
    return Mailed(root=root, key=key, heads=[note for note, _ in made], proofs=proofs)


@pytest.fixture
def desk(mailed: Mailed, tmp_path: Path) -> Desk:
    """A witness who has cosigned the first head."""
    who = witness.make(tmp_path / "witness.key", "witness.example")
    desk = Desk(who=who, state=tmp_path / "state", key=mailed.key)
    desk(mailed.heads[0], is_first=True)
    return desk


def _head(note: str) -> Head:
    return Head.parse(Note.parse(note).text)


def _signed(project: Project, head: Head) -> str:
    """A head that the key of a project signs, whatever it says."""
    return signers.signer(project).sign(head.text())


def test_key_is_readable_by_its_owner_alone_and_the_verifier_key_lies_beside(
    tmp_path: Path,
) -> None:
    """The name of the witness is kept with it."""
    made = witness.make(tmp_path / "witness.key", "witness.example/w1")

    assert (tmp_path / "witness.key").stat().st_mode & 0o777 == 0o600
    assert witness.load(tmp_path / "witness.key").verifier_key == made.verifier_key
    assert (made.verifier_key.name, made.verifier_key.algorithm) == (
        "witness.example/w1",
        COSIGNATURE,
    )


def test_key_is_never_replaced(tmp_path: Path) -> None:
    """Nor is its verifier key."""
    path = tmp_path / "witness.key"
    witness.make(path, "a")
    with pytest.raises(ConfigurationError, match="there is one"):
        witness.make(path, "b")
    (tmp_path / "witness.key.pub").unlink()
    with pytest.raises(ConfigurationError, match="there is one"):
        witness.make(path, "b")
    with pytest.raises(IntegrityError, match="no spaces"):
        witness.make(tmp_path / "other.key", "two words")
    assert not (tmp_path / "other.key").exists()


@pytest.mark.parametrize("content", ["", "a+00000000+AAAA", None])
def test_key_without_its_verifier_key_is_refused(tmp_path: Path, content: str | None) -> None:
    """Under another name it would be another witness."""
    path = tmp_path / "witness.key"
    witness.make(path, "a")
    public = tmp_path / "witness.key.pub"
    public.unlink() if content is None else public.write_text(content)

    with pytest.raises(ConfigurationError, match="not that of the key"):
        witness.load(path)


def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """As a signing key is."""
    witness.make(tmp_path / "witness.key", "a")
    (tmp_path / "witness.key").chmod(0o644)

    with pytest.raises(CipherError, match="others have access"):
        witness.load(tmp_path / "witness.key")


def test_first_head_is_compared_with_none_and_said_to_be_the_first(
    mailed: Mailed, tmp_path: Path
) -> None:
    """Without the word of the witness a lost state would pass for a first head."""
    who = witness.make(tmp_path / "witness.key", "witness.example")
    desk = Desk(who=who, state=tmp_path / "w/state", key=mailed.key)

    with pytest.raises(ConfigurationError, match="there is none"):
        desk(mailed.heads[0])
    seen = desk(mailed.heads[0], is_first=True)
    with pytest.raises(ConfigurationError, match="was cosigned before"):
        desk(mailed.heads[0], is_first=True)

    assert seen.before is None
    assert desk.state.read_text("utf-8") == seen.note


def test_of_two_first_heads_at_once_one_is_cosigned(mailed: Mailed, tmp_path: Path) -> None:
    """To compare and to remember is one step, or both would be the first."""
    who = witness.make(tmp_path / "witness.key", "witness.example")
    desk = Desk(who=who, state=tmp_path / "state", key=mailed.key)
    start = Barrier(2)

    def ask(note: str) -> str | None:
        start.wait()
        try:
            return desk(note, is_first=True).note
        except ConfigurationError:
            return None

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, mailed.heads[:2]))

    given = [answer for answer in answers if answer is not None]
    assert given == [desk.state.read_text("utf-8")]


def test_head_that_continues_the_last_one_is_cosigned(mailed: Mailed, desk: Desk) -> None:
    """Its signatures are those of the ledger and of the witness, with the time."""
    seen = desk(mailed.heads[1], mailed.proofs[0, 1])

    keys = [mailed.key, desk.who.verifier_key]
    assert Note.parse(seen.note).verified_by(keys) == tuple(keys)
    assert seen.before == _head(mailed.heads[0])
    assert f"{seen.seen_at:%H:%M}" == "01:00"
    assert desk.state.read_text("utf-8") == seen.note


def test_same_head_is_cosigned_again_with_a_later_time(mailed: Mailed, desk: Desk) -> None:
    """That says that no larger one was seen since."""
    again = desk(mailed.heads[0])

    assert again.before == again.head
    assert Note.parse(again.note).signatures[-1].seen_at_s == int(again.seen_at.timestamp())


def test_rotated_key_is_followed_by_the_endorsements_of_the_proof(
    mailed: Mailed, desk: Desk
) -> None:
    """Without them the later key is that of a stranger."""
    proof = mailed.proofs[0, 2]
    with pytest.raises(IntegrityError, match="no key that you trust"):
        desk(mailed.heads[2], proof | {"endorsements": []})

    assert desk(mailed.heads[2], proof).head == _head(mailed.heads[2])


def test_smaller_head_is_refused(mailed: Mailed, desk: Desk) -> None:
    """History is taken back, though every head is signed."""
    desk(mailed.heads[1], mailed.proofs[0, 1])
    before = desk.state.read_bytes()

    with pytest.raises(IntegrityError, match="rolled back"):
        desk(mailed.heads[0])
    assert desk.state.read_bytes() == before


def test_larger_head_needs_a_proof_between_these_sizes(mailed: Mailed, desk: Desk) -> None:
    """The refusal says which one to ask for."""
    size = _head(mailed.heads[2]).size
    first = _head(mailed.heads[0]).size
    note, proof = mailed.heads[1], mailed.proofs[0, 1]

    with pytest.raises(ConfigurationError, match=rf"prove --consistency {first} [0-9]+"):
        desk(note)
    with pytest.raises(IntegrityError, match=rf"to {size} events"):
        desk(note, mailed.proofs[0, 2])
    with pytest.raises(IntegrityError, match="signed anew"):
        desk(note, proof | {"path": proof["path"][:-1]})
    with pytest.raises(IntegrityError, match="its path cannot be read"):
        desk(note, proof | {"path": [1]})


def test_head_of_the_same_size_with_another_root_is_refused(
    mailed: Mailed, desk: Desk, tmp_path: Path
) -> None:
    """The key of the ledger signs two histories, and shows one to each."""
    _, old = mailed.heads[0], _head(mailed.heads[0])
    shutil.copytree(mailed.root, tmp_path / "copy")
    (tmp_path / "copy/.lineage/signing.key").chmod(0o600)
    with Project(tmp_path / "copy") as project:
        key = signers.signer(project).verifier_key
        other = _signed(project, replace(old, root=Frontier().root()))

    with pytest.raises(IntegrityError, match="split view"):
        desk(other, signers=[mailed.key, key])


def test_head_of_a_stranger_is_refused(mailed: Mailed, desk: Desk) -> None:
    """A name is not a key, and a key of another name is not that of the ledger."""
    who = desk.who
    head = _head(mailed.heads[0])
    forged = Note(head.text(), (sign(head.text(), head.origin, who.key.private),))
    elsewhere = VerifierKey("elsewhere", 1, mailed.key.public)

    with pytest.raises(IntegrityError, match="no key that you trust"):
        desk(str(forged))
    with pytest.raises(IntegrityError, match="no key that you trust"):
        desk(mailed.heads[0], signers=[elsewhere])


def test_state_of_another_ledger_is_refused(mailed: Mailed, desk: Desk, tmp_path: Path) -> None:
    """Each has a file of its own."""
    with make_project(tmp_path / "other") as project:
        note, _ = _sealed(project)
        key = signers.signer(project).verifier_key

    with pytest.raises(ConfigurationError, match="name the file of this ledger"):
        desk(note, signers=[mailed.key, key])


@pytest.mark.parametrize("content", ["", "\n\n", "head", b"\xff"])
def test_state_that_was_changed_is_refused(
    mailed: Mailed, desk: Desk, content: str | bytes
) -> None:
    """It is no head that this witness cosigned."""
    desk.state.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(IntegrityError, match="not a head that this witness cosigned"):
        desk(mailed.heads[0])


def test_state_that_another_one_wrote_is_refused(mailed: Mailed, desk: Desk) -> None:
    """A head without the cosignature of this witness is not its memory."""
    desk.state.write_text(mailed.heads[1])

    with pytest.raises(IntegrityError, match="not a head that this witness cosigned"):
        desk(mailed.heads[0])


def test_time_of_cosignatures_does_not_go_back(mailed: Mailed, desk: Desk) -> None:
    """A cosignature says that no larger head was seen until then."""
    with pytest.raises(IntegrityError, match="clock of this machine"):
        desk(mailed.heads[0], clock=SteppingClock(start=desk.clock.start - timedelta(days=1)))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": "privacy-lineage proof 1"}'])
def test_what_is_no_proof_of_consistency_is_refused(text: str) -> None:
    """Whatever was mailed."""
    with pytest.raises(IntegrityError, match="proof of consistency"):
        witness.consistency_of(text)


def test_cosigned_head_comes_back_and_is_worth_more(
    mailed: Mailed, desk: Desk, tmp_path: Path
) -> None:
    """From the seal to the witness and back: nobody can change it unseen."""
    seen = desk(mailed.heads[1], witness.consistency_of(json.dumps(mailed.proofs[0, 1])))
    root = Path(shutil.copytree(mailed.root, tmp_path / "project"))
    with Project(root) as project:
        outside.record_cosignature(project, seen.note, str(desk.who.verifier_key))
        assert verify(project).problems == ()
        judged = worth(project)

    assert (judged.level, judged.until) == ("cosigned", seen.head.size)
    assert "co-signed by witness.example" in judged.sentence
