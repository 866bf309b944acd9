"""Finding a run by id, beginning of an id, or task."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from projection_scenarios import Given, failed, folded, of_run, started, succeeded

from lineage.events import RunRefused
from lineage.kernel.errors import RunNotFoundError
from projections.documents.run_lookup import find_run, task_of

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
    """Runs of several tasks, one refused, two tasks called like a run or the beginning of one."""
    with folded(
        of_run(started(), failed(), run="abcd1111"),
        of_run(started(), succeeded(), run="abcd2222"),
        of_run(REFUSED, run="ffff3333"),
        of_run(started(), run="eeee%_44", task="t_2"),
        of_run(started(), run="name-of-both", task="t_3"),
        of_run(started(), run="cccc5555", task="name-of-both"),
        of_run(started(), run="bbbb6666", task="cccc"),
        of_run(started(), run="dddd7777", task="abcd2222"),
    ) as given_history:
        yield given_history


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("abcd1111", "abcd1111"),
        ("abcd1", "abcd1111"),
        ("ABCD1", "abcd1111"),
        ("ABCD2222", "abcd2222"),
        ("t_1", "ffff3333"),
        ("t_2", "eeee%_44"),
        ("eeee", "eeee%_44"),
        ("name-of-both", "name-of-both"),
        ("abcd2222", "abcd2222"),
        ("name-of", "name-of-both"),
        ("cccc5", "cccc5555"),
    ],
)
def test_name_finds_its_run(history: Given, name: str, found: str) -> None:
    """An id, four or more leading characters of one, or a task for its latest run; an id first."""
    assert find_run(history.catalog, name) == found


def test_refused_run_can_be_left_out(history: Given) -> None:
    """The latest run of a task that began is the one before the refused one."""
    assert find_run(history.catalog, "t_1", include_refused=False) == "abcd2222"


def test_whole_id_needs_no_length() -> None:
    """An id of two characters is one, and the beginning of another is not meant by it."""
    with folded(of_run(started(), run="r1"), of_run(started(), run="r10", task="t_2")) as short:
        assert find_run(short.catalog, "r1") == "r1"


def test_task_of_a_run_is_told(history: Given) -> None:
    """Whoever resumes a run needs to know which task to run."""
    assert task_of(history.catalog, "cccc5555") == "name-of-both"


@pytest.mark.parametrize(
    ("name", "count"),
    [("abcd", 2), ("cccc", 2), ("abc", 0), ("nobody", 0), ("%%%%", 0), ("", 0)],
)
def test_name_of_no_or_several_runs_is_refused(history: Given, name: str, count: int) -> None:
    """A name that means no single run says how many it means."""
    with pytest.raises(RunNotFoundError, match=f"{count or 'no'} run"):
        find_run(history.catalog, name)


def test_runs_that_a_name_could_mean_are_listed(history: Given) -> None:
    """The choice is there to be made: ids with task and status."""
    with pytest.raises(RunNotFoundError) as refused:
        find_run(history.catalog, "cccc")

    assert "bbbb6666 (cccc, running), cccc5555 (name-of-both, running)" in str(refused.value)


def test_long_list_of_runs_is_cut_and_says_so() -> None:
    """An error stays one line, and tells how many it leaves out."""
    runs = [of_run(started(), run=f"same{i}") for i in range(7)]
    with folded(*runs) as many, pytest.raises(RunNotFoundError, match=r"same4 .* and 2 more"):
        find_run(many.catalog, "same")
