"""Import the modules that contain tasks, and find their task classes."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final, TypeGuard, TypeVar

from lineage.kernel import paths
from lineage.kernel.errors import ConfigurationError, LineageError, TaskNotFoundError
from lineage.tasks.lifecycle.base_task import BaseTask
from ops.code import imported

TASKS_FOLDER: Final = "tasks"
"""Folder of a project whose modules are searched for tasks."""

_Place = TypeVar("_Place", str, Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a search found.

    Attributes:
        classes: The task classes, each once, in the order of modules and definitions.
        problems: One error for each module that cannot be imported.
    """

    classes: tuple[type[BaseTask], ...] = ()
    problems: tuple[ConfigurationError, ...] = ()

    def __add__(self, other: Discovery) -> Discovery:
        """Return what both searches found."""
        return Discovery(
            classes=(*self.classes, *(cls for cls in other.classes if cls not in self.classes)),
            problems=(*self.problems, *other.problems),
        )


def search_folder(folder: Path, root: Path, *, recursive: bool = True) -> Discovery:
    """Import every module in a folder of a project and return the task classes in them.

    Modules whose name begins with "_" are left out.

    Args:
        folder: The folder; may be missing.
        root: The project's folder, from which the modules get their names.
        recursive: Also search the folders in it.
    """
    _put_on_path(root)
    paths_found = folder.rglob("*.py") if recursive else folder.glob("*.py")
    files = sorted(path for path in paths_found if not _is_private(path, folder))
    return _search(lambda path: _import_file(path, root), files)


def search_package(name: str, *, recursive: bool = True) -> Discovery:
    """Import a package with its modules and return the task classes in them.

    Args:
        name: The package, such as "my_project.tasks"; or a module.
        recursive: Also search the packages in it.
    """
    found = _search(_import, [name])
    for info in pkgutil.iter_modules(getattr(sys.modules.get(name), "__path__", ()), f"{name}."):
        if recursive or not info.ispkg:
            found += search_package(info.name, recursive=recursive)
    return found


def import_module(name: str, root: Path) -> ModuleType:
    """Import a module of a project's folder, or an installed one.

    Raises:
        TaskNotFoundError: There is no such module.
        ConfigurationError: It cannot be imported.
    """
    _put_on_path(root)
    return _import(name)


def load_script(path: Path) -> ModuleType:
    """Import a Python file by its path.

    Raises:
        TaskNotFoundError: There is no such file.
        ConfigurationError: It cannot be imported.
    """
    if not path.is_file():
        raise TaskNotFoundError(f"script {str(path)!r}", problem="no such file")
    # a script with the name of an installed module ("json.py") must not replace it
    taken = path.stem in sys.modules and not _is_from(sys.modules[path.stem], path)
    return _load(f"script_{path.stem}" if taken else path.stem, path)


def task_classes(module: ModuleType) -> list[type[BaseTask]]:
    """Return the task classes that a module defines and that can be made without arguments."""
    values = map(task_class_of, vars(module).values())
    return [
        value
        for value in values
        if is_task_class(value)
        and value.__module__ == module.__name__
        and not needs_arguments(value)
    ]


def task_class_of(value: object) -> object:
    """Return the class that stands for a function which is a task; other values as they are."""
    return vars(value).get("lineage_task", value) if inspect.isfunction(value) else value


def is_task_class(value: object) -> TypeGuard[type[BaseTask]]:
    """Return whether a value is a subclass of BaseTask that can be run."""
    return inspect.isclass(value) and issubclass(value, BaseTask) and not inspect.isabstract(value)


def needs_arguments(task_class: type[BaseTask]) -> bool:
    """Return whether a task class cannot be made without arguments."""
    try:
        inspect.signature(task_class).bind()
    except TypeError:
        return True
    return False


def _search(load: Callable[[_Place], ModuleType], places: Iterable[_Place]) -> Discovery:
    found = Discovery()
    for place in places:
        try:
            found += Discovery(classes=tuple(task_classes(load(place))))
        except ConfigurationError as problem:
            found += Discovery(problems=(problem,))
    return found


def _import(name: str) -> ModuleType:
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise TaskNotFoundError(
            f"module {name!r}",
            problem=f"no module {error.name!r}",
            expected="a module in the project's folder or an installed one",
        ) from error
    except (Exception, SystemExit) as error:
        raise _unimportable(f"module {name!r}", error) from error


def _import_file(path: Path, root: Path) -> ModuleType:
    """Import a file under the name it has as a module of the project."""
    if not paths.is_within(path, root):
        raise ConfigurationError(
            f"module {str(path)!r}",
            problem="it links to a file outside the project",
        )
    parts = path.relative_to(root).with_suffix("").parts
    for depth in range(1, len(parts)):
        package = root.joinpath(*parts[:depth], "__init__.py")
        if package.is_file():
            _load(".".join(parts[:depth]), package)
    return _load(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path)


def _load(name: str, path: Path) -> ModuleType:
    """Import a file under a name, replacing a module of that name from another file."""
    known = sys.modules.get(name)
    if known is not None and _is_from(known, path):
        return known
    for stale in [n for n in sys.modules if n == name or n.startswith(f"{name}.")]:
        del sys.modules[stale]
    found = importlib.util.spec_from_file_location(name, path)
    spec = None if found is None else imported.keeping(found)
    if spec is None or spec.loader is None:
        raise TaskNotFoundError(f"script {str(path)!r}", problem="not a Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        sys.modules.pop(name, None)
        raise _unimportable(f"module {str(path)!r}", error) from error
    return module


def _unimportable(subject: str, error: BaseException) -> ConfigurationError:
    match error:
        case ModuleNotFoundError():
            reason = f"no module {error.name!r}"
        case LineageError():
            reason = str(error)
        case SyntaxError():
            reason = f"{type(error).__name__} in line {error.lineno}"
        case _:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            reason = f"{type(error).__name__} in line {frame.lineno} of {Path(frame.filename).name}"
    return ConfigurationError(
        subject,
        problem=f"cannot be imported: {reason}",
        remedy="correct it; run it with python to see the traceback",
    )


def _put_on_path(root: Path) -> None:
    if str(root) not in sys.path:
        sys.path.append(str(root))


def _is_private(path: Path, folder: Path) -> bool:
    names = path.relative_to(folder).with_suffix("").parts
    return any(name.startswith((".", "_")) and name != "__init__" for name in names)


def _is_from(module: ModuleType, path: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve() == path.resolve()
