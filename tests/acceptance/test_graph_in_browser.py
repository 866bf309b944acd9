"""The page that a graph is written as, in a real browser: it draws, tells, finds and saves."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from projection_scenarios import folded, of_run, operation, read, started, wrote

from projections.dependency_graph import dependency_graph
from projections.graph_formats import render

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
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
