"""The runs that are open in this process, and which of them the code at hand belongs to."""

from __future__ import annotations

import atexit
import os
import signal
import threading
from contextvars import ContextVar
from types import FrameType
from typing import Final, Protocol

from lineage.kernel.errors import OperationError


class Scope(Protocol):
    """A run, or a step of one."""

    @property
    def run(self) -> OpenRun:
        """The run it belongs to."""
        ...


class OpenRun(Scope, Protocol):
    """What is asked of a run here."""

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        ...

    @property
    def is_loose(self) -> bool:
        """Whether no block of code says where it ends."""
        ...

    def abandon(self, why: str) -> None:
        """Record that it is interrupted."""
        ...


class TerminatedError(KeyboardInterrupt):
    """The process was asked to end."""


_inner: Final[ContextVar[tuple[Scope, ...]]] = ContextVar("lineage_scopes", default=())
_open: Final[dict[int, OpenRun]] = {}


def enter(scope: Scope) -> None:
    """Let the code that follows in this context belong to a run or step."""
    _inner.set((*_inner.get(), scope))


def leave(scope: Scope) -> None:
    """Undo `enter`, also from another context, as cells of a notebook are."""
    _inner.set(tuple(other for other in _inner.get() if other is not scope))


def innermost(run: OpenRun) -> Scope:
    """Return the innermost step of a run in this context; the run outside of all."""
    return next((scope for scope in reversed(_inner.get()) if scope.run is run), run)


def current() -> OpenRun | None:
    """Return the innermost open run of this context, else the last that no block of code ends."""
    around = (scope.run for scope in reversed(_inner.get()))
    loose = (run for run in reversed(list(_open.values())) if run.is_loose)
    return next((run for run in (*around, *loose) if run.is_open), None)


def opened() -> list[OpenRun]:
    """Return the open runs of this process, in the order they began."""
    return list(_open.values())


def add(run: OpenRun) -> None:
    """Remember that a run has begun; SIGTERM interrupts it, if nothing else handles that."""
    _open[id(run)] = run
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


def remove(run: OpenRun) -> None:
    """Forget a run that has ended."""
    _open.pop(id(run), None)
    is_main = threading.current_thread() is threading.main_thread()
    if not _open and is_main and signal.getsignal(signal.SIGTERM) is _terminate:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def end_process_by(error: BaseException | None) -> None:
    """End the process as SIGTERM does, once all its runs are on record."""
    if isinstance(error, TerminatedError) and not _open:
        os.kill(os.getpid(), signal.SIGTERM)


def is_foreign(pid: int | None) -> bool:
    """Tell whether a run began in another process than this, which then is a fork of it."""
    return pid is not None and pid != os.getpid()


def require_process(pid: int | None, subject: str) -> None:
    """Refuse to record what a forked process does.

    Raises:
        OperationError: The run began in another process.
    """
    if is_foreign(pid):
        raise OperationError(
            subject,
            problem=f"it began in process {pid}, and this is process {os.getpid()}",
            remedy="hand the results back to that process, and record them there",
        )


def _terminate(number: int, _frame: FrameType | None) -> None:
    raise TerminatedError(signal.Signals(number).name)


def _at_exit() -> None:
    for run in reversed(opened()):
        run.abandon("the interpreter ended before the run did")


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_open.clear)
