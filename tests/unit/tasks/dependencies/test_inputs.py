"""A run reads the files of its dependencies as these left them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_tasks import CallOperation, CopyOperation, SmallTask, last, make_project

from lineage.domain.run import RunStatus
from lineage.events import DatasetRead, OperationFailed
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import IntegrityError
from lineage.project import Project
from ops import BaseOperation, DataSource, OperationResult

FILE = "DATA/processed/t_up/output/copy.csv"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project in which t_up has written a file."""
    with make_project(tmp_path) as opened:
        assert SmallTask(CopyOperation(), task_id="t_up", project=opened).run()
        yield opened


def run_on_it(project: Project, *operations: BaseOperation, **args: object) -> SmallTask:
    """Run a task that depends on t_up and reads its file as the dataset "copy"."""
    task = SmallTask(*operations, task_id="t_down", project=project)
    datasets = {"people": "DATA/raw/people.csv", "copy": FILE}
    task.run({"dependencies": ["t_up"], "input_datasets": datasets, **args})
    return task


def change(project: Project) -> None:
    """Change the file behind the history's back."""
    (project.root / FILE).write_text("name,age\nAda,37\n")


def run_t_up_again(project: Project) -> None:
    """Let another run of t_up write other content."""
    (project.root / "DATA/raw/people.csv").write_text("name,age\nAda,38\n")
    assert SmallTask(CopyOperation(), task_id="t_up", project=project).run()


def test_file_of_a_dependency_is_read_as_it_left_it(project: Project) -> None:
    """What has not changed is no error."""
    assert run_on_it(project, CopyOperation(dataset="copy", output="mine")).error is None


@pytest.mark.parametrize("happens", [change, run_t_up_again])
@pytest.mark.parametrize("parallel", [1, 2])
def test_file_of_a_dependency_that_changed_before_it_is_read_fails_the_run(
    project: Project, happens: Callable[[Project], None], parallel: int
) -> None:
    """The error names the file, both digests, who wrote it, and what to do."""
    recorded = sha256_file(project.root / FILE)[:12]
    (run,) = project.ledger.runs_of_task("t_up")
    meanwhile = CallOperation(lambda **_: happens(project))

    task = run_on_it(
        project,
        meanwhile,
        CopyOperation(dataset="copy", output="mine"),
        parallel_processes=parallel,
    )

    found = sha256_file(project.root / FILE)[:12]
    said = (
        rf"input '{FILE}': it was {recorded} when run {run} of task 't_up' had written it, and is "
        rf"{found} now, .*; run this task again, after 't_up'"
    )
    with pytest.raises(IntegrityError, match=said):
        raise task.error or AssertionError
    assert project.run_status(task.run_id or "", "t_down") is RunStatus.FAILED
    assert last(project, OperationFailed).error.error_type.endswith("IntegrityError")
    assert last(project, DatasetRead).sha256.startswith(found)


def test_file_of_a_dependency_that_changed_before_the_run_fails_it(project: Project) -> None:
    """The record of the dependency counts, not the beginning of the run."""
    change(project)

    task = run_on_it(project, CopyOperation(dataset="copy", output="mine"))

    assert isinstance(task.error, IntegrityError)


def test_file_of_a_dependency_that_the_run_itself_wrote_is_its_own(project: Project) -> None:
    """An operation may go on from what an earlier one made of it."""

    def rewrite(data_source: DataSource, **_: object) -> OperationResult:
        given = {"data_source": data_source, "task_dir": project.root / "DATA/processed/t_up"}
        return CopyOperation().execute(**given)  # type: ignore[arg-type]  # a dict of both

    (project.root / "DATA/raw/people.csv").write_text("name,age\nAda,39\n")

    task = run_on_it(project, CallOperation(rewrite), CopyOperation(dataset="copy", output="mine"))

    assert task.error is None
