"""Hold back Ctrl-C and SIGTERM where an exception at any instruction would leave a lock taken."""

from __future__ import annotations

# Under `signal`, which looks for an enum of each handler and fails: as slow as a whole append.
import _signal  # type: ignore[import-not-found]  # part of CPython
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_back() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the end of what is done here, which should be short.

    Only the main thread is interrupted by signals; in others this changes nothing.

    Raises:
        KeyboardInterrupt: At the end, if that is what the program does about a signal that came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    handlers = {
        number: handler for number in _SIGNALS if callable(handler := _signal.getsignal(number))
    }
    for number in handlers:
        _signal.signal(number, lambda *arrival: came.append(arrival))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            _signal.signal(number, handler)
        for arrived, frame in came:
            handlers[signal.Signals(arrived)](arrived, frame)
