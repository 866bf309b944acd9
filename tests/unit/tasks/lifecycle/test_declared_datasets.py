"""What tasks and their operations take from the datasets that a project declares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_tasks import configure, last, make_project, raising, recorded

from lineage.events import DatasetRead, OperationFailed, OperationStarted
from lineage.kernel.errors import DatasetNotFoundError
from lineage.project import Project
from lineage.tasks import BaseTask
from lineage.tasks.rerun.rerun import rerun

PEOPLE = {"path": "DATA/raw/people.csv", "columns": {"name": "direct_identifier"}}


class ProfilingTask(BaseTask):
    """Profiles one dataset and says nothing of its columns."""

    def __init__(self, project: Project, dataset: str = "people", **inputs: str) -> None:
        super().__init__("t_one", "test", "profile", inputs, project=project)
        self.dataset = dataset
        self.fails = False

    def configure_operations(self) -> None:
        """Profile it; then fail if told to."""
        self.add_operation("ProfileOperation", dataset_name=self.dataset, k=2)
        if self.fails:
            self.add_operation(raising(ValueError("stop")))


def declare(project: Project, **datasets: object) -> None:
    """Declare datasets in the project file."""
    said = {"execution_log": "on_demand", "datasets": datasets}
    (project.root / "configs/prj_config.json").write_text(json.dumps(said))


def identifiers(project: Project) -> object:
    """Return the recorded identifiers of the latest profile."""
    profiles = (e for e in recorded(project, OperationStarted.TOPIC) if "Profile" in e.name)
    return [*profiles][-1].parameters["identifiers"]


def test_dataset_is_read_by_its_name_and_its_roles_are_recorded(tmp_path: Path) -> None:
    """A declared dataset needs no path and no columns in a task."""
    with make_project(tmp_path, datasets={"people": PEOPLE}) as project:
        task = ProfilingTask(project)
        assert task.run(), task.error

        assert identifiers(project) == ["name"]
        assert last(project, DatasetRead).uri == "DATA/raw/people.csv"


@pytest.mark.parametrize(
    ("dataset", "inputs", "columns"),
    [
        ("people", {"people": "DATA/raw/other.csv"}, ["name"]),
        ("census", {"census": "DATA/raw/people.csv"}, ["name"]),
        ("other", {"other": "DATA/raw/other.csv"}, ()),
    ],
)
def test_roles_are_those_of_the_name_or_else_of_the_file(
    tmp_path: Path, dataset: str, inputs: dict[str, str], columns: list[str]
) -> None:
    """The task's own path goes before the declared one; another name of the file has its roles."""
    with make_project(tmp_path, datasets={"people": PEOPLE}) as project:
        (tmp_path / "DATA/raw/other.csv").write_text("name,age\nMary,3\n")
        task = ProfilingTask(project, dataset, **inputs)
        assert task.run(), task.error

        assert [*identifiers(project)] == [*columns]  # type: ignore[misc]  # a list of columns
        assert last(project, DatasetRead).uri == inputs[dataset]


def test_task_file_declares_a_dataset_anew(tmp_path: Path) -> None:
    """What the task's file declares of a dataset counts instead of what the project's does."""
    with make_project(tmp_path, datasets={"people": PEOPLE}) as project:
        path = {"path": "DATA/raw/people.csv"}
        configure(project, "t_one", datasets={"people": {**path, "columns": {"age": {}}}})
        assert ProfilingTask(project).run()

        assert [*identifiers(project)] == []  # type: ignore[misc]  # a list of columns


def test_declared_dataset_is_not_among_those_of_the_task(tmp_path: Path) -> None:
    """Declaring one changes nothing for a task that works on all of its own datasets."""
    with make_project(tmp_path, datasets={"people": PEOPLE}) as project:
        task = ProfilingTask(project)
        assert task.initialize()

        assert (task.data_source.dataset_names(), "people" in task.data_source) == ([], True)
        with pytest.raises(DatasetNotFoundError, match="without a name"):
            task.data_source.get_table()
        with pytest.raises(DatasetNotFoundError, match="expected one of people"):
            task.data_source.get_table("peopl")


def test_changed_role_ends_reuse_and_another_owner_does_not(tmp_path: Path) -> None:
    """The roles are parameters, so that their change is seen; the rest changes no result."""
    with make_project(tmp_path, datasets={"people": PEOPLE}) as project:
        task = ProfilingTask(project)
        task.fails = True
        reasons = []
        for changed in ({}, {"owner": "HR"}, {"columns": {"age": "direct_identifier"}}):
            declare(project, people=PEOPLE | changed, jobs={"owner": str(changed)})
            assert not task.run(resume=True)
            assert last(project, OperationFailed) is not None
            with project.catalog() as catalog:
                reasons.append(
                    catalog.value(
                        "select reason from operations where operation = 1 "
                        f"and run_id = '{task.run_id}'"
                    )
                )
    assert reasons[0] is None
    assert "changed since the earlier run" in reasons[1]
    assert reasons[2] == "its parameters changed: identifiers"


def test_rerun_has_the_roles_of_the_run(tmp_path: Path) -> None:
    """A run is repeated under what was declared then."""
    with make_project(tmp_path, datasets={"people": PEOPLE}) as project:
        task = ProfilingTask(project)
        assert task.run()
        declare(project, people={"path": "DATA/raw/people.csv"}, jobs={"path": "DATA/jobs.csv"})

        found = rerun(project, task.run_id or "", task=ProfilingTask(project))

    assert (found.outcome, found.reason) == ("equal", "")
    assert any("datasets" in note for note in found.notes)
