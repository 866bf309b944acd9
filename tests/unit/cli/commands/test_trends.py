"""What `lineage trends` shows and draws."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import typer
from hand_clock import HandClock
from typer.testing import CliRunner, Result

from lineage.cli.commands import trends
from lineage.cli.screen import trend_picture
from lineage.domain.process import ErrorThreshold
from lineage.events import ErrorFact, RunStarted
from lineage.kernel.errors import MetricNotFoundError, TaskNotFoundError
from lineage.processes.summary import ProcessSummary
from lineage.project import Project
from lineage.recording.recorder import RunRecorder
from lineage.recording.run_facts import metric_facts

DAY_S = 86_400
PNG = b"\x89PNG\r\n\x1a\n"


def run_process(project: Project, clock: HandClock, run_name: str, *, minutes: int) -> None:
    """Handle 10 items a minute; two are retried, one fails."""
    thresholds = [ErrorThreshold(limit=1)]
    summary = ProcessSummary("collect", run_name, project=project, thresholds=thresholds)
    for _ in range(minutes):
        summary.increment_items(processed=10, successful=9, failed=1, retried=2, bytes_count=3)
        summary.add_error("NetworkError", "timeout")
        clock.move(60)
        summary.checkpoint()
    summary.save()
    if run_name == "r3":
        clock.move(301)
        summary = ProcessSummary("collect", run_name, project=project)
    if run_name != "r4":
        summary.end_process()
    summary.save()
    clock.move(DAY_S)


def run_task(
    project: Project, clock: HandClock, task: str, outcome: str, *, k: int | None = None
) -> None:
    """Run a task for 90 seconds, perhaps with measures."""
    recorder = RunRecorder(project, task)
    recorder.begin(
        RunStarted(
            task_type="t",
            description="d",
            task_version="1",
            product_version="1",
            script_path="s",
            report_path="DATA/reports/r.json",
            host="h",
            pid=1,
            process_started_at=1.0,
            config_sha256=None,
            seed=None,
        )
    )
    clock.move(90)
    if k is not None:
        metrics = {"after": {"risk": {"k": k, "rows": 9}, "rows": 9}, "mode": "fast"}
        recorder.observe(*metric_facts(metrics))
    if outcome == "succeeded":
        recorder.succeed()
    elif outcome == "failed":
        recorder.fail(ErrorFact(error_type="E", message="m", traceback=()))
    clock.move(DAY_S)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with four runs of a process, and runs of two tasks."""
    clock = HandClock()
    with Project(tmp_path_factory.mktemp("project"), clock=clock) as project:
        for number in range(1, 5):
            run_process(project, clock, f"r{number}", minutes=number)
        for outcome in ("succeeded", "failed", "succeeded", "running"):
            run_task(project, clock, "t_clean", outcome)
        run_task(project, clock, "collect", "succeeded")
        for k in (2, 5, 4):
            run_task(project, clock, "t_measured", "succeeded", k=k)
        return project.root


def lineage(root: Path, *arguments: object) -> Result:
    """Call the command in a project."""
    app = typer.Typer()
    app.callback()(lambda: None)
    app.command()(trends.trends)
    return CliRunner().invoke(app, ["trends", *map(str, arguments), "--project", str(root)])


def answer(root: Path, *arguments: object) -> dict[str, Any]:
    """Call the command with --json and return what it printed."""
    result = lineage(root, *arguments, "--json")
    assert result.exception is None, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_process_shows_one_row_a_run_oldest_first(root: Path) -> None:
    """Items, duration, rate, error rate and interruptions of each run."""
    rows = answer(root, "collect")["process"]["runs"]

    assert [row["run_name"] for row in rows] == ["r1", "r2", "r3", "r4"]
    assert [row["items_processed"] for row in rows] == [10, 20, 30, 40]
    assert [row["duration_s"] for row in rows] == [60, 120, 180, 240]
    assert {row["items_per_s"] for row in rows} == {10 / 60}
    assert {row["error_rate_percent"] for row in rows} == {10}
    assert [row["interruption_count"] for row in rows] == [0, 0, 1, 0]
    assert [row["is_completed"] for row in rows] == [True, True, True, False]
    assert rows[0]["started_at"] == "2026-01-01T00:00:00+00:00"


def test_process_total_is_of_all_runs(root: Path) -> None:
    """The aggregate does not depend on how many runs are listed."""
    trend = answer(root, "collect", "--limit", 2)["process"]
    total = trend["total"]

    assert [row["run_name"] for row in trend["runs"]] == ["r3", "r4"]
    assert trend["is_truncated"] is True
    assert (total["run_count"], total["completed_count"]) == (4, 3)
    assert (total["items_processed"], total["duration_s"]) == (100, 600)
    assert (total["items_per_s"], total["success_rate_percent"]) == (100 / 600, 90)
    assert (total["error_types"], total["alert_count"]) == ({"NetworkError": 10}, 4)


def test_task_shows_time_and_status_of_its_runs(root: Path) -> None:
    """A task has no counts, but runs that took their time."""
    document = answer(root, "t_clean")

    assert document["process"] is None
    assert [(row["status"], row["duration_s"]) for row in document["task"]["runs"]] == [
        ("succeeded", 90),
        ("failed", 90),
        ("succeeded", 90),
        ("running", None),
    ]
    assert document["task"]["total"]["succeeded"] == 2
    assert document["task"]["total"]["median_s"] == 90


def test_name_of_both_shows_both(root: Path) -> None:
    """A process and a task of one name do not hide each other."""
    document = answer(root, "collect")

    assert document["process"]["total"]["run_count"] == 4
    assert document["task"]["total"]["run_count"] == 1


def test_unknown_name_is_an_error(root: Path) -> None:
    """Nothing is shown for what never ran."""
    result = lineage(root, "nothing")

    assert isinstance(result.exception, TaskNotFoundError)
    assert "process or task 'nothing'" in str(result.exception)


def test_past_is_shown_as_it_was(root: Path) -> None:
    """As of a time, later runs have not happened."""
    rows = answer(root, "collect", "--as-of", "2026-01-02T12:00:00+00:00")["process"]["runs"]

    assert [row["run_name"] for row in rows] == ["r1", "r2"]


def test_table_says_how_many_runs_are_hidden(root: Path) -> None:
    """A cut list is never drawn as if whole."""
    result = lineage(root, "collect", "-n", 1)

    assert "r4" in result.stdout
    assert "r3" not in result.stdout
    assert "4 runs" in result.stdout
    assert "3 older runs are not shown" in result.stderr


def test_table_of_a_task_ends_with_its_totals(root: Path) -> None:
    """Counts by status and how long a success takes."""
    assert (
        "4 runs: 1 running, 2 succeeded, 1 failed. Successful runs took 90 to 90 s (median 90 s)."
    ) in lineage(root, "t_clean").stdout


@pytest.mark.parametrize(
    ("name", "suffix", "start"), [("collect", "png", PNG), ("t_clean", "SVG", b"<?xml")]
)
def test_picture_is_the_same_each_time(
    root: Path, tmp_path: Path, name: str, suffix: str, start: bytes
) -> None:
    """The same history gives the same bytes."""
    first, second = tmp_path / f"1.{suffix}", tmp_path / f"2.{suffix}"
    for picture in (first, second):
        assert lineage(root, name, "--plot", picture).exception is None

    assert first.read_bytes().startswith(start)
    assert first.read_bytes() == second.read_bytes()


def test_picture_has_a_labelled_panel_for_each_measure(root: Path) -> None:
    """Axes say what they show, dates are UTC, states have a legend."""
    figure = trend_picture._draw(answer(root, "collect"))

    assert [axes.get_ylabel() for axes in figure.axes] == [
        "items",
        "seconds of work",
        "items per second",
        "errors per 100 items",
        "seconds of a run",
    ]
    assert {axes.get_xlabel() for axes in figure.axes} == {"start of the run (UTC)"}
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "ended",
        "ended after interruptions",
        "not ended",
    ]


def test_run_without_a_duration_is_marked(root: Path) -> None:
    """A run that is still running is not drawn as one that took no time."""
    (axes,) = trend_picture._draw(answer(root, "t_clean")).axes

    legend = axes.get_legend()
    assert legend is not None
    assert "running, no duration" in [text.get_text() for text in legend.get_texts()]
    assert np.size(axes.lines[0].get_xdata()) == 3


def test_picture_of_a_name_in_any_script_is_drawn(tmp_path: Path) -> None:
    """Dollar signs are no formulas, and letters that the font lacks no error."""
    with Project(tmp_path, clock=HandClock()) as project:
        ProcessSummary("$x^ 収集", "r", project=project).save()
    picture = tmp_path / "picture.svg"

    assert lineage(tmp_path, "$x^ 収集", "--plot", picture).exception is None
    ET.parse(picture)  # noqa: S314  # written by the test


def test_picture_in_another_format_is_refused(root: Path, tmp_path: Path) -> None:
    """The format follows from the name of the file; nothing is written otherwise."""
    picture = tmp_path / "picture.gif"
    result = lineage(root, "collect", "--plot", picture)

    assert result.exit_code == 2
    assert not picture.exists()


def test_metric_shows_its_value_in_each_run(root: Path) -> None:
    """The end of a name is enough, and each run says how much it differs from the one before."""
    document = answer(root, "t_measured", "--metric", "risk.k")

    assert document["metric"] == "after.risk.k"
    assert [(run["value"], run["change"]) for run in document["runs"]] == [
        (2, None),
        (5, 3),
        (4, -1),
    ]
    cut = answer(root, "t_measured", "--metric", "after.risk.k", "--limit", 2)
    assert [(run["value"], run["change"]) for run in cut["runs"]] == [(5, 3), (4, -1)]
    assert (cut["run_count"], cut["is_truncated"]) == (3, True)


def test_metric_that_is_text_has_no_change(root: Path) -> None:
    """A word is shown as it is."""
    runs = answer(root, "t_measured", "-m", "mode")["runs"]
    assert [(run["value"], run["change"]) for run in runs] == [("fast", None)] * 3


def test_metric_is_printed_as_a_table(root: Path) -> None:
    """A line a run, and how many older ones are left out."""
    result = lineage(root, "t_measured", "-m", "risk.k", "-n", 2)
    lines = result.stdout.splitlines()
    assert lines[0] == "after.risk.k of task t_measured"
    assert lines[1].split() == ["run", "when", "status", "value", "change"]
    assert lines[2].split()[-2:] == ["5", "3"]
    assert "1 older runs" in result.stderr


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("risk.kk", "after.risk.k"),
        ("rows", "ambiguous, 2 metrics"),
        ("entirely else", "'lineage report"),
    ],
)
def test_unknown_metric_names_the_close_ones(root: Path, name: str, told: str) -> None:
    """The error tells which metrics there are."""
    result = lineage(root, "t_measured", "--metric", name)
    assert isinstance(result.exception, MetricNotFoundError)
    assert told.replace("'", "`") in str(result.exception)


def test_metric_of_unknown_task_is_refused(root: Path) -> None:
    """A process has no metrics, and a task that never ran has none."""
    result = lineage(root, "t_nobody", "--metric", "k")
    assert isinstance(result.exception, TaskNotFoundError)


def test_metric_is_drawn(root: Path, tmp_path: Path) -> None:
    """One panel has the values of the metric."""
    document = answer(root, "t_measured", "-m", "risk.k", "--plot", tmp_path / "k.png")
    (axes,) = trend_picture._draw(document).axes
    assert axes.get_ylabel() == "after.risk.k"
    assert (tmp_path / "k.png").read_bytes().startswith(PNG)


@pytest.mark.parametrize(
    ("values", "bars"),
    [([1, 2, 0], [10, 20, 0]), ([1, 1000], [1, 20]), ([0, 0], []), ([-1, 1], []), (["a", 1], [])],
)
def test_bars_are_in_proportion(values: list[Any], bars: list[int]) -> None:
    """What is not nothing has a bar; values that have no length have none."""
    assert list(map(len, trends._bars(values))) == bars
