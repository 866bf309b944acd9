"""Measure what the page of a graph takes: its answer, until Chromium has drawn it, and to move it.

Usage: python benchmarks/graph_page.py [--nodes 20000]

The history is that of `graph_closure`, in runs of fifty jobs, a task each. Beside an answer stands
the bare search in the catalog; beside a page in the browser, the answer alone. Without a browser
only the answers are measured. The browser has no window and draws in software; beside the median
frame while the mouse drags stands the median frame while nothing moves.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from graph_closure import LAYERS, PARENTS, bare, job_events, uri_of
from started_run import STARTED
from table import Row, medians_ms, show

from lineage.ledger import Ledger
from projections import Catalog, Projector
from projections.dependency_graph import Around, Selection, dependency_graph, find, ids
from projections.dependency_graph.surroundings import neighbourhood
from projections.graph_formats import drawing, render

if TYPE_CHECKING:
    from playwright.sync_api import Page

JOBS_OF_A_RUN = 50
NODES_OF_A_JOB = 2
SMALL = 20_000
REPEATS = 3
PAGES = (1_000, 5_000)
DRAGS = 60
"""Moves of the mouse while frames are counted."""

FRAMES = """() => {
  window.frames_at = [];
  const note = (now) => { window.frames_at.push(now); window.frame = requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""
GAPS = """() => {
  cancelAnimationFrame(window.frame);
  return window.frames_at.slice(1).map((now, number) => now - window.frames_at[number]);
}"""
BROWSER = Path("/usr/bin/chromium")


def append(ledger: Ledger, jobs: int) -> None:
    """Append the history."""
    wide = max(PARENTS, jobs // LAYERS)
    for first in range(0, jobs, JOBS_OF_A_RUN):
        run = f"run-{first:09}-0123456789abcdef"
        events = [STARTED, *job_events(first, min(JOBS_OF_A_RUN, jobs - first), wide)]
        task = f"t_{first // JOBS_OF_A_RUN}"
        ledger.append(f"run:{run}", events, expected_version=0, run=run, task=task)


def answers(catalog: Catalog, jobs: int) -> Iterator[Row]:
    """Yield the questions that the served page asks."""
    middle = find(catalog, uri_of(jobs // 2)).nodes
    search = bare(catalog, "edges", ids.keys_of(catalog, middle))
    beside = "bare recursion in DuckDB"
    for name, asked in (
        ("two steps each way", Around(starts=middle)),
        ("all steps each way", Around(starts=middle, upstream=None, downstream=None)),
    ):
        ours, theirs = medians_ms(
            lambda asked=asked: drawing.draw(neighbourhood(catalog, asked)),
            search,
            repeats=REPEATS,
        )
        yield Row(name=f"{name} of a file", ours=ours, beside=theirs, beside_name=beside)


def pages(catalog: Catalog, folder: Path) -> Iterator[Row]:
    """Yield until a page that is a file is drawn."""
    for nodes in PAGES:
        graph = dependency_graph(catalog, Selection(limit=nodes))
        began = perf_counter()
        (folder / "graph.html").write_text(render(graph, "html"), encoding="utf-8")
        wrote = 1000 * (perf_counter() - began)
        for view, name in enumerate(("folded", "whole")):
            drawn = drawn_ms((folder / "graph.html").as_uri(), view)
            if drawn is not None:
                what = f"{graph.number_of_nodes():,} nodes {name}, drawn in Chromium"
                yield Row(name=what, ours=drawn, beside=wrote, beside_name="writing the page")
        frames = frames_ms((folder / "graph.html").as_uri())
        if frames is not None:
            what = f"{graph.number_of_nodes():,} nodes, a frame while dragging"
            moved, still = frames
            yield Row(
                name=what, ours=moved, beside=still, beside_name="a frame of the page at rest"
            )


@contextmanager
def tab() -> Iterator[Page]:
    """Open a browser without a window."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # may be absent

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=BROWSER, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def drawn_ms(address: str, view: int) -> float | None:
    """Return how long Chromium takes from the address to the picture; None without it.

    Args:
        address: Of a page with the component.
        view: 0 from opening the page; 1 from pressing the button of the second view.
    """
    if not BROWSER.exists():
        return None
    with tab() as page:
        return median(_drawn(page, address, view) for _ in range(REPEATS))


def frames_ms(address: str) -> tuple[float, float] | None:
    """Return the median frame while the mouse drags all of a picture, and while it rests.

    None without Chromium.
    """
    if not BROWSER.exists():
        return None
    with tab() as page:
        _drawn(page, address, 0)
        page.locator("button[data-tool=fit]").click()
        page.wait_for_timeout(1_000)
        page.evaluate(FRAMES)
        page.wait_for_timeout(1_000)
        still = median(page.evaluate(GAPS))
        box = page.locator(".graph-picture").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate(FRAMES)
        for move in range(DRAGS):
            page.mouse.move(x - 5 * move, y + 2 * move)
            page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")
        moved = median(page.evaluate(GAPS))
        page.mouse.up()
    return moved, still


def _drawn(page: Page, address: str, view: int) -> float:
    began = perf_counter()
    page.goto(address)
    page.locator(".graph-picture[data-drawn]").wait_for()
    if view:
        began = perf_counter()
        page.locator(f"button[data-view='{view}']").click()
        page.locator(f".graph-picture[data-shown='{view}']").wait_for()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return 1000 * (perf_counter() - began)


def measure(nodes: int) -> Iterator[Row]:
    """Yield all rows for a history of so many nodes."""
    jobs = nodes // NODES_OF_A_JOB
    with tempfile.TemporaryDirectory(prefix="graph_page.") as name:
        folder = Path(name)
        url = (folder / "ledger.db").as_uri().replace("file:", "sqlite:", 1)
        with Ledger(url) as ledger:
            append(ledger, jobs)
            with Projector(ledger, folder / "catalog.duckdb").open() as catalog:
                yield from answers(catalog, jobs)
                yield from pages(catalog, folder)


def small() -> Iterator[Row]:
    """Yield rows for a graph of twenty thousand nodes."""
    yield from measure(SMALL)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=SMALL)
    show(measure(parser.parse_args().nodes))


if __name__ == "__main__":
    main()
