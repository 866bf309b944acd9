"""Two projects that the tests of pages only read: after runs of every kind, and after a release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from asked_pages import Pages, pages_of
from copies import copied, shared
from release_project import after_one_run
from screen_project import fixed_surroundings, make_screen_project


@pytest.fixture(scope="session")
def census(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project with policies after one run, which dropped the names."""
    with pages_of(shared(tmp_path_factory, "census_pages", _after_one_run)) as pages:
        yield pages


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """A project with runs that succeeded, failed, were interrupted, refused and are under way."""
    with pages_of(shared(tmp_path_factory, "survey_pages", _survey)) as pages:
        yield pages


@pytest.fixture(scope="module")
def asked_survey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """The same for tests that ask in SQL, since each question is on record."""
    root = tmp_path_factory.mktemp("asked_survey")
    copied(_survey, root)
    with pages_of(root) as pages:
        yield pages


def _after_one_run(root: Path) -> None:
    after_one_run(root, "name")


def _survey(root: Path) -> None:
    with fixed_surroundings():
        make_screen_project(root)
