"""Values are numbered at each level of their hierarchy, and what does not fit it is refused."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError
from ops.measures import hierarchies, hierarchy_codes, hierarchy_forms

SUBJECT = "hierarchy of 'q'"


def levels(form: object, values: pd.Index) -> list[list[str | None]]:
    """Return the texts of the values at each level."""
    is_absent = form is None
    made = hierarchies.only_top("q") if is_absent else hierarchy_forms.described(form, SUBJECT)
    found = hierarchy_codes.of_values(made, values)
    return [
        [texts[code] for code in codes]
        for codes, texts in zip(found.codes, found.texts, strict=True)
    ]


@pytest.mark.parametrize(
    ("form", "values", "expected"),
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
            [Decimal("1.25"), Decimal("0.30"), Decimal("0.35")],
            [
                ["1.25", "0.30", "0.35"],
                ["[1.2, 1.3)", "[0.3, 0.4)", "[0.3, 0.4)"],
                ["[1.2, 1.5)", "[0.3, 0.6)", "[0.3, 0.6)"],
                ["*"] * 3,
            ],
        ),
        (
            {"prefixes": [3, 1]},
            ["01234", "01", None],
            [["01234", "01", None], ["012*", "01*", None], ["0*", "0*", None], ["*"] * 3],
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
        ({"a": "x", "b": "y"}, ["b", None], [["b", None], ["y", None]]),
        ({"a": "x", "1": "y"}, [1, "a"], [["1", "a"], ["y", "x"]]),
    ],
)
def test_levels_read_as_documented(
    form: object, values: list[object], expected: list[list[str | None]]
) -> None:
    """A null stays null until the level that is the same for all."""
    assert levels(form, pd.Index(values, dtype="object")) == expected


@pytest.mark.parametrize(
    "values",
    [
        pd.Index([39.0, 40.0]),
        pd.Index([39, 40], dtype="Int64"),
        pd.CategoricalIndex([39, 40]),
        pd.Index([Decimal(39), Decimal(40)]),
    ],
)
def test_numbers_of_any_type_are_listed_and_cut(values: pd.Index) -> None:
    """39, 39.0 and the category 39 are the leaf "39" and lie in the same interval."""
    assert levels({"values": {39: ["x"], 40: ["x"]}}, values)[1] == ["x", "x"]
    assert levels({"intervals": [10]}, values)[1] == ["[30, 40)", "[40, 50)"]


@pytest.mark.parametrize(
    ("values", "listed"),
    [
        (pd.to_datetime(["2001-02-03"]), "2001-02-03"),
        (pd.DatetimeIndex(["2001-02-03"], tz="UTC").tz_localize(None), "2001-02-03"),
        (pd.Index([True]), "True"),
        (pd.Index([True]), "true"),
        (pd.PeriodIndex(["2001-02"], freq="M"), "2001-02"),
    ],
)
def test_value_is_listed_by_its_usual_text(values: pd.Index, listed: str) -> None:
    """A midnight is listed as its date, a truth value as Python or JSON write it."""
    assert levels({"values": {listed: ["x"]}}, values)[1] == ["x"]


def test_shares_count_leaves_that_no_row_has() -> None:
    """A value stands for the share of all leaves under it, seen or not."""
    known = hierarchies.of_mapping("q", {n: [n[0], "*"] for n in ("aa", "ab", "ac", "ba")})
    found = hierarchy_codes.of_values(known, pd.Index(["ab", "ba"]))
    assert [list(shares) for shares in found.shares] == [[0.25, 0.25], [0.75, 0.25], [1.0]]
    assert found.leaves == 4


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-99, 99) | st.none(), min_size=1, max_size=12, unique=True))
def test_levels_join_and_never_part(numbers: list[int | None]) -> None:
    """Shares of a level add up to 1, and equal values stay equal above."""
    values = pd.Index(numbers, dtype="Int64")
    found = hierarchy_codes.of_values(hierarchies.numeric_intervals("q", [5, 10]), values)
    for level, codes in enumerate(found.codes[1:], start=1):
        below = set(zip(found.codes[level - 1].tolist(), codes.tolist(), strict=True))
        assert len(below) == len({code for code, _ in below})
        assert sum(found.shares[level]) == pytest.approx(1)
    assert found.leaves == len(numbers)


@pytest.mark.parametrize(
    ("form", "values", "refusal"),
    [
        ({"values": {"a": ["x"]}}, ["a", "secret"], "no row for 1 of 2 values"),
        ({"intervals": [5]}, ["secret"], "expected numbers"),
        ({"intervals": [5]}, [float("inf")], "level 1 does not know 1 of 1 values"),
        ({"intervals": [5]}, [True], "expected numbers"),
        ({"date_parts": ["year"]}, ["secret"], "expected dates"),
        ({"prefixes": [2], "keep_length": True}, ["ab", "abc"], "does not know 1 of 2 values"),
    ],
)
def test_hierarchy_that_does_not_fit_the_values_is_refused(
    form: object, values: list[object], refusal: str
) -> None:
    """The error names the column and how many values, and quotes none."""
    with pytest.raises(AnonymizationError, match=f"{SUBJECT}: .*{refusal}") as refused:
        levels(form, pd.Index(values))
    assert "secret" not in str(refused.value)
