"""Each page is at its address, with its document beside it, whatever an address says."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from page_reader import HOSTILE, Page
from served import Served, served
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Message

from lineage.project import Project
from lineage.web import rendering
from lineage.web.access import Access
from lineage.web.app import create_app
from lineage.web.pages import PAGES

ODD = (
    *HOSTILE,
    "../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "file:///etc/passwd",
    "\x00",
    "\ud800",
    "%",
    "%_",
    "'; drop table runs; --",
    "-1",
    "0",
    "9223372036854775807",
    "9223372036854775808",
    "1e999",
    "٣",
    "nan",
    "9999-12-31",
    "-999999999d",
    "99999999999999h",
    "x" * 1_900,
)
PARAMETERS = (
    *("at", "before", "id", "file", "column", "sha256", "task", "status", "since"),
    *("text", "limit", "depth", "token", "a", "b", "run"),
)


def test_every_page_has_a_document_beside_it(server: Served) -> None:
    """A link leads to it, and it answers as the page does."""
    for name in PAGES:
        page, document = server.ask(f"/{name}"), server.ask(f"/{name or 'overview'}.json")
        assert page.status == document.status, name
        assert document.headers["content-type"] == "application/json"
        if page.status == 200 and "<html" in page.text:  # not a part of a page
            links = [found.get("href") for tag, found in Page(page.text).tags if tag == "a"]
            assert f"{name or 'overview'}.json" in links


@pytest.mark.parametrize("name", PAGES)
def test_odd_parameters_are_answered(server: Served, name: str) -> None:
    """Refused, not found, or taken as text; never an error of the server."""
    values = ODD[[*PAGES].index(name) % 4 :: 4]
    for parameter, value in zip(itertools.cycle(PARAMETERS), values, strict=False):
        path = f"/{name}?{parameter}={quote(value.encode(errors='surrogatepass'))}"
        answer = server.ask(path)
        assert answer.status in {200, 303, 400, 404, 414}, f"{path}\n{answer.text}"
        assert "root:" not in answer.text


@pytest.mark.parametrize("parameter", ["at", "before", "since"])
def test_odd_values_of_one_parameter_are_answered(server: Served, parameter: str) -> None:
    """Numbers and times that no history has are refused, too."""
    for value in ODD:
        path = f"/runs.json?{parameter}={quote(value.encode(errors='surrogatepass'))}"
        answer = server.ask(path)
        assert answer.status in {200, 400, 404}, f"{path}\n{answer.text}"
        assert answer.json() is not None


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/static/vendor/../../app.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/app.css",
        "/static/..\\app.py",
        "/static/",
        "//etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f.lineage/ledger.db",
    ],
)
def test_only_named_files_are_sent(server: Served, path: str) -> None:
    """Files are looked up in a table, so no path leads out of a folder."""
    assert server.ask(path).status == 404


def test_files_are_those_of_the_package(server: Served) -> None:
    """Each with its type, which browsers do not guess."""
    types = {"css": "text/css", "js": "text/javascript"}
    for address, (name, content) in rendering.static_files().items():
        answer = server.ask(f"/static/{address}", Cookie=None)
        assert answer.body == content
        assert types[name.rpartition(".")[2]] in answer.headers["content-type"]


def test_head_says_what_get_would(server: Served) -> None:
    """Without the body."""
    for path in ("/", "/runs.json", "/nothing"):
        head, get = server.ask(path, "HEAD"), server.ask(path)
        assert head.status == get.status
        assert head.headers["content-type"] == get.headers["content-type"]
        assert head.body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "CONNECT", "OPTIONS", "ODD"])
def test_pages_take_no_other_method(server: Served, method: str) -> None:
    """Pages are read; nothing is echoed."""
    assert server.ask("/runs", method, Sec_Fetch_Site="same-origin").status in {403, 404, 405}


def test_error_is_a_page_or_a_document(server: Served) -> None:
    """In the form of what was asked for, and it names what is wrong."""
    assert "There is no such page" in server.ask("/nothing").text
    assert "'nothing'" in server.ask("/run.json?id=nothing").json()["error"]
    assert "id" in server.ask("/run").text


def test_error_below_a_path_finds_its_style(server: Served) -> None:
    """However deep the address is, its links lead to the files of the server."""
    answer = server.ask("/a/b/c")
    links = [found["href"] for tag, found in Page(answer.text).tags if found.get("href")]

    assert answer.status == 404
    assert next(link for link in links if "static/" in str(link)).startswith("../../static/")
    assert "../.././" in links


def test_address_with_a_slash_behind_it_is_not_led_away(server: Served) -> None:
    """Behind a proxy the server does not know the scheme and host of the address to lead to."""
    answer = server.ask("/runs/")

    assert answer.status == 404
    assert "location" not in answer.headers


def addresses(text: str) -> list[str]:
    """Every address on a page."""
    names = {"href", "src", "action", "formaction", "hx-get", "hx-post", "hx-sse:connect"}
    return [str(v) for _, found in Page(text).tags for name, v in found.items() if name in names]


def test_every_address_is_relative(server: Served) -> None:
    """So pages work below any path of a proxy, and none leads to another host."""
    for path in ("/", "/runs", "/datasets", "/proof", "/nothing"):
        for address in addresses(server.ask(path).text):
            assert not address.startswith("/"), address
            assert ":" not in address.partition("?")[0] or address == "data:,", address


@pytest.fixture
def below(project: Project) -> Iterator[Served]:
    """A server that a proxy shows below a path, which it takes away."""
    with served(project, root_path="/lineage", allowed_hosts=("data.example",)) as running:
        yield running


def test_server_works_below_a_path(below: Served) -> None:
    """The proxy takes the path away; the cookie is for what is below it."""
    token = below.address.partition("?")[2]
    assert below.address.endswith(f"/lineage/?{token}")
    entered = below.ask(f"/runs?{token}", Host="data.example")
    cookie = entered.headers["set-cookie"]

    assert entered.headers["location"] == "/lineage/runs"
    assert "; Path=/lineage;" in cookie
    sent = {"Host": "data.example", "Cookie": cookie.partition(";")[0]}
    assert below.ask("/runs", **sent).status == 200
    assert below.ask("/nothing", **sent).status == 404
    static = next(iter(rendering.static_files()))
    assert below.ask(f"/static/{static}", Host="data.example").status == 200


def test_server_that_others_can_ask_only_reads(below: Served) -> None:
    """Changes have to be allowed."""
    below.headers["Cookie"] = (
        below.ask("/?" + below.address.partition("?")[2]).headers["set-cookie"].partition(";")[0]
    )
    answer = below.ask("/runs", "POST", b"{}", Sec_Fetch_Site="same-origin")

    assert "--read-only" in answer.text


def test_past_stays_in_every_link(server: Served) -> None:
    """Whoever looks at the past stays there."""
    text = server.ask("/runs?at=8").text

    assert "This is the past" in text
    assert 'href="run?id=' in text
    assert all("at=8" in one for one in addresses(text) if one.startswith("run?"))


def test_page_asks_for_a_moment_with_all_it_was_asked(server: Served) -> None:
    """The other parameters are in the form, character by character."""
    value = "\u202ea\"'<b>&amp;"
    text = server.ask(f"/runs?text={quote(value)}").text
    hidden = [found for tag, found in Page(text).tags if tag == "input"]

    assert {"type": "hidden", "name": "text", "value": value} in hidden


def test_pages_can_be_mounted_in_another_application(project: Project) -> None:
    """Addresses and the cookie are those below the path at which they are."""
    access = Access(hosts=frozenset({"data.example"}))
    application = Starlette(routes=[Mount("/lineage", create_app(project, access))])

    entered = asked(application, "/lineage/runs", query=f"token={access.token}")
    cookie = entered["set-cookie"].partition(";")[0]

    assert entered["location"] == "/lineage/runs"
    assert "Path=/lineage;" in entered["set-cookie"]
    assert "Secure" in entered["set-cookie"]
    assert asked(application, "/lineage/runs", cookie=cookie)["status"] == "200"
    assert asked(application, "/lineage/runs")["status"] == "403"
    assert asked(application, "/runs", cookie=cookie)["status"] == "404"


def asked(application: ASGIApp, path: str, *, query: str = "", cookie: str = "") -> dict[str, str]:
    """The headers of an answer, and its status among them."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": "http", "method": "GET", "scheme": "https", "path": path, "root_path": ""}
    headers = [(b"host", b"data.example"), (b"cookie", cookie.encode())]
    scope |= {"query_string": query.encode(), "headers": headers, "client": ("192.0.2.1", 1)}
    asyncio.run(application(scope, receive, send))
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return {**found, "status": str(sent[0]["status"])}
