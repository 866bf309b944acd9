"""Child processes to kill and to disturb: forked from a server that has imported the product.

A fork takes a hundredth of the time of a new interpreter. What a child prints goes to files, which
outlive it.
"""

from __future__ import annotations

import os
import resource
import runpy
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest import mock

from crash import faults

HERE = Path(__file__).parent
PATIENCE_S = 120
"""How long a child may take before it counts as hanging."""

_TESTS = str(HERE.parent)
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "pytest",
        "matplotlib.figure",
        "networkx",
        "pandas",
        "pyarrow.csv",
        "pyarrow.dataset",
        "pyarrow.parquet",
        "small_tasks",
        "ops.data.writer",
        "ops.ingest",
        "ops.profiling",
        "projections.graph_formats",
        "crash.meet_damage",
        "crash.work",
        "lineage.upkeep.doctor",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the system allows a child.

    Attributes:
        file_bytes: Size up to which a file may grow.
        is_fatal: Whether a write beyond it kills the child in the middle of the write, instead of
            failing.
        memory_bytes: Address space that it may add.
    """

    file_bytes: int | None = None
    is_fatal: bool = False
    memory_bytes: int | None = None

    def impose(self) -> None:
        """Let them hold for this process."""
        if self.file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if self.is_fatal else signal.SIG_IGN)
            _lower(resource.RLIMIT_FSIZE, self.file_bytes)
        if self.memory_bytes is not None:
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            used = pages * resource.getpagesize()
            _lower(resource.RLIMIT_AS, used + self.memory_bytes)


class Child:
    """A script of this folder in a process of its own.

    Args:
        notes: Folder for what it prints.
        script: File name of the script.
        arguments: Its arguments.
        fault: What goes wrong in it.
        limits: What it is allowed.
    """

    def __init__(
        self,
        notes: Path,
        script: str,
        *arguments: object,
        fault: faults.Fault | None = None,
        limits: Limits | None = None,
    ) -> None:
        notes.mkdir(parents=True, exist_ok=True)
        self._out, self._err = (notes / name for name in ("stdout.txt", "stderr.txt"))
        for file in (self._out, self._err):
            file.write_bytes(b"")
        self._process = _start(
            str(notes), script, [str(a) for a in arguments], fault, limits or Limits()
        )

    @property
    def said(self) -> list[str]:
        """The whole lines that it printed so far."""
        return self._out.read_text().split("\n")[:-1]

    @property
    def complaints(self) -> str:
        """What it wrote to standard error."""
        return self._err.read_text(errors="replace")

    @property
    def has_ended(self) -> bool:
        """Whether it has ended."""
        return self._process.exitcode is not None

    def wait_for_lines(self, count: int) -> None:
        """Wait until it has printed so many lines, or has ended."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.said) < count and self._process.exitcode is None:
            assert time.monotonic() < deadline, self.complaints
            self._process.join(0.005)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def end(self, patience_s: float = PATIENCE_S) -> int | None:
        """Wait for its end and return its exit code; None if it did not end and was killed."""
        self._process.join(patience_s)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
        self._process.close()
        return code


def _start(
    notes: str, script: str, arguments: list[str], fault: faults.Fault | None, limits: Limits
) -> BaseProcess:
    # The server takes neither path nor warnings from this process, only the environment.
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), _TESTS)))
    with mock.patch.dict(os.environ, PYTHONPATH=path):
        ensure_running()
    process = _CONTEXT.Process(target=_become, args=(notes, script, arguments, fault, limits))
    process.start()
    return process


def _become(
    notes: str, script: str, arguments: list[str], fault: faults.Fault | None, limits: Limits
) -> None:
    for descriptor, name in ((1, "stdout.txt"), (2, "stderr.txt")):
        file = os.open(Path(notes, name), os.O_WRONLY | os.O_APPEND)
        os.dup2(file, descriptor)
        os.close(file)
    sys.argv = [script, *arguments]
    limits.impose()
    with faults.arm(fault):
        runpy.run_path(str(HERE / script), run_name="__main__")


def _lower(limit: int, value: int) -> None:
    resource.setrlimit(limit, (value, resource.getrlimit(limit)[1]))
