"""Synthetic identifiers look like the real ones and belong to nobody."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError
from ops.data.source import DataSource
from ops.result import OperationResult
from ops.synthetic_identifiers import AddSyntheticIdentifiersOperation, identifiers

SSN = re.compile(r"9\d\d-(1[1-6]|2[0-7]|3[0-6]|4\d)-(?!0000)\d{4}")


def run(tmp_path: Path, **parameters: object) -> OperationResult:
    """Add identifiers to a small dataset."""
    source = DataSource()
    source.add_dataframe("people", pd.DataFrame({"age": [39, 50, 38], "zip": list("abc")}))
    operation = AddSyntheticIdentifiersOperation(dataset_name="people", **parameters)  # type: ignore[arg-type]  # by name
    return operation.execute(source, tmp_path)


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 2**32))
def test_every_number_is_of_a_range_that_is_never_issued(rows: int, seed: int) -> None:
    """Areas 900-999 and groups that no tax number has; all numbers and addresses differ."""
    names, emails, ssns = (column.to_pylist() for column in identifiers(rows, seed))
    assert len(names) == len(set(emails)) == len(set(ssns)) == rows
    assert all(SSN.fullmatch(ssn) for ssn in ssns)
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\.\d+@example\.com", email) for email in emails)
    assert all(re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", name) for name in names)


def test_address_is_made_of_the_name_beside_it() -> None:
    """The three columns describe one made-up person a row."""
    names, emails, _ = (column.to_pylist() for column in identifiers(50, 1))
    for name, email in zip(names, emails, strict=True):
        assert email.startswith(name.lower().replace(" ", ".") + ".")


def test_seed_decides_everything() -> None:
    """One seed gives one result, another gives another."""
    first, again, other = identifiers(100, 7), identifiers(100, 7), identifiers(100, 8)
    for column in range(3):
        assert first[column].equals(again[column])
        assert not first[column].equals(other[column])


def test_a_million_numbers_are_unique_and_spread() -> None:
    """Numbers of a large dataset are unique and use every area."""
    ssns = identifiers(1_000_000, 3)[2]
    assert pc.count_distinct(ssns).as_py() == 1_000_000
    assert pc.count_distinct(pc.utf8_slice_codeunits(ssns, 0, 3)).as_py() == 100


def test_result_says_that_the_columns_are_synthetic(tmp_path: Path) -> None:
    """Details, metadata and lineage keep anyone from taking them for real."""
    result = run(tmp_path, seed=5)
    made = ["full_name", "email", "ssn"]
    assert result.details["synthetic_columns"] == made
    assert result.artifacts[0].metadata["synthetic_columns"] == made
    assert result.details["seed"] == 5
    edges = [(edge.column, edge.source, edge.effect) for edge in result.column_edges]
    assert edges == [
        ("age", "people", "identity"),
        ("zip", "people", "identity"),
        *((name, None, "synthesis") for name in made),
    ]


def test_own_columns_are_unchanged(tmp_path: Path) -> None:
    """The dataset's columns stand first, as they were."""
    frame = pd.read_parquet(run(tmp_path, email_column="mail").artifacts[0].path)
    assert frame.columns.to_list() == ["age", "zip", "full_name", "mail", "ssn"]
    assert frame["age"].to_list() == [39, 50, 38]


@pytest.mark.parametrize("parameters", [{"ssn_column": "zip"}, {"email_column": "ssn"}])
def test_taken_column_name_is_refused(tmp_path: Path, parameters: dict[str, object]) -> None:
    """No column of the dataset is overwritten."""
    with pytest.raises(ConfigurationError, match="the name is already in use"):
        run(tmp_path, **parameters)


def test_more_rows_than_numbers_are_refused(tmp_path: Path) -> None:
    """Numbers are never given twice, so there is a largest dataset."""
    source = DataSource()
    source.add_dataframe("people", pa.table({"x": np.zeros(31_000_000, dtype=np.int8)}))
    operation = AddSyntheticIdentifiersOperation(dataset_name="people")
    with pytest.raises(ConfigurationError, match="31,000,000 rows, expected at most 30,996,900"):
        operation.execute(source, tmp_path)
