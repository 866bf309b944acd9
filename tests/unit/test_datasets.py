"""What may be declared of a dataset, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lineage import datasets
from lineage.datasets import DatasetDeclaration
from lineage.kernel.roles import ColumnRole

_WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("given_period", "kept"),
    [(30, "P30D"), ("P2Y", "P2Y"), ("P1Y6M", "P1Y6M"), ("P4W", "P4W"), ("PT12H", "PT12H")],
)
def test_retention_is_days_or_a_duration(given_period: object, kept: str) -> None:
    """A number is days; other periods are ISO 8601 durations."""
    assert DatasetDeclaration(retention=given_period).retention == kept  # type: ignore[arg-type]  # what a file may hold


@pytest.mark.parametrize("period", ["2 years", "P", "PT", "P2", "", -3, True, 1.5, "P1D2Y"])
def test_other_retention_is_refused(period: object) -> None:
    """A period that no one can count with is a mistake."""
    with pytest.raises(ValidationError, match="retention"):
        DatasetDeclaration.model_validate({"retention": period})


@pytest.mark.parametrize(
    "column",
    [
        "identifier",
        {"role": "Sensitive"},
        {"rol": "sensitive"},
        {"class": "a\nb"},
        5,
        ["sensitive"],
    ],
)
def test_unknown_role_or_key_of_a_column_is_refused(column: object) -> None:
    """A column has a known role and known keys only."""
    with pytest.raises(ValidationError, match=r"columns\.age"):
        DatasetDeclaration.model_validate({"columns": {"age": column}})


def test_role_alone_is_a_column() -> None:
    """The short form says the same as the long one."""
    short, long = {"age": "sensitive"}, {"age": {"role": "sensitive"}}
    found = [DatasetDeclaration.model_validate({"columns": said}) for said in (short, long)]

    assert found[0] == found[1]
    assert found[0].roles == {ColumnRole.SENSITIVE: ("age",)}


@given(
    st.dictionaries(
        _WORDS,
        st.fixed_dictionaries(
            {},
            optional={"role": st.sampled_from([*ColumnRole]).map(str), "class": _WORDS},
        ),
    )
)
def test_plain_form_declares_the_same_in_the_same_order(columns: dict[str, Any]) -> None:
    """Law: what is declared survives being written and read, with the order of its columns."""
    declared = {"people": DatasetDeclaration.model_validate({"columns": columns})}
    plain: Any = datasets.to_plain(declared)["people"]
    again = DatasetDeclaration.model_validate(plain)

    assert again == declared["people"]
    assert list(again.columns) == list(columns)
    assert again.roles == declared["people"].roles


def test_rows_list_columns_by_role_and_class() -> None:
    """People see one row a role, one a class, and the columns without either."""
    said = {"age": "sensitive", "mail": {"class": "contact"}, "id": {}}
    declared = {"people": DatasetDeclaration.model_validate({"owner": "HR", "columns": said})}

    assert datasets.rows(declared)["people"] == {
        "owner": "HR",
        "sensitive": ["age"],
        "class contact": ["mail"],
        "columns": ["id"],
    }
