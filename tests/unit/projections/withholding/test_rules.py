"""What nobody knows to be harmless is withheld, wherever it stands in a value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.values import canonical_text
from projections.catalog import folds
from projections.withholding import rules
from projections.withholding.closed_columns import closed_columns
from projections.withholding.rules import Known
from projections.withholding.withheld import Withheld
from projections.withholding.words import MEASURES, NAMING

NAMES = ("people", "age", "height")
KNOWN = Known(
    names=frozenset(NAMES),
    columns=frozenset({"age", "height"}),
    open_columns=frozenset({"height"}),
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
OPEN_JSON = {
    ("classification_proposals", "evidence"),
    ("claim_checks", "measured"),
    ("dictionary_versions", "accountability"),
    ("dictionary_versions", "datasets"),
    ("environments", "packages"),
    ("erasure_events", "detail"),
    ("erasure_events", "steps"),
    ("execution_log", "input_files"),
    ("execution_log", "output_files"),
    ("operation_beginnings", "seed"),
    ("operations", "seed"),
    ("policies", "measured"),
    ("policies", "required"),
    ("policy_versions", "policies"),
    ("risk_measures", "measures"),
    ("run_beginnings", "seed"),
    ("run_beginnings", "upstream_runs"),
    ("runs", "seed"),
    ("runs", "upstream_runs"),
}
"""Columns of any JSON that the product itself fills, with names, digests and counts."""


def texts(value: Any) -> set[str]:
    """Every text in a value, keys included."""
    match value:
        case Withheld():
            return set()
        case str():
            return {value}
        case dict():
            return set(value) | set().union(*map(texts, value.values()))
        case list():
            return set().union(*map(texts, value))
    return set()


@settings(max_examples=60)
@given(value=VALUES)
def test_no_unknown_text_of_a_program_is_shown(value: Any) -> None:
    """Neither a text nor a key, however deep, unless it is a name that is known."""
    harmless = {*NAMES, *NAMING, *MEASURES, ""}

    assert texts(rules.metric("said", value, KNOWN, "mine.Operation")) <= harmless
    assert texts(rules.parameters({"said": value}, KNOWN)) <= harmless | {"said"}


@settings(max_examples=60)
@given(left=VALUES, right=VALUES)
def test_withheld_values_are_equal_if_the_values_are(left: Any, right: Any) -> None:
    """So that a comparison can say that they differ."""
    is_equal = canonical_text(left) == canonical_text(right)

    assert (Withheld(left) == Withheld(right)) is is_equal
    assert (Withheld(left) != Withheld(right)) is not is_equal
    assert Withheld(left) == Withheld(left)
    assert Withheld(left) != "[withheld]"


@pytest.mark.parametrize(
    ("name", "value", "class_name", "is_shown"),
    [
        ("rows", 7, None, True),
        ("accuracy", 0.9, "mine.Operation", True),
        ("oldest", "1901-02-03", None, False),
        ("max_salary", 9, None, False),
        ("age_of_the_oldest", 99, None, False),
        ("height_total", 12, None, True),
        ("series", [1, 2], None, False),
        ("mean", {"age": 40.5}, "ops.profiling.profile.ProfileOperation", False),
        ("mean", {"height": 1.7}, "ops.profiling.profile.ProfileOperation", True),
        ("nulls", {"age": 3}, "ops.profiling.profile.ProfileOperation", True),
        ("before", {"risk": {"k": 1}}, "mine.Operation", True),
        ("counts", {"Ada": 3}, "mine.Operation", False),
    ],
)
def test_name_and_column_decide_about_a_metric(
    name: str, value: Any, class_name: str | None, *, is_shown: bool
) -> None:
    """A value of a column is shown if the column is declared harmless."""
    shown = rules.metric(name, value, KNOWN, class_name)

    assert (shown == value) is is_shown


def test_every_column_of_any_json_is_decided() -> None:
    """A new one is either closed to queries on a server that only reads, or named above."""
    with folds.connect() as connection:
        folds.create(connection)
        found = connection.execute(
            "select table_name, column_name from duckdb_columns() "
            "where not internal and data_type = 'JSON'"
        ).fetchall()
    closed = {(table, column) for table, names in closed_columns().items() for column in names}

    assert {*found} - closed == OPEN_JSON
