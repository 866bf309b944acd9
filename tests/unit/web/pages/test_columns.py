"""One column: its sources, and where it still lives."""

from __future__ import annotations

from asked_pages import Pages
from release_project import OUT

RAW = "DATA/raw/people.csv"


def test_column_shows_where_it_still_lives(census: Pages) -> None:
    """A kept column is unprotected in the result, with the way and whether the file is there."""
    document = census.json("column", file=RAW, column="city")
    (place,) = document["lives"]["found"]

    assert (place["uri"], place["exposure"], place["stopped_by"]) == (OUT, "exposed", None)
    assert place["on_disk"] == "present"
    text = census.html("column", file=RAW, column="city")
    assert "1 column in 1 version of files was made from it; 1 unprotected." in text
    assert 'href="column?file=DATA%2Fprocessed' in text


def test_result_leads_back_to_its_source(census: Pages) -> None:
    """The same page shows the other direction, and says that nothing was made from it."""
    text = census.html("column", file=OUT, column="city")

    assert 'href="column?file=DATA%2Fraw%2Fpeople.csv&amp;column=city"' in text
    assert "Nothing on record was made from it." in text


def test_unknown_column_is_refused(census: Pages) -> None:
    """The answer names it."""
    assert "nothing" in census.html("column", 400, file=RAW, column="nothing")
