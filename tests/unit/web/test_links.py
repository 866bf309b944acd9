"""Links lead to pages that lie side by side, and show names as text."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from page_reader import HOSTILE, Page

from lineage.web import links


def test_address_leaves_out_what_is_none() -> None:
    """A page that is asked nothing has no query."""
    assert links.address("runs", task=None) == "runs"
    assert links.address("") == "./"
    assert links.address("runs", before=3, task=None) == "runs?before=3"


def test_addresses_stay_at_their_moment() -> None:
    """Within the context only, and unless the address says another one itself."""
    with links.keeping({"at": "3"}):
        assert links.address("run", id="a") == "run?id=a&at=3"
        assert links.address("", at="9") == "./?at=9"

    assert links.address("run", id="a") == "run?id=a"


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_text_and_comes_back_from_the_address(name: str) -> None:
    """The link is one element with text in it; the page is asked for the name, unchanged."""
    for link in (links.run(name), links.task(name), links.dataset(name), links.column(name, name)):
        page = Page(link.__html__())
        assert page.is_balanced
        assert set(page.names) <= {"a", "bdi", "code", "wbr"}
        [(_, attributes)] = [one for one in page.tags if one[0] == "a"]
        assert set(attributes) <= {"href", "title"}
        assert [name] in parse_qs(urlsplit(str(attributes["href"])).query).values()
        assert "\u202e" not in page.text


def test_short_name_says_the_whole_one_beside_the_pointer() -> None:
    """Digests and paths are shortened, never lost."""
    assert 'title="0123456789abcdef"' in links.run("0123456789abcdef").__html__()
    assert 'title="a/b.csv"' in links.dataset("a/b.csv", is_short=True).__html__()
    assert "title" not in links.dataset("a/b.csv").__html__()
