"""A small project whose files are judged: people with names, roles, and policies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lineage.project import Project
from lineage.tasks import BaseTask

PEOPLE = "name,age,city\n" + "".join(f"person {n},{20 + n % 3},{'AB'[n % 2]}\n" for n in range(60))
DECLARED = {
    "people": {
        "path": "DATA/raw/people.csv",
        "retention": "P1Y",
        "recipients": ["university"],
        "columns": {
            "name": "direct_identifier",
            "age": "quasi_identifier",
            "city": "quasi_identifier",
        },
    }
}
POLICIES = {
    "no names": {"kind": "no_direct_identifier"},
    "ten alike": {"kind": "k_at_least", "k": 10},
    "known recipient": {"kind": "allowed_recipients"},
    "in time": {"kind": "retention_kept"},
}
OUT = "DATA/processed/t_safe/output/people_suppressed.csv"


class Suppressing(BaseTask):
    """Drops some columns of the people."""

    def __init__(self, project: Project, *columns: str) -> None:
        super().__init__("t_safe", "anonymization", "drop columns", project=project)
        self._columns = list(columns)

    def configure_operations(self) -> None:
        """Drop them."""
        self.add_operation(
            "SuppressOperation", dataset_name="people", drop_columns=self._columns, format="csv"
        )


def configure(root: Path, **policies: Any) -> None:
    """Write the project's files."""
    (root / "configs").mkdir(exist_ok=True)
    (root / "DATA/raw").mkdir(parents=True, exist_ok=True)
    settings = {"project": "census", "datasets": DECLARED}
    (root / "configs/prj_config.json").write_text(json.dumps(settings))
    (root / "configs/policies.json").write_text(json.dumps(policies or POLICIES))
    (root / "DATA/raw/people.csv").write_text(PEOPLE)


def after_one_run(root: Path, *columns: str) -> Path:
    """Make a project in which one run dropped some columns, and return its folder."""
    configure(root)
    with Project(root) as project:
        assert Suppressing(project, *columns).run()
    return root
