"""Follow a running run until it ends or its process dies."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from lineage.events import RunStarted
from lineage.project import Project
from lineage.upkeep import liveness
from projections.documents.replay import Step, replay

LOOK_EVERY_S: Final = 0.2
"""Seconds between two polls of the ledger."""

SILENT_POLLS: Final = 10
"""Polls without new events after which the run's process is checked."""


def follow(
    project: Project, run_id: str, *, wait: Callable[[float], object] = time.sleep
) -> Iterator[Step]:
    """Yield what `replay` yields, then each new event until the run has ended.

    A run whose process died is recorded as interrupted, which ends it.

    Args:
        project: The project that records the run.
        run_id: Id of the run.
        wait: Called with the seconds until the next poll.

    Raises:
        RunNotFoundError: The ledger has no event of the run.
        LedgerError: The ledger cannot be read, or the end of a dead run cannot be recorded.
    """
    started, task_id, state, silent = None, "", None, 0
    while True:
        silent += 1
        for step in replay(project, run_id, after=state):
            silent = 0
            recorded, state = step
            if isinstance(recorded.event, RunStarted):
                started, task_id = recorded.event, recorded.task or ""
            yield step
        if state is None or not state.is_open:
            return
        if silent < SILENT_POLLS:
            wait(LOOK_EVERY_S)
            continue
        silent = 0
        if started is not None and liveness.is_gone(project, run_id, started):
            liveness.settle(project, run_id, task_id)
