"""A sample holds texts of different values, few enough to be looked at one by one."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from ops.profiling import sample


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([" a ", "b"]), ["a", "b"]),
        (pa.array([7, 8], pa.uint8()), ["7", "8"]),
        (pa.array([4111111111111111.0, 5.0]), ["4111111111111111", "5"]),
        (pa.array([4.5, 5.0]), ["4.5", "5"]),
        (pa.array([Decimal("4.50")]), ["4.50"]),
        (pa.array([0], pa.date32()), ["1970-01-01"]),
        (pa.array([0], pa.timestamp("s", "Mars/Phobos")), ["1970-01-01 00:00:00"]),
        (pa.array([float("inf")]), ["inf"]),
        (pa.array([True]), []),
        (pa.nulls(0), []),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_values_become_texts(values: pa.Array, texts: list[str]) -> None:
    """Whole floats have no fraction, zones that are unknown do not matter."""
    found = sample.take(values, np.ones(len(values), dtype=np.int64))
    assert found.texts.to_pylist() == texts
    assert len(found.rows) == len(texts)


def test_large_column_is_sampled_evenly() -> None:
    """First and last are in it, and equal columns give equal samples."""
    values = pa.array(range(25_000))
    found = sample.take(values, np.full(25_000, 2))
    assert (len(found.texts), found.of, int(found.rows.sum())) == (10_000, 25_000, 20_000)
    assert (found.texts[0].as_py(), found.texts[-1].as_py()) == ("0", "24999")


def test_separators_are_taken_literally() -> None:
    """A bracket or dash is no part of a pattern."""
    found = sample.take(pa.array(["(1)-2]^.3"]), np.array([1]))
    assert found.without(" ()-.]^").to_pylist() == ["123"]
