"""What a frame holds about people is known after an operation has handed it to the next one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_tasks import CallOperation, CopyOperation, SmallTask, make_project

from lineage.datasets import to_plain
from ops import DataSource, OperationResult
from projections.dependency_graph.privacy_flow import build_privacy_flows

OF_THE_SOURCE = {"people": {"path": "DATA/raw/people.csv", "columns": {"age": "direct_identifier"}}}
OF_THE_FRAME = {"between": {"columns": {"age": "direct_identifier"}}}
OF_THE_OUTPUT = {"copy": {"columns": {"age": "direct_identifier"}}}


def leave(data_source: DataSource, **_: object) -> OperationResult:
    """Leave ages in memory, and say where they came from."""
    ages = data_source.get_table("people").select(["age"])
    data_source.add_dataframe("between", ages)
    result = OperationResult()
    result.derive(Path("between"), "age", "identity", ("people", "age"))
    return result


@pytest.mark.parametrize("declared", [OF_THE_SOURCE, OF_THE_FRAME, OF_THE_OUTPUT])
def test_role_goes_along_through_a_frame(tmp_path: Path, declared: dict[str, Any]) -> None:
    """It may be declared of the source, of the frame, or of an output that nobody reads."""
    with make_project(tmp_path, datasets=declared) as project:
        task = SmallTask(CallOperation(leave), CopyOperation(dataset="between"), project=project)
        assert task.run(), task.error

        with project.catalog() as catalog:
            (found,) = build_privacy_flows(
                catalog, to_plain(project.settings.datasets), name="copy.csv", root=project.root
            )["files"]

    assert found["verdict"] == "direct identifier"
    assert [one["role"] for one in found["columns"]] == ["direct_identifier"]
