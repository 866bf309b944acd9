"""A sample: as many rows as wanted, none twice, the shares of strata, repeatable chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_frames import edges, run

from lineage.kernel.errors import ConfigurationError, OperationError
from ops.tables.sample import SampleOperation


@given(rows=st.integers(1, 30), wanted=st.integers(1, 30), stratify=st.booleans())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_sample_has_different_rows_in_their_order(
    rows: int, wanted: int, stratify: object, tmp_path: Path
) -> None:
    """Exactly as many as wanted; more than there are is an error."""
    table = pa.table({"x": range(rows), "g": pa.array([at % 3 for at in range(rows)]).cast("int8")})
    operation = SampleOperation(
        dataset_name="d", rows=wanted, stratify_by=["g"] if stratify else []
    )
    if wanted > rows:
        with pytest.raises(OperationError, match=f"{wanted} of {rows} rows are wanted"):
            run(operation, {"d": table}, tmp_path)
        return
    result, [sample] = run(operation, {"d": table}, tmp_path)
    values = sample["x"].to_pylist()
    assert values == sorted(set(values))
    assert (len(values), sample.schema) == (wanted, table.schema)
    assert result.metrics == {"rows": wanted, "share": wanted / rows}


def test_strata_keep_their_shares(tmp_path: Path) -> None:
    """A tenth of the rows is a tenth of each town, but for few rows."""
    table = pa.table({"town": ["a"] * 100 + ["b"] * 300 + [None] * 600})
    operation = SampleOperation(dataset_name="d", share=0.1, stratify_by=["town"])
    result, [sample] = run(operation, {"d": table}, tmp_path)

    towns = sample["town"].to_pylist()
    assert result.metrics["rows"] == 100
    assert [abs(towns.count(t) - n) <= 1 for t, n in (("a", 10), ("b", 30), (None, 60))] == [
        True,
        True,
        True,
    ]
    assert edges(result) == {"town identity d.town"}


def test_seed_decides(tmp_path: Path) -> None:
    """One seed gives equal bytes, another one another sample."""
    digests = [
        run(
            SampleOperation(dataset_name="d", rows=5, seed=seed),
            {"d": pa.table({"x": range(99)})},
            tmp_path,
        )[0]
        .artifacts[0]
        .sha256
        for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_no_rows_give_an_empty_sample_of_the_same_types(tmp_path: Path) -> None:
    """A share of nothing is nothing."""
    table = pa.table({"x": pa.array([], pa.timestamp("us", "UTC"))})
    result, [sample] = run(SampleOperation(dataset_name="d", share=0.5), {"d": table}, tmp_path)
    assert (sample.schema, result.metrics) == (table.schema, {"rows": 0, "share": 0.0})


@pytest.mark.parametrize(
    "values",
    [
        pa.array(["a", None, "b"], pa.string_view()),
        pa.array([b"a", None, b"b"], pa.binary_view()),
        pa.array([1, 1, 2]).dictionary_encode(),
        pa.array([[1], None, [2]]),
        pa.nulls(3),
    ],
)
def test_unusual_types_are_drawn(values: pa.Array, tmp_path: Path) -> None:
    """All rows are what was there, whatever the type."""
    operation = SampleOperation(dataset_name="d", rows=3, stratify_by=["n"])
    table = pa.table({"x": values, "n": [1, 2, 2]})
    _, [sample] = run(operation, {"d": table}, tmp_path)
    assert sample["x"].to_pylist() == values.to_pylist()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "none is given, expected either rows or share"),
        ({"rows": 1, "share": 0.5}, "rows and share are given"),
        ({"rows": 0}, "rows of SampleOperation.*at least 1"),
        ({"share": 0.0}, "share of SampleOperation.*more than 0"),
        ({"share": 1.1}, "share of SampleOperation.*up to 1"),
        ({"rows": 1, "stratify_by": ["a", "a"]}, "'a' is named twice"),
    ],
)
def test_bad_parameter_is_refused(parameters: dict[str, Any], message: str) -> None:
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=message):
        SampleOperation(dataset_name="d", **parameters)
