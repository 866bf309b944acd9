"""Child process: exports a project's report and execution log a number of times."""

import sys
from pathlib import Path

from lineage import exports
from lineage.project import Project

with Project(Path(sys.argv[1])) as project:
    for _ in range(int(sys.argv[3])):
        exports.export_report(project, sys.argv[2])
        exports.export_execution_log(project)
