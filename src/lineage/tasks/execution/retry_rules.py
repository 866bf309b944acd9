"""Which failures are worth another attempt."""

from __future__ import annotations

import errno
import socket
from typing import Final

from lineage.kernel import errors

NEVER_RETRIED: Final = (
    FileNotFoundError,
    PermissionError,
    ValueError,
    TypeError,
    errors.CommandRejectedError,
    errors.ConfigurationError,
    errors.PathRefusedError,
    errors.CipherError,
    errors.IntegrityError,
    errors.OperationCancelledError,
)
"""Errors that a retry can only repeat, whatever their attribute `retriable` says."""

_TRANSIENT: Final = (ConnectionError, TimeoutError, InterruptedError, BlockingIOError)
_TRANSIENT_CODES: Final = frozenset(
    getattr(errno, name)
    for name in (
        "EAGAIN",
        "EBUSY",
        "EDEADLK",
        "EHOSTDOWN",
        "EHOSTUNREACH",
        "EINTR",
        "EMFILE",
        "ENETDOWN",
        "ENETRESET",
        "ENETUNREACH",
        "ENFILE",
        "ENOBUFS",
        "ENOLCK",
        "ESTALE",
        "ETIMEDOUT",
    )
    if hasattr(errno, name)
)


def is_retriable(error: BaseException) -> bool:
    """Return whether a retry may succeed after this error.

    - Never: `NEVER_RETRIED`, and anything that is not an `Exception`.
    - Otherwise what its attribute `retriable` says, if it has one.
    - Otherwise errors of connections, timeouts, and those of the operating system that are
      temporary (busy, out of file handles, no route, stale handle, host lookup delayed).
    - An `OperationError`, such as `DataReadError`, as the error that caused it.
    """
    if not isinstance(error, Exception) or isinstance(error, NEVER_RETRIED):
        return False
    said = getattr(error, "retriable", None)
    if said is not None:
        return bool(said)
    cause = error.__cause__
    if isinstance(error, errors.OperationError) and cause is not None:
        return not isinstance(cause, errors.OperationError) and is_retriable(cause)
    return _is_transient(error)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, _TRANSIENT):
        return True
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and error.errno in _TRANSIENT_CODES
