"""Child process: registers tasks and declares dependencies, one a line that it is sent."""

import sys
from pathlib import Path

from lineage.domain.task import RegisterTask
from lineage.events import TaskRegistered
from lineage.kernel.errors import DependencyCycleError
from lineage.project import Project
from lineage.tasks.dependencies import lookup

sys.stdout.write("ready\n")
sys.stdout.flush()
with Project(Path(sys.argv[1])) as project:
    for line in sys.stdin:
        task, other = line.split()
        known = TaskRegistered(
            task_type="", description="", version="1", class_name=task, source_sha256=None
        )
        project.task_session(task).handle(RegisterTask(registered=known))
        try:
            lookup.declare(project, task, [other])
        except DependencyCycleError:
            sys.stdout.write("refused\n")
        else:
            sys.stdout.write("declared\n")
        sys.stdout.flush()
