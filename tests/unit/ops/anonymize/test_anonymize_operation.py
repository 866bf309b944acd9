from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lineage.kernel.errors import ConfigurationError
from ops import registry
from ops.data.source import DataSource

PEOPLE = pd.DataFrame({"age": [30, 31, 50, 51], "sex": list("MMFF"), "income": [1, 2, 3, 4]})


def _source() -> DataSource:
    source = DataSource()
    source.add_dataframe("customers", PEOPLE)
    return source


def test_k_anonymity_by_name_gives_classes_of_k(tmp_path: Path) -> None:
    """The method "k-anonymity" releases a file whose classes have at least k rows."""
    operation = registry.resolve("AnonymizeOperation")(
        input_dataset="customers",
        method="k-anonymity",
        k=2,
        quasi_identifiers=["age", "sex"],
        sensitive_attributes=["income"],
    )

    result = operation.execute(_source(), tmp_path)

    released = pd.read_parquet(result.artifacts[0].path)
    assert released.groupby(["age", "sex"], observed=True).size().min() >= 2


def test_unknown_method_is_refused(tmp_path: Path) -> None:
    """A method that is not there is refused by name, and nothing is written."""
    operation = registry.resolve("AnonymizeOperation")(
        input_dataset="customers", method="magic", quasi_identifiers=["age"]
    )

    with pytest.raises(ConfigurationError, match="magic"):
        operation.execute(_source(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_left_out_columns_are_not_published(tmp_path: Path) -> None:
    """Columns that are left out do not appear in the release, and no warning names them."""
    operation = registry.resolve("KAnonymizeOperation")(
        dataset_name="customers", quasi_identifiers=["age"], left_out=["sex", "income"], k=2
    )

    result = operation.execute(_source(), tmp_path)

    assert list(pd.read_parquet(result.artifacts[0].path).columns) == ["age"]
    assert result.warnings == []
