"""The base class of every operation on data."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import sys
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from ops.parameters import require_lists
from ops.progress import ProgressTracker, SilentProgress
from ops.result import OperationResult

if TYPE_CHECKING:
    from ops.data.source import DataSource


class BaseOperation(ABC):
    """One step of work on data: reads datasets, writes files, returns a result.

    Subclass it, give it parameters (a keyword-only dataclass is the shortest way) and implement
    `execute`. It must not write history; it can be run by hand in a notebook.

    Attributes:
        name: Its name in reports; the class name unless the subclass sets another.
        version: Raise it when the same inputs and parameters may give another output and
            its source does not show why (a data file, a service).
        steps: How many steps of progress it announces in total; 0 if that depends on the data.
    """

    name: ClassVar[str] = ""
    version: ClassVar[str] = "1"
    steps: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Name the operation after its class."""
        super().__init_subclass__(**kwargs)
        if not cls.__dict__.get("name"):
            cls.name = cls.__name__

    def __new__(cls, *args: object, **parameters: object) -> Self:
        """Refuse parameters that are no lists where lists are declared.

        Raises:
            ConfigurationError: See `ops.parameters.require_lists`.
        """
        require_lists(cls, args, parameters)
        return super().__new__(cls)

    def __init__(self, **parameters: object) -> None:
        """Take parameters as attributes; dataclass subclasses replace this."""
        for key, value in parameters.items():
            setattr(self, key, value)

    @abstractmethod
    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Do the work.

        Args:
            data_source: Provides the datasets, and notes which versions were read.
            task_dir: The task's folder, for `DataWriter`.
            progress_tracker: Shows progress; None shows nothing.

        Returns:
            What was written, measured and found.

        Raises:
            Exception: Any; the executor records it as the operation's failure.
        """

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of this operation by name, in order."""
        if dataclasses.is_dataclass(self):
            return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {key: value for key, value in vars(self).items() if not key.startswith("_")}

    @property
    def logger(self) -> logging.Logger:
        """The logger of the module that defines the operation."""
        return logging.getLogger(type(self).__module__)

    @classmethod
    def code_version(cls) -> str:
        """Return the version and a digest of the source that defines the class.

        The digest covers its module and, if the module is in a package, all modules of the
        outermost package, because an operation calls others. Further packages are covered by
        the versions in the run's environment.

        Returns:
            `version` + "+" + 16 hexadecimal digits; without the digest if there is no source (an
            interactive session).
        """
        digest = _source_digest(cls.__module__)
        return f"{cls.version}+{digest}" if digest else cls.version


def progress_or_silence(tracker: ProgressTracker | None) -> ProgressTracker:
    """Return the tracker, or one that shows nothing."""
    return SilentProgress() if tracker is None else tracker


@cache
def _source_digest(module_name: str) -> str:
    file = getattr(sys.modules.get(module_name), "__file__", None)
    if file is None or not Path(file).is_file():
        return ""
    package = sys.modules.get(module_name.partition(".")[0])
    folders = [Path(folder) for folder in getattr(package, "__path__", ())]
    sources = sorted(path for folder in folders for path in folder.rglob("*.py"))
    digest = hashlib.sha256()
    for source in sources or [Path(file)]:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
