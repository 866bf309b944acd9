"""Parts of a dataset: nothing is lost or doubled, persons stay together, chance repeats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_frames import edges, run

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.tables.dealing import apportion, deal
from ops.tables.split import SplitOperation

HALVES = {"one": 0.5, "two": 0.5}
PROPERTY = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(
    persons=st.lists(st.integers(0, 6), max_size=30),
    shares=st.lists(st.integers(1, 5), min_size=2, max_size=4),
    seed=st.integers(0, 3),
    options=st.sampled_from(
        [{}, {"keep_together": "p"}, {"stratify_by": ["p"]}, {"keep_together": "p"}]
    ),
)
@PROPERTY
def test_parts_are_a_partition(
    persons: list[int], shares: list[int], seed: int, options: dict[str, Any], tmp_path: Path
) -> None:
    """Each row is in one part, in its order; a person kept together is in one part."""
    table = pa.table({"row": pa.array(range(len(persons))), "p": pa.array(persons, pa.int8())})
    named = {f"s{at}": share / sum(shares) for at, share in enumerate(shares)}
    operation = SplitOperation(dataset_name="d", shares=named, seed=seed, **options)
    result, parts = run(operation, {"d": table}, tmp_path)

    assert sorted(row for part in parts for row in part["row"].to_pylist()) == [*range(len(table))]
    assert all(part["row"].to_pylist() == sorted(part["row"].to_pylist()) for part in parts)
    assert all(part.schema == table.schema for part in parts)
    sizes = [part.num_rows for part in parts]
    assert [*result.metrics["rows"].values()] == sizes  # type: ignore[attr-defined]
    if "keep_together" in options:
        homes = [set(part["p"].to_pylist()) for part in parts]
        assert sum(map(len, homes)) == len(set(persons))
        sizes = [*result.metrics["persons"].values()]  # type: ignore[attr-defined]
    assert sizes == apportion(sum(sizes), [*named.values()])


@given(
    strata=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    shares=st.lists(st.integers(1, 5), min_size=2, max_size=4),
)
@PROPERTY
def test_strata_fall_to_the_parts_evenly(strata: list[int], shares: list[int]) -> None:
    """No stratum is further from its share than one row more than there are parts."""
    rows = np.array(strata)
    counts = apportion(len(rows), shares)
    parts = deal(rows, counts, np.random.default_rng(1))

    for stratum in set(strata):
        here = parts[rows == stratum]
        for part, share in enumerate(shares):
            wanted = len(here) * share / sum(shares)
            assert abs(int((here == part).sum()) - wanted) <= len(shares) + 1
    assert np.bincount(parts, minlength=len(shares)).tolist() == counts


@pytest.mark.parametrize(
    ("total", "shares", "counts"),
    [
        (10, [0.8, 0.2], [8, 2]),
        (10, [1 / 3, 1 / 3, 1 / 3], [4, 3, 3]),
        (1, [0.5, 0.5], [1, 0]),
        (0, [0.9, 0.1], [0, 0]),
        (7, [0.6, 0.3, 0.1], [4, 2, 1]),
    ],
)
def test_rows_are_rounded_by_largest_remainder(
    total: int, shares: list[float], counts: list[int]
) -> None:
    """They add up; equal remainders go to the first."""
    assert apportion(total, shares) == counts


def test_strata_of_one_row_each_do_not_all_go_to_the_largest_part(tmp_path: Path) -> None:
    """Many small strata together have the shares as well."""
    table = pa.table({"x": range(100)})
    operation = SplitOperation(
        dataset_name="d", shares={"a": 0.7, "b": 0.3}, stratify_by=["x"], format="parquet"
    )
    result, _ = run(operation, {"d": table}, tmp_path)
    assert result.metrics["rows"] == {"a": 70, "b": 30}


def test_seed_decides(tmp_path: Path) -> None:
    """One seed gives equal bytes, another one gives other parts."""
    table = pa.table({"x": range(50)})
    digests = [
        run(SplitOperation(dataset_name="d", shares=HALVES, seed=seed), {"d": table}, tmp_path)[0]
        .artifacts[0]
        .sha256
        for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_lineage_names_what_decided(tmp_path: Path) -> None:
    """Columns are as they were; strata and persons chose the rows."""
    table = pa.table({"p": [1, 2], "town": ["a", None], "x": [None, None]})
    operation = SplitOperation(
        dataset_name="d", shares=HALVES, stratify_by=["town"], keep_together="p", output_name="o"
    )
    result, _ = run(operation, {"d": table}, tmp_path)

    assert edges(result) == {
        "p identity d.p",
        "p ~transformation d.town",
        "town identity d.town",
        "town ~transformation d.p",
        "x identity d.x",
        "x ~transformation d.p",
        "x ~transformation d.town",
    }
    assert [a.path.name for a in result.artifacts] == ["o_one.parquet", "o_two.parquet"]
    assert result.details == {"covered": [], "unchanged": ["p", "town", "x"]}


def test_row_without_person_is_refused(tmp_path: Path) -> None:
    """Nobody knows with whom it belongs."""
    table = pa.table({"p": [1, None, None]})
    operation = SplitOperation(dataset_name="d", shares=HALVES, keep_together="p")
    with pytest.raises(OperationError, match=r"column 'p' of dataset 'd': 2 rows without a value"):
        run(operation, {"d": table}, tmp_path)
    with pytest.raises(DataReadError, match="column 'p' of dataset 'd'"):
        run(operation, {"d": pa.table({"q": [1]})}, tmp_path)


@pytest.mark.parametrize(
    "shares",
    [{}, {"a": 1.0}, {"a": 0.5, "b": 0.4}, {"a": 1.5, "b": -0.5}, {"a": "1", "b": 0}, {"a": True}],
)
def test_shares_that_are_none_are_refused(shares: dict[str, Any]) -> None:
    """They are at least two positive numbers that add up to 1."""
    with pytest.raises(ConfigurationError, match=r"shares of SplitOperation.*add up to 1"):
        SplitOperation(dataset_name="d", shares=shares)
