"""Operations that a new process can import, for tests of processes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import BaseOperation, DataSource, DataWriter, OperationResult, ProgressTracker
from ops.data.encryption import encryption_for

log = logging.getLogger("process_operations")


@dataclass(kw_only=True)
class FieldOperation(BaseOperation):
    """Writes one field of a dataset to a file of its own, and says which process did."""

    field: str
    dataset: str = "people"

    def execute(
        self,
        data_source: DataSource,
        task_dir: Path,
        progress_tracker: ProgressTracker | None = None,
    ) -> OperationResult:
        """Read, write, tell."""
        table = data_source.get_table(self.dataset, [self.field])
        written = DataWriter(task_dir).write_dataframe(table, f"only_{self.field}")
        if progress_tracker is not None:
            progress_tracker.update(1, {"field": self.field})
        log.warning("wrote %s", self.field)
        result = OperationResult(metrics={"pid": os.getpid()})
        result.add_file(written)
        return result


@dataclass(kw_only=True)
class EndingOperation(BaseOperation):
    """Ends as it is told, after it has left a file that says in which process it began.

    Attributes:
        ending: What it does.
        began: The file.
    """

    ending: str
    began: Path

    def execute(self, **_: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Begin, end."""
        with self.began.open("a") as file:
            file.write(f"{os.getpid()}\n")
        result = ENDINGS[self.ending]()
        return result if isinstance(result, OperationResult) else OperationResult()

    def pids(self) -> list[int]:
        """Return the processes in which it began, in order; the newest may be missing."""
        return [int(line) for line in self.began.read_text().split()]


class UnpicklableError(Exception):
    """An error that another process cannot make again."""

    def __init__(self, first: str, *, second: str) -> None:
        super().__init__(first, second)


class HomesickMetric:
    """A value that can be unpickled only in the process that made it."""

    def __reduce__(self) -> tuple[Callable[[int], HomesickMetric], tuple[int]]:
        """Remember the process."""
        return _at_home, (os.getpid(),)


def _at_home(pid: int) -> HomesickMetric:
    if os.getpid() != pid:
        raise UnpicklableError("Zaphod", second="x")
    return HomesickMetric()


def _raise(error: BaseException) -> None:
    raise error


def _start_a_grandchild() -> None:
    subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"], check=False)


ENDINGS: dict[str, Callable[[], object]] = {
    "sleeps": lambda: time.sleep(600),
    "works": lambda: [None for _ in iter(int, 1)],
    "grandchild": _start_a_grandchild,
    "succeeds": OperationResult,
    "raises": lambda: _raise(UnpicklableError("Zaphod", second="x")),
    "connection": lambda: _raise(ConnectionError("Zaphod")),
    "interrupt": lambda: _raise(KeyboardInterrupt()),
    "exit": lambda: sys.exit(3),
    "dies": lambda: os._exit(7),
    "homesick": lambda: OperationResult(metrics={"m": HomesickMetric()}),
    "lambda": lambda: OperationResult(metrics={"f": lambda: 1}),
}


@dataclass(kw_only=True)
class SecretOperation(BaseOperation):
    """Writes a text by the encryption of the running task, in a way of its own.

    Attributes:
        output: Name of the file.
        text: What it writes.
    """

    output: str = "secret"
    text: str = "to be kept"

    def execute(self, task_dir: Path, **_: Any) -> OperationResult:  # type: ignore[override]  # takes anything
        """Write, and tell by which process."""
        encryption = encryption_for(None)
        path = task_dir / f"{self.output}.txt"
        with path.open("wb") as file:
            if encryption is None:
                file.write(self.text.encode())
            else:
                with encryption.encrypting(file) as stream:
                    stream.write(self.text.encode())
        result = OperationResult(metrics={"pid": os.getpid()})
        result.register_artifact(path, "txt")
        return result
