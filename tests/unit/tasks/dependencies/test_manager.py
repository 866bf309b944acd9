"""What a task gets from the tasks it depends on."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_tasks import (
    CallOperation,
    CopyOperation,
    SmallTask,
    failing,
    last,
    topics,
)

from lineage.domain.run import RunStatus
from lineage.events import OperationSkipped, RunRefused, WarningRaised
from lineage.kernel.errors import DependencyError, PathRefusedError
from lineage.project import Project
from lineage.tasks import StaleDependency, TaskConfig, TaskDependencyManager
from ops import OperationResult


def manager(project: Project, *dependencies: object, **values: object) -> TaskDependencyManager:
    """Return the manager of task `t_two`, with the dependencies it declares."""
    arguments = {"dependencies": list(dependencies), **values}
    return TaskDependencyManager(TaskConfig(project, "t_two", arguments=arguments))


def run_one(project: Project, *, ok: bool = True, output: str = "copy") -> str:
    """Run the task `t_one`, which writes a copy of the people, and return the run's id."""
    task = SmallTask(CopyOperation(output=output) if ok else failing(), project=project)
    assert task.run() is ok
    return task.run_id or ""


def run_two(project: Project, *dependencies: object) -> str:
    """Run the task `t_two` with dependencies and return the run's id."""
    task = SmallTask(task_id="t_two", project=project)
    task.run({"dependencies": list(dependencies)})
    return task.run_id or ""


def measuring(**metrics: Any) -> CallOperation:
    """Return an operation that measures."""
    return CallOperation(lambda **_: OperationResult(metrics=metrics))


def test_output_is_the_folder_or_the_files_that_match(project: Project) -> None:
    """Behaviour 49: the output folder by task id; a pattern gives matches or []."""
    run_one(project)
    output = project.root / "DATA/processed/t_one/output"
    one = manager(project, "t_one")

    assert one.get_dependency_output("t_one") == output
    assert one.get_dependency_output("t_one", "*.csv") == [output / "copy.csv"]
    assert one.get_dependency_output("t_one", "*.xml") == []


def test_missing_output_is_an_error_or_empty(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 49: missing is an error, or path / [] with a warning under continue_on_error."""
    with pytest.raises(DependencyError, match="'t_one': no folder"):
        manager(project).get_dependency_output("t_one")
    relaxed = manager(project, continue_on_error=True)

    assert relaxed.get_dependency_output("t_one") == project.root / "DATA/processed/t_one/output"
    assert relaxed.get_dependency_output("t_one", "*.csv") == []
    assert "no folder" in caplog.text


def test_output_of_a_certain_run_is_what_that_run_left(project: Project) -> None:
    """Files that a later run has written over are not handed out as those of an earlier one."""
    first = run_one(project)
    one = manager(project, {"task": "t_one", "run": first})
    folder = one.get_dependency_output("t_one")
    (file,) = one.get_dependency_output("t_one", "*.csv")
    assert isinstance(folder, Path)

    run_one(project, output="other")
    assert one.get_dependency_output("t_one") == folder
    assert one.get_dependency_output("t_one", "copy.csv") == [file]
    with pytest.raises(DependencyError, match=r"other\.csv is not as that run left it"):
        one.get_dependency_output("t_one", "*.csv")

    file.write_text("changed")
    with pytest.raises(DependencyError, match=r"copy\.csv is not as that run left it"):
        one.get_dependency_output("t_one")
    file.unlink()
    with pytest.raises(DependencyError, match=r"copy\.csv is not as that run left it"):
        one.get_dependency_output("t_one")


def test_output_of_a_run_that_was_taken_up_has_what_it_reused(project: Project) -> None:
    """Files of an operation that was reused are those of the run that reused them."""
    assert not SmallTask(CopyOperation(), failing(), project=project).run()
    again = SmallTask(CopyOperation(), CopyOperation(output="more"), project=project)
    assert again.run(resume=True)
    assert OperationSkipped.TOPIC in topics(project, again.run_id or "")

    found = manager(project, {"task": "t_one", "run": again.run_id}).get_dependency_output(
        "t_one", "*.csv"
    )

    assert isinstance(found, list)
    assert [path.name for path in found] == ["copy.csv", "more.csv"]


@pytest.mark.parametrize("task", ["../t_one", "/etc", "a/b", "..", "CON"])
def test_task_id_like_a_path_is_refused(project: Project, task: str) -> None:
    """Behaviour 50: a path-like task id is refused, whatever is asked for."""
    one = manager(project)
    for ask in (
        one.get_dependency_output,
        one.get_dependency_report,
        one.get_dependency_metrics,
    ):
        with pytest.raises(PathRefusedError, match="task id"):
            ask(task)


def test_metrics_by_dotted_path_give_leaf_and_value(project: Project) -> None:
    """Behaviour 50: metrics by dotted path give {leaf: value}."""
    operation = measuring(risk={"k": 5, "by.city": {"Bern": 3}}, rows=2)
    SmallTask(operation, project=project).run()
    ask = manager(project).get_dependency_metrics
    inner = {"risk": {"k": 5, "by.city": {"Bern": 3}}, "rows": 2}

    assert ask("t_one") == {"CallOperation": inner}
    assert ask("t_one", "CallOperation.risk.k") == {"k": 5}
    assert ask("t_one", "CallOperation.risk.by.city.Bern") == {"Bern": 3}
    assert ask("t_one", "CallOperation.risk.by.city") == {"by.city": {"Bern": 3}}
    assert ask("t_one", "CallOperation") == {"CallOperation": inner}


@pytest.mark.parametrize("path", ["risk", "CallOperation.risk.j", "CallOperation.rows.x", "", "."])
def test_missing_metric_is_an_error(project: Project, path: str) -> None:
    """Behaviour 50: a missing key is an error, also under continue_on_error."""
    SmallTask(measuring(risk={"k": 5}, rows=2), project=project).run()

    with pytest.raises(DependencyError, match="begins with one of CallOperation"):
        manager(project, continue_on_error=True).get_dependency_metrics("t_one", path)


def test_metric_of_a_run_without_metrics_is_an_error(project: Project) -> None:
    """There is nothing the path could begin with."""
    SmallTask(project=project).run()

    assert manager(project).get_dependency_metrics("t_one") == {}
    with pytest.raises(DependencyError, match="no metric"):
        manager(project).get_dependency_metrics("t_one", "k")


def test_report_is_that_of_the_latest_success(project: Project) -> None:
    """A later failure leaves the results that are there; the exported file plays no part."""
    good = run_one(project)
    run_one(project, ok=False)
    shutil.rmtree(project.root / "DATA/reports")

    report = manager(project, "t_one").get_dependency_report("t_one")

    assert (report["run_id"], report["status"]) == (good, "completed")


def test_report_of_a_certain_run_is_that_ones(project: Project) -> None:
    """A dependency on a certain run means its results, too."""
    first = run_one(project)
    run_one(project)

    report = manager(project, {"task": "t_one", "run": first}).get_dependency_report("t_one")

    assert report["run_id"] == first


def test_results_of_a_task_without_success_are_an_error(project: Project) -> None:
    """Neither a task that never ran nor one that only failed has results."""
    one = manager(project, continue_on_error=True)
    with pytest.raises(DependencyError, match=r"has never run.*lineage run t_one"):
        one.get_dependency_report("t_one")
    run_one(project, ok=False)
    with pytest.raises(DependencyError, match="no run of task 't_one' has succeeded"):
        one.get_dependency_metrics("t_one")


def test_completed_dependencies_are_true(project: Project) -> None:
    """Behaviour 48: whichever run is asked for, it has succeeded."""
    first = run_one(project)
    pinned = {"task": "t_one", "run": first}
    assert manager(project, "t_one").assert_dependencies_completed() is True
    run_one(project, ok=False)

    for asked in (pinned, {"task": "t_one", "require": "latest_success"}):
        assert manager(project, asked).assert_dependencies_completed() is True
    assert manager(project).assert_dependencies_completed() is True


def test_dependency_that_failed_is_an_error_or_a_warning(
    project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    """Behaviour 48: an error that names it, or a warning and False under continue_on_error."""
    run_one(project, ok=False)
    with pytest.raises(DependencyError, match="is failed; task 't_x' has never run"):
        manager(project, "t_one", "t_x").assert_dependencies_completed()
    config = TaskConfig(
        project, "t_two", arguments={"dependencies": ["t_one"], "continue_on_error": True}
    )
    told = logging.getLogger("told")

    assert TaskDependencyManager(config, told).assert_dependencies_completed() is False
    assert [(r.name, r.levelname) for r in caplog.records if "t_two" in r.message] == [
        ("told", "WARNING")
    ]


def test_task_begins_with_the_run_it_asks_for(project: Project) -> None:
    """Behaviour 48: a task that asks for the latest success begins in spite of a failure."""
    good = run_one(project)
    run_one(project, ok=False)

    run_two(project, {"task": "t_one", "require": "latest_success"})

    state = project.run_session(project.ledger.runs_of_task("t_two")[0], "t_two").state
    assert state.status is RunStatus.SUCCEEDED
    assert state.started is not None
    assert state.started.upstream_runs == {"t_one": good}


def test_task_is_refused_for_the_run_it_asks_for(project: Project) -> None:
    """Behaviour 48: the refusal names the run that was asked for, and why it does not do."""
    bad = run_one(project, ok=False)
    run_one(project)

    run_two(project, {"task": "t_one", "run": bad})

    refused = last(project, RunRefused)
    assert refused.message == f"run {bad!r} of task 't_one' is failed"
    assert refused.depends_on_run == bad


def test_unmet_certain_run_warns_under_continue_on_error(project: Project) -> None:
    """Behaviour 48: the run begins with a warning, and builds on nothing."""
    task = SmallTask(task_id="t_two", project=project)

    assert task.run({"dependencies": [{"task": "t_one", "run": "r1"}], "continue_on_error": True})
    assert last(project, WarningRaised).message == "task 't_one' has no run 'r1'"
    assert task.dependency_manager.check_staleness() == []


def test_dependency_that_ran_again_is_stale(project: Project) -> None:
    """A run of the other task after the one that was used makes the results old."""
    first = run_one(project)
    assert manager(project, "t_one").check_staleness() == []
    by = run_two(project, "t_one")
    assert manager(project, "t_one").check_staleness() == []

    second = run_one(project)

    assert manager(project, "t_one", "t_never").check_staleness() == [
        StaleDependency(
            task="t_one", used_run=first, used_by=by, run=second, status=RunStatus.SUCCEEDED
        )
    ]
    run_two(project, "t_one")
    assert manager(project, "t_one").check_staleness() == []


def test_failure_does_not_make_the_latest_success_stale(project: Project) -> None:
    """What is asked for decides what counts as another run."""
    first = run_one(project)
    by_success = {"task": "t_one", "require": "latest_success"}
    run_two(project, by_success)

    failed = run_one(project, ok=False)

    assert manager(project, by_success).check_staleness() == []
    assert manager(project, {"task": "t_one", "run": first}).check_staleness() == []
    (stale,) = manager(project, "t_one").check_staleness()
    assert (stale.run, stale.status) == (failed, RunStatus.FAILED)


def test_only_successful_runs_have_results_that_grow_old(project: Project) -> None:
    """A failed run of the task itself does not freshen what an earlier one made."""
    first = run_one(project)
    run_two(project, "t_one")
    second = run_one(project)
    failed = SmallTask(failing(), task_id="t_two", project=project)
    failed.run({"dependencies": ["t_one"]})

    (stale,) = manager(project, "t_one").check_staleness()

    assert (stale.used_run, stale.run) == (first, second)


def test_task_has_its_manager(project: Project) -> None:
    """Operations of a task can ask what the tasks before it measured."""
    SmallTask(measuring(k=5), project=project).run()
    asked: list[object] = []
    task = SmallTask(
        CallOperation(
            lambda **_: asked.append(
                task.dependency_manager.get_dependency_metrics("t_one", "CallOperation.k")
            )
        ),
        task_id="t_two",
        project=project,
    )

    assert task.run({"dependencies": ["t_one"]})
    assert asked == [{"k": 5}]


def test_manager_opens_the_history_of_a_folder(project: Project) -> None:
    """A configuration that knows only the project's folder serves as well."""
    good = run_one(project)
    config = TaskConfig(project.root, "t_two", arguments={"dependencies": ["t_one"]})
    one = TaskDependencyManager(config)

    assert one.get_dependency_report("t_one")["run_id"] == good
    assert one.assert_dependencies_completed()
    assert one.check_staleness() == []
