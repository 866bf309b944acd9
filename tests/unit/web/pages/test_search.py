"""The search over everything, and what is suggested while somebody types."""

from __future__ import annotations

from asked_pages import Pages
from release_project import OUT


def test_file_task_run_and_column_are_found(census: Pages) -> None:
    """One text is looked for in every kind of name, in capitals or not."""
    run_id = census.json("runs")["runs"][0]["run_id"]

    assert census.json("search", text="T_SAFE")["tasks"]["found"][0]["name"] == "t_safe"
    assert census.json("search", text=run_id[:6])["runs"]["found"][0]["name"] == run_id
    assert {one["name"] for one in census.json("search", text="people")["files"]["found"]} >= {
        "DATA/raw/people.csv",
        OUT,
    }
    columns = census.json("search", text="city")["columns"]
    assert columns["found"][0]["name"] == "city"
    assert columns["total"] == 2


def test_file_is_found_by_the_beginning_of_its_digest(census: Pages) -> None:
    """Whoever has a digest finds what it is of."""
    sha256 = census.json("dataset", file=OUT)["versions"][0]["sha256"]

    assert [one["name"] for one in census.json("search", text=sha256[:8])["files"]["found"]] == [
        OUT
    ]


def test_found_names_lead_to_their_pages(census: Pages) -> None:
    """Each line is a link."""
    text = census.html("search", text="people")

    assert 'href="dataset?file=DATA%2Fraw%2Fpeople.csv"' in text


def test_nothing_found_says_what_was_searched(census: Pages) -> None:
    """It is no empty page."""
    text = census.html("search", text="<b>nobody")

    assert "Nothing is called &lt;b&gt;nobody" in text


def test_without_text_the_page_says_what_to_type(census: Pages) -> None:
    """Nothing was asked, so nothing is listed."""
    assert "Type a part of a name" in census.html("search")
    assert census.json("search")["total"] == 0


def test_suggestions_are_a_fragment_with_links(census: Pages) -> None:
    """What the field of every page shows below itself is no page of its own."""
    text = census.html("suggestions", text="city")

    assert "<html" not in text
    assert 'href="column?file=' in text
    assert 'href="search?text=city"' in text


def test_search_stays_at_the_asked_moment(census: Pages) -> None:
    """Before the first event there is nothing, and links keep the moment."""
    assert census.json("search", text="people", at=1)["total"] == 0
    assert "at=" in census.html("search", text="people", at=census.project.ledger.head())
