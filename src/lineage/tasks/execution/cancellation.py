"""Ask running work to stop."""

from __future__ import annotations

from threading import Event, RLock
from weakref import WeakSet

from lineage.kernel.clock import Clock, SystemClock
from lineage.kernel.errors import OperationCancelledError


class CancellationToken:
    """Tells an operation whether it is still wanted. Safe for many threads.

    An operation whose `execute` has a parameter `cancellation_token` gets one, and checks it from
    time to time. Nothing else stops an operation that works in a thread.
    """

    def __init__(self) -> None:
        self._event = Event()
        self._lock = RLock()
        self._children: WeakSet[CancellationToken] = WeakSet()

    @property
    def is_cancelled(self) -> bool:
        """Whether the operation should stop."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Do nothing as long as the operation is wanted.

        Raises:
            OperationCancelledError: It should stop.
        """
        if self.is_cancelled:
            raise OperationCancelledError("operation", problem="cancelled")

    def wait(self, seconds: float, clock: Clock | None = None) -> bool:
        """Sleep until the operation should stop, or for some seconds; return whether it should.

        Args:
            seconds: How long at most.
            clock: Measures them; the machine's when None.
        """
        return (clock or SystemClock()).wait(seconds, self._event)

    def cancel(self) -> None:
        """Ask everything that holds this token, or a child of it, to stop."""
        with self._lock:
            self._event.set()
            children = list(self._children)
        for child in children:
            child.cancel()

    def child(self) -> CancellationToken:
        """Return a token that is cancelled with this one, or alone."""
        token = CancellationToken()
        with self._lock:
            self._children.add(token)
            if self.is_cancelled:
                token.cancel()
        return token
