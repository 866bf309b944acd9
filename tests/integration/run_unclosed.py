"""Run a task in a project that nobody closes, and fork a process that does no better."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from small_tasks import CopyOperation, SmallTask

from lineage.project import EXECUTION_LOG as LOG
from lineage.project import Project

if __name__ == "__main__":
    opened = Project(Path(sys.argv[1]))
    assert SmallTask(CopyOperation(), project=opened).run()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    sys.stdout.write(f"{(opened.root / LOG).exists()}\n")
