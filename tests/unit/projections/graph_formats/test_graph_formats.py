"""A graph as JSON, Mermaid and DOT."""

from __future__ import annotations

import json
import re

import networkx as nx
import pytest
from projection_scenarios import (
    folded,
    of_run,
    operation,
    read,
    started,
    untimed,
    version_of,
    wrote,
)

from projections.dependency_graph import dependency_graph
from projections.graph_formats import TextFormat, render

FORMATS: tuple[TextFormat, ...] = ("json", "mermaid", "dot", "svg", "html", "graphml")
AWKWARD = 'a "quoted" [x](y)<b>&amp; #35; `md` {z} \\ back\nline'


def graph(name: str = "load", uri: str = "in.csv") -> nx.DiGraph:
    """The graph of an operation that read one file, and of one that wrote without reading."""
    events = (operation(1, name), read(uri, "i"), operation(2), wrote("out.csv", "o", by=2))
    with folded(of_run(started(), *events)) as history:
        return dependency_graph(history.catalog)


@pytest.mark.parametrize("text_format", FORMATS)
def test_same_history_gives_the_same_text(text_format: TextFormat) -> None:
    """A text depends on the history alone, byte by byte."""
    assert render(graph(), text_format) == render(graph(), text_format)


def test_json_has_all_nodes_and_edges() -> None:
    """Nodes have an id and what is known of them, edges their ends and kind."""
    document = json.loads(render(graph(), "json"))

    assert {node["id"] for node in document["nodes"]} == {
        version_of("in.csv", "i"),
        version_of("out.csv", "o"),
        "r1#1",
        "r1#2",
    }
    assert untimed(document["edges"][0]) == {
        "source": version_of("in.csv", "i"),
        "target": "r1#1",
        "kind": "used",
        "is_assumed": False,
    }


def test_json_is_read_back_as_the_same_graph() -> None:
    """Nothing of a graph is lost in its JSON."""
    document = json.loads(render(graph(AWKWARD, "ä/ö.csv"), "json"))
    facts = {key: value for key, value in document.items() if key not in {"nodes", "edges"}}
    back = nx.DiGraph(**facts)
    back.add_nodes_from((node.pop("id"), node) for node in document["nodes"])
    back.add_edges_from((e.pop("source"), e.pop("target"), e) for e in document["edges"])

    assert nx.utils.graphs_equal(back, graph(AWKWARD, "ä/ö.csv"))


def test_mermaid_shows_a_dashed_edge_where_it_is_assumed() -> None:
    """What an operation may have used is drawn unlike what it used."""
    text = render(graph(), "mermaid")

    assert text.startswith("flowchart LR\n")
    assert re.search(r"n0 -->\|used\| n1", text)
    assert re.search(r"n0 -\.->\|used\| n\d", text)


def test_dot_shows_a_dashed_edge_where_it_is_assumed() -> None:
    """What an operation may have used is drawn unlike what it used."""
    text = render(graph(), "dot")

    assert text.startswith("digraph lineage {\n")
    assert text.count("style=dashed") == 1


def test_mermaid_label_cannot_leave_its_quotes() -> None:
    """Quotes, tags, entities, Markdown and line ends of a name stay text of the label."""
    text = render(graph(AWKWARD), "mermaid")
    lines = text.splitlines()
    (line,) = [line for line in lines if "quoted" in line]

    assert line.count('"') == 2
    assert "&" not in line
    assert "`" not in line
    assert "#34;quoted#34; [x](y)#60;b#62;#38;amp; #35;35; #96;md#96; {z} \\ back line" in line
    assert all(re.match(r"flowchart LR|  n\d+", line) for line in lines)


def test_dot_label_cannot_leave_its_quotes() -> None:
    """Quotes, backslashes and line ends of a name are escaped."""
    text = render(graph(AWKWARD), "dot")
    (line,) = [line for line in text.splitlines() if "quoted" in line]

    assert '\\"quoted\\"' in line
    assert "\\\\ back\\nline" in line
    assert len(re.findall(r'(?<!\\)"', line)) == 4


@pytest.mark.parametrize("text_format", FORMATS)
def test_names_of_any_script_stay_readable(text_format: TextFormat) -> None:
    """Letters beyond ASCII are not escaped."""
    assert "données/données_ß_名前.csv" in render(
        graph(uri="données/données_ß_名前.csv"), text_format
    )


@pytest.mark.parametrize("text_format", FORMATS)
def test_empty_graph_has_a_text(text_format: TextFormat) -> None:
    """A project without history can be drawn."""
    with folded() as history:
        assert render(dependency_graph(history.catalog), text_format).endswith("\n")
