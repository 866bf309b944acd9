"""Child process: keeps numbered states without end and prints the number of each.

Arguments: project, bytes of a state.
"""

import sys
from itertools import count
from pathlib import Path

from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks import TaskContextManager

with Project(Path(sys.argv[1])) as project:
    recorder = RunRecorder(project, "t_one")
    recorder.begin(run_started(task_type="test", description="", report_path="DATA/r.json"))
    manager = TaskContextManager(recorder)
    for number in count(1):
        manager.current_state = {"number": number, "rows": "x" * int(sys.argv[2])}
        manager.create_automatic_checkpoint(number, {})
        print(number, flush=True)  # noqa: T201  # the parent reads it
