"""Sealing: the head is that of all stored events, and every contradiction stops it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.events import SealSigned, WarningRaised, streams
from lineage.kernel import merkle
from lineage.kernel.errors import CipherError, ConfigurationError, IntegrityError
from lineage.kernel.notes import Head, Note
from lineage.project import Project
from lineage.seals import heads, sealing, signers


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project without a history."""
    with Project(tmp_path) as opened:
        yield opened


def happen(project: Project, count: int = 1) -> None:
    """Let something happen that is no seal."""
    version = len(project.ledger.read_stream("task:t"))
    warnings = [WarningRaised(operation=None, name="n", message=str(n)) for n in range(count)]
    project.ledger.append("task:t", warnings, expected_version=version)


def root_at(project: Project, size: int) -> bytes:
    """Return the root over the first events, computed anew."""
    leaves = [merkle.leaf_hash(project.ledger.leaf(p)) for p in range(1, size + 1)]
    return merkle.root_of(leaves)


def change(project: Project, statement: str) -> None:
    """Change the ledger's file as its guards forbid."""
    file = project.ledger.file
    project.disconnect()
    assert file is not None
    with sqlite3.connect(file) as connection:
        for guard in ("update", "delete"):
            connection.execute(f"drop trigger events_refuse_{guard}")
        connection.execute(statement)
    connection.close()


def test_empty_ledger_is_not_sealed(project: Project) -> None:
    """There is nothing to sign, and no key is made."""
    assert sealing.seal(project) is None
    assert heads.latest(project) is None
    assert not (project.state_folder / "signing.key").exists()


def test_head_is_that_of_all_events_and_signed(project: Project) -> None:
    """The note holds size and root over everything before it, the adoption of the key included."""
    happen(project, 5)
    sealed = sealing.seal(project, run="r", task="t")

    assert sealed is not None
    key = signers.signer(project).verifier_key
    assert (sealed.size, sealed.position, sealed.run) == (6, 7, "r")
    assert Note.parse(sealed.note).verified_by([key]) == (key,)
    head = Head.parse(Note.parse(sealed.note).text)
    assert head == Head(key.name, 6, root_at(project, 6))
    assert heads.file_of(project, sealed).read_text() == sealed.note
    assert heads.latest(project) == sealed


@pytest.mark.parametrize("counts", [[1], [1, 1, 1, 1], [3, 40, 2], [64, 1, 63]])
def test_extended_heads_are_those_of_the_whole_tree(project: Project, counts: list[int]) -> None:
    """What was signed last is enough to go on, whatever its size."""
    for count in counts:
        happen(project, count)
        sealed = sealing.seal(project)
        assert sealed is not None
        assert sealed.root_sha256 == root_at(project, sealed.size).hex()
    assert len(heads.all_heads(project)) == len(counts)


def test_sealing_again_signs_nothing_new(project: Project) -> None:
    """The record of a seal alone needs no seal."""
    happen(project)
    assert sealing.seal(project) == sealing.seal(project)
    assert project.ledger.head() == 3


def test_missing_files_are_written_from_the_ledger(project: Project) -> None:
    """A process that died between record and file leaves nothing to do by hand."""
    for _ in range(3):
        happen(project)
        sealing.seal(project)
    files = [heads.file_of(project, head) for head in heads.all_heads(project)]
    for file in files:
        file.unlink()

    sealing.seal(project)
    assert [file.exists() for file in files] == [False, False, True]
    assert heads.write_missing(project) == files[:2]


def test_key_that_cannot_be_read_signs_nothing(project: Project) -> None:
    """The error names the file and the remedy."""
    happen(project)
    signers.signer(project).key.file.chmod(0o644)  # type: ignore[union-attr]  # it is a file

    with pytest.raises(CipherError, match="chmod 600"):
        sealing.seal(project)
    assert heads.latest(project) is None


CHANGES = {
    "root": "replace(payload, substr(payload, instr(payload, 'root_sha256') + 14, 64), '{0}')",
    "note": 'replace(payload, \'"note":"survey/\', \'"note":"theirs/\')',
    "size": "replace(payload, '\"tree_size\":3', '\"tree_size\":2')",
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_seal_stops_the_next_one(tmp_path: Path, name: str) -> None:
    """Nobody signs on top of a head that was not signed so."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text('{"project": "survey"}')
    with Project(tmp_path) as project:
        happen(project, 2)
        sealed = sealing.seal(project)
        assert sealed is not None
        heads.file_of(project, sealed).unlink()
        changed = CHANGES[name].format("0" * 64).replace("payload,", "cast(payload as text),")
        changed = changed.replace("instr(payload", "instr(cast(payload as text)")
        change(
            project,
            f"update events set payload = cast({changed} as blob) where type = 'seal.signed'",
        )
        happen(project)

        with pytest.raises(IntegrityError, match="head of"):
            sealing.seal(project)


def test_ledger_that_was_set_back_is_not_signed(project: Project) -> None:
    """The file of a later head shows that events are gone."""
    happen(project, 2)
    sealing.seal(project)
    happen(project, 5)
    later = sealing.seal(project)
    assert later is not None
    change(project, "delete from events where position > 4")

    with pytest.raises(IntegrityError, match=r"it has 4 events, and a head of 9 was signed"):
        sealing.seal(project)


def test_other_text_in_the_file_of_a_head_stops_the_next_one(project: Project) -> None:
    """The file that was carried away and the record have to agree."""
    happen(project)
    sealed = sealing.seal(project)
    assert sealed is not None
    heads.file_of(project, sealed).write_text("something else")
    happen(project)

    with pytest.raises(IntegrityError, match="not the one on record"):
        sealing.seal(project)


def test_missing_events_are_not_signed_away(project: Project) -> None:
    """A gap in the ledger is an error, not a smaller tree."""
    happen(project, 3)
    change(project, "delete from events where position = 2")

    with pytest.raises(IntegrityError, match="1 of its 4 events are missing"):
        sealing.seal(project)


def test_seals_are_few_events_of_one_stream(project: Project) -> None:
    """What is recorded besides is the adoption of the key."""
    happen(project)
    sealing.seal(project)
    recorded = project.ledger.read_stream(streams.SEALS)

    assert [r.event.TOPIC for r in recorded] == ["signer.adopted", "seal.signed"]
    assert isinstance(recorded[-1].event, SealSigned)


@pytest.mark.parametrize(
    ("stated", "url", "is_sealed"),
    [("each_run", None, True), ("on_demand", None, False), ("each_run", "memory://", False)],
)
def test_project_says_when_it_is_sealed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stated: str,
    url: str | None,
    *,
    is_sealed: bool,
) -> None:
    """A ledger in memory is sealed only if asked."""
    monkeypatch.setenv(sealing.SEALS_VARIABLE, stated)
    with Project(tmp_path, ledger_url=url) as opened:
        happen(opened)
        sealing.seal_after_run(opened, run="r", task="t")
        assert (heads.latest(opened) is not None) == is_sealed


def test_unknown_choice_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable does not switch sealing off."""
    monkeypatch.setenv(sealing.SEALS_VARIABLE, "never")

    with pytest.raises(ConfigurationError, match="one of each_run, on_demand"):
        sealing.seal_after_run(project, run="r", task="t")


def test_signed_text_that_looks_like_a_password_is_kept() -> None:
    """Base64 spells "pwd=" by chance, and a signed text cannot lose a letter."""
    note = "ledger/0\n1\nOo371c5AiHjSpx/DPPwdN7VrfH52fkKmZoxV4FX3pwd=\n\n\u2014 ledger/0 G9/5PyqJ\n"
    event = SealSigned(
        tree_size=0, root_sha256="0" * 64, frontier=(), verifier_key="k+pwd=x", note=note
    )

    assert (event.note, event.verifier_key) == (note, "k+pwd=x")
