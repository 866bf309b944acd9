"""Seal a project again and again, with something happening in between: FOLDER NUMBER ROUNDS."""

from __future__ import annotations

import sys
from pathlib import Path

from lineage.events import WarningRaised
from lineage.project import Project
from lineage.seals import sealing

if __name__ == "__main__":
    with Project(Path(sys.argv[1])) as project:
        for number in range(int(sys.argv[3])):
            happened = WarningRaised(operation=None, name="n", message=str(number))
            project.ledger.append(f"task:{sys.argv[2]}", [happened], expected_version=number)
            sealing.seal(project)
