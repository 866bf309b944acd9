"""No output of a run replaces another one of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from bench import Bench
from small_tasks import CallOperation, CopyOperation, make_project, recorded

from lineage.events import ArtifactWritten
from lineage.kernel.errors import OperationError
from lineage.project import Project
from lineage.recording.run_outputs import Output, RunOutputs
from ops import OperationResult, OperationStatus


def output(uri: str, content: str, operation: str = "operation 1 ('A')") -> Output:
    """Return an output with a content."""
    return Output(operation=operation, uri=uri, sha256=content)


def test_second_content_of_a_path_names_operations_and_path(tmp_path: Path) -> None:
    """The message says who wrote what, and what to do."""
    known = RunOutputs(tmp_path)
    known.claim([output("out/a.csv", "x")])

    words = "operation 2 ('B'): it wrote 'out/a.csv' with other content than operation 1 ('A')"
    with pytest.raises(OperationError, match=re.escape(words)):
        known.claim([output("out/a.csv", "y", "operation 2 ('B')")])


def test_operation_that_writes_a_path_twice_is_refused(tmp_path: Path) -> None:
    """It makes no difference that one operation wrote both; nothing of it is kept."""
    known = RunOutputs(tmp_path)
    with pytest.raises(OperationError, match="than it had written there"):
        known.claim([output("a", "x"), output("b", "x"), output("b", "y")])

    known.claim([output("a", "z", "operation 2 ('B')")])


def test_same_content_again_is_no_conflict(tmp_path: Path) -> None:
    """Where nothing is lost, nothing is refused."""
    known = RunOutputs(tmp_path)
    known.claim([output("a", "x"), output("a", "x")])
    known.claim([output("a", "x", "operation 2 ('B')")])


@pytest.mark.parametrize("other", ["A.csv", "a.CSV", "\u00e9", "e\u0301"])
def test_names_that_the_disk_takes_for_one_are_one_path(tmp_path: Path, other: str) -> None:
    """On a disk that ignores case or the form of accents; here a hard link is both names."""
    name = "e\u0301" if other == "\u00e9" else "\u00e9" if other == "e\u0301" else "a.csv"
    (tmp_path / name).touch()
    known = RunOutputs(tmp_path)
    known.claim([output(name, "x")])
    if not (tmp_path / other).exists():
        known.claim([output(other, "y")])
        os.link(tmp_path / name, tmp_path / other)

    with pytest.raises(OperationError, match="with other content"):
        known.claim([output(other, "z")])


def test_replaced_output_of_the_run_fails_the_operation(tmp_path: Path) -> None:
    """However the path is spelt: through "..", "." or a link."""
    with make_project(tmp_path / "project") as project:
        bench = Bench(project)
        assert bench(CopyOperation()).status is OperationStatus.SUCCESS
        (bench.task_dir / "link").symlink_to("output")

        for spelt in ("output/./copy.csv", "output/../output/copy.csv", "link/copy.csv"):
            ended = bench(_rewriting(project, bench.task_dir / spelt))
            assert ended.status is OperationStatus.ERROR
            assert "'DATA/processed/t_one/output/copy.csv'" in str(ended.error_message)
        assert len(recorded(project, ArtifactWritten.TOPIC)) == 1


def _rewriting(project: Project, path: Path) -> CallOperation:
    def rewrite(**_: object) -> OperationResult:
        path.write_text("other")
        result = OperationResult()
        result.register_artifact(str(path))
        return result

    return CallOperation(rewrite)
