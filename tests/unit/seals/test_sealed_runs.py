"""Every run ends with a signed head, and no run fails for want of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_tasks import CopyOperation, SmallTask, make_project, raising

from lineage.kernel.errors import DocumentNotWrittenError
from lineage.project import Project
from lineage.seals import heads
from lineage.seals.verification import verify


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """A project that seals at the end of each run, as it does by default."""
    monkeypatch.delenv("LINEAGE_SEALS")
    with make_project(tmp_path / "p") as opened:
        yield opened


def test_run_that_succeeded_is_under_a_head_of_its_own(project: Project) -> None:
    """The head names the run, covers its end, and is also a file."""
    task = SmallTask(CopyOperation(), project=project)
    assert task.run(), task.error

    [head] = heads.all_heads(project)

    assert head.run == task.run_id
    assert heads.file_of(project, head).read_text() == head.note
    with project.catalog() as catalog:
        ended = catalog.value("select max(ended_position) from runs")
    assert ended <= head.size
    found = verify(project)
    assert (found.problems, found.verified_until) == ((), head.size)


def test_run_that_failed_is_sealed_too(project: Project) -> None:
    """A failure is evidence as well."""
    assert not SmallTask(raising(ValueError("no")), project=project).run()

    assert len(heads.all_heads(project)) == 1


def test_project_may_seal_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a run signs nothing."""
    monkeypatch.delenv("LINEAGE_SEALS")
    with make_project(tmp_path / "q", seals="on_demand") as project:
        assert SmallTask(CopyOperation(), project=project).run()
        assert heads.all_heads(project) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_run_succeeds_without_a_key_that_can_be_used(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is recorded as succeeded, with a warning; the missing seal is told at the end."""
    key = tmp_path / "exposed.key"
    key.write_text("00" * 32)
    key.chmod(0o644)
    monkeypatch.setenv("LINEAGE_SIGNING_KEY_FILE", str(key))
    task = SmallTask(CopyOperation(), project=project)

    assert not task.run()

    assert isinstance(task.error, DocumentNotWrittenError)
    assert "seal" in str(task.error)
    with project.catalog() as catalog:
        assert catalog.value("select status from runs") == "succeeded"
        assert catalog.value("select count(*) from messages where name = 'seal'") == 1
