"""Write a duration as people say it."""

from __future__ import annotations

from typing import Final

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600


def format_execution_time(seconds: float) -> str:
    """Return a duration in words: "42.50 seconds", "1 minute, 30 seconds", "2 hours, 5 minutes".

    Args:
        seconds: The duration, not negative.

    Raises:
        ValueError: It is negative.
    """
    if seconds < 0:
        raise ValueError(f"a duration of {seconds} seconds is not possible")
    if seconds < _MINUTE_S:
        return f"{seconds:.2f} seconds"
    whole = round(seconds)
    hours, minutes = whole // _HOUR_S, whole % _HOUR_S // _MINUTE_S
    if hours:
        return f"{_counted(hours, 'hour')}, {_counted(minutes, 'minute')}"
    return f"{_counted(minutes, 'minute')}, {_counted(whole % _MINUTE_S, 'second')}"


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
