"""Child process: waits for a file, then resumes a run, whose operation waits for another file.

Arguments: project, run, both files. Prints "won", or the error of the refusal.
"""

import sys
import time
from pathlib import Path

from small_tasks import CallOperation, SmallTask

from lineage.project import Project

root, run, gate, finish = sys.argv[1:]


def wait_for(file: str, pause_s: float) -> None:
    """Wait until a file is there."""
    while not Path(file).exists():
        time.sleep(pause_s)


with Project(Path(root)) as project:
    task = SmallTask(CallOperation(lambda **_: wait_for(finish, 0.02)), project=project)
    print("ready", flush=True)  # noqa: T201  # the parent reads it
    wait_for(gate, 0)
    print("won" if task.run(resume=run) else type(task.error).__name__)  # noqa: T201
