"""What may happen to a task, and what may not."""

from __future__ import annotations

import networkx as nx
import pytest
import scenarios
from hypothesis import given as for_all
from hypothesis import strategies as st

from lineage.domain import TASK, TaskState
from lineage.domain.task import (
    ConfigureTask,
    DeclareDependencies,
    ImportTask,
    RegisterTask,
    TaskCommand,
)
from lineage.events import (
    TaskConfigured,
    TaskDependencyDeclared,
    TaskDependencyWithdrawn,
    TaskImported,
    TaskRegistered,
)
from lineage.kernel.errors import DependencyCycleError, TaskNotRegisteredError

given = scenarios.of(TASK)

REGISTERED = TaskRegistered(
    task_type="profiling", description="", version="1", class_name="A", source_sha256=None
)
CHANGED = REGISTERED.model_copy(update={"version": "2"})
ONE = TaskConfigured(configuration={"k": 1}, config_sha256="1" * 64)
TWO = TaskConfigured(configuration={"k": 2}, config_sha256="2" * 64)
IMPORTED = TaskImported(summary={"runs": 1}, source="log.json")


def declared(*tasks: str) -> tuple[TaskDependencyDeclared, ...]:
    """Return the events that declare dependencies."""
    return tuple(TaskDependencyDeclared(depends_on=task) for task in tasks)


def declare(*tasks: str, **known: set[str]) -> DeclareDependencies:
    """Return the command that task `t` depends on others, which depend on further ones."""
    reachable = {task: frozenset(others) for task, others in known.items()}
    return DeclareDependencies(task="t", declared=declared(*tasks), known=reachable)


def test_new_task_is_registered() -> None:
    """A task that nobody knows becomes known."""
    given().when(RegisterTask(registered=REGISTERED)).then(REGISTERED)


def test_same_registration_records_nothing() -> None:
    """Registering at every start fills no ledger."""
    given(REGISTERED).when(RegisterTask(registered=REGISTERED)).then()


def test_changed_task_is_registered_again() -> None:
    """A new version, description or code is a new fact, also when it is one of before."""
    given(REGISTERED).when(RegisterTask(registered=CHANGED)).then(CHANGED)
    given(REGISTERED, CHANGED).when(RegisterTask(registered=REGISTERED)).then(REGISTERED)


def test_first_configuration_is_recorded() -> None:
    """A registered task takes a configuration."""
    given(REGISTERED).when(ConfigureTask(configured=ONE)).then(ONE)


def test_same_configuration_records_nothing() -> None:
    """What counts is the configuration's digest."""
    given(REGISTERED, ONE).when(ConfigureTask(configured=ONE)).then()


def test_changed_configuration_is_recorded_also_when_it_is_an_old_one() -> None:
    """Going back to an earlier configuration is a change."""
    given(REGISTERED, ONE, TWO).when(ConfigureTask(configured=ONE)).then(ONE)


@pytest.mark.parametrize("command", [ConfigureTask(configured=ONE), declare("a")])
def test_command_to_an_unknown_task_is_refused(command: TaskCommand) -> None:
    """A task is registered before anything else is said of it."""
    given().when(command).refuses(TaskNotRegisteredError, match="not registered")


def test_dependencies_are_declared_once_each_in_their_order() -> None:
    """Naming a dependency twice declares it once."""
    given(REGISTERED).when(declare("b", "a", "b")).then(*declared("b", "a"))


def test_same_dependencies_record_nothing() -> None:
    """Order does not matter to what is declared already."""
    given(REGISTERED, *declared("a", "b")).when(declare("b", "a")).then()


def test_declaration_replaces_the_one_before() -> None:
    """What is no longer named is withdrawn, what is new is declared."""
    given(REGISTERED, *declared("a", "c", "b")).when(declare("b", "d")).then(
        *declared("d"),
        TaskDependencyWithdrawn(depends_on="a"),
        TaskDependencyWithdrawn(depends_on="c"),
    )


def test_withdrawn_dependency_can_be_declared_again() -> None:
    """The declaration holds until it is withdrawn, and no longer."""
    withdrawn = TaskDependencyWithdrawn(depends_on="a")

    given(REGISTERED, *declared("a"), withdrawn).when(declare("a")).then(*declared("a"))


def test_dependency_that_asks_for_another_run_is_declared_anew() -> None:
    """What is asked of a task counts, not only that it is depended on."""
    pinned = TaskDependencyDeclared(depends_on="a", require="run", run="r1")
    other = pinned.model_copy(update={"run": "r2"})
    command = DeclareDependencies(task="t", declared=(other,), known={})

    given(REGISTERED, *declared("a"), pinned).when(command).then(other)
    given(REGISTERED, other).when(command).then()


@pytest.mark.parametrize(
    ("command", "cycle"),
    [
        (declare("t"), "t -> t"),
        (declare("a", a={"t"}), "t -> a -> t"),
        (declare("a", a={"b"}, b={"c"}, c={"t"}), "t -> a -> b -> c -> t"),
        (declare("x", "a", x={"y"}, y=set(), a={"t", "x"}), "t -> a -> t"),
    ],
    ids=["itself", "directly", "far away", "beside a harmless one"],
)
def test_cycle_is_refused_and_named(command: DeclareDependencies, cycle: str) -> None:
    """A task never depends on itself, however far around; the message shows the way."""
    given(REGISTERED).when(command).refuses(
        DependencyCycleError, match=f"task 't': they form the cycle {cycle}"
    )


def test_diamond_is_no_cycle() -> None:
    """Two ways to the same task are allowed."""
    given(REGISTERED).when(declare("a", "b", a={"c"}, b={"c"})).then(*declared("a", "b"))


def test_cycle_among_others_is_not_this_tasks_fault() -> None:
    """The search ends, and refuses only what goes through the task itself."""
    given(REGISTERED).when(declare("a", a={"b"}, b={"a"})).then(*declared("a"))


def test_imported_summary_is_recorded_once() -> None:
    """What another log says of a task is taken over when it is new."""
    given().when(ImportTask(imported=IMPORTED)).then(IMPORTED)
    given(IMPORTED).when(ImportTask(imported=IMPORTED)).then()


def test_state_holds_the_latest_of_everything() -> None:
    """The state follows from the events alone."""
    state = given(REGISTERED, CHANGED, ONE, TWO, *declared("a", "b")).state

    assert state == TaskState(
        registered=CHANGED,
        config_sha256=TWO.config_sha256,
        dependencies=dict(zip("ab", declared("a", "b"), strict=True)),
    )


tasks = st.sampled_from("tabcd")


@for_all(
    st.dictionaries(tasks.filter("t".__ne__), st.frozensets(tasks)),
    st.lists(tasks, max_size=3),
)
def test_declaration_is_refused_exactly_if_it_closes_a_cycle(
    known: dict[str, frozenset[str]], wanted: list[str]
) -> None:
    """The search agrees with that of networkx, on any graph."""
    edges = [(task, other) for task, others in known.items() for other in others]
    graph = nx.DiGraph([*edges, *(("t", task) for task in wanted)])
    has_cycle = any("t" in component for component in nx.simple_cycles(graph))
    command = given(REGISTERED).when(
        DeclareDependencies(task="t", declared=declared(*wanted), known=known)
    )

    if has_cycle:
        command.refuses(DependencyCycleError, match="cycle t -> .*t;")
    else:
        command.then(*declared(*dict.fromkeys(wanted)))
