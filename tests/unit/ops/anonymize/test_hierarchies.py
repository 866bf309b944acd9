"""Hierarchies join values level by level, and refuse what does not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.anonymize import hierarchies


def levels(spec: dict[str, object] | None, values: list[object]) -> list[list[str | None]]:
    """Return the texts of the values at each level."""
    found = hierarchies.of(spec, pd.Index(values, dtype="object"), name="q")
    return [
        [texts[code] for code in codes]
        for codes, texts in zip(found.codes, found.texts, strict=True)
    ]


@pytest.mark.parametrize(
    ("spec", "values", "expected"),
    [
        (None, ["a", None], [["a", None], ["*", "*"]]),
        (
            {"intervals": [5, 10]},
            [39, 40.0, -1],
            [
                ["39", "40", "-1"],
                ["[35, 40)", "[40, 45)", "[-5, 0)"],
                ["[30, 40)", "[40, 50)", "[-10, 0)"],
                ["*"] * 3,
            ],
        ),
        (
            {"intervals": [0.1, 0.3]},
            [Decimal("1.25"), 0.3, 0.35],
            [
                ["1.25", "0.3", "0.35"],
                ["[1.2, 1.3)", "[0.2, 0.3)", "[0.3, 0.4)"],
                ["[1.2, 1.5)", "[0, 0.3)", "[0.3, 0.6)"],
                ["*"] * 3,
            ],
        ),
        (
            {"prefixes": [3, 1]},
            ["01234", "01299", None],
            [
                ["01234", "01299", None],
                ["012*", "012*", None],
                ["0*", "0*", None],
                ["*"] * 3,
            ],
        ),
        (
            {"date_parts": ["month", "decade"]},
            [dt.date(1999, 12, 31), pd.Timestamp("2001-02-03")],
            [["1999-12-31", "2001-02-03"], ["1999-12", "2001-02"], ["1990s", "2000s"], ["*", "*"]],
        ),
        (
            {"values": {"Rome": ["Italy", "Europe"], "Oslo": ["Norway", "Europe"]}},
            ["Oslo", "Rome"],
            [["Oslo", "Rome"], ["Norway", "Italy"], ["Europe", "Europe"]],
        ),
    ],
)
def test_levels_read_as_documented(
    spec: dict[str, object] | None, values: list[object], expected: list[list[str | None]]
) -> None:
    """A null stays null until the level that is the same for all."""
    assert levels(spec, values) == expected


def test_shares_count_leaves_that_no_row_has() -> None:
    """A value stands for the share of all leaves under it, seen or not."""
    spec = {"values": {name: [name[0], "*"] for name in ("aa", "ab", "ac", "ba")}}
    found = hierarchies.of(spec, pd.Index(["ab", "ba"]), name="q")
    assert [list(shares) for shares in found.shares] == [[0.25, 0.25], [0.75, 0.25], [1.0]]
    assert found.leaves == 4


@pytest.mark.parametrize(
    ("spec", "values", "refusal"),
    [
        ({"values": {"a": ["x"]}}, ["a", "secret"], "no row for 1 of 2 values"),
        ({"values": {"a": ["x"], "b": ["x", "y"]}}, ["a"], "rows of different length"),
        ({"values": {"a": ["x", "y"], "b": ["x", "z"]}}, ["a"], "level 2 parts values"),
        ({"rows": [["a", "x"], ["a", "x"]]}, ["a"], "a value twice"),
        ({"rows": []}, ["a"], "no row"),
        ({"intervals": [5]}, ["secret"], "not all values are finite numbers"),
        ({"date_parts": ["year"]}, ["secret"], "not all values are dates"),
    ],
)
def test_hierarchy_that_does_not_fit_the_values_is_refused(
    spec: dict[str, object], values: list[object], refusal: str
) -> None:
    """The error names the column and how many values, and quotes none."""
    with pytest.raises(AnonymizationError, match=f"hierarchy of 'q': .*{refusal}") as refused:
        levels(spec, values)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "spec",
    [
        {"intervals": [10, 5]},
        {"intervals": [0]},
        {"prefixes": [1, 3]},
        {"date_parts": ["year", "month"]},
        {"date_parts": ["week"]},
        {"magic": [1]},
        {"intervals": "5"},
        {"intervals": [5], "prefixes": [1]},
    ],
)
def test_hierarchy_that_is_described_wrongly_is_refused(spec: dict[str, object]) -> None:
    """Steps become coarser, and there is one kind."""
    with pytest.raises(ConfigurationError, match="hierarchy of 'q'"):
        levels(spec, [1])
