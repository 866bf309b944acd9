"""Who signs for a ledger, from the first signature through rotations to a key that was lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.domain.seal import is_endorsed
from lineage.events import streams
from lineage.kernel.errors import CipherError
from lineage.kernel.notes import Note
from lineage.kernel.secrets import signing
from lineage.project import Project
from lineage.seals import heads, signers

OTHER = "5a" * 32


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project without a history."""
    (tmp_path / "Wähle Größe 7").mkdir()
    with Project(tmp_path / "Wähle Größe 7") as opened:
        yield opened


def test_first_signer_names_the_ledger(project: Project) -> None:
    """The name has no spaces, whatever the folder is called, and stays."""
    first = signers.signer(project)
    assert first.name.startswith("wahle-groe-7/")
    assert signers.signer(project).verifier_key == first.verifier_key
    (adopted,) = signers.adoptions(project)
    assert (adopted.custody, adopted.replaces, adopted.endorsement) == ("project", None, None)

    assert signers.rotate(project).name == first.name


@pytest.mark.parametrize("name", ["日本", "...", "a" * 300])
def test_ledger_has_a_name_whatever_the_project_is_called(tmp_path: Path, name: str) -> None:
    """A name that cannot be written in ASCII is left out."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text(f'{{"project": "{name}"}}')
    with Project(tmp_path) as opened:
        label, chance = signers.signer(opened).name.split("/")
    assert label == ("a" * 40 if name[0] == "a" else "ledger")
    assert len(chance) == 8


def test_texts_are_signed_notes(project: Project) -> None:
    """A receipt can be checked by everybody who has the verifier key."""
    text = signers.sign_text(project, "erased\nrun 7\n")
    key = signers.signer(project).verifier_key

    assert Note.parse(text).text == "erased\nrun 7\n"
    assert Note.parse(text).verified_by([key]) == (key,)
    assert signers.signer_of(project) == key


def test_rotation_replaces_the_file_and_the_old_key_vouches(project: Project) -> None:
    """The new key signs from now on, and everybody can check that it may."""
    old = signers.signer(project)
    new = signers.rotate(project)

    assert signers.signer(project).verifier_key == new.verifier_key != old.verifier_key
    _, adopted = signers.adoptions(project)
    assert adopted.replaces == str(old.verifier_key)
    assert is_endorsed(adopted)
    assert signers.unendorsed(signers.adoptions(project)) == []
    assert [p.name for p in project.state_folder.glob("signing*")] == ["signing.key"]


def test_key_of_the_environment_is_endorsed_by_that_of_the_project(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project moves its key elsewhere without a break."""
    signers.signer(project)
    monkeypatch.setenv(signing.KEY_VARIABLE, OTHER)

    assert signers.rotate(project).custody == "elsewhere"
    assert signers.unendorsed(signers.adoptions(project)) == []
    with pytest.raises(CipherError, match="names the key that signs already"):
        signers.rotate(project)


def test_key_of_the_environment_is_endorsed_by_a_named_file(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who keeps keys elsewhere names the old one."""
    monkeypatch.setenv(signing.KEY_VARIABLE, OTHER)
    signers.signer(project)
    (tmp_path / "old").write_text(OTHER)
    (tmp_path / "old").chmod(0o600)
    monkeypatch.setenv(signing.KEY_VARIABLE, "6b" * 32)

    with pytest.raises(CipherError, match="is not at hand"):
        signers.rotate(project)
    signers.rotate(project, old_key=tmp_path / "old")
    assert signers.unendorsed(signers.adoptions(project)) == []


def test_key_that_appears_by_itself_is_shown_as_such(project: Project) -> None:
    """A lost key is replaced, and nobody vouches for the new one."""
    signers.signer(project)
    (project.state_folder / "signing.key").unlink()
    new = signers.signer(project)

    (adopted,) = signers.unendorsed(signers.adoptions(project))
    assert adopted.verifier_key == str(new.verifier_key)


def test_rotation_that_died_before_the_file_was_replaced_is_finished(project: Project) -> None:
    """What is on record counts."""
    signers.signer(project)
    path = project.state_folder / "signing.key"
    before = path.read_bytes()
    new = signers.rotate(project)
    path.rename(signing.next_path(path))
    path.write_bytes(before)
    path.chmod(0o600)

    assert signers.signer(project).verifier_key == new.verifier_key
    assert not signing.next_path(path).exists()
    assert len(signers.adoptions(project)) == 2


def test_rotation_that_died_before_it_was_on_record_is_forgotten(project: Project) -> None:
    """A key that nobody recorded never signs."""
    old = signers.signer(project)
    signing.make(signing.next_path(project.state_folder / "signing.key"))

    assert signers.signer(project).verifier_key == old.verifier_key
    signers.rotate(project)
    assert len(signers.adoptions(project)) == 2


def test_signer_is_found_without_reading_the_whole_stream(project: Project) -> None:
    """The tail of the stream is enough."""
    for _ in range(9):
        signers.rotate(project)
    tail = heads.tail(project)

    assert tail.version == len(project.ledger.read_stream(streams.SEALS))
    assert tail.state.signer == str(signers.signer(project).verifier_key)
