"""A file: its columns, versions and what was measured; what is not recorded is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_pages import Pages, pages_of
from release_project import OUT, Suppressing, after_one_run


@pytest.fixture(scope="module")
def written_twice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project whose result lost another column with its second run."""
    root: Path = after_one_run(tmp_path_factory.mktemp("twice"), "name")
    with pages_of(root) as pages:
        assert Suppressing(pages.project, "name", "city").run()
        yield pages


def test_versions_say_which_columns_changed(written_twice: Pages) -> None:
    """Beside the version before, and each leads to its own page."""
    versions = written_twice.json("dataset", file=OUT)["versions"]
    text = written_twice.html("dataset", file=OUT)

    assert [one["change"] for one in versions] == [{"added": [], "removed": ["city"]}, None]
    assert "removed: city" in text
    assert "the first version" in text
    older = written_twice.html("dataset", file=OUT, sha256=versions[1]["sha256"])
    assert "This is an older version" in older
    assert "column=city" in older
    assert "column=city" not in text


def test_what_is_not_recorded_is_said(census: Pages) -> None:
    """Nothing is left empty; a moment of the past does not know the disk."""
    text = census.html("dataset", file="DATA/raw/people.csv")
    past = census.html("dataset", file=OUT, at=census.project.ledger.head())

    assert "Its risk was not measured." in text
    assert "no release of this version is on record" in text
    assert "university" in text
    assert "not recorded for a moment of the past" in past
