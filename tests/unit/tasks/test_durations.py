"""Durations read as people say them."""

from __future__ import annotations

import pytest

from lineage.tasks.durations import format_execution_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 seconds"),
        (42.5, "42.50 seconds"),
        (60, "1 minute, 0 seconds"),
        (90, "1 minute, 30 seconds"),
        (119.6, "2 minutes, 0 seconds"),
        (3600, "1 hour, 0 minutes"),
        (7530, "2 hours, 5 minutes"),
    ],
)
def test_duration_is_written_in_words(seconds: float, text: str) -> None:
    """Seconds up to a minute, then minutes, then hours, each with the next smaller unit."""
    assert format_execution_time(seconds) == text


def test_negative_duration_is_refused() -> None:
    """Time does not run backwards."""
    with pytest.raises(ValueError, match="-1"):
        format_execution_time(-1)
