"""What was erased is gone from every file, on record, and proven by a receipt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from erasure_project import MARKER, MASTER, NAME, RAW, erase, files_with, make, run

from lineage.erasure import execution, planning
from lineage.erasure.retention import list_retention
from lineage.erasure.subjects import Subject
from lineage.kernel.errors import CipherError, ConfigurationError
from lineage.kernel.notes import Note
from lineage.project import Project
from lineage.seals.verification import verify
from projections.catalog import building
from projections.catalog.kept.snapshot import Snapshot


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose ledger anyone can read."""
    with make(tmp_path) as opened:
        yield opened


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project whose ledger is encrypted."""
    monkeypatch.setenv("LINEAGE_MASTER_KEY", MASTER)
    with make(tmp_path, ledger={"encryption": True}) as opened:
        yield opened


def test_erased_run_is_in_no_file(encrypted: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither its description nor its data, in ledger, log, snapshot, report or cache."""
    monkeypatch.setattr(building, "FEW", 0)  # so that a short history has a snapshot
    task = run(encrypted, "SuppressOperation", drop_columns=["city"], format="csv")
    assert task.run_id is not None
    (encrypted.root / RAW).unlink()
    assert files_with(encrypted.root, NAME)
    task.close()
    encrypted.catalog().close()
    file = encrypted.state_folder / "catalog.snapshot"
    kept = file.read_bytes()
    assert Snapshot(encrypted.ledger, file).position()

    done = erase(encrypted, "run", planning.plan_run(encrypted, task.run_id))

    assert {outcome for _, outcome in done.steps} == {"done"}
    encrypted.disconnect()
    assert files_with(encrypted.root, NAME, MARKER) == []
    file.write_bytes(kept)
    assert Snapshot(encrypted.ledger, file).position() is None


def test_seals_hold_after_an_erasure(encrypted: Project) -> None:
    """The proof is over the stored bytes, which stay."""
    task = run(encrypted, "SuppressOperation", drop_columns=["city"])
    assert task.run_id is not None

    erase(encrypted, "run", planning.plan_run(encrypted, task.run_id))

    assert verify(encrypted).problems == ()


def test_run_of_a_readable_ledger_keeps_its_events_and_says_so(project: Project) -> None:
    """The plan names what it cannot do, and how it could."""
    task = run(project, "SuppressOperation", drop_columns=["city"])
    assert task.run_id is not None

    done = erase(project, "run", planning.plan_run(project, task.run_id))

    kept = [step for step, outcome in done.steps if outcome == "kept"]
    assert [step.subject for step in kept] == ["events"]
    assert "lineage ledger encrypt" in kept[0].reason
    with project.catalog() as catalog:
        assert "lineage ledger encrypt" in catalog.value("select remaining[1] from erasures")


def test_dataset_goes_with_what_was_made_from_it(project: Project) -> None:
    """A file in which nobody stands alone may stay, with the measured k as the reason."""
    run(project, "SuppressOperation", drop_columns=["city"], format="csv")
    run(project, "KAnonymizeOperation", k=5)

    done = erase(project, "dataset", planning.plan_dataset(project, "people"))

    actions = {step.uri.rpartition("/")[2]: outcome for step, outcome in done.steps}
    assert actions["people.csv"] == "done"
    assert actions["people_suppressed.csv"] == "done"
    kept = [step for step, outcome in done.steps if outcome == "kept"]
    assert all("people_anonymized" in step.uri and "k = " in step.reason for step in kept)
    assert kept
    assert files_with(project.data_folder, NAME) == []


def test_person_is_removed_from_every_file_and_from_the_record(project: Project) -> None:
    """The others stay; the history names the person by a digest whose key is gone."""
    run(project, "SuppressOperation", drop_columns=["city"], format="csv")
    person = Subject(value=NAME, column="name")

    done = erase(project, "subject", planning.plan_subject(project, NAME, "name"), person)

    assert files_with(project.root, NAME) == []
    assert (project.root / RAW).read_text().count("person ") == 60
    assert done.receipt is not None
    assert not list(project.state_folder.glob("erasures/*.key"))
    with pytest.raises(CipherError, match="gone"):
        execution.subjects.read_key(project.state_folder / f"erasures/{done.erasure_id}.key")


def test_receipt_is_signed(project: Project) -> None:
    """It is a note that the project's own signing key signed, on disk and on record."""
    done = erase(project, "dataset", planning.plan_dataset(project, "people"))

    assert done.receipt is not None
    text = done.receipt.read_text("utf-8")
    assert Note.parse(text).signatures
    assert "delete_file artifact DATA/raw/people.csv" in text
    with project.catalog() as catalog:
        assert catalog.value("select receipt from erasures") == text


def test_erasure_goes_on_after_a_crash(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ended stays ended, what did not is done, and one receipt is signed."""
    run(project, "SuppressOperation", drop_columns=["city"], format="csv")
    steps = planning.plan_dataset(project, "people")
    erasure_id = execution.begin(project, "dataset", RAW, reason="asked for", steps=steps)

    def die(number: int, *_: object) -> None:
        if number == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execution.carry_out(project, erasure_id, on_step=die)
    done = execution.carry_out(project, erasure_id)
    again = execution.carry_out(project, erasure_id)

    assert [outcome for _, outcome in done.steps] == ["done"] * len(steps)
    assert again.receipt == done.receipt
    with project.catalog() as catalog:
        count = "select count(*) from erasure_events where type = 'completed'"
        assert catalog.value(count) == 1


def test_file_that_is_another_one_by_now_is_kept(project: Project) -> None:
    """Nobody planned to erase what somebody wrote since."""
    run(project, "SuppressOperation", drop_columns=["city"], format="csv")
    steps = planning.plan_dataset(project, "people")
    (project.root / RAW).write_text("name\nsomebody else\n")

    done = erase(project, "dataset", steps)

    kept = [step.uri for step, outcome in done.steps if outcome == "kept"]
    assert kept == [RAW]
    assert (project.root / RAW).exists()


def test_person_is_not_erased_under_another_name(project: Project) -> None:
    """To finish it, one has to know whom it is about."""
    run(project, "SuppressOperation", drop_columns=["city"], format="csv")
    person = Subject(value=NAME, column="name")
    steps = planning.plan_subject(project, NAME, "name")
    erasure_id = execution.begin(
        project, "subject", "", reason="asked for", steps=steps, subject=person
    )

    for other, problem in ((None, "not on record"), (Subject(value="x", column="name"), "another")):
        with pytest.raises(ConfigurationError, match=problem):
            execution.carry_out(project, erasure_id, subject=other)
    assert NAME in (project.root / RAW).read_text()


@pytest.mark.parametrize("reason", ["", "  ", f"request of {NAME}"])
def test_reason_names_nobody(project: Project, reason: str) -> None:
    """It stays on record for ever."""
    steps = planning.plan_subject(project, NAME, "name")

    with pytest.raises(ConfigurationError, match="reason"):
        execution.begin(
            project,
            "subject",
            "",
            reason=reason,
            steps=steps,
            subject=Subject(value=NAME, column="name"),
        )


@pytest.mark.parametrize(("subject", "column"), [("nobody", "name"), (NAME, "nothing")])
def test_person_whom_no_file_names_is_told(project: Project, subject: str, column: str) -> None:
    """A misspelt name is no erased person."""
    with pytest.raises(ConfigurationError, match="person in column"):
        planning.plan_subject(project, subject, column)


def test_pseudonym_in_a_vault_is_forgotten(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can turn the token back; the other tokens stay."""
    monkeypatch.setenv("LINEAGE_PSEUDONYM_KEY", MASTER)
    run(
        project,
        "PseudonymizeOperation",
        columns=["name"],
        domain="study",
        method="vault",
        vault_path=str(project.root / "DATA/names.vault"),
    )
    person = Subject(value=NAME, column="name")

    done = erase(project, "subject", planning.plan_subject(project, NAME, "name"), person)

    assert ("forget_vault_entry", "done") in [(s.action, o) for s, o in done.steps]


def test_file_past_its_period_is_listed(project: Project) -> None:
    """From when it was first on record."""
    assert list_retention(project) == []
    run(project, "SuppressOperation", drop_columns=["city"])

    [found] = list_retention(project)

    assert (found["dataset"], found["period"], found["is_over"]) == ("people", "P1D", False)


def in_parts(root: Path) -> tuple[Project, dict[str, bytes]]:
    """A project whose people are a set of files, and the content of these by file."""
    roles = {"name": "direct_identifier", "city": "quasi_identifier"}
    people = {"path": "DATA/raw/parts", "columns": roles}
    project = make(root, datasets={"people": people})
    (root / RAW).unlink()
    parts = {
        "DATA/raw/parts/city=A/part-00000.csv": f'name,age\r\nBob,7\r\n"{NAME}",8\r\n'.encode(),
        "DATA/raw/parts/city=B/part-00000.csv": b"name,age\nCy,7\n",
    }
    for name, content in parts.items():
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(content)
    return project, parts


def test_person_is_removed_from_the_parts_of_a_set(tmp_path: Path) -> None:
    """The other parts, and the other bytes of theirs, stay."""
    project, parts = in_parts(tmp_path)
    with project:
        done = erase(
            project,
            "subject",
            planning.plan_subject(project, NAME, "name"),
            Subject(value=NAME, column="name"),
        )

    one, other = parts
    assert [(step.action, step.uri) for step, _ in done.steps] == [("rewrite_file", one)]
    assert (tmp_path / one).read_bytes() == b"name,age\r\nBob,7\r\n"
    assert (tmp_path / other).read_bytes() == parts[other]


def test_set_is_erased_with_the_names_of_its_folders(tmp_path: Path) -> None:
    """They hold values."""
    project, parts = in_parts(tmp_path)
    with project:
        done = erase(project, "dataset", planning.plan_dataset(project, "people"))

    assert [(step.uri, outcome) for step, outcome in done.steps] == [(p, "done") for p in parts]
    assert not list(tmp_path.rglob("city=*"))


def test_person_in_the_name_of_a_folder_is_told(tmp_path: Path) -> None:
    """It is not taken for a set without the person."""
    project, _ = in_parts(tmp_path)
    with project, pytest.raises(ConfigurationError, match="named after column 'city'"):
        planning.plan_subject(project, "A", "city")
