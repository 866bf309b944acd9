"""Processes and tasks over time, drawn by the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asked_pages import Pages, pages_of

from lineage.domain.process import ErrorThreshold
from lineage.processes.summary import ProcessSummary


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project with a process whose errors exceeded a threshold, and one of a hostile name."""
    root = tmp_path_factory.mktemp("counted")
    (root / "configs").mkdir()
    (root / "configs/prj_config.json").write_text("{}")
    with pages_of(root) as pages:
        for name in ("collect", "<script>"):
            summary = ProcessSummary(
                name, "first", project=pages.project, thresholds=[ErrorThreshold(limit=3)]
            )
            summary.increment_items(10)
            for _ in range(4):
                summary.add_error("NetworkError", "timeout")
            summary.end_process()
            summary.save()
        yield pages


def test_alert_is_a_line_and_a_row(counted: Pages) -> None:
    """The threshold is drawn in the chart of its measure only."""
    (alert,) = counted.json("trends", name="collect")["alerts"]
    text = counted.html("trends", name="collect")

    assert (alert["measure"], alert["threshold"], alert["measured"]) == ("error_count", 3, 4)
    assert text.count('<line class="threshold"') == 1
    assert "alert at 3" in text
    assert "<figcaption>errors; 1 of 1 runs reached the alert at 3</figcaption>" in text


def test_name_of_a_process_is_text(counted: Pages) -> None:
    """Markup in it does nothing."""
    for page, asked in (("processes", {}), ("trends", {"name": "<script>"})):
        text = counted.html(page, **asked)
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


def test_processes_and_tasks_lead_to_their_trends(survey: Pages) -> None:
    """Each is a link; the counts are those of all runs."""
    (process,) = survey.json("processes")["processes"]
    text = survey.html("processes")

    assert (process["process_name"], process["run_count"]) == ("collect_answers", 2)
    assert process["items_processed"] == 100
    assert 'href="trends?name=collect_answers"' in text
    assert 'href="trends?name=t_count"' in text


def test_without_processes_the_page_says_what_counts_one(census: Pages) -> None:
    """It names the class."""
    assert "No process was counted yet: `ProcessSummary`" in census.html("processes")


def test_runs_of_a_task_are_drawn_with_links_and_words(survey: Pages) -> None:
    """A failed run is a cross, not only red, and each mark leads to its run."""
    text = survey.html("trends", name="t_count")

    assert '<svg viewBox="0 0 900 180" role="group" aria-label="seconds of a run of' in text
    assert 'class="mark cross failed"' in text
    assert 'href="run?id=' in text
    assert "style=" not in text


def test_metric_is_drawn_over_the_runs(census: Pages) -> None:
    """A task leads to its metrics, and a metric back to the task."""
    metric = census.json("trends", name="t_safe")["metrics"][0]
    document = census.json("trends", name="t_safe", metric=metric)

    assert document["metric"] == metric
    assert 'href="trends?name=t_safe"' in census.html("trends", name="t_safe", metric=metric)


def test_unknown_metric_says_so(census: Pages) -> None:
    """The name is text, whatever it holds."""
    text = census.html("trends", name="t_safe", metric="<b>")

    assert "No run of t_safe recorded a metric with &lt;b&gt;." in text


def test_unknown_name_is_not_found(census: Pages) -> None:
    """Neither process nor task has it."""
    assert "nobody" in census.html("trends", 404, name="nobody")
