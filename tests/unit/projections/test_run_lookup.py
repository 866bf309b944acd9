"""Finding a run by id, beginning of an id, or task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import Given, failed, folded, of_run, started, succeeded

from lineage.events import RunRefused
from lineage.kernel.errors import RunNotFoundError
from projections.run_lookup import find_run

REFUSED = RunRefused(
    task_type="profiling",
    description="",
    report_path="r.json",
    reason="dependency",
    message="no",
    depends_on="t_0",
    depends_on_run=None,
)


@pytest.fixture(scope="module")
def history() -> Iterator[Given]:
    """Three runs, the last of which was refused."""
    with folded(
        of_run(started(), failed(), run="abcd1111"),
        of_run(started(), succeeded(), run="abcd2222"),
        of_run(REFUSED, run="ffff3333"),
        of_run(started(), run="eeee%_44", task="t_2"),
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("abcd1111", "abcd1111"),
        ("abcd1", "abcd1111"),
        ("t_1", "ffff3333"),
        ("t_2", "eeee%_44"),
        ("eeee", "eeee%_44"),
    ],
)
def test_name_finds_its_run(history: Given, name: str, found: str) -> None:
    """An id, four or more leading characters of one, or a task for its latest run."""
    assert find_run(history.catalog, name) == found


def test_refused_run_can_be_left_out(history: Given) -> None:
    """The latest run of a task that began is the one before the refused one."""
    assert find_run(history.catalog, "t_1", include_refused=False) == "abcd2222"


@pytest.mark.parametrize(
    ("name", "count"), [("abcd", 2), ("abc", 0), ("nobody", 0), ("%%%%", 0), ("", 0)]
)
def test_name_of_no_or_several_runs_is_refused(history: Given, name: str, count: int) -> None:
    """A name that means no single run says how many it means."""
    with pytest.raises(RunNotFoundError, match=f"found '{count} runs'"):
        find_run(history.catalog, name)
