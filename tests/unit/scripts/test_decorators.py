"""Functions as tasks and operations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small_tasks import last, recorded, topics

import lineage
from lineage.events import (
    CodeCaptured,
    OperationStarted,
    RunStarted,
    TaskConfigured,
    TaskRegistered,
)
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.scripts.run import ScriptRun
from lineage.tasks.registry.registry import find_task, in_tasks_folder

SCRIPT = '''
import lineage


@lineage.operation
def keep(people, least):
    return people[people.age >= least]


@lineage.task(name="Release wages", version="2.0.0")
def release(run, source: str, min_age: int = 25, *, out="wages.csv"):
    """Release the wages of adults."""
    run.write(keep(run.read(source), min_age), out)
    return min_age


def other():
    pass


if __name__ == "__main__":
    release("people.csv")
'''


@lineage.task
def double(number: int, *more: int, run: ScriptRun, factor: int = 2, **others: Any) -> int:
    """Multiply a number."""
    run.metric("product", number * factor)
    return number * factor + len(more) + len(others)


@lineage.operation(name="add one")
def add(frame: pd.DataFrame, by: int = 1) -> pd.DataFrame:
    """Add a number."""
    return frame + by


def test_call_of_a_task_is_a_run_with_its_arguments(project: Project) -> None:
    """Parameters are the bound arguments with defaults; the function returns what it returns."""
    assert double(3, 4, 5, extra="x") == 9  # type: ignore[call-arg]  # the run comes by itself

    configuration = last(project, TaskConfigured).configuration
    expected = {"number": 3, "more": [4, 5], "factor": 2, "extra": "x"}
    assert {key: configuration[key] for key in expected} == expected
    assert last(project, RunStarted).description == "Multiply a number."
    assert last(project, TaskRegistered).class_name.endswith("test_decorators.double")
    assert last(project, CodeCaptured).sha256 == sha256_file(Path(__file__))


def test_wrong_arguments_begin_no_run(project: Project) -> None:
    """A call that Python would refuse is refused in the same way."""
    with pytest.raises(TypeError, match="number"):
        double()  # type: ignore[call-arg]  # what it is about

    assert recorded(project, RunStarted.TOPIC) == []


def test_call_of_an_operation_is_a_step_inside_a_run(project: Project) -> None:
    """Frames among its arguments are recorded by type and shape only."""
    with lineage.record("adding"):
        result = add(pd.DataFrame({"a": [1, 2]}))

    started = last(project, OperationStarted)
    assert result["a"].tolist() == [2, 3]
    assert (started.name, started.class_name) == ("add one", f"{add.__module__}.add")
    assert started.parameters == {"frame": "<DataFrame of 2 x 1>", "by": 1}


def test_operation_outside_of_a_run_is_the_plain_function(project: Project) -> None:
    """Without a run nothing is recorded."""
    assert add(pd.DataFrame({"a": [1]}), by=2)["a"].tolist() == [3]
    assert [r.event for r in project.ledger.read()] == []


@pytest.mark.parametrize("decorator", [lineage.task, lineage.operation])
@pytest.mark.parametrize("kind", ["class", "coroutine", "generator", "text"])
def test_only_functions_are_decorated(decorator: Any, kind: str) -> None:
    """What does not do its work when it is called cannot be recorded so."""

    async def coroutine() -> None:
        pass

    def generator() -> Iterator[int]:
        yield 1

    wrong = {"class": dict, "coroutine": coroutine, "generator": generator, "text": "name"}[kind]
    with pytest.raises(ConfigurationError, match="a function that returns"):
        decorator(wrong)


@pytest.mark.parametrize("name", ["release.py", "release:release"])
def test_script_with_a_task_is_found_and_run(project: Project, name: str) -> None:
    """`lineage run` finds the function, and its parameters come from --set and the defaults."""
    (project.root / "release.py").write_text(SCRIPT)

    task = find_task(project, name)
    assert task.run({"source": "people.csv", "min_age": 40}), task.error

    assert (task.task_id, task.version) == ("release_wages", "2.0.0")
    assert (project.root / "wages.csv").read_text() == "name,age,earns\nGrace,45,\n"
    configuration = last(project, TaskConfigured).configuration
    assert (configuration["min_age"], configuration["out"]) == (40, "wages.csv")
    assert topics(project, task.run_id or "")[-1] == "run.succeeded"


def test_parameter_without_a_value_is_named(project: Project) -> None:
    """A task cannot guess what its function needs."""
    (project.root / "release.py").write_text(SCRIPT)

    task = find_task(project, "release.py")

    assert not task.run()
    assert "'source'" in str(task.error)
    assert "--set source=..." in str(task.error)


def test_function_in_the_tasks_folder_is_listed(project: Project) -> None:
    """`lineage tasks` shows it like every task, once, and not where it is only imported."""
    folder = project.root / "tasks"
    folder.mkdir()
    (folder / "released_here.py").write_text(SCRIPT)  # no other project has this module
    (folder / "uses.py").write_text("from tasks.released_here import release\n")

    found = in_tasks_folder(project)

    assert [cls().task_id for cls in found.classes] == ["release_wages"]  # type: ignore[call-arg]
    assert found.problems == ()


def test_configuration_file_sets_the_parameters_of_a_function(project: Project) -> None:
    """A function is configured like every task, below what the command line says."""
    (project.root / "release.py").write_text(SCRIPT)
    values = {"source": "people.csv", "min_age": 50}
    (project.root / "configs/release_wages.json").write_text(json.dumps(values))

    assert find_task(project, "release.py").run({"min_age": 30})

    assert (project.root / "wages.csv").read_text().count("\n") == 3
