"""Which failures are worth another attempt, and how long to wait before it."""

from __future__ import annotations

import errno
import math
import socket
from dataclasses import dataclass
from typing import Final

from lineage.kernel import errors
from lineage.kernel.chance import Chance

JITTER: Final = 0.25
"""Largest random change of a wait, as a share of it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often to retry, and how long to wait before each retry.

    The wait before retry n is `initial_wait` x `backoff_factor`^(n - 1), made up to 25 % shorter
    or longer at random, and never longer than `max_wait`.

    Attributes:
        max_retries: Attempts after the first.
        backoff_factor: Factor by which each wait grows; at least 1.
        initial_wait: Seconds before the first retry.
        max_wait: Longest wait in seconds.
        jitter: Whether the waits vary.

    Raises:
        ConfigurationError: A number is out of range.
    """

    max_retries: int = 3
    backoff_factor: float = 2.0
    initial_wait: float = 1.0
    max_wait: float = 60.0
    jitter: bool = True

    def __post_init__(self) -> None:
        """Refuse numbers that make no sense."""
        lowest = {"max_retries": 0, "backoff_factor": 1, "initial_wait": 0, "max_wait": 0}
        for name, least in lowest.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= least):
                raise errors.ConfigurationError(
                    f"{name} of a retry", found=value, expected=f"a number of at least {least}"
                )

    def wait_s(self, attempt: int, chance: Chance) -> float:
        """Return the seconds to wait after an attempt that failed.

        Args:
            attempt: Which one, from 1.
            chance: Varies the wait.
        """
        try:
            wait_s = min(self.initial_wait * self.backoff_factor ** (attempt - 1), self.max_wait)
        except OverflowError:
            wait_s = self.max_wait
        if self.jitter:
            wait_s *= chance.between(1 - JITTER, 1 + JITTER)
        return round(min(wait_s, self.max_wait), 6)


def _is_transient(error: Exception) -> bool:
    if isinstance(error, _TRANSIENT):
        return True
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return isinstance(error, OSError) and error.errno in _TRANSIENT_CODES
