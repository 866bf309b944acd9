"""Verification says what it looked at, what it could not, and how far its answer reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from small_tasks import CopyOperation, SmallTask, begin_run, make_project

from lineage.events import SealSigned, streams
from lineage.kernel.merkle import EMPTY_ROOT, Frontier
from lineage.kernel.notes import Head, Note, VerifierKey, sign
from lineage.project import Project
from lineage.seals import heads, signers
from lineage.seals.kept_leaves import LEAVES_FILE
from lineage.seals.sealing import seal
from lineage.seals.verification import verify


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with a sealed run."""
    with make_project(tmp_path) as opened:
        assert SmallTask(CopyOperation(), project=opened).run()
        seal(opened)
        yield opened


def test_empty_ledger_is_verified(tmp_path: Path) -> None:
    """Nothing is wrong, and nothing is covered."""
    with make_project(tmp_path) as project:
        found = verify(project)

    assert (found.events, found.verified_until, found.problems) == (0, 0, ())


def test_unsealed_ledger_is_not_covered(tmp_path: Path) -> None:
    """No seal is no fault; the answer says that nothing is verified."""
    with make_project(tmp_path) as project:
        begin_run(project)
        found = verify(project)

    assert (found.heads, found.problems) == (0, ())
    assert found.not_covered == found.events > 0


def test_events_after_the_last_head_are_not_covered(project: Project) -> None:
    """The seal itself is an event that only the next one covers."""
    begin_run(project)

    found = verify(project)

    assert found.problems == ()
    assert found.verified_until == 13
    assert found.not_covered == project.ledger.head() - 13


def test_leaves_that_were_not_kept_are_kept_by_the_next_verification(project: Project) -> None:
    """A cache that is missing comes back."""
    kept = project.state_folder / LEAVES_FILE
    before = kept.read_bytes()
    kept.unlink()

    assert verify(project).problems == ()
    assert kept.read_bytes() == before


def test_kept_leaves_of_events_that_were_lost_are_forgotten(project: Project) -> None:
    """A crash between hashing and signing leaves hashes that nobody signed."""
    kept = project.state_folder / LEAVES_FILE
    before = kept.read_bytes()
    kept.write_bytes(before + bytes(64))

    assert verify(project).problems == ()
    assert kept.read_bytes() == before


def test_key_that_the_reader_trusts_is_enough(project: Project) -> None:
    """The key on record is the one that the reader knows."""
    key = signers.signer(project).verifier_key

    assert verify(project, trusted=[key]).problems == ()


def test_rotated_key_is_trusted_by_the_word_of_the_earlier_one(project: Project) -> None:
    """Whoever knows the first key need not learn of the second."""
    first = signers.signer(project).verifier_key
    signers.rotate(project)
    seal(project)

    found = verify(project, trusted=[first])

    assert (found.problems, found.remarks) == ((), ())
    assert found.heads == 2


def test_lost_key_is_remarked(project: Project) -> None:
    """A key that nobody vouched for is no fault, but anybody could have adopted it."""
    first = signers.signer(project).verifier_key
    (project.state_folder / "signing.key").unlink()
    begin_run(project)
    seal(project)

    found = verify(project)
    trusting = verify(project, trusted=[first])

    assert found.problems == ()
    assert "was not endorsed" in found.remarks[0]
    assert {problem.kind for problem in trusting.problems} == {"unknown signer"}


def test_missing_file_of_a_head_is_remarked(project: Project) -> None:
    """Somebody may have moved it to where it is kept."""
    head = heads.latest(project)
    assert head is not None
    heads.file_of(project, head).unlink()

    found = verify(project)

    assert found.problems == ()
    assert "1 heads on record have no file" in found.remarks[0]


@pytest.mark.parametrize("text", ["", "no head\n", "a\n1\nAAAA\n\n\N{EM DASH} a AAAAAAAA\n"])
def test_head_kept_outside_that_is_none_is_a_problem(project: Project, text: str) -> None:
    """It is not taken for a good one."""
    assert [p.kind for p in verify(project, outside=[text]).problems] == ["head kept outside"]


def test_head_of_another_ledger_is_a_problem(project: Project) -> None:
    """Its key is not one of this ledger, and its root is not either."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    text = Head("other", 5, EMPTY_ROOT).text()

    found = verify(project, outside=[str(Note(text, (sign(text, "other", key),)))])

    assert [problem.kind for problem in found.problems] == ["signed anew", "unknown signer"]


def test_signature_of_every_seal_is_checked(tmp_path: Path) -> None:
    """The first of thousands, too: the later heads only say that it is on record."""
    with make_project(tmp_path) as project:
        signer = signers.signer(project)
        [[leaf]] = project.ledger.leaf_hashes(after=0, until=1)
        head = Head(signer.name, 1, Frontier().extended([leaf]).root())
        note = signer.sign(head.text())
        good = SealSigned(
            tree_size=1,
            root_sha256=head.root.hex(),
            frontier=(leaf.hex(),),
            verifier_key=str(signer.verifier_key),
            note=note,
        )
        signature = replace(Note.parse(note).signatures[0], value=bytes(64))
        forged = good.model_copy(update={"note": str(Note(head.text(), (signature,)))})
        project.ledger.append(streams.SEALS, [forged, *[good] * 2_100], expected_version=1)

        found = verify(project)

    assert [(p.kind, p.position) for p in found.problems] == [("forged seal", 2)]
    assert found.heads == 2_100


def test_document_has_what_the_answer_has(project: Project) -> None:
    """It can be written as JSON."""
    found = verify(project)

    assert found.as_document() == {
        "events": 14,
        "verified_until": 13,
        "heads": 1,
        "problems": (),
        "remarks": (),
        "not_covered": 1,
    }


def test_verifier_key_of_the_project_is_readable(project: Project) -> None:
    """It is what `--key` takes."""
    key = signers.signer(project).verifier_key

    assert VerifierKey.parse(str(key)) == key
