"""A set of files is one table: judged, released, listed and withdrawn as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from release_project import PEOPLE, configure

from lineage.audits.bundle import find_subject, write_bundle
from lineage.kernel.errors import ConfigurationError, DataReadError
from lineage.project import Project
from lineage.releases import content, door, listing
from lineage.releases.door import ReleaseOutcome, ReleaseRequest
from lineage.tasks import BaseTask
from ops import BaseOperation, DataSource, DataWriter, OperationResult, ProgressTracker

SET = "DATA/processed/t_parts/output/parts"


@dataclass(kw_only=True)
class Parting(BaseOperation):
    """Writes the people without a column, in a folder for each city.

    Attributes:
        drop: The column.
    """

    drop: str

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Write the set."""
        del progress_tracker
        table = data_source.get_table("people").drop_columns([self.drop])
        written = DataWriter(task_dir).write_dataframe(table, "parts", partition_cols=["city"])
        result = OperationResult()
        result.add_file(written, "the people in parts")
        for name in table.column_names:
            result.derive(written.path, name, "identity", ("people", name))
        return result


class Parts(BaseTask):
    """Writes the set."""

    def __init__(self, project: Project, drop: str) -> None:
        super().__init__("t_parts", "anonymization", "write parts", project=project)
        self._drop = drop

    def configure_operations(self) -> None:
        """Write it."""
        self.add_operation(Parting, drop=self._drop)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with people, roles and policies."""
    configure(tmp_path)
    with Project(tmp_path) as opened:
        yield opened


def release(project: Project, path: str = SET) -> ReleaseOutcome:
    """Ask for the release of a set to the university."""
    asked = ReleaseRequest(
        path=project.root / path, purpose="research", recipient="university", approver="dpo"
    )
    return door.release(project, asked)


def below(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_set_is_released_whole(project: Project) -> None:
    """Judged on all of its rows; every part is there, with the rights that it has."""
    assert Parts(project, "name").run()
    (part, *_) = sorted((project.root / SET).rglob("part-*"))
    part.chmod(0o600)

    outcome = release(project)

    assert [one.outcome for one in outcome.evaluated] == ["passed"] * 4
    assert outcome.evaluated[1].measured["k"] == 10
    assert outcome.path is not None
    assert below(outcome.path) == below(project.root / SET)
    assert len(below(outcome.path)) == 2
    assert (outcome.path / part.relative_to(project.root / SET)).stat().st_mode & 0o777 == 0o600
    with project.catalog() as catalog:
        size, digest = catalog.row("select size_bytes, sha256 from releases").values()
    assert size == sum(map(len, below(outcome.path).values()))
    assert digest == outcome.sha256 == content.sha256_of(outcome.path)


def test_set_with_names_is_refused_and_no_part_appears(project: Project) -> None:
    """One table has one verdict."""
    assert Parts(project, "age").run()

    outcome = release(project)

    assert [one.policy for one in outcome.blocking] == ["no names"]
    assert not (project.data_folder / door.RELEASE_FOLDER).exists()


def test_released_set_is_listed_until_a_part_changes_and_withdrawn_whole(project: Project) -> None:
    """A part more, less or other is another set."""
    assert Parts(project, "name").run()
    outcome = release(project)
    assert outcome.path is not None
    (part, other) = sorted(outcome.path.rglob("part-*"))

    def now() -> str:
        return str(listing.list_releases(project)[0]["now"])

    assert now() == "holds"
    kept = part.read_bytes()
    part.write_bytes(other.read_bytes())
    assert now() == "changed"
    part.write_bytes(kept)
    (outcome.path / "note.txt").write_text("mine")
    assert now() == "changed"
    door.withdraw(project, outcome.release_id, "a mistake")
    assert now() == "withdrawn"
    assert not outcome.path.parent.exists()


def test_unfinished_release_of_a_set_is_finished_whole(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that died between the parts leaves none of them in sight."""
    assert Parts(project, "name").run()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", die)  # which gives the whole set its name
        with pytest.raises(KeyboardInterrupt):
            release(project)
    assert not list((project.data_folder / door.RELEASE_FOLDER).rglob("part-*"))
    [unfinished] = listing.list_releases(project, judges_now=False)

    path = door.finish(project, unfinished["release_id"])

    assert below(path) == below(project.root / SET)


def test_set_that_changed_after_the_decision_does_not_appear(project: Project) -> None:
    """What was judged is released, or nothing."""
    assert Parts(project, "name").run()
    target = project.data_folder / "copy"

    with pytest.raises(DataReadError, match="changed after it was judged"):
        content.copy(project.root / SET, target, "0" * 64)
    assert not target.exists()


@pytest.mark.parametrize("name", ["_SUCCESS", "people.csv", "part-00000.csv.lnk"])
def test_folder_that_is_no_set_is_refused(project: Project, name: str) -> None:
    """What lies beside the parts was not judged, so it must not leave with them."""
    folder = project.root / "DATA/raw/folder"
    folder.mkdir()
    (folder / "part-00000.csv").write_text(PEOPLE)
    if name.endswith(".lnk"):
        (folder / name.removesuffix(".lnk").replace("0.", "1.")).symlink_to(
            folder / "part-00000.csv"
        )
    else:
        (folder / name).write_text("name\nAda\n")

    with pytest.raises(DataReadError, match="no set of files, which is released whole"):
        release(project, "DATA/raw/folder")


def test_bundle_of_a_set_has_its_digest_and_not_its_files(project: Project) -> None:
    """It says so instead of leaving them out."""
    assert Parts(project, "name").run()
    subject = find_subject(project, release(project).release_id)

    with pytest.raises(ConfigurationError, match="an archive holds one file"):
        write_bundle(project, subject, None, with_data=True)
    assert write_bundle(project, subject, None).exists()
