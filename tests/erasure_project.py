"""A project with people, one of whom is erased."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lineage.erasure import execution
from lineage.erasure.execution import Erasure
from lineage.erasure.subjects import Subject
from lineage.events import ErasureStep
from lineage.project import Project
from lineage.tasks import BaseTask

MASTER = "ab" * 32
NAME = "Ermintrude Findlater"
PEOPLE = f"name,age,city\n{NAME},61,A\n" + "".join(
    f"person {n},{20 + n % 3},{'AB'[n % 2]}\n" for n in range(60)
)
RAW = "DATA/raw/people.csv"
HASHED = "DATA/processed/t_pseu/output/people_pseudonymized.csv"
"""Where `PseudonymizeOperation` writes CSV."""
MARKER = "a-run-that-nobody-should-remember"


class Task(BaseTask):
    """Executes one operation on the people."""

    def __init__(self, project: Project, operation: str, **parameters: Any) -> None:
        super().__init__(f"t_{operation[:4].lower()}", "anonymization", MARKER, project=project)
        self._asked = operation, parameters

    def configure_operations(self) -> None:
        """Add it."""
        operation, parameters = self._asked
        self.add_operation(operation, **parameters)


def make(root: Path, **said: Any) -> Project:
    """A project with people."""
    (root / "configs").mkdir()
    (root / "DATA/raw").mkdir(parents=True)
    columns = {
        "name": "direct_identifier",
        "age": "quasi_identifier",
        "city": "quasi_identifier",
    }
    people = {"path": RAW, "columns": columns, "retention": "P1D"}
    hashed = {"path": HASHED}
    settings = {"datasets": {"people": people, "hashed": hashed}, **said}
    (root / "configs/prj_config.json").write_text(json.dumps(settings))
    (root / RAW).write_text(PEOPLE)
    return Project(root)


def run(project: Project, operation: str, **parameters: Any) -> Task:
    """Run a task that executes an operation, on the people if nothing else is said."""
    if "query" not in parameters:
        parameters = {"dataset_name": "people"} | parameters
    task = Task(project, operation, **parameters)
    assert task.run(), task.error
    return task


def erase(
    project: Project,
    kind: execution.Kind,
    steps: tuple[ErasureStep, ...],
    subject: Subject | None = None,
) -> Erasure:
    """Plan an erasure and carry it out."""
    erasure_id = execution.begin(
        project, kind, "it", reason="asked for", steps=steps, subject=subject
    )
    return execution.carry_out(project, erasure_id, subject=subject)


def files_with(root: Path, *texts: str) -> list[str]:
    """The files below a folder in whose bytes a text is, whatever they are."""
    needles = [text.encode() for text in texts]
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    )
