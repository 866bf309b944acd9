"""What runs in a process that executes operations: no history, no project, only the work.

The parent sends (word, payload), the child answers (word, ...), both pickled by the standard
library, over a pipe that nobody else can open.
"""

from __future__ import annotations

import importlib.util
import logging
import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Mapping
from multiprocessing.connection import Connection
from threading import Lock, Thread
from typing import Any

from lineage.recording.error_facts import error_fact
from lineage.tasks.execution.attempt import Outcome, attempt, failure
from lineage.tasks.execution.children.child_setup import Setup
from lineage.tasks.execution.job import Job
from ops.base import BaseOperation
from ops.data.source import DataSource


def main(connection: Connection, setup: Setup) -> None:
    """Do what the parent asks until it closes the pipe or dies."""
    # Ctrl-C goes to every process of a terminal; the parent decides what becomes of it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _unblock_interrupts()
    Thread(target=_end_with_parent, daemon=True).start()
    os.chdir(setup.folder)
    parent = _Parent(connection)
    logging.basicConfig(level=setup.log_level, handlers=[_ToParent(parent)], force=True)
    parent.tell("ready")
    while (asked := parent.listen()) is not None:
        match asked:
            case ("check", list(payloads)):
                parent.tell("checked", _check(setup, payloads))
            case ("execute", bytes(payload)):
                _execute(parent, setup, payload)


def _unblock_interrupts() -> None:
    """Undo what a child inherits from the parent that starts it."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class _Parent:
    """The other end of the pipe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = Lock()

    def listen(self) -> tuple[str, Any] | None:
        """Return the parent's next request; None if there is none."""
        try:
            return self._connection.recv()  # type: ignore[no-any-return]  # what `ChildProcess` sends
        except (EOFError, OSError):
            return None

    def tell(self, *message: object) -> None:
        """Send a message; fails as pickling it does."""
        content = pickle.dumps(message)
        with self._lock:
            self._connection.send_bytes(content)


class _TellingProgress:
    """A progress tracker whose display is in the parent."""

    def __init__(self, parent: _Parent) -> None:
        self._parent = parent

    def update(self, steps: int = 1, postfix: Mapping[str, object] | None = None) -> None:
        """Advance the bar in the parent."""
        shown = {str(key): str(value) for key, value in (postfix or {}).items()}
        self._parent.tell("progress", steps, shown)

    def close(self) -> None:
        """Leave it to the parent."""


class _ToParent(logging.Handler):
    """Sends log records to the parent, of an exception only what the history would keep."""

    def __init__(self, parent: _Parent) -> None:
        super().__init__()
        self._parent = parent

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
            if record.exc_info and record.exc_info[1] is not None:
                message = f"{message}: {error_fact(record.exc_info[1]).message}"
            self._parent.tell("log", record.name, record.levelno, message)
        except Exception:  # noqa: BLE001  # a log line must not end the operation
            self.handleError(record)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _check(setup: Setup, payloads: list[bytes]) -> list[str | None]:
    """Return for each operation why it cannot be unpickled here; None if it can."""
    return [_why_not(setup, payload) for payload in payloads]


def _why_not(setup: Setup, payload: bytes) -> str | None:
    try:
        _unpack(setup, payload)
    except Exception as error:  # noqa: BLE001  # unpickling runs code of others
        is_import = isinstance(error, AttributeError | ImportError)
        return f"{type(error).__name__}: {error}" if is_import else error_fact(error).message
    return None


def _unpack(
    setup: Setup, payload: bytes
) -> tuple[BaseOperation, DataSource | None, dict[str, Any]]:
    for name, file in setup.modules.items():
        _import(name, file)
    source, arguments = pickle.loads(setup.shared)  # noqa: S301  # from the parent
    return pickle.loads(payload), source, arguments  # noqa: S301  # from the parent


def _import(name: str, file: str) -> None:
    """Import a module that the parent has from a file, as from a script, if it needs that."""
    if name in sys.modules or _origin(name) == file:
        return
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is not None and spec.loader is not None:
        module = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


def _origin(name: str) -> str | None:
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        return None
    return spec.origin if spec is not None else None


def _execute(parent: _Parent, setup: Setup, payload: bytes) -> None:
    try:
        outcome = _attempt(parent, setup, payload)
    except (KeyboardInterrupt, SystemExit) as left:
        parent.tell("left", left)
        return
    try:
        parent.tell("outcome", outcome)
    except Exception as error:  # noqa: BLE001  # a result may hold anything
        parent.tell("outcome", _for_parent(failure(error)))


def _attempt(parent: _Parent, setup: Setup, payload: bytes) -> Outcome:
    try:
        operation, source, arguments = _unpack(setup, payload)
    except Exception as error:  # noqa: BLE001  # unpickling runs code of others
        return _for_parent(failure(error))
    job = Job(operation=operation, key="", arguments=arguments, source=source, shared_source=source)
    offered = job.offered(_TellingProgress(parent))
    outcome = attempt(operation, offered, setup.encryption)
    if source is not None:
        outcome.note(source)
    return _for_parent(outcome)


def _for_parent(outcome: Outcome) -> Outcome:
    """Return an outcome without the exception, which the parent may not know."""
    outcome.exception = None
    return outcome
