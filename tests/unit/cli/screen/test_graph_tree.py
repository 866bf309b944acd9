"""A lineage graph as a tree of text."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import networkx as nx
import pytest

from lineage.cli.screen.graph_tree import print_tree


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Callable[[nx.DiGraph], str]:
    """What a terminal of 60 columns without colours shows of a graph."""

    def draw(graph: nx.DiGraph) -> str:
        terminal = _Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        for name, value in (("COLUMNS", "60"), ("LINES", "25"), ("TERM", "dumb")):
            monkeypatch.setenv(name, value)
        print_tree(graph)
        return terminal.getvalue()

    return draw


def graph_of(*edges: tuple[str, str], assumed: bool = False, **facts: object) -> nx.DiGraph:
    """A graph of files."""
    graph = nx.DiGraph(question="all", **facts)
    for name in dict.fromkeys(name for edge in edges for name in edge):
        graph.add_node(name, kind="dataset", uri=name, sha256=None)
    graph.add_edges_from(edges, is_assumed=assumed, kind="derived")
    return graph


def test_result_is_above_its_sources_and_a_node_is_drawn_once(
    drawn: Callable[[nx.DiGraph], str],
) -> None:
    """What two files were made from has its own sources below the first of them only."""
    text = drawn(graph_of(("raw", "a"), ("a", "x"), ("a", "y")))

    assert text[0] in "xy"
    assert text.count("\u2500 raw") == 1
    assert text.count("drawn above") == 1


def test_downstream_begins_at_the_source(drawn: Callable[[nx.DiGraph], str]) -> None:
    """What was made from a file is below it."""
    graph = graph_of(("raw", "a"), ("a", "x"))
    graph.graph["question"] = "downstream"

    assert drawn(graph).splitlines()[0].startswith("raw")


def test_assumed_step_says_so(drawn: Callable[[nx.DiGraph], str]) -> None:
    """What nobody declared is no fact."""
    assert "assumed" in drawn(graph_of(("raw", "a"), assumed=True)).splitlines()[1]


def test_circle_is_drawn_once(drawn: Callable[[nx.DiGraph], str]) -> None:
    """A file that was made from itself ends the tree."""
    assert drawn(graph_of(("a", "b"), ("b", "a"))).count("drawn above") == 1
