"""The folders of a task, and the names of its files."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import CopyOperation, SmallTask, make_project

from lineage.kernel.clock import SteppingClock
from lineage.kernel.digest import sha256_bytes
from lineage.kernel.errors import ConfigurationError, DataWriteError, PathRefusedError
from lineage.kernel.files import FileVersion
from lineage.tasks import DirectoryManager, TaskConfig


@pytest.fixture
def manager(tmp_path: Path, clock: SteppingClock) -> Iterator[DirectoryManager]:
    """The directories of a task t_one."""
    with make_project(tmp_path / "project") as project:
        yield DirectoryManager(TaskConfig(project, "t_one"), clock=clock)


def test_missing_folders_are_made_and_returned_by_type(
    manager: DirectoryManager, tmp_path: Path
) -> None:
    """All folders of a task are made below its own, reports and logs below the project."""
    made = manager.ensure_directories()

    task = tmp_path / "project/DATA/processed/t_one"
    assert made["output"] == task / "output"
    assert made["reports"] == tmp_path / "project/DATA/reports"
    assert all(folder.is_dir() for folder in made.values())


def test_folders_that_are_there_are_left_alone(manager: DirectoryManager) -> None:
    """Making the folders again keeps what they hold."""
    manager.ensure_directories()
    kept = manager.get_directory("output") / "kept.csv"
    kept.write_text("x")

    manager.ensure_directories()

    assert kept.read_text() == "x"


def test_file_in_the_way_of_a_folder_is_told(manager: DirectoryManager) -> None:
    """A folder that cannot be made is an error that names it."""
    manager.get_directory("task").parent.mkdir(parents=True)
    manager.get_directory("task").write_text("in the way")

    with pytest.raises(DataWriteError, match="t_one"):
        manager.ensure_directories()


def test_unknown_type_of_folder_names_the_known_ones(manager: DirectoryManager) -> None:
    """Asking for a folder type that does not exist lists those that do."""
    with pytest.raises(ConfigurationError, match="dictionaries"):
        manager.get_directory("outptu")


def test_artifact_path_has_the_time_in_utc(manager: DirectoryManager) -> None:
    """A time-stamped name carries the clock's UTC time to the microsecond."""
    path = manager.get_artifact_path("stats", "csv")

    assert path.name == "stats_20260101T000000_000000Z.csv"
    assert path.parent == manager.get_directory("output")


def test_two_artifact_paths_differ(manager: DirectoryManager) -> None:
    """Behaviour 60: two time-stamped names are two files."""
    assert manager.get_artifact_path("stats") != manager.get_artifact_path("stats")


def test_artifact_path_without_time_is_plain(manager: DirectoryManager) -> None:
    """Without a time stamp the name is the given one with its suffix."""
    path = manager.get_artifact_path("a b", ".json", "dictionaries", include_timestamp=False)

    assert path == manager.get_directory("dictionaries") / "a b.json"


@pytest.mark.parametrize("name", ["../evil", "a/b", "/etc/passwd", "a\\b", "a\x00b"])
def test_artifact_name_that_is_no_file_name_is_refused(
    manager: DirectoryManager, name: str
) -> None:
    """Behaviour 59: a name that climbs out or has folders is refused."""
    with pytest.raises(PathRefusedError, match=r"artifact name|control"):
        manager.get_artifact_path(name)


def test_cleaning_empties_the_temporary_folder(manager: DirectoryManager) -> None:
    """Files and folders in temp go, the folder stays."""
    manager.ensure_directories()
    temp = manager.get_directory("temp")
    (temp / "deep/er").mkdir(parents=True)
    (temp / "deep/er/file").write_text("x")

    assert manager.clean_temp_directory()
    assert list(temp.iterdir()) == []


def test_cleaning_does_not_follow_a_link(manager: DirectoryManager, tmp_path: Path) -> None:
    """A temp folder that is a link elsewhere loses the link and nothing else."""
    manager.ensure_directories()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    temp = manager.get_directory("temp")
    temp.rmdir()
    temp.symlink_to(elsewhere)

    assert manager.clean_temp_directory()
    assert (elsewhere / "kept").exists()


def test_cleaning_that_fails_says_false(
    manager: DirectoryManager, caplog: pytest.LogCaptureFixture
) -> None:
    """A temp folder that cannot be made is False and a warning, not an exception."""
    manager.ensure_directories()
    temp = manager.get_directory("temp")
    temp.rmdir()
    temp.write_text("in the way")

    with caplog.at_level(logging.WARNING):
        assert not manager.clean_temp_directory()
    assert "cannot clean" in caplog.text


def test_import_copies_a_file_and_returns_its_path(
    manager: DirectoryManager, tmp_path: Path
) -> None:
    """An imported file lies in the task's input folder with the same bytes."""
    source = tmp_path / "R&D codes.csv"
    source.write_bytes(b"a\r\nb\x00")

    copy = manager.import_external_file(source)

    assert copy == manager.get_directory("input") / "R&D codes.csv"
    assert copy.read_bytes() == source.read_bytes()


def test_import_tells_source_and_copy(tmp_path: Path) -> None:
    """Who wants to know is told path, digest and length of each copy."""
    source = tmp_path / "codes.csv"
    source.write_text("a")
    told: list[tuple[Path, FileVersion]] = []
    with make_project(tmp_path / "project") as project:
        config = TaskConfig(project, "t_one")
        manager = DirectoryManager(config, on_import=lambda s, v: told.append((s, v)))

        copy = manager.import_external_file(source, "dictionaries", "new.csv")

    expected = FileVersion(path=copy, sha256=sha256_bytes(b"a"), size_bytes=1)
    assert told == [(source, expected)]
    assert copy.name == "new.csv"


def test_import_of_a_file_onto_itself_keeps_it(manager: DirectoryManager) -> None:
    """A file that lies in the input folder already can be imported."""
    manager.ensure_directories()
    source = manager.get_directory("input") / "codes.csv"
    source.write_text("a")

    assert manager.import_external_file(source).read_text() == "a"


def test_import_of_what_is_no_file_is_refused(manager: DirectoryManager, tmp_path: Path) -> None:
    """A folder or a missing file cannot be imported."""
    with pytest.raises(PathRefusedError, match="not a file"):
        manager.import_external_file(tmp_path)


def test_import_under_a_climbing_name_is_refused(manager: DirectoryManager, tmp_path: Path) -> None:
    """The new name must be one file name."""
    source = tmp_path / "codes.csv"
    source.write_text("a")

    with pytest.raises(PathRefusedError, match="file name"):
        manager.import_external_file(source, new_name="../codes.csv")
    assert not (manager.get_directory("task") / "codes.csv").exists()


def test_import_that_cannot_be_written_leaves_no_part(
    manager: DirectoryManager, tmp_path: Path
) -> None:
    """A copy that fails is an error that names it, and no partial file stays."""
    source = tmp_path / "codes.csv"
    source.write_text("a")
    (manager.get_directory("input") / "codes.csv").mkdir(parents=True)

    with pytest.raises(DataWriteError, match=r"codes\.csv"):
        manager.import_external_file(source)
    assert os.listdir(manager.get_directory("input")) == ["codes.csv"]  # noqa: PTH208  # hidden files too


@pytest.mark.parametrize("link", ["DATA/processed/t_one", "DATA/reports", "logs", "DATA/processed"])
def test_folder_that_leads_elsewhere_is_refused_before_anything_is_done(
    tmp_path: Path, link: str
) -> None:
    """A linked folder outside the project loses nothing and gets nothing."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "temp").mkdir(parents=True)
    (elsewhere / "temp/kept").write_text("x")
    with make_project(tmp_path / "project") as project:
        (project.root / link).parent.mkdir(parents=True, exist_ok=True)
        (project.root / link).symlink_to(elsewhere)
        task = SmallTask(CopyOperation(), project=project)

        assert not task.run()
        assert "expected a path inside" in str(task.error)

    found = [path.relative_to(elsewhere).as_posix() for path in elsewhere.rglob("*")]
    assert sorted(found) == ["temp", "temp/kept"]


def test_task_folder_elsewhere_works_where_it_is_allowed(tmp_path: Path) -> None:
    """The remedy of the refusal helps."""
    (tmp_path / "elsewhere").mkdir()
    with make_project(tmp_path / "project", allowed_external_paths=["../elsewhere"]) as project:
        (project.root / "DATA/processed").mkdir()
        (project.root / "DATA/processed/t_one").symlink_to(tmp_path / "elsewhere")
        task = SmallTask(CopyOperation(), project=project)

        assert task.run(), task.error
    assert (tmp_path / "elsewhere/output/copy.csv").is_file()


@pytest.mark.parametrize(
    ("link", "owner"), [(".lineage", "the ledger"), ("DATA/raw", "the raw data")]
)
def test_task_folder_among_what_is_kept_is_refused(tmp_path: Path, link: str, owner: str) -> None:
    """A task's folder is a target like any other."""
    with make_project(tmp_path / "project") as project:
        (project.root / "DATA/processed").mkdir()
        (project.root / "DATA/processed/t_one").symlink_to(project.root / link)
        with pytest.raises(PathRefusedError, match=f"it belongs to {owner}"):
            DirectoryManager(TaskConfig(project, "t_one"))


@pytest.mark.parametrize("name", ["temp", "output"])
def test_part_of_a_task_folder_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """A temp folder that is a link is never emptied through, an output folder never filled."""
    with make_project(tmp_path / "project") as project:
        task = project.root / "DATA/processed/t_one"
        task.mkdir(parents=True)
        (task / name).symlink_to(project.root / "DATA/reports")
        with pytest.raises(PathRefusedError, match="a link that leads elsewhere"):
            DirectoryManager(TaskConfig(project, "t_one"))


def test_task_folder_that_became_a_link_is_not_cleaned(
    manager: DirectoryManager, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was judged is what is emptied."""
    manager.ensure_directories()
    task = manager.get_directory("task")
    task.rename(task.with_name("moved"))
    (tmp_path / "elsewhere/temp").mkdir(parents=True)
    (tmp_path / "elsewhere/temp/kept").write_text("x")
    task.symlink_to(tmp_path / "elsewhere")

    assert not manager.clean_temp_directory()
    assert (tmp_path / "elsewhere/temp/kept").exists()
    assert "cannot clean" in caplog.text
