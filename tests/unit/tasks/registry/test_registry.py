"""Task classes are found by id, name, script, entry point and folder, and by nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError, PathRefusedError, TaskNotFoundError
from lineage.project import Project
from lineage.tasks import BaseTask
from lineage.tasks.registry.listing import ListedTask, list_tasks
from lineage.tasks.registry.metadata import get_task_metadata
from lineage.tasks.registry.registry import (
    TaskRegistry,
    create_task_instance,
    discover_task_classes,
    find_task,
    get_task_class,
    list_registered_tasks,
    register_task_class,
    registered,
)

MODULE = """
from lineage.tasks import BaseTask

class {name}(BaseTask):
    def __init__(self):
        super().__init__("{task_id}", "test", "what {task_id} does", version="2.1.0")

    def configure_operations(self):
        pass
"""


class CleanTask(BaseTask):
    """A task that can be made without arguments."""

    def __init__(self) -> None:
        super().__init__("t_clean", "cleaning", "clean it", version="3.0.0")

    def configure_operations(self) -> None:
        """Do nothing."""


class OtherTask(CleanTask):
    """Another class."""


class NamedTask(BaseTask):
    """A task that needs an id."""

    def __init__(self, task_id: str) -> None:
        super().__init__(task_id, "test", "")

    def configure_operations(self) -> None:
        """Do nothing."""


class BrokenTask(CleanTask):
    """A task that cannot be made."""

    def __init__(self) -> None:
        raise RuntimeError("cell value 4711")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """An empty project; what its modules leave in the interpreter is removed."""
    before, path = set(sys.modules), list(sys.path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/prj_config.json").write_text("{}")
    with Project(tmp_path) as opened:
        yield opened
    for name in set(sys.modules) - before:
        if name.split(".")[0] in {"tasks", "script", "script_json", "offered", "mine"}:
            del sys.modules[name]
    sys.path[:] = path


def write_task(path: Path, task_id: str, name: str = "MyTask") -> Path:
    """Write a module with one task."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(MODULE.format(name=name, task_id=task_id))
    return path


def listed(project: Project) -> dict[str | None, ListedTask]:
    """Return the listed tasks by id."""
    with project.catalog() as catalog:
        return {task.task_id: task for task in list_tasks(project, catalog)}


def test_registered_class_is_found_and_made() -> None:
    """A class registered under its id gives tasks of that id."""
    registry = TaskRegistry()
    assert registry.register_task_class("t_clean", CleanTask)
    assert registry.get_task_class("t_clean") is CleanTask
    assert isinstance(registry.create_task_instance("t_clean"), CleanTask)
    assert "t_clean" in registry


def test_arguments_reach_the_class() -> None:
    """A class that needs arguments gets them."""
    registry = TaskRegistry()
    registry.register_task_class("t_x", NamedTask)
    assert registry.create_task_instance("t_x", task_id="t_x").task_id == "t_x"
    with pytest.raises(ConfigurationError, match="missing a required argument"):
        registry.create_task_instance("t_x")


def test_registered_tasks_say_what_they_are() -> None:
    """The list has type, version, class and the digest of the source."""
    registry = TaskRegistry()
    registry.register_task_class("t_x", NamedTask)
    registry.register_task_class("t_clean", CleanTask)
    found = registry.list_registered_tasks()
    assert list(found) == ["t_clean", "t_x"]
    assert found["t_clean"] == {
        "task_id": "t_clean",
        "task_type": "cleaning",
        "description": "clean it",
        "version": "3.0.0",
        "class_name": f"{__name__}.CleanTask",
        "source_sha256": sha256_file(Path(__file__)),
    }
    assert found["t_x"]["version"] is None


def test_second_class_for_an_id_is_refused() -> None:
    """An id means one class; registering the same class again is fine."""
    registry = TaskRegistry()
    registry.register_task_class("t_clean", CleanTask)
    assert registry.register_task_class("t_clean", CleanTask)
    with pytest.raises(ConfigurationError, match=r"CleanTask and .*OtherTask"):
        registry.register_task_class("t_clean", OtherTask)


@pytest.mark.parametrize("value", [BaseTask, Path, "CleanTask"])
def test_what_is_no_runnable_task_is_refused(value: type[BaseTask]) -> None:
    """Only concrete subclasses of BaseTask can be registered."""
    with pytest.raises(ConfigurationError, match="a subclass of BaseTask"):
        TaskRegistry().register_task_class("t_x", value)


def test_id_that_is_no_folder_name_is_refused() -> None:
    """A path-like id cannot be registered."""
    with pytest.raises(PathRefusedError, match="task id"):
        TaskRegistry().register_task_class("../t", CleanTask)


def test_class_under_a_foreign_id_is_refused() -> None:
    """A task that would write into another one's folder is not made."""
    registry = TaskRegistry()
    registry.register_task_class("t_other", CleanTask)
    with pytest.raises(ConfigurationError, match=r"'t_clean'.*'t_other'"):
        registry.create_task_instance("t_other")


def test_unknown_id_is_told_with_close_ones() -> None:
    """A mistyped id says which one was meant."""
    registry = TaskRegistry()
    registry.register_task_class("t_clean", CleanTask)
    with pytest.raises(TaskNotFoundError, match="did you mean 't_clean'"):
        registry.get_task_class("t_claen")


def test_class_that_fails_is_told_without_its_message() -> None:
    """What user code says may quote data, so it is withheld."""
    with pytest.raises(ConfigurationError, match=r"BrokenTask.*RuntimeError") as caught:
        get_task_metadata(BrokenTask)
    assert "4711" not in str(caught.value)


def test_functions_share_one_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module's functions are those of one registry, as the task framework has them."""
    monkeypatch.setattr(registered(), "_classes", {})
    register_task_class("t_shared", CleanTask)
    assert get_task_class("t_shared") is CleanTask
    assert "t_shared" in list_registered_tasks()
    with pytest.raises(ConfigurationError, match="t_shared"):
        create_task_instance("t_shared")


def test_folder_is_searched_with_those_below_it(project: Project) -> None:
    """Modules of the folder are imported, private ones are not."""
    folder = project.root / "tasks"
    write_task(folder / "one.py", "t_1")
    write_task(folder / "deep/two.py", "t_2")
    write_task(folder / "_private.py", "t_3")
    found = discover_task_classes(folder)
    assert {task_id: cls.__module__ for task_id, cls in found.items()} == {
        "t_1": "tasks.one",
        "t_2": "tasks.deep.two",
    }
    assert set(discover_task_classes(folder, recursive=False)) == {"t_1"}


def test_package_is_searched_by_name(project: Project) -> None:
    """An installed package gives its task classes; what it only imports is not its own."""
    package = project.root / "mine"
    write_task(package / "__init__.py", "t_0")
    write_task(package / "one.py", "t_1")
    (package / "again.py").write_text("from mine.one import MyTask\n")
    write_task(package / "deep/__init__.py", "t_2")
    sys.path.append(str(project.root))
    assert set(discover_task_classes("mine")) == {"t_0", "t_1", "t_2"}
    assert set(discover_task_classes("mine", recursive=False)) == {"t_0", "t_1"}


def test_module_that_cannot_be_imported_is_named(project: Project) -> None:
    """All broken modules are named at once, without what they quote."""
    folder = project.root / "tasks"
    write_task(folder / "good.py", "t_1")
    (folder / "bad.py").write_text("raise ValueError('cell value 4711')\n")
    (folder / "worse.py").write_text("def\n")
    (folder / "needy.py").write_text("import no_such_package\n")
    with pytest.raises(ConfigurationError, match="no_such_package") as caught:
        discover_task_classes(folder)
    assert "ValueError in line 1 of bad.py" in str(caught.value)
    assert "SyntaxError in line 1" in str(caught.value)
    assert "4711" not in str(caught.value)


def test_two_classes_of_one_id_are_refused(project: Project) -> None:
    """Which of two tasks is meant is not guessed."""
    write_task(project.root / "tasks/one.py", "t_1")
    write_task(project.root / "tasks/two.py", "t_1")
    with pytest.raises(ConfigurationError, match=r"tasks\.one\.MyTask and tasks\.two\.MyTask"):
        find_task(project, "t_1")


def test_module_that_is_a_link_out_of_the_project_is_not_imported(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Code from elsewhere does not run because a link lies in the folder."""
    outside = write_task(tmp_path_factory.mktemp("outside") / "evil.py", "t_evil")
    (project.root / "tasks").mkdir()
    (project.root / "tasks/evil.py").symlink_to(outside)
    with pytest.raises(ConfigurationError, match="links to a file outside the project"):
        discover_task_classes(project.root / "tasks")


def test_modules_of_one_name_in_two_projects_are_told_apart(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A process that works in two projects gets each one's own tasks."""
    other = tmp_path_factory.mktemp("other")
    write_task(project.root / "tasks/one.py", "t_1")
    write_task(other / "tasks/one.py", "t_2")
    assert set(discover_task_classes(project.root / "tasks")) == {"t_1"}
    assert set(discover_task_classes(other / "tasks")) == {"t_2"}


def test_modules_of_the_folder_may_import_each_other(project: Project) -> None:
    """A package in the tasks folder works as a package does."""
    folder = project.root / "tasks"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "_base.py").write_text("TASK_ID = 't_9'\n")
    write_task(folder / "one.py", "{TASK_ID}")
    text = (folder / "one.py").read_text().replace('"{TASK_ID}"', "TASK_ID")
    (folder / "one.py").write_text("from tasks._base import TASK_ID\n" + text)
    assert set(discover_task_classes(folder)) == {"t_9"}


def test_task_is_found_by_each_kind_of_name(project: Project) -> None:
    """An id of the project file, of the folder, module:Class and a script all work."""
    write_task(project.root / "tasks/one.py", "t_1")
    write_task(project.root / "mine.py", "t_2")
    (project.root / "configs/prj_config.json").write_text('{"tasks": {"t_2": "mine:MyTask"}}')
    names = {"t_1": "t_1", "t_2": "t_2", "mine:MyTask": "t_2", "mine.py": "t_2"}
    for name, task_id in names.items():
        assert find_task(project, name).task_id == task_id


def test_project_file_may_name_a_module_with_one_task(project: Project) -> None:
    """A target without a class is the module's only task."""
    write_task(project.root / "mine.py", "t_2")
    (project.root / "configs/prj_config.json").write_text('{"tasks": {"t_2": "mine"}}')
    assert find_task(project, "t_2").task_id == "t_2"


def test_script_is_looked_for_in_the_current_folder_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stands in a subfolder names a script as they see it; the project's own goes first."""
    write_task(project.root / "sub/script.py", "t_sub")
    monkeypatch.chdir(project.root / "sub")
    assert find_task(project, "script.py").task_id == "t_sub"
    write_task(project.root / "script.py", "t_top")
    del sys.modules["script"]
    assert find_task(project, "script.py").task_id == "t_top"


def test_script_called_like_a_module_does_not_replace_it(project: Project) -> None:
    """A script json.py leaves the json module alone."""
    write_task(project.root / "json.py", "t_1")
    assert find_task(project, "json.py").task_id == "t_1"
    assert sys.modules["json"] is json


@pytest.mark.parametrize("name", ["t_nope", "no_module:Task", "mine:NoTask", "no.py", "no_module:"])
def test_name_that_means_nothing_is_an_error(project: Project, name: str) -> None:
    """Every way of naming a task that is not there has a message."""
    write_task(project.root / "mine.py", "t_2")
    with pytest.raises(TaskNotFoundError, match=r"task|module|script"):
        find_task(project, name)


def test_script_with_two_tasks_asks_for_the_class(project: Project) -> None:
    """A file with several tasks is not run by guess; helpers that need arguments do not count."""
    script = write_task(project.root / "mine.py", "t_1")
    helper = (
        "\nclass Helper(BaseTask):\n    def __init__(self, x): ...\n    configure_operations = 0"
    )
    script.write_text(script.read_text() + helper)
    assert find_task(project, "mine.py").task_id == "t_1"
    script.write_text(script.read_text() + MODULE.format(name="Second", task_id="t_2"))
    del sys.modules["mine"]
    with pytest.raises(TaskNotFoundError, match=r": 2 task classes.*module:Class"):
        find_task(project, "mine.py")


def test_task_of_an_installed_package_is_found(project: Project) -> None:
    """An entry point of the group lineage.tasks is a task of every project."""
    write_task(project.root / "offered.py", "t_offered")
    info = project.root / "offered-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: offered\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[lineage.tasks]\nt_offered = offered:MyTask\nt_bad = offered:MODULE\n"
    )
    sys.path.append(str(project.root))
    assert find_task(project, "t_offered").task_id == "t_offered"
    with pytest.raises(ConfigurationError, match="'t_bad'"):
        find_task(project, "t_bad")
    assert listed(project)["t_offered"].places == ("entry point",)
    assert "t_bad" in str(listed(project)["t_bad"].problem)


def test_list_joins_what_can_run_with_what_has_run(project: Project) -> None:
    """Every place is named, with the latest run of each task."""
    write_task(project.root / "tasks/one.py", "t_1")
    write_task(project.root / "mine.py", "t_2")
    (project.root / "configs/prj_config.json").write_text('{"tasks": {"t_2": "mine:MyTask"}}')
    (project.root / "configs/t_2.json").write_text('{"dependencies": ["t_1"]}')
    assert find_task(project, "t_1").run()
    (project.root / "tasks/one.py").unlink()
    write_task(project.root / "tasks/three.py", "t_3")
    found = listed(project)
    assert {task_id: found[task_id].places for task_id in ("t_1", "t_2", "t_3")} == {
        "t_1": ("ledger",),
        "t_2": ("project file",),
        "t_3": ("tasks folder",),
    }
    assert (found["t_1"].last_status, found["t_1"].version) == ("succeeded", "2.1.0")
    assert (found["t_2"].last_status, found["t_2"].dependencies) == (None, ("t_1",))


def test_list_tells_problems_beside_the_tasks(project: Project) -> None:
    """A broken module, a wrong id and a bad configuration hide no other task."""
    write_task(project.root / "tasks/one.py", "t_1")
    (project.root / "tasks/bad.py").write_text("1 / 0\n")
    write_task(project.root / "mine.py", "t_2")
    (project.root / "configs/prj_config.json").write_text('{"tasks": {"t_9": "mine:MyTask"}}')
    (project.root / "configs/t_1.json").write_text('{"seed": "x"}')
    found = listed(project)
    assert "ZeroDivisionError in line 1 of bad.py" in str(found[None].problem)
    assert found["t_9"].problem == "its class has the id 't_2'"
    assert "seed" in str(found["t_1"].problem)


def test_list_tells_two_classes_of_one_id(project: Project) -> None:
    """Where `find_task` would refuse, the list says why."""
    write_task(project.root / "tasks/one.py", "t_1")
    write_task(project.root / "tasks/two.py", "t_1")
    assert listed(project)["t_1"].problem == "tasks.one.MyTask has the same id"
