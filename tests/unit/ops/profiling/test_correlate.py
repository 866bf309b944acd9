"""Association is measured alike by hand, for every kind of pair."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.data.source import DataSource
from ops.profiling import association, correlate, variables
from ops.profiling.correlate import CorrelationOperation
from ops.result import OperationResult

ADULT = Path(__file__).parents[4] / "DATA" / "raw" / "adult.csv.gz"


def run(tmp_path: Path, frame: pd.DataFrame, **parameters: Any) -> tuple[OperationResult, Any]:
    """Correlate the columns of a frame and give the result and the document."""
    source = DataSource()
    source.add_dataframe("people", frame)
    result = CorrelationOperation(primary_dataset="people", **parameters).execute(source, tmp_path)
    return result, json.loads(result.artifacts[0].path.read_text())


def value_of(frame: pd.DataFrame, k: int = 2, numeric: str = "pearson") -> association.Association:
    """Measure a frame of two columns."""
    table = pa.Table.from_pandas(frame)
    found = [
        variables.variable(table[name], name, 50, is_ranked=numeric == "spearman")
        for name in frame.columns
    ]
    return association.associate([column for column in found if column is not None], k)[0]


def test_adult_has_its_known_associations(tmp_path: Path) -> None:
    """Known pairs of the demo's data have the values that textbook formulas give."""
    source = DataSource.from_files({"adult": ADULT})
    result = CorrelationOperation(primary_dataset="adult").execute(source, tmp_path)
    document = json.loads((tmp_path / "output" / "adult_correlations.json").read_text())
    pairs = {(p["first"], p["second"]): p for p in document["pairs"]}
    assert len(pairs) == 120
    assert pairs["age", "education-num"]["value"] == pytest.approx(0.0309404)
    assert pairs["relationship", "sex"]["value"] == pytest.approx(0.6464697)
    assert pairs["age", "relationship"]["value"] == pytest.approx(0.4737835)
    assert pairs["education", "education-num"]["value"] == pytest.approx(1.0)
    assert result.metrics["pairs_with_value"] == 120
    assert (tmp_path / "adult_correlations.png").read_bytes().startswith(b"\x89PNG")


finite = st.none() | st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
kinds = st.none() | st.sampled_from("abcd")


@settings(deadline=None)
@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=40))
def test_numbers_have_the_correlation_of_pandas(
    pairs: list[tuple[float | None, float | None]],
) -> None:
    """Pearson's r uses the rows in which both numbers are there."""
    frame = pd.DataFrame(pairs, columns=["x", "y"], dtype=float)
    found = value_of(frame)
    both = frame.dropna()
    assert (found.measure, found.rows) == ("pearson", len(both))
    if found.value is not None:
        assert found.value == pytest.approx(np.corrcoef(both["x"], both["y"])[0, 1], abs=1e-6)
    else:
        assert len(both) < 2 or min(both["x"].nunique(), both["y"].nunique()) == 1


@settings(deadline=None)
@given(st.lists(st.tuples(kinds, kinds), min_size=2, max_size=40))
def test_categories_have_bergsmas_v(pairs: list[tuple[str | None, str | None]]) -> None:
    """Cramér's V follows the published formula, written out here once more."""
    frame = pd.DataFrame(pairs, columns=["x", "y"], dtype="str")
    found = value_of(frame)
    observed = pd.crosstab(frame["x"], frame["y"]).to_numpy(dtype=float)
    n = observed.sum()
    assert (found.measure, found.rows) == ("cramers_v", n)
    if found.value is not None:
        r, c = observed.shape
        expected = observed.sum(1, keepdims=True) * observed.sum(0, keepdims=True) / n
        phi2 = ((observed - expected) ** 2 / expected).sum() / n
        phi2 = max(0, phi2 - (r - 1) * (c - 1) / (n - 1))
        r, c = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
        assert found.value == pytest.approx(min(1, np.sqrt(phi2 / (min(r, c) - 1))), abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.tuples(kinds, finite), min_size=2, max_size=40))
def test_mixed_pair_has_the_correlation_ratio(pairs: list[tuple[str | None, float | None]]) -> None:
    """Eta is the share of the spread that lies between the groups."""
    frame = pd.DataFrame(pairs, columns=["c", "x"]).astype({"c": "str", "x": float})
    found = value_of(frame)
    both = frame.dropna()
    assert (found.measure, found.rows) == ("eta", len(both))
    assert value_of(frame[["x", "c"]]).value == found.value
    if found.value is not None:
        fitted = both.groupby("c")["x"].transform("mean")
        total = ((both["x"] - both["x"].mean()) ** 2).sum()
        between = ((fitted - both["x"].mean()) ** 2).sum()
        assert found.value == pytest.approx(np.sqrt(between / total), abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=40))
def test_ranks_have_the_correlation_of_pandas(
    pairs: list[tuple[float | None, float | None]],
) -> None:
    """Spearman's rho is Pearson's r of ranks among the rows in which both numbers are there."""
    frame = pd.DataFrame(pairs, columns=["x", "y"], dtype=float)
    found = value_of(frame, numeric="spearman")
    both = frame.dropna().rank()
    assert (found.measure, found.rows) == ("spearman", len(both))
    if found.value is not None:
        expected = np.corrcoef(both["x"], both["y"])[0, 1]
        assert found.value == pytest.approx(expected, abs=1e-6)
    else:
        assert len(both) < 2 or min(both["x"].nunique(), both["y"].nunique()) == 1


def test_published_ranks_have_their_rho() -> None:
    """Hours of television and IQ of ten people: rho is -29/165 (a textbook example)."""
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    found = value_of(pd.DataFrame({"iq": iq, "hours": hours}), numeric="spearman")
    assert found.value == pytest.approx(-29 / 165)


def test_order_counts_and_distance_does_not() -> None:
    """A curve that only rises has a rho of 1, whatever its r; categories are compared as ever."""
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5], "y": [1.0, 10, 100, 1e6, 1e300]})
    assert value_of(frame, numeric="spearman").value == 1.0
    assert value_of(frame).value != 1.0
    mixed = frame.assign(y=list("aabbb"))
    assert value_of(mixed, numeric="spearman") == value_of(mixed)


def test_known_tables_have_their_measures() -> None:
    """By hand: r of Anscombe's first set, eta of marks in three courses, V of a square table."""
    x = [10.0, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    assert value_of(pd.DataFrame({"x": x, "y": y})).value == pytest.approx(0.81642, abs=1e-5)
    marks = [45.0, 70, 29, 15, 21, 40, 20, 30, 42, 65, 95, 80, 70, 85, 73]
    course = ["algebra"] * 5 + ["geometry"] * 4 + ["statistics"] * 6
    eta = value_of(pd.DataFrame({"course": course, "marks": marks})).value
    assert eta == pytest.approx((6780 / 9640) ** 0.5)
    table = np.array([[10, 0], [0, 10]])
    assert association.cramers_v(table) == pytest.approx(1.0)


SIZES = [1e300, 2.0**1000, 1e-300, 2.0**-1070, -1e307 / 9]


@pytest.mark.parametrize("factor", SIZES)
@pytest.mark.parametrize("other", [[2.0, 1, 4, 3, 9], list("aabbb")], ids=["numbers", "categories"])
@pytest.mark.parametrize("null", [False, True])
def test_scale_does_not_matter(factor: float, other: list[Any], *, null: bool) -> None:
    """Very large and very small numbers associate as their multiples of middling size do."""
    numbers = [1.0, 2, 3, 4, 8] + [np.nan] * null
    frame = pd.DataFrame({"x": numbers, "y": other + other[:1] * null})
    scaled = frame.assign(x=[x * factor for x in numbers])
    found, expected = value_of(scaled).value, value_of(frame).value
    assert expected is not None
    sign = -1 if factor < 0 and isinstance(other[0], float) else 1
    assert found == pytest.approx(sign * expected)


@pytest.mark.parametrize("offset", [2**62, -(2**63), 2**63 - 10])
def test_offset_of_integers_does_not_matter(offset: int) -> None:
    """Large numbers that differ in their last digits only are still told apart."""
    table = {"x": [offset + n for n in (1, 2, 3, 4, 7)], "y": [2.0, 1, 4, 3, 9]}
    assert value_of(pd.DataFrame(table)).value == pytest.approx(0.9204922)


def test_extreme_value_without_partner_does_not_count() -> None:
    """A sentinel in a row that is left out does not round the others away."""
    frame = pd.DataFrame({"x": [1e308, 1.0, 2, 3, 5], "y": [np.nan, 1.0, 2, 3, 5]})
    assert value_of(frame).value == 1.0


extreme = st.just(np.nan) | st.sampled_from(
    [0.0, 5e-324, -5e-324, 1e-308, 1.0, 999_999.0, 1e15, 1e308, -1e308, 1.7e308, np.inf, -np.inf]
)


@settings(deadline=None)
@given(st.lists(st.tuples(extreme, extreme, kinds), min_size=2, max_size=12))
def test_no_number_of_any_size_is_no_number(rows: list[tuple[float, float, str | None]]) -> None:
    """Every value lies in its range or is None, and none is undefined without a reason."""
    frame = pd.DataFrame(rows, columns=["x", "y", "c"]).astype({"c": "str"})
    for pair in (["x", "y"], ["x", "c"], ["c", "y"]):
        found = value_of(frame[pair])
        both = frame[pair].replace([np.inf, -np.inf], np.nan).dropna()
        assert found.rows == len(both)
        is_constant = both.nunique().min() < 2 if len(both) else True
        assert (found.value is None) == is_constant
        assert found.value is None or -1 <= found.value <= 1


def test_contingency_table_from_the_literature_has_its_value() -> None:
    """A perfect association is 1, independence 0, and correction never goes below."""
    assert association.cramers_v(np.diag([30, 30, 30])) == pytest.approx(1.0)
    assert association.cramers_v(np.full((3, 4), 25)) == 0.0
    assert association.cramers_v(np.array([[5, 0], [5, 0]])) is None


def test_pair_of_few_rows_has_no_value(tmp_path: Path) -> None:
    """Under k common rows nothing is said of a pair but how many there are."""
    frame = pd.DataFrame({"x": [1.0, 2, 3, 5, np.nan, 9], "y": [2.0, 1, 4, 3, 7, np.nan]})
    _, document = run(tmp_path, frame, k=5)
    assert document["pairs"][0] == {
        "first": "x",
        "second": "y",
        "measure": "pearson",
        "rows": 4,
        "value": None,
    }
    assert document["matrix"] == [[1.0, None], [None, 1.0]]


def test_column_of_many_categories_is_left_out_with_the_reason(tmp_path: Path) -> None:
    """An identifier goes with everything, so it is not compared."""
    frame = pd.DataFrame({"id": [f"p{i}" for i in range(30)], "a": range(30), "b": range(30)})
    result, document = run(tmp_path, frame, max_levels=20)
    assert document["columns"] == ["a", "b"]
    assert document["left_out"] == {"id": "nested, or over 20 categories"}
    assert result.details["left_out"] == ["id"]
    assert document["pairs"][0]["value"] == 1.0


def test_matrix_is_symmetric_and_names_its_sources(tmp_path: Path) -> None:
    """The document stands for itself: measures, literature, rows."""
    frame = pd.DataFrame({"a": range(9), "b": list("xyz") * 3, "c": [True, False, True] * 3})
    result, document = run(tmp_path, frame)
    matrix = np.array(document["matrix"], dtype=float)
    assert np.array_equal(matrix, matrix.T, equal_nan=True)
    assert "Bergsma" in document["sources"]["cramers_v"]
    assert [pair["measure"] for pair in document["pairs"]] == ["eta", "eta", "cramers_v"]
    edges = {(edge.column, edge.source, edge.effect) for edge in result.column_edges}
    assert edges == {(name, "people", "aggregation") for name in "abc"}


@pytest.fixture
def shop() -> DataSource:
    """Give customers and their transactions; customer 3 bought nothing, 9 is unknown."""
    source = DataSource()
    source.add_dataframe(
        "customers", pd.DataFrame({"id": [1, 2, 3, None], "age": [20, 40, 60, 80]})
    )
    source.add_dataframe(
        "transactions",
        pd.DataFrame({"sum": [1.0, 2, 3, 4, 5, 6], "id": [1, 1, 2, 2, 9, None]}),
    )
    return source


def test_two_datasets_are_joined_on_their_key(tmp_path: Path, shop: DataSource) -> None:
    """Each transaction is compared with its customer; rows without partner stay out."""
    operation = CorrelationOperation(
        primary_dataset="customers",
        secondary_dataset="transactions",
        join_key="id",
        output_prefix="both",
        k=2,
    )
    result = operation.execute(shop, tmp_path)
    document = json.loads((tmp_path / "output" / "both.json").read_text())
    assert document["columns"] == ["customers.age", "transactions.sum"]
    assert document["rows"] == 4
    assert document["pairs"][0]["value"] == pytest.approx(2 / np.sqrt(5))
    indirect = {edge.source for edge in result.column_edges if not edge.is_direct}
    assert indirect == {"customers", "transactions"}


@settings(deadline=None)
@given(
    st.lists(st.none() | st.integers(0, 9), unique=True, max_size=8),
    st.lists(st.none() | st.integers(0, 9), max_size=12),
    st.booleans(),
)
def test_join_gives_the_rows_of_an_inner_join(
    one: list[int | None],
    many: list[int | None],
    swapped: bool,  # noqa: FBT001  # drawn
) -> None:
    """Whichever side is unique, the rows are those of an inner join without nulls."""
    tables = [
        pa.table({"k": pa.array(keys, pa.int64()), name: pa.array(range(len(keys)), pa.int64())})
        for name, keys in (("a", one), ("b", many))
    ]
    first, second = tables[::-1] if swapped else tables
    joined = correlate.join(first, second, "k")
    expected = [
        (i, j)
        for j, key in enumerate(many)
        if key is not None
        for i, own in enumerate(one)
        if own == key
    ]
    found = joined.select(["a", "b"]).to_pylist()
    assert sorted((row["a"], row["b"]) for row in found) == sorted(expected)


def test_key_that_repeats_on_both_sides_is_refused() -> None:
    """A join that multiplies rows would weigh people by chance."""
    table = pa.table({"k": [1, 1], "x": [1, 2]})
    with pytest.raises(OperationError, match="its values repeat in both datasets"):
        correlate.join(table, table, "k")


def test_key_of_two_types_is_refused() -> None:
    """Text and integers never match, so the join would be empty without a word."""
    with pytest.raises(OperationError, match="int64 in one dataset and string in the other"):
        correlate.join(pa.table({"k": [1]}), pa.table({"k": ["1"]}), "k")


def test_categories_may_be_the_key() -> None:
    """A key in dictionary form matches the same key as text."""
    left = pa.table({"k": pa.array(["a", "b"]).dictionary_encode(), "x": [1, 2]})
    assert correlate.join(left, pa.table({"k": ["b"], "y": [3]}), "k").to_pylist() == [
        {"x": 2, "y": 3}
    ]


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"k": 1}, "k of CorrelationOperation: found 1"),
        ({"max_levels": 1}, "max_levels of CorrelationOperation: found 1"),
        ({"join_key": "id"}, "another dataset and a join_key together"),
        ({"secondary_dataset": "b"}, "another dataset and a join_key together"),
        ({"secondary_dataset": "a", "join_key": "id"}, "another dataset and a join_key together"),
    ],
)
def test_parameters_without_sense_are_refused(parameters: dict[str, Any], match: str) -> None:
    """Mistakes show when the operation is made, not when it runs."""
    with pytest.raises(ConfigurationError, match=match):
        CorrelationOperation(primary_dataset="a", **parameters)


def test_missing_key_or_column_is_refused(shop: DataSource, tmp_path: Path) -> None:
    """Both datasets must have the key, and the result the named columns."""
    made: dict[str, Any] = {
        "primary_dataset": "customers",
        "secondary_dataset": "transactions",
    }
    with pytest.raises(DataReadError, match="column 'sum' of dataset 'customers'"):
        CorrelationOperation(**made, join_key="sum").execute(shop, tmp_path)
    with pytest.raises(DataReadError, match="column 'age' of join of 'customers'"):
        CorrelationOperation(**made, join_key="id", columns=["age"]).execute(shop, tmp_path)


def test_single_column_is_refused(tmp_path: Path) -> None:
    """It takes two columns to go together."""
    with pytest.raises(OperationError, match="to compare: found 1, expected at least 2"):
        run(tmp_path, pd.DataFrame({"a": [1, 2, 3]}))


def test_wide_table_lists_the_strongest_pairs_and_stores_all(tmp_path: Path) -> None:
    """Beyond 200 columns the document has no matrix, and a Parquet file has every pair."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(30, 201)), columns=[f"c{n}" for n in range(201)])
    frame["c200"] = frame["c7"] * 1e300
    result, document = run(tmp_path, frame)
    pairs = pd.read_parquet(tmp_path / "output" / document["all_pairs"])
    assert document["matrix"] is None
    assert (document["pairs"][0]["first"], document["pairs"][0]["second"]) == ("c7", "c200")
    assert (len(document["pairs"]), document["pairs_unlisted"]) == (10_000, 10_100)
    assert len(pairs) == result.metrics["pairs"] == 20_100
    strongest = pairs["value"].abs().sort_values(ascending=False).head(10_000)
    listed = [abs(pair["value"]) for pair in document["pairs"]]
    assert listed == strongest.tolist()


def test_same_data_give_the_same_files(tmp_path: Path) -> None:
    """Document and heat map are reproduced byte by byte."""
    frame = pd.read_csv(ADULT, nrows=500)[["age", "sex", "fnlwgt", "workclass"]]
    first, second = (
        [artifact.sha256 for artifact in run(tmp_path / name, frame)[0].artifacts] for name in "ab"
    )
    assert first == second


@pytest.mark.parametrize(
    ("parameters", "compared"),
    [
        ({}, ["age", "name", "pay"]),
        ({"identifiers": ["name"]}, ["age", "pay"]),
        ({"identifiers": ["name"], "columns": ["name", "pay"]}, ["name", "pay"]),
    ],
)
def test_identifiers_are_compared_only_where_they_are_named(
    tmp_path: Path, parameters: dict[str, Any], compared: list[str]
) -> None:
    """An identifier is left out unless somebody asks for the very column."""
    frame = pd.DataFrame({"age": [1, 2, 3, 4], "name": list("aabb"), "pay": [4, 3, 2, 2]})

    assert run(tmp_path, frame, k=2, **parameters)[1]["columns"] == compared


def test_identifiers_of_both_joined_datasets_are_left_out(tmp_path: Path) -> None:
    """In a join the names are those of the datasets' own columns."""
    source = DataSource()
    source.add_dataframe("a", pd.DataFrame({"key": [1, 2, 3], "name": list("aab"), "x": [1, 2, 4]}))
    source.add_dataframe("b", pd.DataFrame({"key": [1, 2, 3], "name": list("abb"), "y": [3, 2, 2]}))
    operation = CorrelationOperation(
        primary_dataset="a", secondary_dataset="b", join_key="key", identifiers=["name"], k=2
    )
    result = operation.execute(source, tmp_path)

    assert json.loads(result.artifacts[0].path.read_text())["columns"] == ["a.x", "b.y"]
