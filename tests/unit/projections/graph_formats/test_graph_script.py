"""The script of a picture in jsdom: what it shows, chooses, finds, dates and saves."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.graph_formats import render

NODE: Final = shutil.which("node")
JSDOM: Final = Path(__file__).parents[4] / "build" / "jsdom"
INSTALL: Final = "npm install --no-save --no-package-lock --prefix build/jsdom jsdom@26.1.0"
DRIVER: Final = Path(__file__).with_name("page_in_jsdom.js")
HOSTILE: Final = '<img src=x onerror=alert(1)>,"\u202ecsv'

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed here"),
    pytest.mark.skipif(not (JSDOM / "node_modules").exists(), reason=f"no jsdom: {INSTALL}"),
]


class Browser:
    """A process that shows pages in jsdom."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # our own script
            [str(NODE), str(DRIVER), str(JSDOM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def do(self, order: str, **values: object) -> Any:
        """Give an order and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": order, **values}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def open(self, graph: nx.DiGraph) -> dict[str, Any]:
        """Show the page of a graph and return what it shows."""
        self.do("load", html=render(graph, "html"))
        return self.read()

    def read(self) -> dict[str, Any]:
        """Return what is shown; nothing was complained of."""
        shown: dict[str, Any] = self.do("read")
        assert shown["complaints"] == []
        return shown

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.communicate(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One process for all tests."""
    opened = Browser()
    yield opened
    opened.close()


def history(pairs: set[tuple[int, int]], size: int, name: str = "f") -> nx.DiGraph:
    """Files made from others; the one with number n came at event n + 1, an hour after the last.

    It was recorded a day after it happened.
    """
    graph = nx.DiGraph(question="all", node_count=size, edge_count=len(pairs), is_truncated=False)

    def times(number: int) -> dict[str, Any]:
        hour = f"{number // 24 + 1:02}T{number % 24:02}:00:00.000001+00:00"
        return {
            "position": number + 1,
            "happened_at": f"2026-01-{hour}",
            "recorded_at": f"2026-02-{hour}",
        }

    for number in range(size):
        uri = f"{name}{number}"
        graph.add_node(
            f"{uri}@{number:064x}", kind="dataset", uri=uri, sha256="0" * 64, **times(number)
        )
    nodes = [*graph]
    for source, target in sorted(pairs):
        edge = {"kind": "derived", "is_assumed": False, **times(max(source, target))}
        graph.add_edge(nodes[source], nodes[target], **edge)
    return graph


def chain(size: int, name: str = "f") -> nx.DiGraph:
    """Files, each made from the one before."""
    return history({(number, number + 1) for number in range(size - 1)}, size, name)


def marked(shown: dict[str, Any], name: str) -> set[str]:
    """The boxes and ways that have a class."""
    things = {box["id"] for box in shown["data"]["boxes"]}
    things |= {f"e{number}" for number in range(len(shown["data"]["ways"]))}
    return {one for one, classes in shown["classes"].items() if name in classes and one in things}


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pairs=st.sets(
        st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] != pair[1]),
        min_size=1,
        max_size=20,
    ),
    chosen=st.integers(0, 9),
    moment=st.integers(0, 9),
)
def test_chosen_box_and_moment_show_what_networkx_says(
    browser: Browser, pairs: set[tuple[int, int]], chosen: int, moment: int
) -> None:
    """All but what leads to and from a chosen box fades; at a moment, what came later is absent."""
    graph = history(pairs, 10)
    opened = browser.open(graph)
    plain = nx.relabel_nodes(graph, {node: number for number, node in enumerate(graph)})
    ways = [(int(way["source"][1:]), int(way["target"][1:])) for way in opened["data"]["ways"]]
    up, down = nx.ancestors(plain, chosen) | {chosen}, nx.descendants(plain, chosen) | {chosen}

    browser.do("choose", id=f"b{chosen}")
    shown = browser.read()

    on = {f"b{number}" for number in up | down}
    assert {f"b{number}" for number in range(10)} - marked(shown, "faded") == on
    upward = {f"e{n}" for n, (_, target) in enumerate(ways) if target in up}
    downward = {f"e{n}" for n, (source, _) in enumerate(ways) if source in down}
    assert marked(shown, "up") == upward
    assert marked(shown, "down") == downward - upward
    assert f"sources shown{len(up) - 1}results shown{len(down) - 1}Close" in shown["facts"]

    browser.do("enter", selector=".graph-clock input", value=str(moment))
    then = browser.read()

    late = {f"b{number}" for number in range(moment + 1, 10)}
    assert marked(then, "absent") - {f"e{n}" for n in range(len(ways))} == late
    assert {f"e{n}" for n, pair in enumerate(ways) if max(pair) > moment} <= marked(then, "absent")
    assert then["places"] == opened["places"]
    assert f": {moment + 1} of 10 boxes and " in then["moment"]


def test_moment_is_told_by_either_clock(browser: Browser) -> None:
    """Times differ between the clocks; a step leads to the next moment, the end is now."""
    opened = browser.open(chain(3))
    assert (opened["moment"], opened["last"]) == ("Now", 3)

    browser.do("click", selector="[data-clock=before]")
    browser.do("click", selector="[data-clock=before]")
    happened = browser.read()
    browser.do("enter", selector=".graph-clock select", value="1", event="change")
    browser.do("click", selector="[data-clock=before]")
    recorded = browser.read()
    browser.do("click", selector="[data-clock=after]")
    browser.do("click", selector="[data-clock=after]")

    assert happened["moment"] == "2026-01-01 01:00:00 UTC: 2 of 3 boxes and 1 of 2 edges were there"
    assert recorded["moment"] == (
        "Event 3, recorded 2026-02-01 02:00:00 UTC: 3 of 3 boxes and 2 of 2 edges were there"
    )
    absent = [row[0] for table in happened["tables"] for row in table["rows"] if "(not" in row[0]]
    assert absent == ["f1 (not there)", "f2 (not there)"]
    now = browser.read()
    assert now["moment"] == "Now"
    assert now["tables"] == opened["tables"]


def test_erased_file_is_absent_from_its_erasure_on(browser: Browser) -> None:
    """Between its making and its erasure a file was there; now it is drawn as erased."""
    graph = chain(3)
    first, *_ = graph
    graph.nodes[first].update(
        is_erased=True, erased_at="2026-03-01T00:00:00+00:00", erased_position=9
    )
    assert marked(browser.open(graph), "absent") == set()

    browser.do("click", selector="[data-clock=before]")
    after = browser.read()
    browser.do("click", selector="[data-clock=before]")

    assert marked(after, "absent") == {"b0", "e0"}
    assert marked(browser.read(), "absent") == set()


def test_picture_is_used_by_keys_alone(browser: Browser) -> None:
    """Enter chooses, Shift and arrows follow the ways, Enter again reads, Escape leaves."""
    browser.open(history({(0, 1), (1, 2), (1, 3)}, 4))

    told = []
    for key, shift in (
        ("Enter", False),
        ("ArrowRight", True),
        ("ArrowRight", True),
        ("ArrowDown", True),
        ("ArrowLeft", True),
    ):
        browser.do("press", key=key, shift=shift)
        told.append(browser.read()["facts"][:2])
    browser.do("press", key="Enter")
    reading = browser.read()["focus"]
    browser.do("press", key="Escape", on=".graph-facts")
    left = browser.read()

    assert told == ["f0", "f1", "f2", "f3", "f1"]
    assert reading == "Close"
    assert left["facts"] is None
    assert "graph-picture" in left["focus"]


def test_search_marks_what_it_finds_and_goes_through_it(browser: Browser) -> None:
    """Hits are counted, Enter chooses one after the other, and names are only ever texts."""
    browser.open(chain(12, HOSTILE))
    browser.do("enter", selector=".graph-find", value='ONERROR=ALERT(1)>,"\\u202ecsv1')
    shown = browser.read()
    assert shown["found"] == "3 found, Enter for the next"
    assert marked(shown, "hit") == {"b1", "b10", "b11"}

    for name in ("1", "10", "11", "1"):
        browser.do("press", key="Enter", on=".graph-find")
        assert f"csv{name}id" in browser.read()["facts"]


class Tables(HTMLParser):
    """The rows of all tables of a page, as texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
            self._is_cell = True

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        self._is_cell = self._is_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        """Add to a cell."""
        if self._is_cell:
            self.rows[-1][-1] += data


@pytest.mark.parametrize("size", [3, 210])
def test_tables_and_file_say_what_the_markup_says(browser: Browser, size: int) -> None:
    """Tables that the script makes equal those for readers without scripts, and the CSV file."""
    graph = chain(size, HOSTILE)
    markup = Tables(render(graph, "html")).rows
    browser.open(graph)
    saved = [*csv.reader(io.StringIO(browser.do("csv")))]
    shown = browser.read()

    rows = [row for table in shown["tables"] for row in table["rows"]]
    half = len(markup) // 2  # the folded view and the whole have the same boxes here
    assert rows == markup[:half] == markup[half:]
    assert saved == shown["tables"][0]["rows"]
    assert len(saved) == size
    browser.do("click", selector="button[data-view='1']")
    assert browser.read()["data"]["boxes"][0]["kind"] == "file"
