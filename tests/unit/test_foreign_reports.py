from __future__ import annotations

import json
from pathlib import Path

import pytest

from lineage import exports, settings
from lineage.kernel.errors import PathRefusedError
from lineage.project import Project
from lineage.tasks import record_task_execution


def test_rebuild_leaves_the_report_of_another_program_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run recorded after the fact names a report that rebuild does not overwrite."""
    settings.make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    report = tmp_path / "DATA/reports/theirs.json"
    report.write_text("written by another program")
    record_task_execution("t_other", "test", True, 1.0, report)

    with Project(tmp_path) as project:
        exports.rebuild(project)

    assert report.read_text() == "written by another program"


def test_data_repository_outside_the_project_is_refused(tmp_path: Path) -> None:
    """A data repository that climbs out of the project is refused when the project is opened."""
    root = tmp_path / "project"
    (root / "configs").mkdir(parents=True)
    (root / "configs/prj_config.json").write_text(json.dumps({"data_repository": "../out"}))

    with pytest.raises(PathRefusedError, match="out"):
        Project(root)
