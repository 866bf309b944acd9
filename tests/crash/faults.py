"""Let the n-th call of one kind kill the process or fail, as a dying machine or disk would.

The functions of the operating system are wrapped where Python finds them. SQLite and DuckDB write
on their own: `crash.children.Limits` ends those in the middle of a write.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

FUNCTIONS: Final = {
    "fsync": ("fsync",),
    "rename": ("rename", "replace", "link"),
    "remove": ("unlink", "remove", "rmdir"),
    "mkdir": ("mkdir",),
    "open": ("open",),
}
"""Kind of a call to the functions of `os` that make it."""

CALLS: Final = (*FUNCTIONS, "write", "commit", "statement")
"""Every kind of call."""

MOMENTS: Final = ("before", "in", "after")

ERRORS: Final = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
_SQLITE_SAYS: Final = {
    errno.ENOSPC: "database or disk is full",
    errno.EIO: "disk I/O error",
}
_COUNTED: Final = "calls "


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong.

    Attributes:
        call: One of `CALLS`; a statement of SQL can only kill.
        number: Which call of this kind, from 1; 0 for none: the calls are counted, and printed at
            the end.
        moment: When in the call; only a write has a middle.
        error: The error number it fails with; None kills the process.
    """

    call: str
    number: int
    moment: str = "before"
    error: int | None = None

    def __str__(self) -> str:
        what = "SIGKILL" if self.error is None else errno.errorcode[self.error]
        return f"{what} {self.moment} {self.call} {self.number}"

    def strike(self) -> None:
        """Kill this process, or raise."""
        if self.error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self.call == "commit":
            raise sqlite3.OperationalError(_SQLITE_SAYS[self.error])
        else:
            raise OSError(self.error, os.strerror(self.error))


COUNTING: Final = Fault(call="", number=0)


def counted(said: list[str]) -> dict[str, int]:
    """Read how often each kind of call was made from what a counting child printed."""
    (line,) = (line for line in said if line.startswith(_COUNTED))
    return {kind: int(count) for kind, count in (p.split("=") for p in line.split()[1:])}


@contextmanager
def arm(fault: Fault | None) -> Iterator[None]:
    """Let a fault strike during the block; None does nothing."""
    if fault is None:
        yield
        return
    calls = _Calls(fault)
    with ExitStack() as stack:
        for kind, names in FUNCTIONS.items():
            for name in names:
                wrapped = calls.wrap(kind, getattr(os, name))
                stack.enter_context(mock.patch.object(os, name, wrapped))
        stack.enter_context(mock.patch.object(io, "open", calls.opening(io.open)))
        stack.enter_context(
            mock.patch.object(sqlite3, "connect", calls.connecting(sqlite3.connect))
        )
        yield
    if fault == COUNTING:
        print(_COUNTED, *(f"{k}={n}" for k, n in calls.made.items()), flush=True)  # noqa: T201  # the parent reads it


class _Calls:
    """The calls so far, and the fault among them."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.made: Counter[str] = Counter()

    def is_it(self, kind: str) -> bool:
        """Count a call, and tell whether the fault strikes in it."""
        self.made[kind] += 1
        return kind == self._fault.call and self.made[kind] == self._fault.number

    def wrap(self, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function of `os` with the fault in it."""

        def called(*args: Any, **options: Any) -> Any:
            if not self.is_it(kind):
                return function(*args, **options)
            if self._fault.moment != "after":
                self._fault.strike()
            done = function(*args, **options)
            self._fault.strike()
            return done

        return called

    def opening(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `io.open`, whose binary files have the fault in their writes."""

        def opened(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if "b" not in mode or "r" in mode or "+" in mode:
                return function(file, mode, *args, **options)
            if self.is_it("open") and self._fault.moment != "after":
                self._fault.strike()
            return io.BufferedWriter(_File(self, self._fault, file, mode))

        return opened

    def connecting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `sqlite3.connect`, whose connections have the fault in their commits."""
        calls, fault = self, self._fault

        class Connection(sqlite3.Connection):
            def commit(self) -> None:
                calls.wrap("commit", super().commit)()

        def connected(*args: Any, **options: Any) -> Any:
            connection = function(*args, factory=Connection, **options)
            connection.set_trace_callback(
                lambda _: fault.strike() if calls.is_it("statement") else None
            )
            return connection

        return connected


class _File(io.FileIO):
    def __init__(self, calls: _Calls, fault: Fault, file: Any, mode: str) -> None:
        super().__init__(file, mode)
        self._calls = calls
        self._fault = fault

    def write(self, data: Any) -> int:
        """Write, unless the fault strikes before, or when half of it is written."""
        if not self._calls.is_it("write"):
            return super().write(data)
        view = memoryview(data).cast("B")
        part = {"before": 0, "in": len(view) // 2, "after": len(view)}[self._fault.moment]
        written = super().write(view[:part])
        self._fault.strike()
        return written
