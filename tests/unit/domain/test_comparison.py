"""What executing a run again has shown is recorded once."""

from __future__ import annotations

import scenarios

from lineage.domain import COMPARISON
from lineage.domain.comparison import RecordComparison
from lineage.events import RunCompared
from lineage.kernel.errors import CommandRejectedError

given = scenarios.of(COMPARISON)

COMPARED = RunCompared(
    run="r", task="t", outcome="equal", reason="", product_version="1", outputs=(), notes=()
)


def test_comparison_is_recorded_as_it_is() -> None:
    """The event is what the comparison has shown."""
    given().when(RecordComparison(compared=COMPARED)).then(COMPARED)


def test_second_comparison_in_one_stream_is_refused() -> None:
    """Each comparison has a stream of its own."""
    given(COMPARED).when(RecordComparison(compared=COMPARED)).refuses(
        CommandRejectedError, match="comparison: already recorded"
    )
