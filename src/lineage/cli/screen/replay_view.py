"""Show an event of a run and the state of the run after it, in one line."""

from __future__ import annotations

import sys
from typing import Final

from lineage.cli.screen.console import plain, print_styled
from lineage.kernel.values import canonical_text
from lineage.ledger.envelope import RecordedEvent
from projections.documents.replay import ReplayState
from projections.pages import replay_lines

_TOPIC_WIDTH: Final = 20
_STYLES: Final = {
    "failed": "red",
    "refused": "yellow",
    "interrupted": "yellow",
    "raised": "yellow",
    "succeeded": "green",
}


def put_line(recorded: RecordedEvent, state: ReplayState) -> None:
    """Print event and state for a reader: number, seconds, what happened, the state after it."""
    number = f"{recorded.version:>5} {state.elapsed_s:>9.2f} s  "
    topic = f"{recorded.event.TOPIC:<{_TOPIC_WIDTH}} "
    said, summary = plain(replay_lines.said(recorded)), plain(replay_lines.summary(state))
    style = _STYLES.get(recorded.event.TOPIC.partition(".")[2], "bold")
    print_styled((number, "dim"), (topic, style), f" {said}  ", (f"[{summary}]", "dim"))


def put_json(recorded: RecordedEvent, state: ReplayState) -> None:
    """Print event and state as one line of JSON."""
    sys.stdout.write(canonical_text(replay_lines.document(recorded, state)) + "\n")
