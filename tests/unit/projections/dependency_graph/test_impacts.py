"""What would have to be recalled and redone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from projection_scenarios import (
    Given,
    Step,
    digest,
    done,
    folded,
    of_run,
    operation,
    read,
    started,
    succeeded,
    version_of,
    wrote,
)

from lineage.kernel.digest import sha256_bytes
from lineage.project import Project
from projections.dependency_graph import dependency_graph, file_state, find, mark_missing
from projections.dependency_graph.impacts import impact


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project without files."""
    with Project(tmp_path) as opened:
        yield opened


def step(run: str, source: str, target: str, *, task: str) -> Step:
    """A run of one operation that makes one file from another."""
    return of_run(
        started(),
        operation(),
        read(source, source),
        wrote(target, target),
        done(),
        succeeded(),
        run=run,
        task=task,
    )


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """A chain of three files by two tasks, and a file beside it."""
    with folded(
        step("r1", "raw.csv", "mid.csv", task="t_1"),
        step("r2", "mid.csv", "end.csv", task="t_2"),
        step("r3", "other.csv", "apart.csv", task="t_2"),
    ) as given_history:
        yield given_history


def files_of(document: dict[str, Any]) -> list[str]:
    """The files to recall."""
    return [file["uri"] for file in document["files"]]


def test_impact_of_a_file_is_all_that_was_made_from_it(history: Given) -> None:
    """Files, runs and tasks behind it, the oldest first, with exact counts."""
    document = impact(history.catalog, [version_of("raw.csv", "raw.csv")])

    assert files_of(document) == ["mid.csv", "end.csv"]
    assert [(run["run_id"], run["status"]) for run in document["runs"]] == [
        ("r1", "succeeded"),
        ("r2", "succeeded"),
    ]
    assert document["tasks"] == ["t_1", "t_2"]
    assert (document["file_count"], document["operation_count"], document["run_count"]) == (2, 2, 2)


def test_impact_of_a_run_holds_what_it_wrote(history: Given) -> None:
    """A bad run has to be redone itself, and its own files are bad."""
    document = impact(history.catalog, find(history.catalog, "run:r1").nodes)

    assert files_of(document) == ["mid.csv", "end.csv"]
    assert [run["run_id"] for run in document["runs"]] == ["r1", "r2"]


def test_impact_of_a_task_is_that_of_all_its_runs(history: Given) -> None:
    """A task with an error has spoilt whatever it ever wrote."""
    document = impact(history.catalog, find(history.catalog, "t_2").nodes)

    assert files_of(document) == ["end.csv", "apart.csv"]


def test_impact_of_what_nobody_used_is_nothing(history: Given) -> None:
    """The last file has led to nothing."""
    document = impact(history.catalog, [version_of("end.csv", "end.csv")])

    assert (document["files"], document["runs"], document["file_count"]) == ([], [], 0)
    assert not document["is_truncated"]


def test_cut_impact_counts_all(history: Given) -> None:
    """A limit cuts the lists, not the counts."""
    document = impact(history.catalog, [version_of("raw.csv", "raw.csv")], limit=1)

    assert files_of(document) == ["mid.csv"]
    assert (document["file_count"], document["is_truncated"]) == (2, True)


def recorded(path: Path, **changes: Any) -> dict[str, Any]:
    """What the history would say about a file that is there."""
    status = path.stat()
    facts = {
        "uri": path.name,
        "sha256": sha256_bytes(path.read_bytes()),
        "size_bytes": status.st_size,
        "modified_at": datetime.fromtimestamp(status.st_mtime, UTC),
    }
    return facts | changes


def test_file_is_still_what_it_was(project: Project) -> None:
    """By length and time stamp, and by content where the time stamp has changed."""
    path = project.root / "a.csv"
    path.write_text("abc")
    facts = recorded(path)

    assert file_state(project.storage, facts) == "present"
    os.utime(path, (1, 1))
    assert file_state(project.storage, facts) == "present"


def test_file_with_other_content_is_replaced(project: Project) -> None:
    """Of other length, or of the same length with other content."""
    path = project.root / "a.csv"
    path.write_text("abc")
    facts = recorded(path, modified_at=None)
    path.write_text("abd")

    assert file_state(project.storage, facts) == "replaced"
    path.write_text("abcd")
    assert file_state(project.storage, facts) == "replaced"


@pytest.mark.parametrize(
    ("uri", "state"),
    [
        ("gone.csv", "missing"),
        ("a.csv/below", "missing"),
        ("folder", "replaced"),
        ("pipe", "replaced"),
        ("s3://bucket/a.csv", "unreadable"),
        ("a\0b", "unreadable"),
        ("x" * 5_000, "unreadable"),
    ],
)
def test_what_is_no_file_is_told_apart(project: Project, uri: str, state: str) -> None:
    """Nothing there, a folder, a pipe that nobody writes, a name that cannot be."""
    (project.root / "a.csv").write_text("abc")
    (project.root / "folder").mkdir()
    os.mkfifo(project.root / "pipe")
    facts = {"uri": uri, "sha256": digest(""), "size_bytes": 0, "modified_at": None}

    assert file_state(project.storage, facts) == state


def test_content_that_was_never_known_stays_unknown(project: Project) -> None:
    """A file of which no digest was recorded cannot be compared."""
    (project.root / "a.csv").write_text("abc")
    facts = {"uri": "a.csv", "sha256": None, "size_bytes": None, "modified_at": None}

    assert file_state(project.storage, facts) == "unknown"


def test_vanished_files_are_marked_in_a_graph(history: Given, project: Project) -> None:
    """Each file of a graph says whether it is gone; operations do not."""
    (project.root / "raw.csv").write_text("raw.csv")
    graph = dependency_graph(history.catalog)

    mark_missing(graph, project.storage)

    assert graph.nodes[version_of("raw.csv", "raw.csv")]["is_missing"] is False
    assert graph.nodes[version_of("end.csv", "end.csv")]["is_missing"] is True
    assert "is_missing" not in graph.nodes["r1#1"]
