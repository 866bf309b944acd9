"""How the tasks stand that a task depends on."""

from __future__ import annotations

import pytest
from small_tasks import CopyOperation, SmallTask, failing, recorded

from lineage.domain.run import Dependency, RunStatus
from lineage.domain.task import RegisterTask
from lineage.events import RunInterrupted, TaskRegistered
from lineage.execution_log import interchange
from lineage.kernel import host
from lineage.kernel.errors import DependencyCycleError, TaskNotRegisteredError
from lineage.project import Project
from lineage.recording.error_facts import error_fact
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskDependency
from lineage.tasks.dependencies import lookup
from lineage.upkeep import liveness


def register(project: Project, *tasks: str) -> None:
    """Make tasks known."""
    for task in tasks:
        known = TaskRegistered(
            task_type="", description="", version="1", class_name=task, source_sha256=None
        )
        project.task_session(task).handle(RegisterTask(registered=known))


def begin(project: Project, task: str, *, pid: int | None = None) -> str:
    """Begin a run, of this process or of one that is said to have had a number."""
    recorder = RunRecorder(project, task)
    started = run_started(task_type="", description="", report_path=f"DATA/reports/{task}.json")
    recorder.begin(started if pid is None else started.model_copy(update={"pid": pid}))
    return recorder.run_id


def fail_run(project: Project) -> str:
    """Record a failed run of task `t_one`."""
    recorder = RunRecorder(project, "t_one")
    recorder.begin(run_started(task_type="", description="", report_path="DATA/reports/t.json"))
    recorder.fail(error_fact(ValueError()))
    return recorder.run_id


def import_run(project: Project, timestamp: str, *, success: bool) -> str:
    """Take a run of task `t_one` over from another log."""
    run = project.ids.new()
    record = {"task_id": "t_one", "task_run_id": run, "timestamp": timestamp, "success": success}
    interchange.take_over(project, {"executions": [record]}, source="log", replace=False)
    return run


def test_each_task_is_looked_up_in_the_given_order(project: Project) -> None:
    """The answer has one entry a task: never run, succeeded, failed, running."""
    good = SmallTask(CopyOperation(), task_id="t_good", project=project)
    bad = SmallTask(failing(), task_id="t_bad", project=project)
    good.run()
    bad.run()
    running = begin(project, "t_running")

    found = lookup.look_up(project, ["t_none", "t_good", "t_bad", "t_running"])

    assert found == [
        Dependency(task="t_none", run=None, status=RunStatus.ABSENT),
        Dependency(task="t_good", run=good.run_id, status=RunStatus.SUCCEEDED),
        Dependency(task="t_bad", run=bad.run_id, status=RunStatus.FAILED),
        Dependency(task="t_running", run=running, status=RunStatus.RUNNING),
    ]


def test_only_the_latest_run_counts(project: Project) -> None:
    """A failure after a success is what a dependent task meets, and the other way round."""
    SmallTask(CopyOperation(), project=project).run()
    SmallTask(failing(), project=project).run()
    assert lookup.look_up(project, ["t_one"])[0].status is RunStatus.FAILED

    SmallTask(CopyOperation(), project=project).run()

    assert lookup.look_up(project, ["t_one"])[0].status is RunStatus.SUCCEEDED


def latest_success(project: Project) -> Dependency:
    """Look task `t_one` up, asking for its latest success."""
    asked = TaskDependency(task="t_one", require="latest_success")
    return lookup.look_up(project, [asked])[0]


def pinned(project: Project, run: str | None) -> Dependency:
    """Look a certain run of task `t_one` up."""
    return lookup.look_up(project, [TaskDependency(task="t_one", run=run)])[0]


def test_latest_success_counts_whatever_failed_since(project: Project) -> None:
    """More failures than are read at once do not hide a success."""
    good = SmallTask(CopyOperation(), project=project)
    good.run()
    for _ in range(liveness.RECENT_RUNS + 1):
        fail_run(project)

    found = latest_success(project)

    assert (found.run, found.status, found.fault) == (good.run_id, RunStatus.SUCCEEDED, None)


def test_task_that_never_succeeded_says_how_its_latest_run_stands(project: Project) -> None:
    """Without any success the latest run is what stands in the way."""
    assert latest_success(project).fault == "task 't_one' has never run"
    fail_run(project)
    last = fail_run(project)

    assert latest_success(project).fault == (
        f"no run of task 't_one' has succeeded, the latest ({last}) is failed"
    )


def test_pinned_run_counts_whatever_came_later(project: Project) -> None:
    """A certain run is neither helped nor harmed by later ones."""
    bad = fail_run(project)
    good = SmallTask(CopyOperation(), project=project)
    good.run()

    assert pinned(project, good.run_id).fault is None
    assert pinned(project, bad).fault == f"run {bad!r} of task 't_one' is failed"


def test_pinned_run_of_another_task_is_no_run_of_this_one(project: Project) -> None:
    """A run id that is unknown, or of another task, is said to be none, and is not used."""
    other = SmallTask(CopyOperation(), task_id="t_other", project=project)
    other.run()

    for run in (other.run_id, "r1"):
        found = pinned(project, run)
        assert found.fault == f"task 't_one' has no run {run!r}"
        assert lookup.upstream_runs([found]) == {}


def test_pinned_run_that_died_is_recorded_as_interrupted(project: Project) -> None:
    """A run that is asked for does not count as running when its process is gone."""
    dead = begin(project, "t_one", pid=2**22 + 1)

    assert pinned(project, dead).status is RunStatus.INTERRUPTED


def test_imported_run_counts_for_a_task_that_never_ran_here(project: Project) -> None:
    """A project that was taken over goes on from its history; runs made here go before it."""
    old = import_run(project, "2020-01-01T00:00:00", success=True)
    new = import_run(project, "2021-01-01T00:00:00", success=False)
    assert lookup.look_up(project, ["t_one"])[0].run == new
    assert latest_success(project).run == old

    own = fail_run(project)

    assert lookup.look_up(project, ["t_one"])[0].run == own
    assert latest_success(project).run == old


def test_refused_run_does_not_count(project: Project) -> None:
    """A run that never began does not hide the one before it."""
    SmallTask(project=project).run()
    SmallTask(project=project).run({"dependencies": ["t_never"]})

    assert lookup.look_up(project, ["t_one"])[0].status is RunStatus.SUCCEEDED


def test_dead_run_is_recorded_as_interrupted_first(project: Project) -> None:
    """A run whose process is gone does not count as running."""
    begin(project, "t_one", pid=2**22 + 1)

    assert lookup.look_up(project, ["t_one"])[0].status is RunStatus.INTERRUPTED
    assert len(recorded(project, RunInterrupted.TOPIC)) == 1


def test_several_dead_runs_are_all_settled(project: Project) -> None:
    """All recent runs that died are found, the one of this process is left alone."""
    dead = [begin(project, "t_one", pid=2**22 + n) for n in (1, 2)]
    begin(project, "t_one", pid=host.this_process().pid)

    assert sorted(liveness.settle_recent_runs(project, "t_one")) == sorted(dead)


def test_upstream_runs_leave_out_tasks_that_never_ran() -> None:
    """A run names the runs it builds on, and only those there are."""
    found = [
        Dependency(task="a", run="1", status=RunStatus.SUCCEEDED),
        Dependency(task="b", run=None, status=RunStatus.ABSENT),
    ]

    assert lookup.upstream_runs(found) == {"a": "1"}


def test_declared_dependencies_replace_the_earlier_ones(project: Project) -> None:
    """What a task depends on is what it stated last."""
    register(project, "a", "b", "c")
    lookup.declare(project, "a", ["b", "c"])

    lookup.declare(project, "a", ["c"])

    assert set(project.task_session("a").state.dependencies) == {"c"}


def test_same_declaration_again_records_nothing(project: Project) -> None:
    """Stating the same dependencies again leaves the ledger as it is."""
    register(project, "a", "b")
    lookup.declare(project, "a", ["b"])
    before = project.ledger.head()

    lookup.declare(project, "a", ["b", "b"])

    assert project.ledger.head() == before


def test_cycle_through_others_is_named(project: Project) -> None:
    """A cycle is found however long, and its path told."""
    register(project, "a", "b", "c")
    lookup.declare(project, "a", ["b"])
    lookup.declare(project, "b", ["c"])

    with pytest.raises(DependencyCycleError, match="c -> a -> b -> c"):
        lookup.declare(project, "c", ["a"])


def test_task_that_depends_on_itself_is_refused(project: Project) -> None:
    """A task cannot wait for itself."""
    register(project, "a")

    with pytest.raises(DependencyCycleError, match="a -> a"):
        lookup.declare(project, "a", ["a"])


def test_unregistered_task_cannot_declare(project: Project) -> None:
    """Dependencies are stated by tasks that are known."""
    with pytest.raises(TaskNotRegisteredError, match="not registered"):
        lookup.declare(project, "a", ["b"])
