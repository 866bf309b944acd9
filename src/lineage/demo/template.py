"""Write the demo project to a folder."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from lineage import settings
from lineage.kernel import paths
from lineage.kernel.errors import ConfigurationError
from lineage.templates.templates import write_missing

PROJECT_NAME: Final = "adult-demo"
TASK_IDS: Final = ("t_1I", "t_1P", "t_1A")
RAW_FILE: Final = "DATA/raw/adult.csv.gz"
_FILES: Final = (
    RAW_FILE,
    "configs/prj_config.json",
    "configs/policies.json",
    *(f"configs/{task_id}.json" for task_id in TASK_IDS),
)


def make_project(folder: Path) -> list[Path]:
    """Write the files of the demo project that are missing and return them.

    Args:
        folder: The project's folder; made if it does not exist.

    Raises:
        ConfigurationError: The folder is another project, or cannot be written.
        PathRefusedError: The folder cannot be a project's (`paths.check_root`).
    """
    root = paths.check_root(folder.resolve())
    if settings.project_file(root) is not None and settings.load(root).project != PROJECT_NAME:
        raise ConfigurationError(
            f"folder {str(root)!r}",
            problem="it holds another project",
            remedy="give an empty folder: lineage demo DIR",
        )
    return write_missing({name: _source(name).read_bytes() for name in _FILES}, root)


def _source(name: str) -> Traversable:
    """Return a file of the template: in the wheel beside this module, in a checkout at its top."""
    packaged = resources.files("lineage.demo").joinpath("files", name)
    if packaged.is_file():
        return packaged
    return Path(__file__).parents[3] / name
