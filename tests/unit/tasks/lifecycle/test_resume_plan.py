"""What a resume would do, before it does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_tasks import CopyOperation, SmallTask, failing, make_project

from lineage.project import Project
from lineage.tasks.lifecycle.resume_plan import build_resume_plan


def _plan(project: Project, run_id: str | None) -> Any:
    with project.catalog() as catalog:
        return build_resume_plan(project, catalog, run_id or "")


def _failed(project: Project) -> SmallTask:
    second = CopyOperation(dataset="copy", output="again")
    task = SmallTask(CopyOperation(), second, failing(), project=project)
    task.run()
    return task


def test_steps_whose_files_are_unchanged_would_be_reused(tmp_path: Path) -> None:
    """What succeeded is reused, what failed is executed again; the resume does the same."""
    with make_project(tmp_path) as project:
        task = _failed(project)
        plan = _plan(project, task.run_id)
        resumed = _failed_again(project)
    assert [one["is_reused"] for one in plan["steps"]] == [True, True, False]
    assert plan["steps"][2]["reason"] == "it failed"
    assert [name == "operation.skipped" for name in resumed] == [True, True, False]


@pytest.mark.parametrize(
    ("gone", "reasons"),
    [
        ("raw/people.csv", ["its input 'DATA/raw/people.csv' is gone", "writes its input"]),
        ("processed/t_one/output/again.csv", ["nothing that is on record", "its output"]),
    ],
)
def test_a_changed_file_is_named(tmp_path: Path, gone: str, reasons: list[str]) -> None:
    """A step whose input or output changed would be executed, and those that read what it wrote."""
    with make_project(tmp_path) as project:
        task = _failed(project)
        (tmp_path / "DATA" / gone).write_text("name,age\nEve,1\n")
        steps = _plan(project, task.run_id)["steps"]
    assert [reason in one["reason"] for one, reason in zip(steps, reasons, strict=False)] == [
        True,
        True,
    ]


def test_a_run_that_succeeded_has_no_plan(tmp_path: Path) -> None:
    """There is nothing to resume, so there is no plan."""
    with make_project(tmp_path) as project:
        task = SmallTask(CopyOperation(), project=project)
        task.run()
        assert _plan(project, task.run_id) is None


def _failed_again(project: Project) -> list[str]:
    second = CopyOperation(dataset="copy", output="again")
    task = SmallTask(CopyOperation(), second, failing(), project=project)
    task.run(resume=True)
    recorded = project.ledger.read_stream(f"run:{task.run_id}")
    beginnings = {"operation.skipped", "operation.started"}
    return [one.event.TOPIC for one in recorded if one.event.TOPIC in beginnings]
