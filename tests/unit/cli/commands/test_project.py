"""Runs from the command line that miss something, or leave something in place."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import InProcess

RELEASE = "DATA/processed/t_release/output/release.csv"
TASK = """
from pathlib import Path

from lineage.tasks import BaseTask
from ops import BaseOperation, DataWriter, OperationResult

HERE = Path(__file__).parent


class Release(BaseOperation):
    def execute(self, data_source, task_dir):
        if (HERE / "refuse").exists():
            raise ValueError
        result = OperationResult()
        written = DataWriter(task_dir).write_dataframe(data_source.get_table("people"), "release")
        result.add_file(written)
        result.derive(written.path, "name", "identity", ("people", "name"))
        return result


class Behind(BaseOperation):
    def execute(self, task_dir):
        return OperationResult(metrics={"rows": 2})


class ReleaseTask(BaseTask):
    def __init__(self):
        super().__init__("t_release", "test", "release", {"people": "DATA/p.csv"})

    def configure_operations(self):
        self.add_operation(Release)
        if (HERE / "behind").exists():
            self.add_operation(Behind)
"""


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """A project with one task; a file `refuse` or `behind` beside it changes what it does."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text("{}")
    (tmp_path / "DATA").mkdir()
    (tmp_path / "DATA/p.csv").write_text("name,age\nAda,36\nGrace,45\n")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/t_release.py").write_text(TASK)
    return InProcess(tmp_path, monkeypatch, capsys)


def test_strict_run_fails_where_another_warns(lineage: InProcess) -> None:
    """The reason is the warning of the other run."""
    (lineage.root / "tasks/behind").touch()

    shown = lineage("run", "t_release").out
    strict = lineage("run", "t_release", "--strict", code=1)

    assert "warning: Behind: operation 'Behind' took no dataset" in shown
    assert "operation 'Behind' took no dataset and handed back no file" in strict.error_line


def test_failed_release_does_not_look_current(lineage: InProcess) -> None:
    """The file of the run before is named with that run, as long as it is there."""
    first = lineage.json("run", "t_release")["run_id"]
    (lineage.root / "tasks/refuse").touch()
    still = f"{RELEASE} still holds the file of run {first[:8]} (succeeded), not of this one"

    failed = lineage("run", "t_release", code=1).out
    shown = lineage("show", "t_release").out

    assert still in failed
    assert still in shown
    (older,) = lineage.json("show", "t_release")["older_outputs"]
    assert (older["uri"], older["run_id"], older["on_disk"]) == (RELEASE, first, "present")
    assert lineage.json("show", first)["older_outputs"] == []


@pytest.mark.parametrize(
    ("content", "text"),
    [("other", "holds what this run did not write; the last on record is of run"), (None, None)],
    ids=["replaced", "missing"],
)
def test_older_file_is_compared_with_the_disk(
    lineage: InProcess, content: str | None, text: str | None
) -> None:
    """A file that somebody replaced is not of the run before; one that is gone misleads nobody."""
    lineage("run", "t_release")
    (lineage.root / "tasks/refuse").touch()
    lineage("run", "t_release", code=1)
    (lineage.root / RELEASE).unlink()
    if content is not None:
        (lineage.root / RELEASE).write_text(content)

    shown = lineage("show", "t_release").out

    assert "still holds" not in shown
    assert (RELEASE in shown) is (text is not None)
    assert text is None or text in shown
