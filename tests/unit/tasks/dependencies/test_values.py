"""How a configuration says on which tasks a task depends."""

from __future__ import annotations

from typing import Any

import pytest
from small_tasks import configure

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.tasks import TaskConfig, TaskDependency
from lineage.tasks.dependencies.values import asked_of


def test_plain_ids_and_objects_stand_side_by_side(project: Project) -> None:
    """An id stays text, as programs expect it; an object says what it asks for."""
    configure(
        project,
        "t_1",
        dependencies=[
            "t_a",
            {"task": "t_b", "require": "latest_success"},
            {"task": "t_c", "run": "r1"},
        ],
    )

    values = TaskConfig(project, "t_1").values

    assert values.dependencies == (
        "t_a",
        TaskDependency(task="t_b", require="latest_success"),
        TaskDependency(task="t_c", require="run", run="r1"),
    )
    assert values.dependency_ids == ("t_a", "t_b", "t_c")
    assert asked_of(values.dependencies, "t_b") == TaskDependency(
        task="t_b", require="latest_success"
    )
    assert asked_of(values.dependencies, "t_x") == "t_x"


def test_environment_and_command_line_say_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable takes ids, or a list with objects."""
    monkeypatch.setenv("LINEAGE_T_1_DEPENDENCIES", "[t_a, {task: t_c, run: r1}]")

    values = TaskConfig(project, "t_1").values

    assert values.dependencies == ("t_a", TaskDependency(task="t_c", run="r1"))


def test_saved_configuration_says_the_same(project: Project) -> None:
    """What is written is read back equal."""
    configure(project, "t_1", dependencies=["t_a", {"task": "t_c", "run": "r1"}])
    config = TaskConfig(project, "t_1")

    config.save()

    assert TaskConfig(project, "t_1").dependencies == config.dependencies


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (5, "dependencies.0.declaration: Input should be a valid dictionary"),
        ({"require": "latest_run"}, "dependencies.0.declaration.task: Field required"),
        ({"task": "t_b", "require": "newest"}, "'latest_run', 'latest_success' or 'run'"),
        ({"task": "t_b", "require": "run"}, "a run is named exactly if"),
        ({"task": "t_b", "require": "latest_run", "run": "r1"}, "a run is named exactly if"),
        ({"task": "t_b", "run": " "}, "is not a run id"),
        (
            {"task": "t_b", "runs": "r1"},
            r"declaration.runs: unknown key \(did you mean 'run'\?\)",
        ),
        ({"task": "../t_b", "run": "r1"}, r"dependency: found '\.\./t_b'"),
        ("a/b", "dependency: found 'a/b'"),
    ],
)
def test_mistake_is_named(project: Project, entry: Any, fault: str) -> None:
    """A declaration that says nothing usable is refused with the configuration."""
    with pytest.raises(ConfigurationError, match=fault):
        TaskConfig(project, "t_1", arguments={"dependencies": [entry]})


def test_task_that_is_asked_two_things_is_refused(project: Project) -> None:
    """One task cannot be asked for its latest run and for a certain one; twice the same is fine."""
    TaskConfig(project, "t_1", arguments={"dependencies": ["t_a", {"task": "t_a"}]})

    with pytest.raises(ConfigurationError, match="'t_a' is declared twice, in different ways"):
        TaskConfig(
            project, "t_1", arguments={"dependencies": ["t_a", {"task": "t_a", "run": "r1"}]}
        )
