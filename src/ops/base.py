"""The base class of every operation on data."""

from __future__ import annotations

import dataclasses
import logging
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, ClassVar, Self

from lineage.kernel.digest import sha256_json
from lineage.kernel.roles import ColumnRole
from ops.code import imported, version
from ops.keywords import require_mentioned
from ops.parameters import require_types
from ops.privacy_facts import SpentBudget
from ops.progress import ProgressTracker, SilentProgress
from ops.result import OperationResult

if TYPE_CHECKING:
    from ops.data.source import DataSource


@dataclass(frozen=True, slots=True, kw_only=True)
class DataUse:
    """All the data of a task that an operation touches, known before it works.

    Attributes:
        reads: Names of the datasets it reads.
        writes: Names of the files it writes, without suffix.
    """

    reads: AbstractSet[str]
    writes: AbstractSet[str]


class BaseOperation(ABC):
    """One step of work on data: reads datasets, writes files, returns a result.

    Subclass it, give it parameters (a keyword-only dataclass is the shortest way) and implement
    `execute`. It must not write history; it can be run by hand in a notebook.

    Attributes:
        name: Its name in reports; the class name unless the subclass sets another.
        version: Raise it when the same inputs and parameters may give another output and
            its source does not show why (a data file, a service).
        steps: How many steps of progress it announces in total; 0 if that depends on the data.
        column_roles: Its parameters that name columns of a role, each with the role, or with
            several. A task gives them from the roles that the project declares for the dataset, if
            they are not given.
        without_role: Its other parameters that decide on columns, so that no role does.
        dataset_parameters: Its parameters that name the datasets with these columns.
        reports_as: The operation that does its work, whose metrics, files, columns and warnings
            are its own as well; its docstring need not repeat them.
    """

    name: ClassVar[str] = ""
    version: ClassVar[str] = "1"
    steps: ClassVar[int] = 1
    column_roles: ClassVar[Mapping[str, ColumnRole | tuple[ColumnRole, ...]]] = {}
    without_role: ClassVar[tuple[str, ...]] = ()
    dataset_parameters: ClassVar[tuple[str, ...]] = ("dataset_name",)
    reports_as: ClassVar[type[BaseOperation] | None] = None

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Name the operation after its class, and keep the code that is defining it."""
        super().__init_subclass__(**kwargs)
        imported.keep_defining_code(cls, sys._getframe(1))  # noqa: SLF001  # the only way to it
        if not cls.__dict__.get("name"):
            cls.name = cls.__name__

    def __new__(cls, *args: object, **parameters: object) -> Self:
        """Refuse parameters that are not of the type that is declared.

        Raises:
            ConfigurationError: See `ops.parameters.require_types`.
        """
        require_types(cls, args, parameters)
        return super().__new__(cls)

    def __init__(self, **parameters: object) -> None:
        """Take parameters as attributes; dataclass subclasses replace this.

        Raises:
            ConfigurationError: Nothing in the class declares or names one of them.
        """
        require_mentioned(type(self), parameters)
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

    def data_use(self) -> DataUse | None:
        """Return what the operation reads and writes, so that others can work at the same time.

        An operation that declares this touches nothing else. A class that overrides `execute` must
        declare it again; what its parent declares does not count.

        Returns:
            What it touches; None if that is not known, and then it is executed on its own.
        """
        return None

    @classmethod
    def datasets_in(cls, parameters: Mapping[str, object]) -> list[str]:
        """Return the datasets whose roles count: those that `dataset_parameters` name.

        Args:
            parameters: Those that are given.
        """
        given = [parameters.get(name) for name in cls.dataset_parameters]
        listed = [each for each in given if isinstance(each, list | tuple)]
        return [name for each in (given, *listed) for name in each if isinstance(name, str)]

    def planned_spending(self) -> SpentBudget | None:
        """Return at most what the operation spends of a privacy budget, before it reads data.

        Returns:
            The loss, for the people of the dataset it names; None if it spends nothing.
        """
        return None

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
        """Return the version and a digest of the code that runs, as it was imported.

        The digest covers the modules of the class and its base classes, all local modules they
        import, at any depth, also inside functions, and name and version of the installed
        distributions. In a notebook it covers the class, and everything it refers to by name.
        Another Python gives another digest.

        Returns:
            `version` + "+" + 16 hexadecimal digits; without the digest if the code cannot be known.
        """
        digest = version.of_class(cls).digest
        return f"{cls.version}+{digest}" if digest else cls.version


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCode:
    """Which code an operation runs.

    Attributes:
        version: Its code version, in which functions and objects it was given count, too.
        obstacle: Why the code cannot be known; None if it is.
    """

    version: str
    obstacle: str | None = None


def code_of(operation: BaseOperation, parameters: Mapping[str, object]) -> OperationCode:
    """Return which code an operation runs.

    Args:
        operation: The operation.
        parameters: What it works with.
    """
    stated = operation.code_version()
    if not version.has_digest(stated):
        obstacle = version.of_class(type(operation)).obstacle or "it has no digest"
        return OperationCode(version=stated, obstacle=obstacle)
    functions = {k: v for k, v in vars(operation).items() if isinstance(v, _FUNCTIONS)}
    given = version.of_values(type(operation), {**functions, **parameters})
    if given is None:
        return OperationCode(version=stated)
    own_version, _, digest = stated.rpartition("+")
    if given.digest is None:
        return OperationCode(version=own_version, obstacle=given.obstacle)
    both = sha256_json([digest, given.digest])[: len(digest)]
    return OperationCode(version=f"{own_version}+{both}")


def is_plain(operation: BaseOperation) -> bool:
    """Tell whether an operation is nothing but its class, its parameters, and functions.

    What else it holds, such as private attributes, is in no record.
    """
    parameters = operation.parameters.keys() | {"name", "steps"}
    others = (value for key, value in vars(operation).items() if key not in parameters)
    return all(isinstance(value, _FUNCTIONS) for value in others)


_FUNCTIONS = (FunctionType, MethodType, partial)


def progress_or_silence(tracker: ProgressTracker | None) -> ProgressTracker:
    """Return the tracker, or one that shows nothing."""
    return SilentProgress() if tracker is None else tracker
