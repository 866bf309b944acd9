"""Wait for other writers of a SQLite file: try again with jitter, and give up in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from eventsourcing.persistence import OperationalError

P = ParamSpec("P")
T = TypeVar("T")


def patiently(limit_s: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function, and retry while it fails because another writer holds the file.

    Args:
        limit_s: Seconds after which the failure is final.
        function: What to call; nothing is done when it fails.
        args: Its arguments.
        kwargs: Its arguments by name.

    Raises:
        OperationalError: The file was held for too long, or it is another failure.
    """
    began_s = time.monotonic()
    try:
        return function(*args, **kwargs)  # a Retrying costs a fifth of a whole append
    except OperationalError as error:
        left_s = limit_s - (time.monotonic() - began_s)
        if left_s <= 0 or not _is_busy(error):
            raise
    import tenacity  # noqa: PLC0415  # start-up time

    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_busy),
        wait=tenacity.wait_random_exponential(multiplier=0.05, max=2),
        stop=tenacity.stop_after_delay(left_s),
        reraise=True,
    )
    return again(function, *args, **kwargs)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and any(
        word in str(error) for word in ("locked", "busy")
    )
