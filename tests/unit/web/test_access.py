"""Who may ask: only pages of this server, only with its cookie, and only little at a time."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from served import Served, served

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.web.access import MOST_BODY_BYTES, MOST_QUERY_BYTES, Proxy, local_hosts


@pytest.fixture
def fresh(project: Project) -> Iterator[Served]:
    """A server that nobody has asked yet."""
    with served(project) as running:
        yield running


def test_nobody_sees_anything_without_the_token(fresh: Served) -> None:
    """Another user of this machine gets neither pages nor documents nor errors that tell names."""
    for path in ("/", "/runs", "/runs.json", "/run?id=x", "/nothing", "/?token=", "/?token=guess"):
        answer = fresh.ask(path)
        assert answer.status == 403
        assert "t_safe" not in answer.text


def test_token_is_good_once(fresh: Served) -> None:
    """Whoever finds it later, in a history of a browser or a terminal, gets nothing."""
    path = "/?" + fresh.address.partition("?")[2]

    assert fresh.ask(path, "HEAD").status == 403
    assert fresh.ask(path).status == 303
    again = fresh.ask(path)

    assert again.status == 403
    assert "was used" in again.text
    assert "set-cookie" not in again.headers


def test_token_leads_to_the_same_address_without_it(fresh: Served) -> None:
    """The token does not stay in the address, and no host is named that a request could choose."""
    token = fresh.address.partition("?")[2]

    answer = fresh.ask(f"//example.org/runs?task=a%26b&{token}")

    assert answer.headers["location"] == "/example.org/runs?task=a%26b"


def test_cookie_is_for_this_server_only(fresh: Served) -> None:
    """No script reads it, no other site has it sent, and it ends with the browser."""
    morsels = SimpleCookie(fresh.enter().headers["set-cookie"])
    [(name, cookie)] = morsels.items()

    assert name == f"lineage_{fresh.port}"
    assert len(cookie.value) >= 43
    assert cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"]) == ("strict", "/")
    assert (cookie["max-age"], cookie["expires"], cookie["domain"]) == ("", "", "")
    assert fresh.ask("/").status == 200


def test_another_cookie_is_no_session(server: Served) -> None:
    """Sessions are compared whole, whatever bytes are sent."""
    name, _, value = server.headers["Cookie"].partition("=")
    for wrong in ("", "x", value[:-1], value + "x", value.swapcase(), "\xfc\xff", "a; b=c"):
        assert server.ask(Cookie=f"{name}={wrong}").status == 403


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "example.org:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.example.org",
        "example.org@127.0.0.1:{port}",
        "127.0.0.1:{port}, example.org",
        "0x7f.1:{port}",
        "[::]:{port}",
        "",
        None,
    ],
)
def test_foreign_host_is_refused(server: Served, host: str | None) -> None:
    """A name of somebody else that was bound to this address anew (DNS rebinding) opens nothing."""
    sent = host and host.format(port=server.port)

    for path in ("/", "/static/x.css"):
        assert server.ask(path, Host=sent).status == 400


def test_two_hosts_are_refused(server: Served) -> None:
    """A proxy and a server may not read two different hosts from one request."""
    answer = server.raw(
        f"GET / HTTP/1.1\r\nHost: {server.host}\r\nHost: example.org\r\n\r\n".encode()
    )

    assert answer.startswith(b"HTTP/1.1 400")


def test_names_of_this_machine_are_answered(server: Served) -> None:
    """Whatever the browser calls this machine."""
    for name in ("127.0.0.1", "localhost", "[::1]"):
        assert server.ask(Host=f"{name}:{server.port}").status == 200


def test_browsers_leave_the_usual_port_out() -> None:
    """At port 80 the header has none."""
    assert local_hosts(80) == {"127.0.0.1", "localhost", "[::1]"}
    assert local_hosts(81, ["a.example"]) >= {"[::1]:81", "a.example"}


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_server_is_reached_by_ipv6(project: Project) -> None:
    """The address that is printed works."""
    try:
        with served(project, host="::1") as running:
            assert running.address.startswith(f"http://[::1]:{running.port}/?token=")
            assert running.enter().status == 303
            assert running.ask().status == 200
            assert running.ask(Host=f"[::2]:{running.port}").status == 400
    except ConfigurationError as error:
        pytest.skip(f"this machine has no IPv6: {error}")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "same-origin", "Origin": "http://example.org"},
        {"Sec_Fetch_Site": "same-origin", "Origin": "http://127.0.0.1:1"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_change_from_elsewhere_is_refused(
    server: Served, method: str, headers: dict[str, str]
) -> None:
    """A page of another site cannot have this one change anything (CSRF)."""
    answer = server.ask("/runs", method, b"{}", **headers)

    assert answer.status == 403
    assert "from a page of this server" in answer.text


def test_change_from_our_own_page_passes_the_guard(server: Served) -> None:
    """It reaches the page, which takes no change here."""
    for origin in (None, f"http://{server.host}"):
        answer = server.ask("/runs", "POST", b"{}", Sec_Fetch_Site="same-origin", Origin=origin)
        assert answer.status == 405


def test_no_other_site_may_read_answers(server: Served) -> None:
    """There is no header that lets scripts of another origin read, asked for or not."""
    for method in ("GET", "OPTIONS"):
        answer = server.ask(
            "/runs.json",
            method,
            Origin="http://example.org",
            Access_Control_Request_Method="GET",
        )
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_nothing_is_changed_where_the_server_only_reads(project: Project) -> None:
    """Not by our own pages either."""
    with served(project, is_read_only=True) as running:
        running.enter()
        answer = running.ask("/runs", "POST", b"{}", Sec_Fetch_Site="same-origin")

        assert answer.status == 403
        assert "--read-only" in answer.text
        assert running.ask("/runs").status == 200


def test_long_address_is_refused(server: Served) -> None:
    """No page is asked for more than fits into an address of usual length."""
    assert server.ask("/runs?text=" + "x" * MOST_QUERY_BYTES).status == 414
    assert server.ask("/runs?text=" + "x" * 2_001).status == 400
    assert server.ask("/runs?text=" + "x" * 2_000).status == 200
    assert server.ask("/runs?" + "&".join(f"a{n}" for n in range(1_000))).status == 200


def test_large_body_is_refused_by_its_length(server: Served) -> None:
    """Before it is read."""
    answer = server.ask("/runs", "POST", b"x" * (MOST_BODY_BYTES + 1), Sec_Fetch_Site="same-origin")

    assert answer.status == 413


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: x",
        "Content-Length: -1",
        "Content-Length: 1\r\nContent-Length: 2",
        "Content-Length: 1\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip",
        "Bad Name: x",
        "X: a\rb",
    ],
)
def test_odd_request_is_no_second_one(server: Served, lines: str) -> None:
    """What two readers could understand in two ways is answered once, with a refusal."""
    sent = f"POST /runs HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n{lines}\r\n\r\nx"

    answer = server.raw(sent.encode())

    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.split()[1] in {b"400", b"403", b"501"}


def test_proxy_names_the_user(project: Project) -> None:
    """Whoever comes through it needs no token."""
    proxy = Proxy(header="X-Forwarded-User", addresses=("127.0.0.0/8",))
    with served(project, proxy=proxy) as running:
        assert running.ask(X_Forwarded_User="ada").status == 200
        assert running.ask(X_Forwarded_User="").status == 403
        assert running.ask().status == 403


def test_user_header_from_anybody_else_is_ignored(project: Project) -> None:
    """The header opens nothing unless the address that sends it is the proxy's."""
    proxy = Proxy(header="X-Forwarded-User", addresses=("192.0.2.1", "2001:db8::/32"))
    with served(project, proxy=proxy) as running:
        assert running.ask(X_Forwarded_User="ada", X_Forwarded_For="192.0.2.1").status == 403
        assert running.enter().status == 303


def test_user_header_sent_twice_names_nobody(project: Project) -> None:
    """One of the two may be what the user sent to the proxy."""
    proxy = Proxy(header="X-Forwarded-User", addresses=("127.0.0.1",))
    with served(project, proxy=proxy) as running:
        answer = running.raw(
            f"GET / HTTP/1.1\r\nHost: {running.host}\r\nConnection: close\r\n"
            "X-Forwarded-User: root\r\nX-Forwarded-User: ada\r\n\r\n".encode()
        )

        assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    ("addresses", "message"),
    [((), "anybody could send it"), (("the proxy",), "does not appear"), (("10.0.0.1/8",), "bits")],
)
def test_proxy_without_a_good_address_is_refused(addresses: tuple[str, ...], message: str) -> None:
    """Nothing is served with a header that anybody could send."""
    with pytest.raises(ConfigurationError, match=message):
        Proxy(header="X-User", addresses=addresses)
