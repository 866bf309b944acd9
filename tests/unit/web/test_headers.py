"""Every answer tells the browser to run and load nothing but ours."""

from __future__ import annotations

import re

import pytest
from page_reader import Page
from served import Answer, Served

from lineage.web import rendering

FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def policy(answer: Answer) -> dict[str, str]:
    """The content security policy of an answer, by directive."""
    parts = answer.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


def a_static_file() -> str:
    """The address of one of our files."""
    return "/static/" + next(iter(rendering.static_files()))


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/", "HEAD", 200),
        ("/runs.json", "GET", 200),
        ("/nothing", "GET", 404),
        ("/run?id=nothing", "GET", 404),
        ("/run", "GET", 400),
        ("/?at=nonsense", "GET", 400),
        ("/runs", "OPTIONS", 403),
        (a_static_file(), "GET", 200),
        ("/static/nothing.js", "GET", 404),
    ],
)
def test_every_answer_has_them(server: Served, path: str, method: str, status: int) -> None:
    """Errors and refusals included; none may be framed (clickjacking) or guessed to be a page."""
    answer = server.ask(path, method)

    assert answer.status == status
    assert answer.headers.items() >= FIXED.items()
    assert policy(answer)["frame-ancestors"] == "'none'"
    assert policy(answer)["default-src"] == "'none'"
    assert "server" not in answer.headers


def test_refusals_have_them(server: Served) -> None:
    """Also what is answered before anything else saw the request."""
    for answer in (server.ask(Host="example.org"), server.ask(Cookie=None)):
        assert answer.headers.items() >= FIXED.items()


def test_only_scripts_with_the_nonce_of_this_answer_run(server: Served) -> None:
    """A nonce is never used again, and the policy has no way around it."""
    first, second = (server.ask("/") for _ in range(2))
    nonces = [re.findall(r"'nonce-([\w-]{20,})'", str(policy(one))) for one in (first, second)]

    assert nonces[0] != nonces[1]
    assert "unsafe" not in first.headers["content-security-policy"]
    assert "http" not in first.headers["content-security-policy"]
    assert policy(first)["require-trusted-types-for"] == "'script'"
    scripts = [attributes for tag, attributes in Page(first.text).tags if tag == "script"]
    assert scripts
    assert [one["nonce"] for one in scripts] == nonces[0] * len(scripts)


def test_browsers_keep_no_page(server: Served) -> None:
    """What is shown stays in no cache of a shared machine; our own files stay for good."""
    assert server.ask("/").headers["cache-control"] == "no-store"
    assert server.ask("/runs.json").headers["cache-control"] == "no-store"
    assert server.ask("/static/nothing.js").headers["cache-control"] == "no-store"
    assert "immutable" in server.ask(a_static_file()).headers["cache-control"]
