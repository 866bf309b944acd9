"""Write a working task to start from: the files of `files/<template>`, or of `starter`.

A template is a folder with a task module, its configuration and a little made-up data. Modules
are kept with the suffix ".txt", so that tools do not treat them as ours; it is removed when they
are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from lineage.kernel import files, paths
from lineage.kernel.errors import ConfigurationError

STARTER_TASK: Final = "t_first"
"""The task of a new project that is made without a template."""

STARTER_DATASETS: Final = {
    "people": {
        "path": "DATA/raw/people.csv",
        "description": "Twelve made-up people",
        "columns": {
            "name": {"role": "direct_identifier", "class": "contact"},
            "age": {"role": "quasi_identifier"},
            "city": {"role": "quasi_identifier"},
            "income": {"role": "sensitive", "class": "income"},
        },
    }
}
"""What a new project says of the data that it is given with that task."""

_FOLDER: Final = "files"
_STARTER: Final = "starter"
_README: Final = "README.md"
_EXTRA_SUFFIX: Final = ".txt"


def template_names() -> list[str]:
    """Return the names of the templates, sorted."""
    return sorted(entry.name for entry in _templates().iterdir() if entry.is_dir())


def template_files(template: str) -> dict[str, bytes]:
    """Return the files of a template: path below the project, with forward slashes, to content.

    Raises:
        ConfigurationError: There is no such template.
    """
    known = template_names()
    if template not in known:
        raise ConfigurationError(
            f"template {template!r}",
            problem="no such template",
            expected="one of " + ", ".join(known),
        )
    return dict(sorted(_files_below(_templates() / template, "")))


def write_template(template: str, root: Path) -> list[Path]:
    """Write the files of a template that a project lacks and return them.

    Args:
        template: Its name.
        root: The project's folder.

    Raises:
        ConfigurationError: There is no such template, or the folder cannot be written.
        PathRefusedError: A link in the folder leads out of it.
    """
    return write_missing(template_files(template), root)


def write_starter(root: Path) -> list[Path]:
    """Write the first task of a new project, with its data, and return the files it lacked.

    Raises:
        ConfigurationError: The folder cannot be written.
        PathRefusedError: A link in the folder leads out of it.
    """
    found = _starter_files()
    del found[_README]
    return write_missing(found, root)


def write_readme(task_id: str, root: Path) -> list[Path]:
    """Write what is where in a project, and the first commands, if it has no README.

    Args:
        task_id: The task that the commands run.
        root: The project's folder.

    Raises:
        ConfigurationError: The folder cannot be written.
        PathRefusedError: A link in the folder leads out of it.
    """
    text = _starter_files()[_README].replace(b"{task}", task_id.encode())
    return write_missing({_README: text}, root)


def write_missing(contents: Mapping[str, bytes], root: Path) -> list[Path]:
    """Write the files that a project lacks and return them.

    Args:
        contents: Path below the project, with forward slashes, to content.
        root: The project's folder; made if it does not exist.

    Raises:
        ConfigurationError: The folder cannot be written.
        PathRefusedError: A link in the folder leads out of it.
    """
    targets = {paths.resolve(name, root): content for name, content in contents.items()}
    return [_write(target, content) for target, content in targets.items() if not target.exists()]


def _starter_files() -> dict[str, bytes]:
    return dict(_files_below(resources.files("lineage.templates") / _STARTER, ""))


def _templates() -> Traversable:
    return resources.files("lineage.templates") / _FOLDER


def _files_below(folder: Traversable, above: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files_below(entry, f"{above}{entry.name}/")
        else:
            yield above + entry.name.removesuffix(_EXTRA_SUFFIX), entry.read_bytes()


def _write(target: Path, content: bytes) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(target, content)
    except OSError as error:
        raise ConfigurationError(
            f"file {str(target)!r}",
            problem=error.strerror,
            expected="a folder that can be written",
            remedy="check its owner and permissions, or name another",
        ) from error
    return target
