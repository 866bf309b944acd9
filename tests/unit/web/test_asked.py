"""What an address asks is checked before any page sees it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from lineage.kernel.errors import ConfigurationError, MomentError
from lineage.project import Project
from lineage.web import links
from lineage.web.asked import MOST_LETTERS, Asked, asked


def request(query: str) -> Request:
    """A request for a page."""
    scope = {"type": "http", "path": "/runs", "query_string": query.encode(), "headers": []}
    return Request(scope)


@pytest.fixture
def question(project: Project) -> Asked:
    """What a page was asked; its catalog is closed."""
    query = f"a=+b+&empty=&n=12&odd=%D9%A3&long={'x' * (MOST_LETTERS + 1)}&big={'9' * 19}"
    with asked(project, request(query)) as found:
        return found


def test_text_is_what_the_address_says(question: Asked) -> None:
    """Without blanks around it; nothing is None."""
    assert question.text("a") == question.needed("a") == "b"
    assert question.text("empty") is None
    assert question.text("absent") is None


@pytest.mark.parametrize(
    ("name", "message"), [("absent", "missing"), ("empty", "missing"), ("long", "too long")]
)
def test_needed_parameter_is_asked_for(question: Asked, name: str, message: str) -> None:
    """The error names it."""
    with pytest.raises(ConfigurationError, match=f"'{name}'.*{message}"):
        question.needed(name)


def test_number_is_a_natural_number(question: Asked) -> None:
    """In digits that every program reads, and no larger than a ledger's position."""
    assert question.number("n") == 12
    assert question.number("absent") is None
    for name in ("a", "odd", "big"):
        with pytest.raises(ConfigurationError, match="a number"):
            question.number(name)


def test_catalog_is_as_of_the_moment(project: Project) -> None:
    """Links made meanwhile stay there."""
    with asked(project, request("at=3")) as found:
        assert found.moment == 3
        assert found.catalog.position == 3
        assert links.address("runs") == "runs?at=3"
    with asked(project, request("")) as found:
        assert found.moment is None
        assert links.address("runs") == "runs"


@pytest.mark.parametrize("moment", ["99999", "9999-01-01", "never"])
def test_moment_that_is_none_is_refused(project: Project, moment: str) -> None:
    """Nothing is shown in place of what does not exist."""
    with (
        pytest.raises((MomentError, ConfigurationError), match=moment),
        asked(project, request(f"at={moment}")),
    ):
        pass
