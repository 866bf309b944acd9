"""Endorsements lead from a key that is trusted to those that followed it, and nowhere else."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from small_tasks import make_project

from lineage.kernel.errors import IntegrityError
from lineage.kernel.notes import VerifierKey
from lineage.seals import endorsements, signers
from lineage.seals.signers import adoptions, signer

Said = list[dict[str, str]]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[VerifierKey], Said]:
    """Three keys in a row, one that appeared when the third was lost, one more, and their words."""
    with make_project(tmp_path_factory.mktemp("project")) as project:
        found = [signer(project).verifier_key]
        for lost in (False, False, True, False):
            if lost:
                (project.state_folder / "signing.key").unlink()
            turn = signer(project) if lost else signers.rotate(project)
            found.append(turn.verifier_key)
        return found, endorsements.of(adoptions(project))


def test_endorsements_lead_to_the_key_that_was_lost(
    keys: tuple[list[VerifierKey], Said],
) -> None:
    """Nobody vouched for the one that came after it."""
    every, said = keys

    assert len(said) == 3
    assert endorsements.follow(said, every[:1]) == tuple(every[:3])
    assert endorsements.follow(said, every[3:4]) == tuple(every[3:])


def test_order_is_that_of_the_keys(keys: tuple[list[VerifierKey], Said]) -> None:
    """A word is believed only if its key is trusted already."""
    every, said = keys

    assert endorsements.follow(said[::-1], every[:1]) == tuple(every[:2])


@pytest.mark.parametrize(
    "altered", [{"endorsement": "AAAA"}, {"endorsement": "A" * 86 + "=="}, {"replaces": None}]
)
def test_false_endorsement_is_refused(
    keys: tuple[list[VerifierKey], Said], altered: dict[str, object]
) -> None:
    """Whether it is needed or not."""
    every, said = keys

    with pytest.raises(IntegrityError, match=r"has not signed|cannot be read"):
        endorsements.follow([said[0] | altered], every[1:2])


@pytest.mark.parametrize("said", [None, {}, [[]], ["a"], 7])
def test_what_is_no_endorsement_is_refused(said: object) -> None:
    """Whatever a file holds."""
    with pytest.raises(IntegrityError, match="cannot be read"):
        endorsements.follow(said, [])


def test_key_is_not_endorsed_under_another_name(tmp_path: Path) -> None:
    """A ledger keeps its name."""
    with make_project(tmp_path) as project:
        first = signer(project)
        other = VerifierKey("other", 1, bytes(32))
        adopted = signers.adoptions(project)[0]
        value = first.key.private.sign(str(other).encode())

    link = {
        "replaces": adopted.verifier_key,
        "verifier_key": str(other),
        "endorsement": base64.b64encode(value).decode(),
    }

    assert endorsements.follow([link], [first.verifier_key]) == (first.verifier_key,)
