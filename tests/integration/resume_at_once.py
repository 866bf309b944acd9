"""Child process: resumes the run of t_one that it is told, one a line, and begins a run."""

import sys
from pathlib import Path

from lineage.kernel.errors import ResumeInProgressError
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import run_started
from lineage.tasks.lifecycle import resumption

with Project(Path(sys.argv[1])) as project:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        recorder = RunRecorder(project, "t_one")
        started = run_started(task_type="", description="", report_path="r.json")
        try:
            session = resumption.resume(project, "t_one", line.strip(), by=recorder.run_id)
            recorder.begin(started, resumed=session)
        except ResumeInProgressError:
            sys.stdout.write("refused\n")
        else:
            sys.stdout.write("resumed\n")
        sys.stdout.flush()
