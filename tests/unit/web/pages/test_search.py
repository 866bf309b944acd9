"""The search over everything, and what is proposed while somebody types."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from asked_pages import Pages, pages_of
from release_project import OUT, after_one_run


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project after one run."""
    root = after_one_run(tmp_path_factory.mktemp("census"), "name")
    with pages_of(root) as one:
        yield one


def test_file_task_run_and_column_are_found(site: Pages) -> None:
    """One text is looked for in every kind of name, in capitals or not."""
    run_id = site.json("runs")["runs"][0]["run_id"]

    assert site.json("search", text="T_SAFE")["tasks"]["found"][0]["name"] == "t_safe"
    assert site.json("search", text=run_id[:6])["runs"]["found"][0]["name"] == run_id
    assert {one["name"] for one in site.json("search", text="people")["files"]["found"]} >= {
        "DATA/raw/people.csv",
        OUT,
    }
    columns = site.json("search", text="city")["columns"]
    assert columns["found"][0]["name"] == "city"
    assert columns["total"] == 2


def test_file_is_found_by_the_beginning_of_its_digest(site: Pages) -> None:
    """Whoever has a digest finds what it is of."""
    sha256 = site.json("dataset", file=OUT)["versions"][0]["sha256"]

    assert [one["name"] for one in site.json("search", text=sha256[:8])["files"]["found"]] == [OUT]


def test_found_names_lead_to_their_pages(site: Pages) -> None:
    """Each line is a link."""
    text = site.html("search", text="people")

    assert 'href="dataset?file=DATA%2Fraw%2Fpeople.csv"' in text


def test_nothing_found_says_what_was_searched(site: Pages) -> None:
    """It is no empty page."""
    text = site.html("search", text="<b>nobody")

    assert "Nothing is called &lt;b&gt;nobody" in text


def test_without_text_the_page_says_what_to_type(site: Pages) -> None:
    """Nothing was asked, so nothing is listed."""
    assert "Type a part of a name" in site.html("search")
    assert site.json("search")["total"] == 0


def test_proposals_are_a_fragment_with_links(site: Pages) -> None:
    """What the field of every page shows below itself is no page of its own."""
    text = site.html("proposals", text="city")

    assert "<html" not in text
    assert 'href="column?file=' in text
    assert 'href="search?text=city"' in text


def test_search_stays_at_the_asked_moment(site: Pages) -> None:
    """Before the first event there is nothing, and links keep the moment."""
    assert site.json("search", text="people", at=1)["total"] == 0
    assert "at=" in site.html("search", text="people", at=site.project.ledger.head())
