"""What the views over tasks mean."""

from __future__ import annotations

from projection_scenarios import at, digest, given, of_task

from lineage.events import (
    TaskConfigured,
    TaskDependencyDeclared,
    TaskDependencyWithdrawn,
    TaskRegistered,
)


def registered(version: str = "1.0", description: str = "Profile") -> TaskRegistered:
    """A task that becomes known."""
    return TaskRegistered(
        task_type="profiling",
        description=description,
        version=version,
        class_name="demo.Profile",
        source_sha256=None,
    )


def configured(value: int) -> TaskConfigured:
    """A task that is configured."""
    return TaskConfigured(configuration={"k": value}, config_sha256=digest(str(value)))


def depends_on(task: str, **asked: str) -> TaskDependencyDeclared:
    """A dependency that is declared."""
    return TaskDependencyDeclared.model_validate({"depends_on": task, **asked})


def withdrawn(task: str) -> TaskDependencyWithdrawn:
    """A dependency that is withdrawn."""
    return TaskDependencyWithdrawn(depends_on=task)


def test_registered_task_has_one_row() -> None:
    """A task that was only registered has no configuration and no dependencies."""
    given(of_task(registered())).shows(
        "select * from tasks",
        {
            "task_id": "t_1",
            "task_type": "profiling",
            "description": "Profile",
            "version": "1.0",
            "class_name": "demo.Profile",
            "source_sha256": None,
            "first_registered_at": at(1),
            "config_sha256": None,
            "configuration": None,
            "dependencies": [],
        },
    )


def test_task_registered_again_shows_the_latest_and_the_first_time() -> None:
    """A changed task keeps the time at which it first became known."""
    given(of_task(registered("1.0"), registered("2.0", "Profile more"))).shows(
        "select version, description, first_registered_at from tasks",
        {"version": "2.0", "description": "Profile more", "first_registered_at": at(1)},
    )


def test_task_configured_again_shows_the_latest_configuration() -> None:
    """Digest and values of the latest configuration belong together."""
    given(of_task(registered(), configured(1), configured(2))).shows(
        "select config_sha256, configuration from tasks",
        {"config_sha256": digest("2"), "configuration": {"k": 2}},
    )


def test_dependencies_are_sorted() -> None:
    """A task lists the tasks it depends on by id, in whatever order they were declared."""
    given(of_task(registered(), depends_on("t_b"), depends_on("t_a"))).shows(
        "select dependencies from tasks", {"dependencies": ["t_a", "t_b"]}
    )


def test_withdrawn_dependency_is_gone() -> None:
    """A dependency that was withdrawn is in no view, the others stay."""
    history = of_task(registered(), depends_on("t_a"), depends_on("t_b"), withdrawn("t_a"))
    given(history).shows(
        "select * from task_dependencies",
        {
            "task_id": "t_1",
            "depends_on": "t_b",
            "position": 3,
            "require": "latest_run",
            "run_id": None,
        },
    )


def test_dependency_shows_what_was_asked_last() -> None:
    """A run that was asked for once is gone when something else is asked."""
    pinned = depends_on("t_a", require="run", run="r1")
    later = depends_on("t_a", require="latest_success")
    query = "select require, run_id from task_dependencies"
    given(of_task(pinned)).shows(query, {"require": "run", "run_id": "r1"})
    given(of_task(pinned, later)).shows(query, {"require": "latest_success", "run_id": None})


def test_dependency_declared_again_is_back() -> None:
    """The latest of declaring and withdrawing counts."""
    history = of_task(registered(), depends_on("t_a"), withdrawn("t_a"), depends_on("t_a"))
    given(history).shows(
        "select depends_on, position from task_dependencies", {"depends_on": "t_a", "position": 4}
    )


def test_dependencies_belong_to_their_task() -> None:
    """Withdrawing a dependency of one task leaves another's alone."""
    given(
        of_task(registered(), depends_on("t_0"), task="t_1"),
        of_task(registered(), depends_on("t_0"), withdrawn("t_0"), task="t_2"),
    ).shows(
        "select task_id, dependencies from tasks order by task_id",
        {"task_id": "t_1", "dependencies": ["t_0"]},
        {"task_id": "t_2", "dependencies": []},
    )
