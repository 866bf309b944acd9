"""A profile describes a dataset and shows no value that fewer than k rows have."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import ConfigurationError, DataReadError, OperationError
from ops.data.source import DataSource
from ops.profiling import column_profile, number_summary
from ops.profiling.profile import ProfileOperation
from ops.result import OperationResult

ADULT = Path(__file__).parents[4] / "DATA" / "raw" / "adult.csv.gz"
MARKER = "Margarethe"


def run(tmp_path: Path, frame: pd.DataFrame, **parameters: Any) -> tuple[OperationResult, Any]:
    """Profile a frame and give the result and the document."""
    source = DataSource()
    source.add_dataframe("people", frame)
    result = ProfileOperation(dataset_name="people", **parameters).execute(source, tmp_path)
    return result, json.loads(result.artifacts[0].path.read_text())


def test_adult_is_described(tmp_path: Path) -> None:
    """The demo's data have the counts, means and extremes that are known of them."""
    source = DataSource.from_files({"adult": ADULT})
    result = ProfileOperation(dataset_name="adult", output_prefix="adult").execute(source, tmp_path)
    document = json.loads((tmp_path / "dictionaries" / "adult.json").read_text())
    columns = {column["name"]: column for column in document["columns"]}
    assert document["rows"] == 48842
    assert columns["age"]["numbers"]["mean"] == pytest.approx(38.643586)
    assert (columns["age"]["numbers"]["low"], columns["age"]["numbers"]["high"]) == (17, 90)
    assert columns["sex"]["frequent"]["shown"] == [
        {"value": "Male", "rows": 32650},
        {"value": "Female", "rows": 16192},
    ]
    assert columns["native-country"]["frequent"]["withheld_values"] == 1
    assert "Holand" not in (tmp_path / "dictionaries" / "adult.json").read_text()
    assert result.metrics["columns"] == 16
    assert (tmp_path / "adult.png").read_bytes().startswith(b"\x89PNG")


def test_statistics_equal_those_of_pandas(tmp_path: Path) -> None:
    """Counts, mean and standard deviation are the usual ones, NaN counting as missing."""
    frame = pd.read_csv(ADULT, usecols=["age", "capital-gain"]).astype(float)
    frame.loc[::7, "age"] = np.nan
    _, document = run(tmp_path, frame)
    for column in document["columns"]:
        series = frame[column["name"]]
        assert column["nulls"] == series.isna().sum()
        assert column["distinct"] == series.nunique()
        assert column["numbers"]["mean"] == pytest.approx(series.mean())
        assert column["numbers"]["std"] == pytest.approx(series.std())
        assert column["numbers"]["quantiles"]["0.5"] == series.median()


@settings(deadline=None)
@given(
    st.lists(st.none() | st.sampled_from("abcdefgh"), max_size=60),
    st.integers(2, 6),
    st.integers(1, 4),
)
def test_only_values_of_k_rows_are_shown(cells: list[str | None], k: int, top: int) -> None:
    """Frequent values come with their counts, the others only as a number."""
    column = pa.chunked_array([pa.array(cells, pa.string())])
    found = column_profile.profile(column, "x", k=k, top=top)
    counts = Counter(cell for cell in cells if cell is not None)
    common = sorted(((-n, v) for v, n in counts.items() if n >= k))
    rare = [n for n in counts.values() if n < k]
    assert found.frequent is not None
    assert found.frequent.shown == tuple((v, -n) for n, v in common[:top])
    assert found.frequent.unlisted == max(0, len(common) - top)
    assert (found.frequent.withheld_values, found.frequent.withheld_rows) == (len(rare), sum(rare))
    assert found.singletons == sum(n == 1 for n in counts.values())


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60), st.integers(2, 6))
def test_extremes_and_quantiles_are_means_of_k_rows(cells: list[int], k: int) -> None:
    """Every number shown of the order is the mean of a whole group of at least k neighbours."""
    summary = number_summary.summarise(np.array(cells, dtype=float), k)
    if len(cells) < k:
        assert summary is None
        return
    assert summary is not None
    ordered = sorted(cells)
    groups = [ordered[i * k : (i + 1) * k] for i in range(len(cells) // k)]
    groups[-1] += ordered[len(groups) * k :]
    means = [sum(group) / len(group) for group in groups]
    assert (summary.low, summary.high) == pytest.approx((means[0], means[-1]))
    for shown in summary.quantiles.values():
        assert any(shown == pytest.approx(mean) for mean in means)


def test_rare_number_is_nowhere_in_the_files(tmp_path: Path) -> None:
    """A salary that one person earns shows neither as extreme nor as frequent value."""
    frame = pd.DataFrame({"salary": [1000] * 20 + [987654321] + list(range(30))})
    result, _ = run(tmp_path, frame)
    for artifact in result.artifacts:
        assert b"987654321" not in artifact.path.read_bytes()


def test_rare_text_is_nowhere_in_files_or_result(tmp_path: Path) -> None:
    """A name that few rows have stays in the data."""
    result, document = run(tmp_path, pd.DataFrame({"name": [MARKER] * 4 + ["x"] * 5}))
    assert MARKER not in json.dumps(document) + repr(result)
    assert document["columns"][0]["frequent"]["withheld_rows"] == 4


def test_identifier_shows_no_value_at_all(tmp_path: Path) -> None:
    """Of a declared identifier only counts are known, even of its frequent values."""
    frame = pd.DataFrame({"ssn": [MARKER] * 10, "account": [123456789] * 10, "n": range(10)})
    result, document = run(tmp_path, frame, identifiers=["ssn", "account"])
    shown = json.dumps(document) + repr(result.metrics)
    assert MARKER not in shown
    assert "123456789" not in shown
    assert document["columns"][0]["is_identifier"]
    assert document["columns"][0]["distinct"] == 1
    assert result.details["likely_identifiers"] == ["n"]


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        ("code", [f"{MARKER}{n}" for n in range(50)], "nearly unique"),
        ("code", [f"{MARKER}{n // 2}" for n in range(50)], "nearly unique"),
        ("code", [f"{MARKER}{n}" for n in range(50)] + ["unknown"] * 5, "nearly unique"),
        ("who", [f"Ada {MARKER}", f"{MARKER}, Bo", "x"] * 9, "look like names of persons"),
        ("link", [f"{MARKER}@example.com", "a", "b"] * 9, "look like e-mail addresses"),
        ("surname", [MARKER, "Bo"] * 9, "name says that they are personal"),
        ("raw", [MARKER.encode()] * 9, "values of type binary are never shown"),
    ],
)
def test_undeclared_personal_column_shows_no_value(
    tmp_path: Path, column: str, cells: list[object], reason: str
) -> None:
    """Without any role a column of persons shows counts, and why it shows no more."""
    result, document = run(tmp_path, pd.DataFrame({column: cells}))
    described = document["columns"][0]
    assert reason in described["withheld"]
    assert (described["numbers"], described["frequent"]["shown"]) == (None, [])
    assert described["distinct"] == len(set(cells))
    assert result.details["values_withheld"].keys() == {column}
    assert MARKER not in repr(result)
    for artifact in result.artifacts:
        assert MARKER.encode() not in artifact.path.read_bytes()


@pytest.mark.parametrize(
    "numbers",
    [
        [19_000_000 + 7 * n for n in range(60)],
        [19_000_000.0 + 7 * n for n in range(60)] + [None],
        [4_917_112_345] * 30 + [4_917_112_346] * 30,
        [pa.scalar(7, pa.decimal128(20, 0)).as_py() + n for n in range(60)],
    ],
    ids=["unique", "with nulls", "long", "decimals"],
)
def test_number_that_may_be_a_persons_shows_nothing_of_its_order(
    tmp_path: Path, numbers: list[Any]
) -> None:
    """Means of neighbouring numbers would be numbers of others: no low, high, mean or quantile."""
    result, document = run(tmp_path, pd.DataFrame({"v": numbers}))
    assert document["columns"][0]["numbers"] is None
    assert document["columns"][0]["withheld"]
    assert result.metrics["mean"] == {}


def test_values_declared_to_be_shown_follow_the_k_rule(tmp_path: Path) -> None:
    """Who knows a column shows measurements that are all different and labels of two words."""
    frame = pd.DataFrame(
        {
            "income": [n * 1.5 for n in range(40)],
            "work": ["Full Time"] * 36 + ["Ada Gibson"] * 4,
        }
    )
    _, document = run(tmp_path, frame, show_values=["income", "work"])
    income, work = document["columns"]
    assert income["numbers"]["low"] == 3.0
    assert work["frequent"]["shown"] == [{"value": "Full Time", "rows": 36}]
    assert income["withheld"] is work["withheld"] is None


def test_column_with_both_roles_is_refused() -> None:
    """An identifier is never shown."""
    with pytest.raises(ConfigurationError, match=r"'a'.* in both identifiers and show_values"):
        ProfileOperation(dataset_name="people", identifiers=["a"], show_values=["a"])


def test_numbers_of_any_size_have_finite_statistics(tmp_path: Path) -> None:
    """Sums and squares do not overflow, infinities are left out, and tiny numbers are kept."""
    frame = pd.DataFrame(
        {
            "big": [1e308, -1e308, 1.5e308] * 9,
            "tiny": [5e-324, 1e-323, 0.0] * 9,
            "edge": [float("inf"), 1.0, -float("inf")] * 9,
        }
    )
    _, document = run(tmp_path, frame)
    big, tiny, edge = (column["numbers"] for column in document["columns"])
    assert big["mean"] == pytest.approx(5e307)
    assert big["std"] == pytest.approx(np.std([1, -1, 1.5] * 9, ddof=1) * 1e308)
    assert tiny["high"] == 1e-323
    assert (edge["low"], edge["mean"], edge["std"]) == (1.0, 1.0, 0.0)
    assert all(np.isfinite(list(column["quantiles"].values())).all() for column in (big, edge))
    assert "NaN" not in json.dumps(document)


STRANGE = {
    "uuid": pa.array([bytes(15) + bytes([n]) for n in (1, 1, 2)], pa.uuid()),
    "binary": pa.array([b"\xff\xfe", b"\xff\xfe", None], pa.binary()),
    "binary view": pa.array([b"\xff", None, b"a"], pa.binary_view()),
    "string view": pa.array(["a", "a", None], pa.string_view()),
    "period": pa.Table.from_pandas(pd.DataFrame({"v": pd.period_range("2024-01", periods=3)}))[0],
    "interval": pa.Table.from_pandas(pd.DataFrame({"v": pd.cut([1, 5, 9], 3)}))[0],
    "duration": pa.array([1, 1, None], pa.duration("us")),
    "months and days": pa.array([pa.MonthDayNano([1, 2, 3])] * 3),
    "small decimal": pa.array([1, 1, None], pa.decimal32(5, 2)),
    "large decimal": pa.array([10**60, None, None], pa.decimal256(70, 2)),
    "half float": pa.array([1.5, np.nan, None], pa.float16()),
    "map": pa.array([[("a", 1)], None, []], pa.map_(pa.string(), pa.int8())),
    "list view": pa.array([[1], None, []], pa.list_view(pa.int8())),
    "struct of struct": pa.array([{"a": {"b": 1}}, None, None]),
    "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", None])),
    "far time": pa.array([10**12, 10**12, -(10**12)], pa.timestamp("s")),
    "far date": pa.array([2**31 - 1, 2**31 - 1, -(2**31)], pa.date32()),
    "unknown time zone": pa.array([1, 1, None], pa.timestamp("us", "Mars/Base")),
    "dictionary of lists": pa.DictionaryArray.from_arrays(pa.array([0, 1, 0]), pa.array([[1], []])),
    "dictionary with null": pa.DictionaryArray.from_arrays([0, 1, 0], pa.array(["a", None])),
    "dictionary of views": pa.DictionaryArray.from_arrays(
        [0, 0, 0], pa.array(["a"], pa.string_view())
    ),
    "null": pa.nulls(3),
    "union": pa.UnionArray.from_sparse(
        pa.array([0, 1, 0], pa.int8()), [pa.array([1, 2, 3]), pa.array(["a", "b", "c"])]
    ),
    "text that is no UTF-8": pa.array([b"\xff"] * 3).view(pa.string()),
}


# Where Arrow does not count NaN, or what lies in a dictionary or in runs.
HIDDEN_NULLS = {"half float": 2, "runs": 1, "dictionary with null": 1}


@pytest.mark.parametrize("shows", [False, True])
@pytest.mark.parametrize("kind", STRANGE)
def test_column_of_a_strange_type_is_counted_or_named(
    tmp_path: Path, kind: str, *, shows: bool
) -> None:
    """A profile has counts of any type, or ends in one error that names the column."""
    source = DataSource()
    source.add_dataframe("d", pa.table({"v": STRANGE[kind]}))
    operation = ProfileOperation(dataset_name="d", k=2, show_values=["v"] if shows else [])
    try:
        result = operation.execute(source, tmp_path)
    except OperationError as error:
        assert "'v'" in str(error)  # noqa: PT017  # either is right
        return
    column = json.loads(result.artifacts[0].path.read_text())["columns"][0]
    assert column["rows"] == 3
    assert column["nulls"] == HIDDEN_NULLS.get(kind, STRANGE[kind].null_count)


def test_metrics_hold_no_cell_values(tmp_path: Path) -> None:
    """Frequent values are in the document only."""
    result, _ = run(tmp_path, pd.DataFrame({"city": [MARKER] * 10, "n": [7] * 10}))
    assert MARKER not in repr(result.metrics)
    assert result.metrics["distinct"] == {"city": 1, "n": 1}


def test_each_column_leads_to_the_profile(tmp_path: Path) -> None:
    """Lineage shows what the statistics were taken of."""
    result, _ = run(tmp_path, pd.DataFrame({"a": [1] * 9, "b": ["x"] * 9}), columns=["b"])
    edges = [(e.output, e.column, e.source, e.effect) for e in result.column_edges]
    assert edges == [(result.artifacts[0].path, "b", "people", "aggregation")]


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        (pa.array([1, 2], pa.uint8()), "integer"),
        (pa.array([1.5, None]), "number"),
        (pc.cast(pa.array([1, 2]), pa.decimal128(21, 2)), "number"),
        (pa.array(["a", "b"], pa.large_string()), "text"),
        (pa.array(["a", "b"]).dictionary_encode(), "category"),
        (pa.array([True, False]), "boolean"),
        (pa.array([0, 1], pa.date32()), "date"),
        (pa.array([0, 1], pa.timestamp("s")), "timestamp[s]"),
        (pa.array([[1], [2]]), "list<item: int64>"),
        (pa.array([None, None]), "null"),
    ],
)
def test_column_of_any_type_is_described(values: pa.Array, type_name: str) -> None:
    """Types without an order or text still have counts."""
    found = column_profile.profile(pa.chunked_array([values]), "x", k=2, top=3)
    assert found.type == type_name
    assert (found.rows, found.nulls) == (2, values.null_count)
    assert found.numbers is None or type_name in {"integer", "number"}


def test_empty_column_is_described() -> None:
    """Nothing is divided by nothing."""
    found = column_profile.profile(pa.chunked_array([], pa.float64()), "x", k=2, top=3)
    assert (found.rows, found.distinct, found.uniqueness, found.numbers) == (0, 0, None, None)


@pytest.mark.parametrize(("name", "value"), [("k", 1), ("top", 0)])
def test_threshold_that_shows_single_rows_is_refused(name: str, value: int) -> None:
    """A profile of everyone for everyone is not on offer."""
    with pytest.raises(ConfigurationError, match=f"{name} of ProfileOperation: found {value}"):
        ProfileOperation(dataset_name="people", **{name: value})  # type: ignore[arg-type]  # by name


def test_unknown_identifier_is_refused(tmp_path: Path) -> None:
    """A misspelt identifier would be shown, so it is an error."""
    with pytest.raises(DataReadError, match="column 'snn' of dataset 'people'"):
        run(tmp_path, pd.DataFrame({"ssn": ["a"]}), identifiers=["snn"])


def test_same_data_give_the_same_files(tmp_path: Path) -> None:
    """Document and chart are reproduced byte by byte, whatever the order of the rows."""
    frame = pd.DataFrame({"a$b$": list("aabbccddee") * 3, "n": range(30)})
    results = [run(tmp_path / str(i), data) for i, data in enumerate([frame, frame[::-1]])]
    first, second = ([a.sha256 for a in result.artifacts] for result, _ in results)
    assert first == second


def test_personal_data_are_proposed_with_counts_and_without_values(tmp_path: Path) -> None:
    """Document, details and metrics say what a column may hold; no value is in any of them."""
    emails = [f"{MARKER}.{n}@example.org" for n in range(19)]
    frame = pd.DataFrame({"contact": [*emails, "none"], "age": [40] * 20})
    result, document = run(tmp_path, frame)

    (finding,) = result.details["personal_data"]["contact"]  # type: ignore[index]  # a mapping
    assert (finding["kind"], finding["rows_tested"], finding["rows_matching"]) == ("email", 20, 19)
    assert result.metrics["personal_data"] == {
        "contact": {"rows_tested": 20, "rows_matching": 19},
        "age": {"rows_tested": 20, "rows_matching": 0},
    }
    roles = {"contact": "direct_identifier", "age": "quasi_identifier"}
    assert document["personal_data"]["proposed_roles"] == roles
    assert result.details["proposed_roles"] == roles
    assert MARKER not in repr(result) + json.dumps(document)


@settings(max_examples=40)
@given(
    st.sampled_from(["x", "card", "bsn", "zip", "email"]),
    st.lists(
        st.sampled_from(["4111111111111111", "111222333", "a@example.org", "+4917112345678", "no"]),
        min_size=1,
        max_size=30,
    ),
)
def test_values_of_a_direct_identifier_are_never_shown(name: str, cells: list[str]) -> None:
    """What is proposed by its values as a direct identifier is withheld at any k."""
    found = column_profile.profile(pa.chunked_array([pa.array(cells)]), name, k=2, top=9)
    direct = [f for f in found.personal_data if f.role == "direct_identifier" and f.rows_matching]
    assert not direct or found.withheld
    assert not (direct and found.frequent is not None and found.frequent.shown)


@pytest.mark.slow
def test_ten_million_rows_are_described_within_a_minute(tmp_path: Path) -> None:
    """A large dataset needs seconds a column."""
    rng = np.random.default_rng(0)
    rows = 10_000_000
    frame = pa.table(
        {"id": np.arange(rows), "x": rng.normal(size=rows), "c": rng.integers(0, 9, rows)}
    )
    source = DataSource()
    source.add_dataframe("big", frame)
    result = ProfileOperation(dataset_name="big").execute(source, tmp_path)
    assert result.metrics["distinct"] == {"id": rows, "x": rows, "c": 9}
