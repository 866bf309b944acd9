"""Jitter moves numbers by a seed, and never passes for privacy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.source import DataSource
from ops.deidentify.jitter import JitterOperation, jitter
from ops.result import OperationResult

PEOPLE = pa.table({"age": [30, None, 50], "pay": [1.5, 2.5, None], "name": ["a", "b", "c"]})


def run(folder: Path, **parameters: Any) -> OperationResult:
    """Move numbers of the people."""
    source = DataSource()
    source.add_dataframe("people", PEOPLE)
    return JitterOperation(dataset_name="people", **parameters).execute(source, folder)


def moved(values: pa.Array, spread: float = 3.0, distribution: Any = "uniform") -> pa.ChunkedArray:
    """Return numbers moved with seed 1."""
    return jitter(
        pa.chunked_array([values]),
        spread,
        "column 'x'",
        distribution=distribution,
        random=np.random.Generator(np.random.PCG64(1)),
    )


def test_equal_seeds_give_equal_files(tmp_path: Path) -> None:
    """Another seed gives another file."""
    digests = [
        run(tmp_path, spread={"age": 5.0, "pay": 1.0}, seed=seed).artifacts[0].sha256
        for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_report_says_that_it_is_not_private(tmp_path: Path) -> None:
    """The note stands beside the columns, and untouched ones are identity."""
    result = run(tmp_path, spread={"age": 5.0})
    assert str(result.details["note"]).startswith("not differentially private")
    assert {(e.column, e.effect) for e in result.column_edges} == {
        ("age", "noise"),
        ("pay", "identity"),
        ("name", "identity"),
    }


@given(st.lists(st.integers(-1000, 1000) | st.none(), max_size=20))
@settings(max_examples=40, deadline=None)
def test_uniform_moves_stay_within_the_spread(values: list[int | None]) -> None:
    """Nulls stay null."""
    found = moved(pa.array(values, pa.int32())).to_pylist()
    assert [v is None for v in values] == [f is None for f in found]
    assert all(abs(f - v) <= 3 for f, v in zip(found, values, strict=True) if v is not None)


@pytest.mark.parametrize("kind", [pa.int16(), pa.float32(), pa.float64(), pa.decimal128(9, 2)])
@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_numbers_keep_their_type(kind: pa.DataType, distribution: str) -> None:
    """Whole numbers are rounded, decimals to their places."""
    found = moved(pa.array([100.0, None]).cast(kind), distribution=distribution)
    assert (found.type, found.null_count) == (kind, 1)


def test_moved_number_that_does_not_fit_is_refused() -> None:
    """A small type cannot hold every move."""
    with pytest.raises(AnonymizationError, match=r"column 'x': a moved number does not fit.*uint8"):
        moved(pa.array([0] * 50, pa.uint8()))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"spread": {}}, "spread of JitterOperation: no column"),
        ({"spread": {"age": 0}}, "spread of column 'age'"),
        ({"spread": {"age": float("nan")}}, "a positive number"),
        ({"seed": -1}, "seed of JitterOperation"),
        ({"distribution": "laplace"}, "one of 'uniform', 'normal'"),
    ],
)
def test_moves_that_cannot_be_meant_are_refused(wrong: Any, message: str) -> None:
    """The message names the parameter and what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        JitterOperation(**({"dataset_name": "people", "spread": {"age": 1.0}} | wrong))


def test_text_is_refused(tmp_path: Path) -> None:
    """A name is no number."""
    with pytest.raises(AnonymizationError, match=r"column 'name'.*expected numbers"):
        run(tmp_path, spread={"name": 1.0})
