"""A file leaves by the one door, judged, on record, and not otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from release_project import OUT, PEOPLE, POLICIES, Suppressing, configure

from lineage.kernel import files
from lineage.kernel.errors import ConfigurationError, DataReadError, PathRefusedError
from lineage.project import Project
from lineage.releases import door, listing
from lineage.releases.door import ReleaseOutcome, ReleaseRequest


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with people, roles and policies."""
    configure(tmp_path)
    with Project(tmp_path) as opened:
        yield opened


def release(project: Project, path: str = OUT, **said: Any) -> ReleaseOutcome:
    """Ask for the release of a file to the university."""
    values = {"purpose": "research", "recipient": "university", "approver": "dpo"}
    return door.release(project, ReleaseRequest(path=project.root / path, **{**values, **said}))


def released(project: Project) -> list[str]:
    """The files that are among the releases."""
    folder = project.data_folder / door.RELEASE_FOLDER
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_file_that_fits_appears_with_its_decision_on_record(project: Project) -> None:
    """Its k is measured, and purpose, recipient and approver are recorded before it appears."""
    assert Suppressing(project, "name").run()

    outcome = release(project)

    assert [one.outcome for one in outcome.evaluated] == ["passed"] * 4
    assert outcome.evaluated[1].measured["k"] == 10
    assert outcome.path is not None
    assert outcome.path.read_bytes() == (project.root / OUT).read_bytes()
    with project.catalog() as catalog:
        told = "select state, purpose, recipient, approver, sha256 from releases"
        assert catalog.row(told) == {
            "state": "published",
            "purpose": "research",
            "recipient": "university",
            "approver": "dpo",
            "sha256": outcome.sha256,
        }
        order = "select type from events where stream like 'release:%' order by position"
        assert [row["type"] for row in catalog.rows(order)] == [
            "risk.measured",
            *["policy.evaluated"] * 4,
            "release.approved",
            "release.published",
        ]


def test_file_with_names_is_refused_and_nothing_appears(project: Project) -> None:
    """The reason names the column, and the refusal is on record."""
    assert Suppressing(project, "city").run()

    outcome = release(project)

    assert not outcome.is_released
    assert [one.policy for one in outcome.blocking] == ["no names"]
    assert "name" in outcome.blocking[0].reason
    assert released(project) == []
    with project.catalog() as catalog:
        assert catalog.value("select violations from releases") == ["no names"]


def test_file_that_nobody_recorded_is_refused(project: Project) -> None:
    """Without lineage nobody knows what it holds."""
    (project.root / "DATA/loose.csv").write_text("age,city\n20,A\n")

    outcome = release(project, "DATA/loose.csv")

    assert {one.policy for one in outcome.blocking} >= {"no names", "ten alike"}
    assert released(project) == []


@pytest.mark.parametrize("name", ["purpose", "recipient", "approver"])
@pytest.mark.parametrize("text", ["", "  ", "a\nb"])
def test_release_without_a_reason_is_refused(project: Project, name: str, text: str) -> None:
    """Who, for whom and what for are words on one line."""
    with pytest.raises(ConfigurationError, match=name):
        release(project, "DATA/raw/people.csv", **{name: text})


@pytest.mark.parametrize(
    ("path", "error"),
    [("../secret.csv", PathRefusedError), ("DATA", DataReadError), ("none.csv", DataReadError)],
)
def test_place_that_is_no_file_of_the_project_is_refused(
    project: Project, path: str, error: type[Exception]
) -> None:
    """Nothing outside, no folder, nothing that is not there."""
    with pytest.raises(error):
        release(project, path)


@pytest.fixture
def unfinished(project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a release that was approved before the process died."""
    assert Suppressing(project, "name").run()
    with monkeypatch.context() as dying:
        dying.setattr(files, "replacing", _die)
        with pytest.raises(KeyboardInterrupt):
            release(project)
    [listed] = listing.list_releases(project)
    assert listed["state"] == "unfinished"
    return str(listed["release_id"])


def test_approved_release_is_finished_after_a_crash(project: Project, unfinished: str) -> None:
    """What was approved before the process died is published from the same content."""
    assert released(project) == []

    door.finish(project, unfinished)

    assert released(project) == ["people_suppressed.csv"]
    assert listing.list_releases(project)[0]["state"] == "published"


def test_file_that_changed_after_its_approval_is_not_published(
    project: Project, unfinished: str
) -> None:
    """What appears is what was judged."""
    (project.root / OUT).write_text(PEOPLE)

    with pytest.raises(DataReadError, match="changed after it was judged"):
        door.finish(project, unfinished)
    assert released(project) == []


def test_withdrawn_release_is_gone_and_stays_on_record(project: Project) -> None:
    """Its file is removed; why is kept."""
    assert Suppressing(project, "name").run()
    outcome = release(project)

    door.withdraw(project, outcome.release_id[:8], "wrong recipient")

    assert released(project) == []
    [listed] = listing.list_releases(project)
    assert (listed["then"], listed["now"]) == ("released", "withdrawn")
    assert listed["withdrawn_because"] == "wrong recipient"


@pytest.mark.parametrize("name", ["", "x", "none", "00000000-0000"])
def test_release_that_is_not_there_is_not_withdrawn(project: Project, name: str) -> None:
    """A misspelt id is told with the command that lists them."""
    with pytest.raises(ConfigurationError, match="lineage releases"):
        door.withdraw(project, name, "a mistake")


def test_verdict_of_now_follows_the_policies_of_now(project: Project) -> None:
    """A stricter policy shows which releases would be refused today."""
    assert Suppressing(project, "name").run()
    release(project)
    assert listing.list_releases(project)[0]["now"] == "holds"

    configure(project.root, **{**POLICIES, "ten alike": {"kind": "k_at_least", "k": 50}})

    [listed] = listing.list_releases(project)
    assert (listed["then"], listed["now"]) == ("released", "no longer holds")
    assert "k is 10" in listed["now_because"][0]


def test_released_file_that_was_edited_is_told(project: Project) -> None:
    """It is not the one that was judged."""
    assert Suppressing(project, "name").run()
    outcome = release(project)
    assert outcome.path is not None
    outcome.path.write_text("age\n99\n")

    assert listing.list_releases(project)[0]["now"] == "changed"


class Releasing(Suppressing):
    """Drops a column, then releases what is left."""

    def finalize(self, success: bool) -> bool:  # noqa: FBT001  # the documented signature
        """Release the file if all went well."""
        if success:
            self.release(OUT, purpose="research", recipient="university", approver="dpo")
        return super().finalize(success)


def test_task_that_may_not_release_fails(project: Project) -> None:
    """A violated policy fails the task, before the file appears."""
    task = Releasing(project, "city")

    assert not task.run()
    assert "no names" in str(task.error)
    assert released(project) == []


def test_task_releases_in_the_name_of_its_run(project: Project) -> None:
    """The release is tied to the run."""
    task = Releasing(project, "name")

    assert task.run(), task.error
    assert released(project) == ["people_suppressed.csv"]
    assert listing.list_releases(project)[0]["run_id"] == task.run_id


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
