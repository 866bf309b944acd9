"""The runs that a person may mean by an id or its beginning."""

from __future__ import annotations

import pytest
from projection_scenarios import folded, of_run, started

from lineage.kernel.ids import is_called
from projections.catalog.run_ids import runs_called

RUNS = ("abcd", "abcd1", "abcd2", "ab%d", "r1", "r10")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("abcd", ["abcd", "abcd1", "abcd2"]),
        ("abcd2", ["abcd2"]),
        ("abc", []),
        ("ab%d", ["ab%d"]),
        ("r1", ["r1"]),
        ("", []),
    ],
)
def test_name_means_the_ids_that_the_kernel_says(name: str, found: list[str]) -> None:
    """A whole id comes first; what SQL finds is what the rule in Python says."""
    with folded(*(of_run(started(), run=run) for run in RUNS)) as history:
        called = runs_called(history.catalog, name)

    assert called == found
    assert sorted(called) == sorted(run for run in RUNS if is_called(run, name))
