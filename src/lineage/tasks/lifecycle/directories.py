"""The folders of a task, and where its files go."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from lineage import settings
from lineage.kernel import files, paths
from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import ConfigurationError, DataWriteError, PathRefusedError
from lineage.tasks.config.config import TaskConfig

TASK_FOLDERS: Final = ("output", "input", "dictionaries", "logs", "temp")
"""Folders that every task has below its own."""


class DirectoryManager:
    """Makes the folders of a task and names files in them.

    Links are followed and the folders judged here, before anything is made, written or removed.

    Args:
        task_config: Says where the task lives.
        logger: Logs what is copied and what cannot be removed.
        clock: Gives the time in file names.
        on_import: Called with source and copy of each imported file.

    Raises:
        PathRefusedError: A folder leads out of those that the task may use, or belongs to the
            ledger or the raw data.
    """

    def __init__(
        self,
        task_config: TaskConfig,
        logger: logging.Logger | None = None,
        *,
        clock: Clock | None = None,
        on_import: Callable[[Path, files.FileVersion], None] | None = None,
    ) -> None:
        self._logger = logger or logging.getLogger(__name__)
        self._clock = clock or SystemClock()
        self._on_import = on_import
        task_dir = task_config.get_task_dir()
        self.directories: dict[str, Path] = {
            "task": task_dir,
            **{name: task_dir / name for name in TASK_FOLDERS},
            "reports": task_config.get_reports_dir(),
            "project_logs": task_config.get_project_root() / "logs",
        }
        self._real_task_dir = self._judged(task_config)

    def ensure_directories(self, *types: str) -> dict[str, Path]:
        """Make the folders that are missing and return all by type.

        Args:
            types: Which to make, as of `get_directory`; all when none is named.

        Raises:
            DataWriteError: A folder cannot be made.
        """
        for folder in map(self.get_directory, types or self.directories):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DataWriteError(
                    f"folder {str(folder)!r}",
                    problem=error.strerror,
                    expected="a writable folder",
                    remedy="check owner, permissions and free space",
                ) from error
        return dict(self.directories)

    def get_directory(self, dir_type: str) -> Path:
        """Return a folder by type: task, output, input, dictionaries, logs, temp, reports.

        Raises:
            ConfigurationError: There is no such type.
        """
        if dir_type not in self.directories:
            raise ConfigurationError(
                f"directory type {dir_type!r}", expected="one of " + ", ".join(self.directories)
            )
        return self.directories[dir_type]

    def get_artifact_path(
        self,
        artifact_name: str,
        artifact_type: str = "json",
        subdir: str = "output",
        *,
        include_timestamp: bool = True,
    ) -> Path:
        """Return where an artifact goes; the file is not made.

        Args:
            artifact_name: File name without suffix.
            artifact_type: Suffix without dot.
            subdir: Type of the folder.
            include_timestamp: Add the UTC time to the name.

        Raises:
            ConfigurationError: There is no such folder type.
            PathRefusedError: The name is not a plain file name.
        """
        stamp = f"_{self._clock.now():%Y%m%dT%H%M%S_%f}Z" if include_timestamp else ""
        name = f"{artifact_name}{stamp}.{artifact_type.lstrip('.')}"
        return self.get_directory(subdir) / paths.check_file_name(name, "artifact name")

    def clean_temp_directory(self) -> bool:
        """Remove everything in the task's temporary folder; True if it is empty afterwards."""
        temp = self.directories["temp"]
        with suppress(OSError):
            if temp.parent.resolve() != self._real_task_dir:
                raise OSError(errno.ELOOP, "the task's folder now leads elsewhere")
            if temp.is_symlink():
                temp.unlink()
            if not temp.exists():
                return True
            shutil.rmtree(temp, ignore_errors=True)
            temp.mkdir(exist_ok=True)
            return not any(temp.iterdir())
        self._logger.warning("cannot clean %s", temp)
        return False

    def import_external_file(
        self, source_path: str | Path, subdir: str = "input", new_name: str | None = None
    ) -> Path:
        """Copy a file into the task's folder and return the path of the copy.

        Args:
            source_path: The file; it may be anywhere the user can read.
            subdir: Type of the folder it goes to.
            new_name: Its name there; the same when None.

        Raises:
            ConfigurationError: There is no such folder type.
            PathRefusedError: The name is not a plain file name, or the source is not a file.
            DataWriteError: The copy cannot be written.
        """
        source = Path(source_path)
        if not source.is_file():
            raise PathRefusedError(f"file {str(source)!r}", problem="not a file")
        name = paths.check_file_name(new_name or source.name, "file name")
        version = _copied(source, self.get_directory(subdir) / name)
        self._logger.info("imported %s", version.path)
        if self._on_import is not None:
            self._on_import(source, version)
        return version.path

    def _judged(self, config: TaskConfig) -> Path:
        """Refuse folders that lead elsewhere, and return the task's with links followed."""
        root, data = config.get_project_root(), config.get_data_repository()
        for folder in self.directories.values():
            settings.check_target(config.safe_path(folder), root, data)
        for name in TASK_FOLDERS:
            paths.resolve(self.directories[name], self.directories["task"], remedy=paths.NO_LINK)
        return self.directories["task"].resolve()


def _copied(source: Path, target: Path) -> files.FileVersion:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as reader, files.replacing(target, like=source) as pending:
            shutil.copyfileobj(reader, pending.stream, 2**20)
    except OSError as error:
        raise DataWriteError(
            f"copy {str(target)!r}", problem=error.strerror, remedy="check folder and free space"
        ) from error
    return pending.written
