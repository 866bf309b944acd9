"""The command that lists checkpoints."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import Lineage
from in_process import InProcess
from small_tasks import SmallTask, begin_run, make_project

from lineage.kernel.clock import SteppingClock
from lineage.tasks import TaskContextManager


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A project with checkpoints of two tasks, and the ids of the runs; tests do not change it."""
    root = tmp_path_factory.mktemp("kept")
    with make_project(root, clock=SteppingClock()) as project:
        one, two = begin_run(project), begin_run(project, "t_two")
        begin_run(project, "t_none")
        gone = TaskContextManager(begin_run(project, "t_gone"))
        gone.save_execution_state({"row": "Zaphod"}, "old")
        gone.discard_checkpoint("old")
        manager = TaskContextManager(one)
        manager.save_execution_state({"row": "Zaphod"}, "cp1")
        manager.save_execution_state({"row": "Zaphod" * 2**20}, "cp1")
        SmallTask(project=project, task_id="t_other").run()
        TaskContextManager(two).create_automatic_checkpoint(1, {"rows": 5})
        with pytest.raises(ValueError, match="x"), manager:
            raise ValueError("x")
    return root, {"one": one.run_id, "two": two.run_id}


@pytest.fixture
def lineage(
    kept: tuple[Path, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> InProcess:
    """The command line in that project."""
    return InProcess(kept[0], monkeypatch, capsys)


@pytest.fixture
def ids(kept: tuple[Path, dict[str, str]]) -> dict[str, str]:
    """Ids of the runs: one, two."""
    return kept[1]


def test_checkpoints_are_listed_newest_first(lineage: InProcess, ids: dict[str, str]) -> None:
    """A line each: run, task, name, kind, operation, time, size and status."""
    lines = [line.split() for line in lineage("checkpoints").out.splitlines()]

    assert " ".join(lines[0]) == "run task name kind operation recorded bytes status"
    assert [line[:4] for line in lines[1:]] == [
        [ids["one"][:8], "t_one", "error-3", "error"],
        [ids["two"][:8], "t_two", "automatic-1", "automatic"],
        [ids["one"][:8], "t_one", "cp1", "named"],
    ]
    assert lines[3][-1] == "kept"
    assert lines[3][4] == "2026-01-01"


@pytest.mark.parametrize("zone", ["UTC", "JST-9"])
def test_time_is_that_of_the_reader_with_its_zone(
    kept: tuple[Path, dict[str, str]], zone: str
) -> None:
    """The same moment is shown on the reader's clock, and says which clock that is."""
    printed = Lineage(kept[0])("checkpoints", TZ=zone)
    days = re.findall(r"2026-\S+ \S+", printed)

    moments = [datetime.fromisoformat(text).astimezone(UTC) for text in days]
    recorded = [row["recorded_at"] for row in Lineage(kept[0]).json("checkpoints")["checkpoints"]]
    assert moments == [datetime.fromisoformat(text).replace(microsecond=0) for text in recorded]


def test_one_task_can_be_asked_for(lineage: InProcess) -> None:
    """Only its own checkpoints come."""
    rows = lineage.json("checkpoints", "t_two")["checkpoints"]

    assert [row["task_id"] for row in rows] == ["t_two"]


def test_all_shows_what_is_gone(lineage: InProcess) -> None:
    """Those that were replaced or discarded are hidden until they are asked for."""
    rows = lineage.json("checkpoints", "--all")["checkpoints"]

    assert [(row["name"], row["status"]) for row in rows] == [
        ("error-3", "kept"),
        ("automatic-1", "kept"),
        ("cp1", "kept"),
        ("cp1", "replaced"),
        ("old", "discarded"),
    ]


def test_json_has_the_whole_run_and_no_state(lineage: InProcess, ids: dict[str, str]) -> None:
    """A program can put together what to restore; what was kept is not shown."""
    answer: dict[str, Any] = lineage.json("checkpoints", "t_one")
    row = answer["checkpoints"][1]

    assert (answer["total"], answer["truncated"]) == (2, False)
    assert (row["run_id"], row["name"], row["has_file"]) == (ids["one"], "cp1", True)
    assert row["size_bytes"] > 2**20
    assert row["recorded_at"].endswith(("Z", "+00:00"))
    assert row.keys() == {
        "run_id",
        "task_id",
        "name",
        "kind",
        "operation",
        "recorded_at",
        "size_bytes",
        "is_encrypted",
        "has_file",
        "status",
    }


@pytest.mark.parametrize("options", [[], ["--json"], ["--all"], ["--all", "--json"]])
def test_no_state_is_shown(lineage: InProcess, options: list[str]) -> None:
    """Whatever is asked for, the output is about checkpoints, not what they hold."""
    answer = lineage("checkpoints", *options)

    assert "Zaphod" not in answer.out + answer.err


@pytest.mark.parametrize(
    ("task", "remark"),
    [
        ("t_none", "no checkpoints of task 't_none' yet; tasks create them"),
        ("t_gone", "no checkpoints of task 't_gone' can be restored; --all shows 1 that"),
        ("t_new", "task 't_new' has never run here; `lineage tasks` lists"),
    ],
)
def test_empty_list_says_why(lineage: InProcess, task: str, remark: str) -> None:
    """Never made, given up, and never heard of are three different things."""
    answer = lineage("checkpoints", task)

    assert answer.out == ""
    assert remark in answer.err
    assert lineage.json("checkpoints", task) == {
        "checkpoints": [],
        "total": 0,
        "truncated": False,
    }


def test_cut_list_says_so(lineage: InProcess) -> None:
    """What --limit leaves out is told."""
    answer = lineage("checkpoints", "-n", "1")

    assert len(answer.out.splitlines()) == 2
    assert "2 older checkpoints are not shown" in answer.err
    assert lineage.json("checkpoints", "-n", "1")["truncated"] is True


def test_past_is_shown_as_it_was(lineage: InProcess) -> None:
    """Before they were made there were none."""
    assert lineage.json("checkpoints", "--as-of", "1")["total"] == 0


def test_project_without_runs_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty project is told in words."""
    make_project(tmp_path).close()
    empty = InProcess(tmp_path, monkeypatch, capsys)

    assert "no checkpoints yet; tasks create them" in empty("checkpoints").err
