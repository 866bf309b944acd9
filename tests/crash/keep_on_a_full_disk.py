"""Child process: keeps a small state, then one for which the system lets no file grow enough.

Argument: project. Prints the error, the names that can be restored, and what the newest holds.
"""

import resource
import signal
import sys
from pathlib import Path

from lineage.kernel.errors import CheckpointNotWrittenError, LedgerUnavailableError
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskContextManager

SMALL, IN_LEDGER, IN_FILE = 1_000, 1_000_000, 4_000_000

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Project(Path(sys.argv[1])) as project:
    recorder = RunRecorder(project, "t_one")
    recorder.begin(run_started(task_type="test", description="", report_path="DATA/r.json"))
    manager = TaskContextManager(recorder)
    manager.save_execution_state({"rows": "x" * SMALL}, "small")

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, unlimited[1]))
    for size in (IN_FILE, IN_LEDGER):
        try:
            manager.save_execution_state({"rows": "x" * size}, "big")
        except (CheckpointNotWrittenError, LedgerUnavailableError) as error:
            print(type(error).__name__, error)  # noqa: T201  # the parent reads it
    print(len(manager.restore_execution_state()["rows"]))  # noqa: T201  # the parent reads it

    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    manager.save_execution_state({"rows": "x" * IN_FILE}, "big")
    print(*(name for name, _ in manager.get_checkpoints()))  # noqa: T201  # the parent reads it
