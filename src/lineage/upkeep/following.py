"""Follow a run while it happens, until it ends or its process is found to be gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from lineage.events import RunStarted
from lineage.project import Project
from lineage.upkeep import liveness
from projections.documents.replay import Step, replay

LOOK_EVERY_S: Final = 0.2
"""Seconds between two looks at the ledger."""

SILENT_POLLS: Final = 10
"""Looks without news after which the run's process is looked for."""


def follow(
    project: Project, run_id: str, *, wait: Callable[[float], object] = time.sleep
) -> Iterator[Step]:
    """Yield what `replay` does, and then each new event until the run has ended.

    A run whose process is gone is recorded as interrupted, and ends with that.

    Args:
        project: Where the run is recorded.
        run_id: Id of the run.
        wait: Called with the seconds until the next look.

    Raises:
        RunNotFoundError: The ledger has no event of the run.
        LedgerError: The ledger cannot be read, or the end of a run that died not be recorded.
    """
    started, task_id, standing, silent = None, "", None, 0
    while True:
        silent += 1
        for step in replay(project, run_id, after=standing):
            silent = 0
            recorded, standing = step
            if isinstance(recorded.event, RunStarted):
                started, task_id = recorded.event, recorded.task or ""
            yield step
        if standing is None or not standing.is_open:
            return
        if silent < SILENT_POLLS:
            wait(LOOK_EVERY_S)
            continue
        silent = 0
        if started is not None and liveness.is_gone(project, run_id, started):
            liveness.settle(project, run_id, task_id)
