"""A report file compared with what the ledger says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from small_tasks import make_one_run

from lineage.domain.run import AnnotateRun
from lineage.kernel.errors import ConfigurationError, IntegrityError
from lineage.kernel.values import document_text
from lineage.project import Project
from lineage.upkeep.report_check import MOST_DIFFERENCES, ReportCheck, check_report

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one run of task `t_one` and its report."""
    make_one_run(tmp_path / "project")
    with Project(tmp_path / "project") as opened:
        yield opened


def report(project: Project) -> Path:
    """Return the exported report."""
    return project.root / "DATA/reports/t_one_report.json"


def check(project: Project, path: Path | None = None) -> ReportCheck:
    """Compare a file, the exported report when None, with the latest run of `t_one`."""
    with project.catalog() as catalog:
        run = project.ledger.runs_of_task("t_one")[0]
        return check_report(project, catalog, run, path or report(project))


def changed(project: Project, change: Change) -> ReportCheck:
    """Compare the exported report after a change."""
    document = json.loads(report(project).read_text())
    change(document)
    report(project).write_text(document_text(document))
    return check(project)


def annotate(project: Project) -> None:
    """Let the history of the run go on."""
    run = project.ledger.runs_of_task("t_one")[0]
    project.run_session(run, "t_one").handle(AnnotateRun(changes={"hostname": "other"}))


def test_exported_report_is_identical(project: Project) -> None:
    """What a run wrote is what the ledger gives."""
    found = check(project)

    assert found.is_identical
    assert (found.differences, found.note) == ((), None)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda d: d.update(status="failed"), "/status"),
        (lambda d: d["operations"][0]["details"].update({"a/b~c": 1}), "/details/a~1b~0c"),
        (lambda d: d["artifacts"].clear(), "/artifacts/0"),
        (lambda d: d["artifacts"].append(1), "/artifacts/1"),
        (lambda d: d["artifacts"][0].pop("sha256"), "/artifacts/0/sha256"),
        (lambda d: d["artifacts"][0].update(rows=2.0), "/artifacts/0/rows"),
        (lambda d: d.update(errors=None), "/errors"),
        (lambda d: d.update({"password=hunter2": "hunter2"}), "/password=hunter2"),
    ],
)
def test_changed_value_is_named_by_its_pointer(
    project: Project, change: Change, pointer: str
) -> None:
    """A value that was changed, added or removed is named where it stands."""
    found = changed(project, change)

    assert not found.is_identical
    assert len(found.differences) == 1
    assert found.differences[0].endswith(pointer)
    assert found.note is None


def test_many_differences_are_cut_short(project: Project) -> None:
    """No more than 20 are named, and it is said that there are more."""
    few = changed(project, lambda d: d.update({f"k{n}": n for n in range(MOST_DIFFERENCES)}))
    many = changed(project, lambda d: d.update(one_more=1))

    assert (len(few.differences), few.has_more) == (MOST_DIFFERENCES, False)
    assert (len(many.differences), many.has_more) == (MOST_DIFFERENCES, True)


def test_same_values_in_other_bytes_are_different(project: Project) -> None:
    """White space, order and keys given twice count, and it is said that nothing else differs."""
    document = json.loads(report(project).read_text())
    report(project).write_text(json.dumps(dict(reversed(document.items()))))

    found = check(project)

    assert not found.is_identical
    assert found.differences == ()
    assert "values are equal" in str(found.note)


def test_unchanged_report_of_an_older_position_is_explained(project: Project) -> None:
    """A report from before the run's history went on is no forgery, and no longer the report."""
    annotate(project)

    found = check(project)

    assert found.differences == ("/ledger_position",)
    assert "unchanged report as of position" in str(found.note)


def test_changed_report_of_an_older_position_is_told_from_an_unchanged_one(
    project: Project,
) -> None:
    """Naming an older position does not excuse a change."""
    annotate(project)

    found = changed(project, lambda d: d.update(status="failed"))

    assert found.differences == ("/status", "/ledger_position")
    assert "differs from the report as of its position" in str(found.note)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda d: d.update(ledger_position=10**30), "the run's last event is at"),
        (
            lambda d: d.update(ledger_position=-(10**30)),
            "differs from the report as of its position",
        ),
        (lambda d: d.update(ledger_position=0), "differs from the report as of its position"),
        (lambda d: d.update(ledger_position=True), "None"),
        (lambda d: d.update(run_id="r1"), "the report of another run"),
    ],
)
def test_impossible_position_or_run_is_explained(
    project: Project, change: Change, note: str
) -> None:
    """What the file says of itself is not believed."""
    assert note in str(changed(project, change).note)


@pytest.mark.parametrize("text", ["[]", "5", "null"])
def test_json_that_is_no_object_is_different_as_a_whole(project: Project, text: str) -> None:
    """Other JSON is no report."""
    report(project).write_text(text)

    found = check(project)

    assert found.differences == ("",)
    assert found.note == "the file is not a report"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": 1} x'])
def test_file_without_json_is_an_error(project: Project, content: bytes) -> None:
    """A damaged file is told from a different one."""
    report(project).write_bytes(content)

    with pytest.raises(IntegrityError, match="not JSON"):
        check(project)


def test_file_that_cannot_be_read_is_an_error(project: Project, tmp_path: Path) -> None:
    """A missing file and a folder are named."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ConfigurationError, match="a readable file"):
            check(project, path)
