"""Every page in a real browser: quiet, alone, readable by everybody, with any width."""

from __future__ import annotations

import re
import shutil
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import full_demo
import large_history
import pytest
from command_line import Lineage
from playwright.sync_api import Browser, BrowserContext
from prefix_proxy import proxying
from served import Served, linked, served
from watched_browser import CHROMIUM, Watched, chromium, focused

from lineage.project import Project
from lineage.web.pages import PAGES

ELSEWHERE: Final = {"suggestions", "search", "command"}
"""A part of a page, and pages that forms lead to."""

RUNS: Final = 6
"""Pages of a run that are opened to find links of every kind: one that failed has others."""

MANY_RUNS: Final = 100_000
NODES: Final = 20_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed here")


@pytest.fixture(scope="module")
def project(finished_demo: Lineage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The demo with everything that can happen besides; a run of it is under way."""
    root = tmp_path_factory.mktemp("full") / "project"
    shutil.copytree(finished_demo.root, root)
    with Project.open(root) as opened:
        full_demo.add_history(opened)
        yield opened


@pytest.fixture(scope="module")
def server(project: Project) -> Iterator[Served]:
    """A server of it."""
    with served(project) as running:
        running.enter()
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def context(browser: Browser, server: Served) -> Iterator[BrowserContext]:
    """Somebody who has the cookie."""
    with entered(browser, server) as opened:
        yield opened


@pytest.fixture(scope="module")
def watched(context: BrowserContext, server: Served) -> Watched:
    """A tab of theirs."""
    return Watched(context, f"http://{server.host}/")


def entered(browser: Browser, server: Served, **options: Any) -> BrowserContext:
    """Return a context that has the cookie of a server."""
    context = browser.new_context(**options)
    name, _, value = server.headers["Cookie"].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": f"http://{server.host}"}])
    return context


@pytest.fixture(scope="module")
def addresses(server: Served) -> dict[str, str]:
    """For each page an address that links from the overview lead to."""
    return {**found_by_links(server, set(PAGES) - ELSEWHERE), "search": "/search?text=people"}


def found_by_links(server: Served, names: set[str]) -> dict[str, str]:
    """Follow links from the overview to one page of each name."""
    found: dict[str, str] = {}
    opened: Counter[str] = Counter()
    waiting = deque(["/"])
    while waiting and set(found) != names:
        path = waiting.popleft()
        name = path.removeprefix("/").partition("?")[0]
        if name not in names or opened[name] == (RUNS if name == "run" else 1):
            continue
        opened[name] += 1
        answer = server.ask(path)
        assert answer.status == 200, path
        found.setdefault(name, path)
        waiting.extend(linked(path, answer.text))
    assert set(found) == names
    return found


def test_every_page_keeps_to_the_rules(watched: Watched, addresses: dict[str, str]) -> None:
    """No complaint, nobody else asked, nobody kept out: light, dark, by keys, on a telephone."""
    faults = {path: watched.faults(path) for path in addresses.values()}

    assert {path: found for path, found in faults.items() if found} == {}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A project with 100,000 runs and a graph of 20,000 nodes, served."""
    root = tmp_path_factory.mktemp("large")
    large_history.make(root, runs=MANY_RUNS, nodes=NODES)
    with Project(root) as project, served(project) as running:
        running.enter()
        yield running


def test_large_histories_are_shown_in_parts(browser: Browser, large: Served) -> None:
    """The pages that grow with a history stay as quiet and as open to everybody."""
    names = {"", "runs", "run", "compare", "datasets", "dataset", "column", "graph", "trends"}
    addresses = {
        **found_by_links(large, names | {"processes"}),
        "search": "/search?text=customers",
    }
    with entered(browser, large) as context:
        watched = Watched(context, f"http://{large.host}/")
        faults = {path: watched.faults(path) for path in addresses.values()}
        assert {path: found for path, found in faults.items() if found} == {}

        tab = watched.open("/runs")
        newest = tab.locator("#rows tbody th").all_inner_texts()
        tab.locator("#older").press("Enter")
        tab.wait_for_url("**/runs?before=*")
        older = tab.locator("#rows tbody th").all_inner_texts()
        assert len(newest) == len(older) == 50
        assert {*newest}.isdisjoint(older)

        tab = watched.open("/graph")
        assert int(tab.locator(".graph-picture").get_attribute("data-drawn") or 0) < 100
        assert "nodes are left out" in tab.locator(".graph-summary:visible").inner_text()


def test_page_is_used_with_the_keyboard_alone(watched: Watched) -> None:
    """The first key leads past the navigation, all others through it; / leads to the search."""
    tab = watched.open("/runs")
    tab.keyboard.press("Tab")
    assert focused(tab) == "Skip to the content"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null")

    tab = watched.open("/runs")
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


def test_runs_are_ticked_and_compared_by_keys(watched: Watched) -> None:
    """Space ticks, Enter sends, and the comparison is of these runs."""
    tab = watched.open("/runs?task=t_1A")
    boxes = tab.locator("input[name=run]")
    for number in (0, 1):
        boxes.nth(number).focus()
        tab.keyboard.press("Space")
    tab.get_by_role("button", name="Compare").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/compare?run=*")

    assert tab.locator("h1").inner_text() == "Compare 2 runs"


def test_graph_is_used_by_keys(watched: Watched) -> None:
    """Its picture is reached, finds a box, tells of it, and lets it go."""
    tab = watched.open("/graph")
    tab.locator(".graph-find").focus()
    tab.keyboard.type("anonymized")
    tab.keyboard.press("Enter")
    assert "anonymized" in tab.locator(".graph-facts h2").inner_text()
    tab.locator(".graph-picture").focus()
    tab.keyboard.press("Escape")

    assert tab.locator(".graph-facts").is_hidden()


def test_change_is_made_by_keys_and_its_command_is_shown(
    watched: Watched, addresses: dict[str, str]
) -> None:
    """A form asks for the reason; what was started is a page as open as all others."""
    watched.open(addresses["plan"].replace("plan", "run", 1))
    tab = watched.tab
    tab.get_by_role("link", name="Resume this run").press("Enter")
    tab.get_by_label("Why").focus()
    tab.keyboard.type("to see it fail again")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/command?key=*")
    tab.locator(".status.failed").wait_for()

    assert watched.faults(tab.url.partition(tab.url.split("/")[2])[2]) == []


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


def test_pages_are_read_and_followed_without_scripts(browser: Browser, server: Served) -> None:
    """Links, forms, tables and downloads are there; a graph is its tables."""
    with entered(browser, server, java_script_enabled=False) as context:
        tab = context.new_page()
        tab.goto(f"http://{server.host}/")
        tab.get_by_role("link", name="Runs", exact=True).click()
        tab.wait_for_url("**/runs")
        tab.locator("select[name=status]").select_option("succeeded")
        tab.get_by_role("button", name="Show").click()
        tab.wait_for_url("**/runs?*status=succeeded*")
        tab.locator("#rows tbody th a").first.click()
        tab.wait_for_url("**/run?id=*")
        assert "succeeded" in tab.locator(".lead").inner_text()
        tab.get_by_role("link", name="Messages").click()
        tab.wait_for_url("**/run-messages?id=*")
        assert tab.locator("nav.subjects a[aria-current]").inner_text() == "Messages"

        tab.goto(f"http://{server.host}/graph")
        assert tab.locator("table:visible").count() >= 2
        tab.get_by_role("searchbox", name="Search the history").fill("people")
        tab.keyboard.press("Enter")
        tab.wait_for_url("**/search?text=people")
        assert tab.locator("h1").inner_text() == "Search"


def test_pages_work_below_the_path_of_a_proxy(
    browser: Browser, project: Project, addresses: dict[str, str]
) -> None:
    """Scripts, styles, suggestions, streams, forms and documents are all below it."""
    with ExitStack() as stack:
        proxy = stack.enter_context(proxying("/history"))
        host = f"127.0.0.1:{proxy.port}"
        place = {"root_path": proxy.prefix, "allowed_hosts": (host,), "is_read_only": False}
        behind = stack.enter_context(served(project, **place))
        proxy.target = behind.port
        context = stack.enter_context(browser.new_context())
        watched = Watched(context, f"http://{host}{proxy.prefix}/")

        tab = watched.open("?" + behind.address.partition("?")[2])
        assert tab.url == f"http://{host}{proxy.prefix}/"
        tab.keyboard.press("/")
        tab.keyboard.type("people")
        tab.locator("#suggestions a").first.click()
        tab.wait_for_url(f"http://{host}{proxy.prefix}/*?*")
        for name in ("run", "graph", "live"):
            watched.open(addresses[name])
        tab.locator("#stream[data-state=live]").wait_for()
        document = tab.get_by_role("link", name="This page as JSON").get_attribute("href")
        assert context.request.get(f"http://{host}{proxy.prefix}/{document}").ok
        watched.open(addresses["sql"])
        tab.get_by_role("button", name="Show rows").click()
        tab.locator("#answer").wait_for()

    assert proxy.strays == []
    assert watched.complaints == []


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
