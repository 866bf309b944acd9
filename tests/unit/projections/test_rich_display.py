"""What a notebook shows of answers, graphs and reports."""

from __future__ import annotations

import pickle
from pathlib import Path

import networkx as nx
import pytest
from page_reader import HOSTILE, Page
from projection_scenarios import done, folded, of_run, operation, read, started, wrote
from small_tasks import begin_run, make_project

from lineage.kernel.errors import QueryError
from lineage.kernel.plain import plain
from lineage.tasks import TaskReporter
from lineage.tasks.reporting.run import ReportedRun
from projections.dependency_graph import LineageGraph, dependency_graph
from projections.dependency_graph.lineage_graph import DRAWN_NODES


@pytest.mark.parametrize(
    ("count", "shown", "note"),
    [(3, 3, ""), (20, 20, ""), (21, 20, "the first 20 rows"), (0, 1, "no rows")],
)
def test_answer_shows_its_first_rows(count: int, shown: int, note: str) -> None:
    """A notebook gets a bounded table that says what it leaves out."""
    with folded() as history:
        page = Page(history.catalog.sql(f"select range as n from range({count})")._repr_html_())
    assert page.names.count("tr") == 1 + shown + bool(note)
    assert note in page.text
    assert page.is_balanced


@pytest.mark.parametrize("value", HOSTILE)
def test_values_of_an_answer_are_text(value: str) -> None:
    """What a cell holds adds no tag."""
    with folded() as history:
        answer = history.catalog.sql("select ? as v", [value.replace("\x00", "")])
        page = Page(answer._repr_html_())
    assert set(page.names) == {"table", "thead", "tbody", "tr", "th"}
    assert plain(value.replace("\x00", "")) in page.text


def test_wrong_query_fails_when_it_is_shown() -> None:
    """An error is not drawn as an empty table."""
    with folded() as history, pytest.raises(QueryError, match="nothing"):
        history.catalog.sql("select nothing")._repr_html_()


def _graph(name: str = "a") -> LineageGraph:
    files = [read(f"{name}.csv", "a"), wrote(f"{name}.out", "b")]
    with folded(of_run(started(), operation(), *files, done())) as history:
        graph: LineageGraph = dependency_graph(history.catalog)
    return graph


def test_graph_is_drawn_with_ids_of_its_own() -> None:
    """Two pictures in one notebook have different ids, and each names its own title."""
    pictures = [Page(_graph(name)._repr_html_()) for name in "ab"]
    ids = [{a["id"] for _, a in page.tags if "title" in (a.get("id") or "")} for page in pictures]
    assert not ids[0] & ids[1]
    assert all(page.is_balanced for page in pictures)
    assert "a.csv" in pictures[0].text


def test_large_graph_tells_its_size() -> None:
    """Nobody can read thousands of boxes."""
    graph = LineageGraph()
    graph.add_nodes_from(range(DRAWN_NODES + 1))
    assert "201 nodes" in graph._repr_html_()
    assert "<svg" not in graph._repr_html_()


def test_graph_is_one_of_networkx() -> None:
    """Copies, parts and pickles of a graph are graphs of the same kind."""
    graph = _graph()
    assert isinstance(graph, nx.DiGraph)
    for other in (graph.copy(), graph.subgraph(graph).copy(), pickle.loads(pickle.dumps(graph))):  # noqa: S301
        assert isinstance(other, LineageGraph)
        assert nx.utils.graphs_equal(graph, other)


def test_report_is_shown_as_a_card(tmp_path: Path) -> None:
    """The report of a reporter has the task and the status."""
    with make_project(tmp_path) as project:
        recorder = begin_run(project)
        reporter = TaskReporter(
            "t_one", "test", "", tmp_path / "DATA/reports/r.json", recorder=recorder
        )
        page = Page(reporter.report._repr_html_())
        recorder.succeed()
    assert isinstance(reporter.report._run, ReportedRun)
    assert "t_one" in page.text
    assert "running" in page.text
