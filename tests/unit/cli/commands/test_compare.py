"""Commands that compare runs: diff, rerun."""

from __future__ import annotations

from pathlib import Path

import pytest
from in_process import InProcess
from small_tasks import CallOperation, CopyOperation, SmallTask, make_project

from lineage.tasks import BaseTask

TASK = """
from lineage.tasks import BaseTask
from small_tasks import CopyOperation

class AgainTask(BaseTask):
    def __init__(self):
        super().__init__("t_again", "test", "can be found", {"people": "DATA/raw/people.csv"})

    def configure_operations(self):
        self.add_operation(CopyOperation())
"""


@pytest.fixture
def lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in a project with two like runs of t_one and one of t_two."""
    with make_project(tmp_path) as project:
        tasks: list[BaseTask] = [SmallTask(CopyOperation(), project=project) for _ in range(2)]
        tasks.append(SmallTask(CallOperation(lambda **_: None), task_id="t_two", project=project))
        assert all(task.run() for task in tasks)
    return InProcess(tmp_path, monkeypatch, capsys)


def run_ids(lineage: InProcess) -> list[str]:
    """The ids of the runs of t_one, oldest first."""
    runs = lineage.json("runs", "--task", "t_one")["runs"]
    return [run["run_id"] for run in reversed(runs)]


def test_diff_of_like_runs_says_that_nothing_differs(lineage: InProcess) -> None:
    """One line says it, and the seconds follow."""
    text = lineage("diff", *run_ids(lineage)).out

    assert "no differences (durations aside)" in text
    assert "CopyOperation" in text


def test_diff_of_different_runs_has_a_line_a_change(lineage: InProcess) -> None:
    """Runs of two tasks are compared, with a remark; the exit code stays 0."""
    answer = lineage("diff", "t_one", "t_two")

    assert "operations" in answer.out
    assert "outputs" in answer.out
    assert "the runs belong to different tasks: t_one and t_two" in answer.err


def test_diff_as_json_is_the_document(lineage: InProcess) -> None:
    """The JSON answer says whether anything differs."""
    assert lineage.json("diff", *run_ids(lineage))["differs"] is False
    assert lineage.json("diff", "t_one", "t_two")["differs"] is True


def test_diff_tells_by_its_exit_code_when_asked(lineage: InProcess) -> None:
    """As with git, --exit-code gives 1 for a difference and 0 for none."""
    lineage("diff", "t_one", "t_two", "--exit-code", code=1)
    lineage("diff", *run_ids(lineage), "--exit-code", code=0)


def test_diff_with_an_unknown_run_is_refused_in_one_line(lineage: InProcess) -> None:
    """Either side may be wrong."""
    assert "'nobody'" in lineage("diff", "t_one", "nobody", code=2).error_line
    assert "'nobody'" in lineage("diff", "nobody", "t_one", code=2).error_line


@pytest.fixture
def again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> InProcess:
    """The command line in a project with a run of a task that it can find."""
    make_project(tmp_path).close()
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/again.py").write_text(TASK)
    lineage = InProcess(tmp_path, monkeypatch, capsys)
    lineage("run", "t_again")
    return lineage


def test_rerun_says_equal_and_records_it(again: InProcess) -> None:
    """One line an output, and the verdict last."""
    lines = again("rerun", "t_again").out.splitlines()

    assert lines[2].split() == ["DATA/processed/t_again/output/copy.csv", "equal"]
    assert lines[-1] == "equal"
    assert again.json("query", "select outcome from run_comparisons") == [{"outcome": "equal"}]
    assert len(again.json("runs")["runs"]) == 1


def test_rerun_that_finds_a_difference_exits_with_1(again: InProcess) -> None:
    """An input that changed makes the outputs not comparable, and says why."""
    (again.root / "DATA/raw/people.csv").write_text("name,age\nZaphod,42\n")

    answer = again("rerun", "t_again", code=1)
    document = again.json("rerun", "t_again", code=1)

    assert "not comparable: input 'DATA/raw/people.csv' has changed" in answer.out
    assert "Zaphod" not in answer.out
    assert document["outcome"] == "not_comparable"


def test_rerun_can_leave_what_it_wrote(again: InProcess) -> None:
    """With --keep the folder is named."""
    answer = again("rerun", "t_again", "--keep")

    folder = Path(answer.err.rpartition("the rerun's files are in ")[2].strip())
    assert (folder / "DATA/processed/t_again/output/copy.csv").is_file()


def test_rerun_of_an_unknown_run_is_refused_in_one_line(again: InProcess) -> None:
    """A run that nobody knows."""
    assert "'nobody'" in again("rerun", "nobody", code=2).error_line
