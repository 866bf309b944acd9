"""Graphs as pictures, and as a page for the browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.graph_formats import (
    GraphFormat,
    default_limit,
    drawing_svg,
    encode,
    labels,
    render,
)
from projections.graph_formats.drawing import draw
from projections.graph_formats.layout import HEIGHT, WIDTH, layered

HOSTILE = (
    "</script><script>alert(1)</script>\"'\n<!--\u202egnp.exe ]]> ${x} שלום 名前 "
    "&amp;\u2028\x00\x1b"
)
SVG = "{http://www.w3.org/2000/svg}"


def chain(length: int, name: str = "f") -> nx.DiGraph:
    """Files, each made from the one before."""
    graph = nx.DiGraph(question="all", node_count=length, edge_count=length, is_truncated=False)
    nodes = [f"{name}{number}@{number:064x}" for number in range(length)]
    for number, node in enumerate(nodes):
        graph.add_node(node, kind="dataset", uri=f"{name}{number}", rows=number, sha256="0" * 64)
    graph.add_edges_from(pairwise(nodes), kind="derived", is_assumed=False)
    return graph


def picture(graph: nx.DiGraph) -> ET.Element:
    """A graph as the elements of its SVG."""
    return ET.fromstring(render(graph, "svg"))  # noqa: S314  # our own


class Page(HTMLParser):
    """What a browser would make of a page.

    Attributes:
        elements: Tag and attributes of each element.
        scripts: Type and content of each script.
        policy: The content security policy.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.styles: list[str] = []
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag == "script":
            self.scripts.append((found.get("type"), ""))
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""

    def handle_data(self, data: str) -> None:
        """Note the content of scripts and styles."""
        if self.lasttag == "script" and self.cdata_elem == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)
        if self.cdata_elem == "style":
            self.styles.append(data)

    @property
    def views(self) -> list[Any]:
        """What the script of the page reads: the folded graph, and the whole."""
        found = [json.loads(text) for kind, text in self.scripts if kind == "application/json"]
        return [one for one in found if "boxes" in one]  # not what tables are made of

    @property
    def run(self) -> list[str]:
        """The scripts that run."""
        return [text for kind, text in self.scripts if kind is None]


@st.composite
def shapes(draw: st.DrawFn) -> nx.DiGraph:
    """Graphs of any shape, with cycles."""
    pairs = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
    graph = nx.DiGraph()
    graph.add_nodes_from(map(str, range(draw(st.integers(0, 10)))))
    graph.add_edges_from((str(a), str(b)) for a, b in pairs)
    return graph


@given(graph=shapes())
def test_nodes_never_overlap_and_lie_inside(graph: nx.DiGraph) -> None:
    """Every node has a place of its own in the picture, whatever the graph."""
    layout = layered(graph)

    assert set(layout.places) == set(graph)
    places = list(layout.places.values())
    for number, (left, top) in enumerate(places):
        assert 0 <= left <= layout.width - WIDTH
        assert 0 <= top <= layout.height - HEIGHT
        for other_left, other_top in places[:number]:
            assert abs(left - other_left) >= WIDTH or abs(top - other_top) >= HEIGHT


@given(graph=shapes())
def test_edges_lead_to_the_right_where_there_is_no_cycle(graph: nx.DiGraph) -> None:
    """What was made from a file stands right of it."""
    places = layered(graph).places
    circle = {
        n: number for number, ns in enumerate(nx.strongly_connected_components(graph)) for n in ns
    }

    for source, target in graph.edges:
        if circle[source] != circle[target]:
            assert places[source][0] < places[target][0]


@pytest.mark.parametrize("graph_format", ["svg", "html", "graphml", "png", "dot", "mermaid"])
def test_same_graph_gives_the_same_bytes(graph_format: GraphFormat) -> None:
    """A picture depends on the graph alone."""
    assert encode(chain(5), graph_format) == encode(chain(5), graph_format)


def test_svg_tells_those_who_do_not_see_it() -> None:
    """Title and description are named as such, and say what and how much is shown."""
    root = picture(chain(3))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert root.findtext(f"{SVG}title") == "Lineage"
    assert (root.findtext(f"{SVG}desc") or "").startswith("3 nodes, 2 edges.")


def test_svg_shows_what_is_not_known() -> None:
    """Assumed edges, unknown contents, vanished files and undeclared columns are dashed."""
    graph = nx.DiGraph(question="all")
    graph.add_node("a@unknown", kind="dataset", uri="a", sha256=None)
    graph.add_node("b@" + "0" * 64, kind="dataset", uri="b", is_missing=True)
    graph.add_node("c@" + "0" * 64, kind="dataset", uri="c")
    graph.add_node("u", kind="column", uri="u", column="u", origin="undeclared")
    graph.add_edge("a@unknown", "c@" + "0" * 64, kind="used", is_assumed=True)

    root = picture(graph)
    boxes = root.findall(f".//{SVG}g[@class='node']/{SVG}rect")
    text = "".join(root.itertext())

    assert [box.get("stroke-dasharray") is not None for box in boxes] == [True, True, False, True]
    assert root.find(f"{SVG}path[@stroke-dasharray]") is not None
    for words in ("digest unknown", "not on disk", "origin undeclared", "used, assumed"):
        assert words in text


def test_picture_that_was_cut_says_so() -> None:
    """Which part of how much is written into every picture."""
    graph = chain(3)
    graph.graph.update(node_count=1_234, edge_count=5_678, is_truncated=True)

    for text_format in ("svg", "html", "mermaid", "dot"):
        text = render(graph, text_format)  # type: ignore[arg-type]  # one of the formats
        assert "Truncated: 3 of 1,234 nodes, 2 of 5,678 edges" in text


@settings(max_examples=30)
@given(name=st.text(max_size=30) | st.just(HOSTILE))
def test_any_name_makes_a_well_formed_picture(name: str) -> None:
    """No name breaks out of SVG or GraphML."""
    graph = chain(2, name)

    assert len(picture(graph).findall(f".//{SVG}g")) == 2
    assert nx.parse_graphml(render(graph, "graphml")).number_of_nodes() == 2


@settings(max_examples=20)
@given(name=st.text(max_size=30) | st.just(HOSTILE))
def test_any_name_makes_a_well_formed_picture_of_the_page(name: str) -> None:
    """The SVG of the boxes that a page shows has each of them, whatever its name."""
    root = ET.fromstring(drawing_svg.render(draw(chain(3, name)), title=name))  # noqa: S314  # our own

    assert len(root.findall(f".//{SVG}g/{SVG}title")) == 3
    assert len(root.findall(f"./{SVG}g/{SVG}path")) == 2


@settings(max_examples=30)
@given(name=st.text(max_size=30) | st.just(HOSTILE))
def test_any_name_stays_text_of_the_page(name: str) -> None:
    """No name adds an element, an attribute or a line of script to the page."""
    plain, hostile = Page(render(chain(2), "html")), Page(render(chain(2, name), "html"))

    def shape(page: Page) -> list[tuple[str, list[str]]]:
        return [(tag, sorted(attributes)) for tag, attributes in page.elements]

    assert shape(hostile) == shape(plain)
    assert hostile.run == plain.run
    assert hostile.views[1]["boxes"][0]["facts"]["uri"] == labels.visible(f"{name}0")


def test_page_needs_nothing_else_and_runs_nothing_else() -> None:
    """No element loads anything, and the policy allows its own scripts and style by hash."""
    page = Page(render(chain(3), "html"))
    library, script = page.run

    assert page.policy.startswith("default-src 'none'; ")
    assert page.policy.count("sha256-") == 3
    for text in (library, script, page.styles[0]):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.policy
    loading = {"src", "srcset", "href", "xlink:href", "data", "action", "style", "poster"}
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not loading & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import|eval|innerHTML)\b", script)


def test_page_of_two_thousand_nodes_has_all_of_them() -> None:
    """As many as the default limit are in the picture and in the tables."""
    length = default_limit("html") or 0
    page = Page(render(chain(length), "html"))

    assert [len(view["boxes"]) for view in page.views] == [length, length]
    assert page.views[1]["ways"][0]["source"] == "b0"
    rows = sum(tag == "tr" for tag, _ in page.elements)
    assert rows == 2 * (2 * length - 1 + 2)  # for each view: boxes, edges and two heads


@pytest.mark.parametrize("length", [0, 1, 40, 200])
def test_png_of_any_length_can_be_drawn(length: int) -> None:
    """A picture that would be too wide for its format is made smaller."""
    image = encode(chain(length, "名前 $x^2$ \\frac"), "png")

    width = int.from_bytes(image[16:20], "big")
    assert image.startswith(b"\x89PNG")
    assert 0 < width <= 30_001


@given(text=st.text(max_size=60), cells=st.integers(1, 20))
def test_shortened_text_fits(text: str, cells: int) -> None:
    """No label is wider than its box, and short ones are left as they are."""
    short = labels.shortened(text, cells)

    assert labels.width_of(short) <= cells
    assert short == text or labels.width_of(text) > cells
    assert text.startswith(short.partition("…")[0])


@given(text=st.text())
def test_visible_text_can_be_written_and_steers_nothing(text: str) -> None:
    """Control characters and those that turn the direction of writing are seen, not obeyed."""
    shown = labels.visible(text)

    shown.encode()
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", shown)
