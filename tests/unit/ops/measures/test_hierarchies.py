"""Hierarchies give each value one label a level, and refuse what would not be a tree."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.measures import hierarchies
from ops.measures.hierarchies import Hierarchy

TREE = {"Private": ["Employed", "*"], "State-gov": ["Employed", "*"], "Never": ["None", "*"]}
DATES = pa.chunked_array([pa.array([dt.date(2026, 1, 1), dt.date(1999, 12, 31), None])])


def levels(hierarchy: Hierarchy, *values: object) -> list[list[object]]:
    """Return what a column becomes, level by level."""
    column = pa.chunked_array([pa.array(values)])
    return [hierarchy.generalize(column, n).to_pylist() for n in range(hierarchy.height + 1)]


def test_intervals_hold_their_lower_edge_and_nest() -> None:
    """18 begins an interval with edges at 18; level 0 is the number, the top is a star."""
    ages = hierarchies.numeric_intervals("age", [5, 10, [20, 60]])
    assert levels(ages, 20, 59, 60, None) == [
        ["20", "59", "60", None],
        ["[20, 25)", "[55, 60)", "[60, 65)", None],
        ["[20, 30)", "[50, 60)", "[60, 70)", None],
        ["[20, 60)", "[20, 60)", ">= 60", None],
        ["*", "*", "*", None],
    ]


@pytest.mark.parametrize(("number", "label"), [(0.3, "[0.3, 0.4)"), (-0.1, "[-0.1, 0)")])
def test_number_on_an_edge_is_above_it_though_the_quotient_is_rounded(
    number: float, label: str
) -> None:
    """0.3 / 0.1 is below 3 in floats, yet 0.3 begins its interval."""
    assert levels(hierarchies.numeric_intervals("x", [0.1]), number)[1] == [label]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=8), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_interval_contains_its_number(numbers: list[int], tenths: int) -> None:
    """The label of a number names edges around it, whatever the width."""
    hierarchy = hierarchies.numeric_intervals("x", [tenths / 10])
    for number, label in zip(numbers, levels(hierarchy, *numbers)[1], strict=True):
        low, high = str(label).strip("[)").split(", ")
        assert float(low) <= number < float(high)


@pytest.mark.parametrize(
    ("part", "first", "second"),
    [
        ("day", "2026-01-01", "1999-12-31"),
        ("week", "2026-W01", "1999-W52"),
        ("month", "2026-01", "1999-12"),
        ("quarter", "2026-Q1", "1999-Q4"),
        ("year", "2026", "1999"),
        ("decade", "2020s", "1990s"),
    ],
)
def test_parts_of_dates_read_as_iso_8601_has_them(part: Any, first: str, second: str) -> None:
    """Each part has its text, a week that of the year it belongs to; null stays null."""
    found = hierarchies.date_parts("born", [part]).generalize(DATES, 1)
    assert found.to_pylist() == [first, second, None]


def test_prefixes_keep_ever_fewer_characters() -> None:
    """Characters are counted, not bytes."""
    found = levels(hierarchies.prefixes("zip", [3, 0]), "12345", "äöü45")
    assert found == [["12345", "äöü45"], ["123**", "äöü**"], ["*****", "*****"], ["*", "*"]]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_file_is_a_value_and_its_levels_a_line(tmp_path: Path, separator: str) -> None:
    """The separator is found; the file and the mapping of its rows are the same hierarchy."""
    path = tmp_path / "work.csv"
    path.write_text("\n".join(separator.join([k, *v]) for k, v in TREE.items()))
    read = hierarchies.read_hierarchy(path)
    assert levels(read, "Never", "Private") == levels(
        hierarchies.of_mapping("work", TREE), "Never", "Private"
    )
    assert levels(read, "Never", "Private")[1:] == [["None", "Employed"], ["*", "*"]]


def test_unknown_value_is_an_error_or_null(tmp_path: Path) -> None:
    """The error counts cells and quotes none."""
    known = hierarchies.of_mapping("work", TREE)
    column = pa.chunked_array([["Private", "Zoster", "Zoster", None]])
    with pytest.raises(AnonymizationError, match="work: 2 cells have values") as caught:
        known.generalize(column, 1)
    assert "Zoster" not in str(caught.value)
    suppressed = known.generalize(column, 1, unknown="suppress")
    assert suppressed.to_pylist() == ["Employed", None, None, None]


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([], pa.int64()),
        pa.chunked_array([pa.nulls(3, pa.int64())]),
        pa.chunked_array([pa.nulls(3)]),
        pa.chunked_array([[float("nan")] * 3]),
    ],
)
def test_column_without_values_stays_without(column: pa.ChunkedArray) -> None:
    """Rows stay; they are null, also where they were not a number."""
    found = hierarchies.numeric_intervals("x", [5]).generalize(column, 1)
    assert (len(found), found.null_count) == (len(column), len(column))


@pytest.mark.parametrize("kind", [pa.decimal128(9, 2), pa.float32(), pa.uint8()])
def test_numbers_of_any_type_have_intervals(kind: pa.DataType) -> None:
    """Decimals, short floats and short integers are numbers, also in a dictionary."""
    column = pa.chunked_array([pa.array([7.0, 12.0]).cast(kind)])
    for each in (column, column.dictionary_encode()):
        found = hierarchies.numeric_intervals("x", [5]).generalize(each, 1)
        assert found.to_pylist() == ["[5, 10)", "[10, 15)"]


@pytest.mark.parametrize("kind", [pa.int64(), pa.uint64()])
def test_whole_numbers_too_long_for_a_float_have_exact_intervals(kind: pa.DataType) -> None:
    """Beyond 2**53 floats miss odd numbers, so that an edge would be missed by one."""
    edge = 2**53 + 1
    column = pa.chunked_array([pa.array([edge - 1, edge, 2**63 - 1, 4, None], kind)])
    found = hierarchies.numeric_intervals("x", [0.5, edge]).generalize(column, 2).to_pylist()
    assert found[:2] == [f"[0, {edge})", f"[{edge}, {2 * edge})"]
    assert found[3:] == [f"[0, {edge})", None]
    low, high = (int(end) for end in found[2][1:-1].split(", "))
    assert low <= 2**63 - 1 < high
    of_edges = hierarchies.numeric_intervals("x", [[5, edge]]).generalize(column, 1).to_pylist()
    assert of_edges == [f"[5, {edge})", f">= {edge}", f">= {edge}", "< 5", None]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: hierarchies.numeric_intervals("x", [5, 7]), "step 2 cuts intervals of step 1"),
        (lambda: hierarchies.numeric_intervals("x", [[1, 2], 5]), "step 2 cuts"),
        (lambda: hierarchies.numeric_intervals("x", []), "there is none"),
        (lambda: hierarchies.numeric_intervals("x", [0]), "a positive number"),
        (lambda: hierarchies.numeric_intervals("x", [[2, 1]]), "ascending"),
        (lambda: hierarchies.numeric_intervals("x", [float("inf")]), "finite numbers"),
        (lambda: hierarchies.date_parts("x", ["week", "year"]), "above week there is none"),
        (lambda: hierarchies.date_parts("x", []), "finest first"),
        (lambda: hierarchies.prefixes("x", [2, 3]), "descending"),
        (lambda: hierarchies.of_mapping("x", {}), "no values"),
        (lambda: hierarchies.of_mapping("x", {"a": ["b"], "c": ["d", "e"]}), "different numbers"),
        (
            lambda: hierarchies.of_mapping("x", {"a": ["b", "c"], "d": ["b", "e"]}),
            "row 2 gives an entry of level 1 another label at level 2",
        ),
        (lambda: hierarchies.of_mapping("x", {"a": ["b", ""]}), "row 1 has no label at level 2"),
        (lambda: hierarchies.of_mapping("x", TREE).generalize(DATES, 9), "from 0 to 2"),
    ],
)
def test_what_is_no_hierarchy_is_refused(make: Any, message: str) -> None:
    """The message says which level is wrong, and what was expected."""
    with pytest.raises(ConfigurationError, match=message):
        make()


@pytest.mark.parametrize(
    ("hierarchy", "expected"),
    [
        (hierarchies.numeric_intervals("x", [5]), "expected numbers"),
        (hierarchies.date_parts("x", ["year"]), "expected dates"),
    ],
)
def test_values_of_another_type_are_refused(hierarchy: Hierarchy, expected: str) -> None:
    """A text is neither a number nor a date."""
    with pytest.raises(AnonymizationError, match=expected):
        hierarchy.generalize(pa.chunked_array([["12"]]), 1)


def test_file_whose_separator_is_not_clear_is_refused(tmp_path: Path) -> None:
    """Two candidates in the first line need a decision."""
    path = tmp_path / "work.csv"
    path.write_text("a;b,c\n")
    with pytest.raises(ConfigurationError, match="several separators"):
        hierarchies.read_hierarchy(path)
