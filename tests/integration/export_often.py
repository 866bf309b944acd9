"""Child process: exports a project's report and execution log a number of times."""

import sys
from pathlib import Path

from lineage.project import Project

with Project(Path(sys.argv[1])) as project:
    for _ in range(int(sys.argv[3])):
        project.export_report(sys.argv[2])
        project.export_execution_log()
