"""Every page of the demo in a real browser: quiet, alone, readable by everybody, with any width."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from command_line import Lineage
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from playwright.sync_api import Page as Tab
from served import Served, served

from lineage.project import Project
from lineage.web.pages import PAGES

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
RULES: Final = ("wcag2a", "wcag2aa", "wcag21aa", "best-practice")
MOST_PAGES: Final = 60
CORE: Final = frozenset({"", "runs", "run", "datasets", "dataset", "column", "releases", "proof"})
"""Pages that every project with a run has."""

NARROW: Final = 400

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")


class Watched:
    """A tab, and what happened in it that should not.

    Args:
        context: Where it is opened.
        server: Who alone may be asked.
    """

    def __init__(self, context: BrowserContext, server: Served) -> None:
        self.complaints: list[str] = []
        self._server = server
        self.tab: Tab = context.new_page()
        self.tab.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("request", lambda asked: self._note(asked.url))

    def open(self, path: str) -> Tab:
        """Open a page of the server."""
        self.tab.goto(f"http://{self._server.host}{path}")
        return self.tab

    def _note(self, url: str) -> None:
        if not url.startswith((f"http://{self._server.host}/", "data:")):
            self.complaints.append(f"asked another host: {url}")


@pytest.fixture(scope="module")
def server(finished_demo: Lineage) -> Iterator[Served]:
    """The demo, served."""
    with Project.open(finished_demo.root) as project, served(project) as running:
        running.enter()
        yield running


@pytest.fixture(scope="module")
def addresses(server: Served) -> dict[str, str]:
    """For each page an address that shows something: linked, or asked what another one is."""
    found: dict[str, str] = {}
    for path, answer in islice(server.crawl(), MOST_PAGES):
        name = path.partition("?")[0].removeprefix("/")
        if answer.status == 200 and name in PAGES and "<html" in answer.text:  # not a part of one
            found.setdefault(name, path)
        if len(found) == len(PAGES):
            break
    queries = [path.partition("?")[2] for path in found.values() if "?" in path]
    for name, query in itertools.product(set(PAGES) - set(found), queries):
        if name in found:
            continue
        answer = server.ask(f"/{name}?{query}")
        if answer.status == 200 and "<html" in answer.text:
            found[name] = f"/{name}?{query}"
    assert set(found) >= CORE
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def watched(browser: Browser, server: Served) -> Iterator[Watched]:
    """A tab of somebody who has the cookie."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        name, _, value = server.headers["Cookie"].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": f"http://{server.host}"}])
        yield Watched(context, server)


def broken_rules(tab: Tab, *rules: str) -> list[str]:
    """What axe-core finds on a page, one line an element."""
    tab.evaluate(AXE_SCRIPT)
    found: Any = tab.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(rules)
    )
    return [
        f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_page_keeps_to_the_rules(watched: Watched, addresses: dict[str, str], name: str) -> None:
    """No complaint of the browser, nobody else asked, and nobody kept out, light or dark."""
    if name not in addresses:
        pytest.skip("no page of the demo leads there")
    watched.complaints.clear()
    watched.tab.emulate_media(color_scheme="light")
    tab = watched.open(addresses[name])

    assert broken_rules(tab, *RULES) == []
    tab.emulate_media(color_scheme="dark")
    assert broken_rules(tab, "color-contrast") == []
    assert watched.complaints == []


def test_narrow_pages_are_not_scrolled_sideways(
    watched: Watched, addresses: dict[str, str]
) -> None:
    """A telephone shows everything, in one column."""
    watched.tab.set_viewport_size({"width": NARROW, "height": 800})
    wide = {}
    for name, path in addresses.items():
        width = watched.open(path).evaluate("document.documentElement.scrollWidth")
        if width > NARROW:
            wide[name] = width
    watched.tab.set_viewport_size({"width": 1440, "height": 900})

    assert wide == {}


def test_page_is_used_with_the_keyboard_alone(watched: Watched) -> None:
    """The first key leads past the navigation, all others through it; / leads to the search."""
    tab = watched.open("/runs")
    tab.keyboard.press("Tab")
    assert focused(tab) == "Skip to the content"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null")

    watched.open("/runs")
    reached = []
    for _ in range(40):
        tab.keyboard.press("Tab")
        reached.append(focused(tab))
    assert {"Runs", "Datasets", "Proof", "UTC"} <= {*reached}
    assert reached.index("Runs") < reached.index("Datasets")

    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "search"
    tab.keyboard.type("a/b")
    assert tab.evaluate("document.activeElement.value") == "a/b"


def focused(tab: Tab) -> str:
    """The text of what has the focus."""
    return str(tab.evaluate("document.activeElement.textContent.trim()"))


def test_every_focus_is_seen(watched: Watched) -> None:
    """Whoever uses the keyboard sees where they are."""
    tab = watched.open("/")
    for _ in range(12):
        tab.keyboard.press("Tab")
        style = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none", focused(tab)


def test_times_are_in_the_zone_that_was_chosen(watched: Watched) -> None:
    """The switch says which, on every page, and stays."""
    tab = watched.open("/runs")
    before = tab.locator("time").first.text_content()
    tab.locator("#zone").click()
    assert tab.locator("#zone").text_content() == "local time"
    local = watched.open("/runs").locator("time").first.text_content()
    tab.locator("#zone").click()

    assert tab.locator("time").first.text_content() == before
    assert re.search(r"UTC$", str(before))
    assert re.search(r"[+-]\d\d:\d\d$", str(local))


def test_page_is_printed(watched: Watched, addresses: dict[str, str], tmp_path: Path) -> None:
    """Black on white, without navigation, whole."""
    tab = watched.open(addresses["run"])
    tab.emulate_media(media="print", color_scheme="dark")
    assert not tab.locator("nav.side").is_visible()
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    printed = tab.pdf(path=tmp_path / "run.pdf")
    tab.emulate_media(media="screen", color_scheme="light")

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) >= 2


def test_script_in_an_address_is_not_run(watched: Watched) -> None:
    """Even if a page showed it as it is, the policy would not let it run."""
    script = "<script>document.title='broken'</script><img src=x onerror=document.title='broken'>"
    tab = watched.open(f"/runs?text={script}")

    assert tab.title() == "Runs · privacy-lineage"
    assert tab.evaluate("document.querySelector('main img')") is None


def test_policy_lets_no_script_of_a_page_in(watched: Watched) -> None:
    """What is put into a page afterwards, by whatever way, does not run."""
    tab = watched.open("/")
    tab.evaluate(
        "() => {"
        "  const one = document.createElement('script');"
        "  try { one.textContent = 'document.title = \"broken\"'; document.body.append(one); }"
        "  catch (error) { document.body.dataset.refused = error.name; }"
        "  const style = document.createElement('style');"
        "  style.textContent = 'h1 { display: none }'; document.head.append(style);"
        "}"
    )

    assert tab.evaluate("document.body.dataset.refused") == "TypeError"
    assert tab.title() == "Overview · privacy-lineage"
    assert tab.locator("h1").is_visible()
