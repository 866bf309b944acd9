"""A bundle is read and checked without this package, and is the same for the same history."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_tools import change_payload, ledger
from release_project import OUT, Suppressing, configure

from lineage.audits.bundle import Subject, find_subject, write_bundle
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import (
    ConfigurationError,
    IntegrityError,
    LineageError,
    PathRefusedError,
    RunNotFoundError,
)
from lineage.project import Project
from lineage.releases import door
from lineage.seals import signers


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that released a file; tests must not change it."""
    root = tmp_path_factory.mktemp("bundled")
    configure(root)
    with Project(root) as project:
        assert Suppressing(project, "name").run()
        request = door.ReleaseRequest(
            path=root / OUT, purpose="research", recipient="university", approver="dpo"
        )
        assert door.release(project, request).is_released
        write_bundle(project, find_subject(project, release_id(project)))  # signs a head
    return root


@pytest.fixture
def project(root: Path) -> Iterator[Project]:
    """That project, opened."""
    with Project(root) as opened:
        yield opened


@pytest.fixture(scope="module")
def handed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of its release, unpacked, without the released file; not to be changed."""
    with Project(root) as project:
        return bundled(project, tmp_path_factory.mktemp("handed"))


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of it that may be changed."""
    shutil.copytree(root, tmp_path / "copy")
    return tmp_path / "copy"


def release_id(project: Project) -> str:
    """The only release."""
    with project.catalog() as catalog:
        return str(catalog.value("select release_id from releases"))


def release_id_of(subject: Subject) -> str:
    """The release that a bundle is about."""
    assert subject.release is not None
    return str(subject.release["release_id"])


def bundled(project: Project, folder: Path, *, with_data: bool = False) -> Path:
    """Write the bundle of the release and unpack it as an auditor does."""
    subject = find_subject(project, release_id(project))
    archive = write_bundle(project, subject, folder / "bundle.zip", with_data=with_data)
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        opened.extractall(folder / "opened")
    return folder / "opened"


def verified(folder: Path, *arguments: str) -> str:
    """Run the verifier of the bundle, isolated; return the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-I", "verify_lineage.py", *arguments, "--key", "verifier.key"],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stdout.splitlines()[-1]
    assert (done.returncode == 0) is (last == "VERIFIED"), done.stderr
    return last


def test_auditor_checks_everything_without_this_package(project: Project, tmp_path: Path) -> None:
    """Head, proofs, and each file by the signed list; the verifier does not import us."""
    folder = bundled(project, tmp_path, with_data=True)
    files = [path for path in folder.rglob("*") if path.is_file()]

    assert "import lineage" not in (folder / "verify_lineage.py").read_text("utf-8")
    assert verified(folder, "head.txt") == "VERIFIED"
    assert verified(folder, "proof.json") == "VERIFIED"
    assert verified(folder, "CONTENTS.txt", "--document", "audit.html") == "VERIFIED"
    listed = (folder / "CONTENTS.txt").read_text("utf-8")
    for path in files:
        name = path.relative_to(folder).as_posix()
        assert name == "CONTENTS.txt" or f"{sha256_file(path)}  {name}\n" in listed
    [released] = (folder / "released").iterdir()
    assert released.read_bytes() == (project.root / OUT).read_bytes()


@pytest.mark.parametrize(
    ("file", "old", "new", "arguments"),
    [
        ("proof.json", "university", "the ministry", ("proof.json",)),
        ("head.txt", "\n", "0\n", ("head.txt",)),
        ("audit.html", "university", "the ministry", ("CONTENTS.txt", "--document", "audit.html")),
        ("CONTENTS.txt", "about release", "about run", ("CONTENTS.txt",)),
    ],
)
def test_changed_file_is_refused(
    handed: Path, tmp_path: Path, file: str, old: str, new: str, arguments: tuple[str, ...]
) -> None:
    """Whichever of them is changed on the way."""
    folder = shutil.copytree(handed, tmp_path / "changed")
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).chmod(0o600)
    (folder / file).write_text(text.replace(old, new), "utf-8")

    assert verified(folder, *arguments).startswith("NOT VERIFIED")


def test_same_history_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    """The archive is a function of the ledger, with fixed times and permissions."""
    subject = find_subject(project, release_id(project))
    first, other = (
        write_bundle(project, subject, tmp_path / f"{n}.zip").read_bytes() for n in "12"
    )

    assert first == other
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        entries = archive.infolist()
    assert [one.filename for one in entries] == sorted(one.filename for one in entries)
    assert {one.date_time for one in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {one.external_attr >> 16 for one in entries} == {0o100444}


def test_bundle_names_no_person_of_the_data(handed: Path) -> None:
    """No identifier of the input is in any of its files, nor is the released file."""
    for path in handed.rglob("*"):
        assert path.is_dir() or not re.search(rb"person \d+", path.read_bytes()), path
    assert not (handed / "released").exists()
    assert "It is not in here." in (handed / "README.txt").read_text("utf-8")


def test_catalog_has_that_run_alone(copy: Path, tmp_path: Path) -> None:
    """Another run of the project is in no table, in proofs neither."""
    with Project(copy) as project:
        wanted = find_subject(project, release_id(project))
        assert Suppressing(project, "city").run()
        folder = bundled(project, tmp_path)

    with (folder / "catalog/runs.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["run_id"] for row in csv.DictReader(stream)] == [wanted.run_id]
    proof = json.loads((folder / "proof.json").read_text("utf-8"))
    proved = {event["envelope"]["stream"] for event in proof["events"]}
    assert proved == {f"run:{wanted.run_id}", f"release:{release_id_of(wanted)}"}


def test_run_is_named_as_everywhere(project: Project, tmp_path: Path) -> None:
    """By its task, say; there is no released file to put in."""
    subject = find_subject(project, "t_safe")

    assert subject.release is None
    assert write_bundle(project, subject, tmp_path / "run.zip").is_file()
    with pytest.raises(ConfigurationError, match="no released file"):
        write_bundle(project, subject, tmp_path / "x.zip", with_data=True)


def test_unknown_name_is_refused(project: Project) -> None:
    """It is neither a run nor a release."""
    with pytest.raises(RunNotFoundError, match="no run or task"):
        find_subject(project, "nobody")


def test_changed_release_is_not_handed_out(copy: Path, tmp_path: Path) -> None:
    """The archive does not appear."""
    with Project(copy) as project:
        subject = find_subject(project, release_id(project))
        assert subject.release is not None
        path = copy / subject.release["release_uri"]
        path.chmod(0o600)
        path.write_text("age\n1\n")
        with pytest.raises(IntegrityError, match="changed after the release"):
            write_bundle(project, subject, tmp_path / "x.zip", with_data=True)

    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize(
    "target",
    [".lineage/ledger.db", "DATA/raw/people.csv", OUT, ".lineage/catalog.duckdb"],
)
def test_archive_never_replaces_the_history(project: Project, target: str) -> None:
    """Whatever path a person names."""
    path = project.root / target
    before = path.read_bytes()

    with pytest.raises(PathRefusedError):
        write_bundle(project, find_subject(project, "t_safe"), path)

    assert path.read_bytes() == before


def test_changed_ledger_gives_no_bundle(copy: Path, tmp_path: Path) -> None:
    """What is not as it was signed cannot be proved."""
    with Project(copy) as project:
        subject = find_subject(project, release_id(project))
    with ledger(copy) as events:
        change_payload(events, subject.positions[0], "description", "something else")
    with Project(copy) as project, pytest.raises(LineageError, match="signed"):
        write_bundle(project, subject, tmp_path / "x.zip")

    assert not (tmp_path / "x.zip").exists()


def test_bundle_is_checked_with_the_key_before_the_rotation(copy: Path, tmp_path: Path) -> None:
    """The proof holds the word of that key, for the other signed files as well."""
    with Project(copy) as project:
        first = signers.signer(project).verifier_key
        signers.rotate(project)
        folder = bundled(project, tmp_path)
    (folder / "verifier.key").chmod(0o600)
    (folder / "verifier.key").write_text(str(first))

    assert verified(folder, "proof.json") == "VERIFIED"
    assert verified(folder, "CONTENTS.txt", "--endorsements", "proof.json") == "VERIFIED"
    assert verified(folder, "CONTENTS.txt").startswith("NOT VERIFIED: no trusted key")


def test_encrypted_ledger_is_proved_without_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes twice; the auditor needs no key of the project."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", base64.b64encode(bytes(range(32))).decode())
    configure(tmp_path)
    file = tmp_path / "configs/prj_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "ledger": {"encryption": True}}))
    with Project(tmp_path) as project:
        assert Suppressing(project, "name").run()
        assert project.ledger.is_encrypted
        subject = find_subject(project, "t_safe")
        archive = write_bundle(project, subject)
        first = archive.read_bytes()
        assert write_bundle(project, subject).read_bytes() == first
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "opened")

    assert verified(tmp_path / "opened", "proof.json") == "VERIFIED"
