"""A short run of the blows that `make test-crash` deals for minutes."""

from __future__ import annotations

from pathlib import Path

import pytest
from crash.site import Site

SEED = 20


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A project to be struck."""
    return Site(tmp_path, SEED)


def test_killed_and_failing_calls_leave_all_that_was_acknowledged(site: Site) -> None:
    """Calls are there once, runs are settled, and documents are those of a rebuild from scratch."""
    site.kill(thorough=False)
    site.fail(thorough=False)
    site.kill(thorough=True)

    assert site.faults == []
    assert site.figures["kills"] > 0
    assert site.figures["acknowledged"] > 12
