"""The page that a graph is written as, in a real browser: it draws, tells, finds and saves."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from projection_scenarios import append, folded, of_run, operation, read, started, wrote
from served import served as serving

from lineage.kernel.clock import SteppingClock
from lineage.project import Project
from projections.dependency_graph import dependency_graph
from projections.graph_formats import render

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
SVG: Final = "{http://www.w3.org/2000/svg}"
HOSTILE: Final = "<img src=x onerror=alert(1)>\u202ecsv"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of two runs of a task, one of which read a file with a hostile name."""
    first = (started(), operation(1), read("in.csv", "1"), wrote("out.csv", "a"))
    second = (started(), operation(1), read(HOSTILE, "2"), wrote("out.csv", "b"))
    with folded(of_run(*first, run="r1"), of_run(*second, run="r2")) as history:
        text = render(dependency_graph(history.catalog), "html")
    path = tmp_path_factory.mktemp("graph") / "graph.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page after it was drawn; nothing was complained of, and no other address asked."""
    tab = browser.new_page(viewport={"width": 1200, "height": 800})
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("request", lambda asked: complaints.append(asked.url) if asked.url != address else None)
    tab.goto(address)
    tab.locator(".graph-picture[data-drawn]").wait_for()
    yield tab
    tab.close()
    assert [said for said in complaints if not said.startswith("data:image/svg+xml")] == []


def drawn(page: Page) -> str | None:
    """How many boxes are in the picture."""
    return page.locator(".graph-picture").get_attribute("data-drawn")


def found(page: Page, text: str) -> None:
    """Look for a text and choose the first box that has it."""
    page.locator(".graph-find").fill(text)
    page.locator(".graph-find").press("Enter")


def test_page_opens_folded_and_unfolds(page: Page) -> None:
    """Three files and a task are drawn at first; the second view has versions and operations."""
    assert drawn(page) == "4"
    assert page.locator(".graph-summary:visible").inner_text() == "4 boxes stand for 6 nodes"

    page.get_by_role("button", name="Runs and versions").click()

    assert drawn(page) == "6"
    assert page.locator(".graph-view:visible tbody tr").count() == 4 + 6


def test_chosen_box_tells_what_is_known_of_it(page: Page) -> None:
    """A box that was looked for is chosen, with its facts as text whatever its name is."""
    found(page, "onerror")

    heading = page.locator(".graph-facts h2")
    assert heading.inner_text() == "<img src=x onerror=alert(1)>\\u202ecsv"
    assert page.locator("img").count() == 0

    page.locator(".graph-picture").press("Escape")

    assert page.locator(".graph-facts").is_hidden()


def test_saved_edges_are_those_of_the_table(page: Page, tmp_path: Path) -> None:
    """The CSV file has the rows of the table that is shown, cell by cell."""
    with page.expect_download() as download:
        page.locator(".graph-csv:visible").click()
    download.value.save_as(tmp_path / "lineage.csv")
    with (tmp_path / "lineage.csv").open(encoding="utf-8", newline="") as file:
        saved = [*csv.reader(file)]

    table = page.locator(".graph-view:visible table").first
    shown = [row.locator("th, td").all_text_contents() for row in table.locator("tr").all()]
    assert len(saved) == 4
    assert saved == shown


def test_text_is_never_small_on_opening(page: Page) -> None:
    """The picture opens at natural size, not fitted to the window."""
    map_width = page.locator(".graph-map .seen").get_attribute("width")

    stage = page.locator(".graph-picture").bounding_box()
    assert stage is not None
    assert float(map_width or 0) == pytest.approx(stage["width"], abs=2)


@pytest.fixture(scope="module")
def visit(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab with the cookie of a server, whose history is five runs in a row."""
    root = tmp_path_factory.mktemp("served")
    with Project(root, clock=SteppingClock()) as project:
        for number in range(5):
            made = (read(f"f{number}", "x"), wrote(f"f{number + 1}", "x"))
            step = of_run(started(), operation(1), *made, run=f"r{number}", task=f"t_{number}")
            append(project.ledger, step)
        with serving(project) as server:
            tab = browser.new_context(viewport={"width": 1200, "height": 800}).new_page()
            tab.goto(server.address)
            yield tab
            tab.context.close()


@pytest.fixture
def served(visit: Page) -> Iterator[Page]:
    """The page around a file in the middle; nothing was complained of."""
    complaints: list[str] = []
    visit.on("console", lambda said: complaints.append(said.text))
    visit.on("pageerror", lambda error: complaints.append(str(error)))
    visit.goto(urljoin(visit.url, "graph?file=f3&up=1&down=1"))
    visit.locator(".graph-picture[data-drawn]").wait_for()
    yield visit
    assert complaints == []


def test_more_steps_are_shown_without_a_new_page(served: Page) -> None:
    """By a key all sources of a box appear, it stays where it was, and Back takes them away."""
    served.evaluate("() => { window.isSamePage = true; }")
    before = int(drawn(served) or 0)
    address = served.url
    found(served, "task:t_2")
    place = _place_of(served, "t_2")
    served.locator(".graph-picture").press("S")
    served.wait_for_url("**also=*uall*")
    served.locator(".graph-picture[data-drawn]").wait_for()
    served.get_by_text("more shown").wait_for()

    assert int(drawn(served) or 0) > before
    assert served.evaluate("() => window.isSamePage")
    assert _place_of(served, "t_2") == pytest.approx(place, abs=1)
    assert served.locator(".graph-facts h2").inner_text() == "t_2"

    served.go_back()
    served.wait_for_url(address)
    served.locator(f".graph-picture[data-drawn='{before}']").wait_for()


def _place_of(page: Page, name: str) -> list[float]:
    """Where a box is on the screen."""
    script = """(name) => {
      const cy = document.querySelector(".graph-picture")._cyreg.cy;
      const { x, y } = cy.nodes().filter((one) => one.data("title") === name)[0].renderedPosition();
      return [x, y];
    }"""
    place: list[float] = page.evaluate(script, name)
    return place


def test_moment_of_the_slider_leads_to_the_page_of_then(served: Page) -> None:
    """As many boxes as the slider says were there are on the page as of that event."""
    served.locator(".graph-clock select").select_option("1")
    link = served.get_by_role("link", name="This page as of then")
    for _ in range(3):
        served.locator("[data-clock=before]").click()
    assert link.is_hidden()  # the file that is asked about was not there
    served.locator("[data-clock=after]").click()
    told = served.locator(".graph-moment").inner_text()
    served.locator("#zone").click()
    local = served.locator(".graph-moment time").inner_text()
    served.locator("#zone").click()
    there, whole = (int(told.partition(" UTC: ")[2].split()[place]) for place in (0, 2))
    link.click()
    served.locator(".past").wait_for()
    kinds = served.locator(".graph-tables table").last.locator("tbody td:nth-child(2)")

    assert 0 < there < whole
    assert sum(kind != "stub" for kind in kinds.all_text_contents()) == there
    assert re.fullmatch(r"2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d", local)


def test_picture_is_saved_for_people_without_the_tool(served: Page, tmp_path: Path) -> None:
    """The SVG file and the HTML file have the boxes of the page, and lead nowhere."""
    names = set(served.locator(".graph-tables table").last.locator("tbody th").all_text_contents())
    for ending in ("SVG", "HTML"):
        with served.expect_download() as download:
            served.get_by_role("link", name=ending).click()
        download.value.save_as(tmp_path / f"lineage.{ending.lower()}")
    picture = ET.parse(tmp_path / "lineage.svg")  # noqa: S314  # our own
    texts = {"".join(one.itertext()) for one in picture.iter(f"{SVG}text")}
    other = served.context.new_page()
    other.goto((tmp_path / "lineage.html").as_uri())
    other.locator(".graph-picture[data-drawn]").wait_for()
    saved = set(other.locator(".graph-tables table").last.locator("tbody th").all_text_contents())
    links = other.locator("a").count()
    other.close()

    assert saved == names
    assert names <= texts
    assert links == 0
