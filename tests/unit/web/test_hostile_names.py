"""Whatever a name, message, parameter or path says, a page shows it as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote_plus

import hostile_history
import pytest
from page_reader import Page
from served import Answer, served

from lineage.project import Project

MOST_PAGES = 90
CORE = {"", "runs", "run", "datasets", "dataset", "column", "releases", "release", "proof"}
"""Pages that names of the history lead to."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answer]]:
    """Every page that links lead to from the overview of such a project."""
    root = tmp_path_factory.mktemp("hostile")
    with Project(root) as project:
        hostile_history.fill(project.ledger)
        with served(project) as running:
            running.enter()
            yield dict(islice(running.crawl(), MOST_PAGES))


def html(pages: dict[str, Answer]) -> dict[str, Page]:
    """The pages that are HTML."""
    return {
        path: Page(answer.text)
        for path, answer in pages.items()
        if answer.headers["content-type"].startswith("text/html")
    }


def test_every_page_is_answered(pages: dict[str, Answer]) -> None:
    """No name breaks a page, and those about files, runs and releases were opened."""
    failed = {
        path: answer.text
        for path, answer in pages.items()
        # The history names runs that it does not have, and a page may need a parameter.
        if answer.status not in ({200, 404} if "?" in path else {200, 400, 404})
    }
    opened = {path.partition("?")[0][1:] for path, one in pages.items() if one.status == 200}

    assert failed == {}
    assert opened >= CORE


def test_no_element_or_attribute_is_made_of_a_name(pages: dict[str, Answer]) -> None:
    """Nothing that a name says is a tag, an attribute or a script."""
    for path, page in html(pages).items():
        assert page.is_balanced, path
        assert "x-evil" not in page.names, path
        handlers = [name for _, found in page.tags for name in found if name.startswith("on")]
        assert handlers == [], path
        scripts = [
            found
            for tag, found in page.tags
            if tag == "script" and found.get("type") != "application/json"
        ]
        is_file = "content-disposition" in pages[path].headers  # it has scripts of its own
        assert is_file or all("static/" in str(one["src"]) for one in scripts), path
        assert {"iframe", "object", "embed", "base", "img"} & set(page.names) == set(), path


def test_40_fields_are_shown_as_text(pages: dict[str, Answer]) -> None:
    """They are in texts or attributes, word for word, and no template was made of them."""
    shown = {
        field
        for page in html(pages).values()
        for text in [page.text, *(str(v) for _, found in page.tags for v in found.values())]
        for field in hostile_history.MARK.findall(unquote_plus(text))
    }

    assert len(shown) >= 40, sorted(shown)


def test_no_name_steers_what_is_around_it(pages: dict[str, Answer]) -> None:
    """Escape sequences and changes of the writing direction are shown, not carried out."""
    for path, page in html(pages).items():
        for mark in ("\x1b", "\u202e"):
            assert mark not in page.text, path


def test_documents_stay_json(pages: dict[str, Answer]) -> None:
    """What a program gets is data of a type that no browser shows as a page."""
    documents = {p: a for p, a in pages.items() if p.partition("?")[0].endswith(".json")}

    assert documents
    for path, answer in documents.items():
        assert answer.headers["content-type"] == "application/json", path
        assert answer.json() is not None
