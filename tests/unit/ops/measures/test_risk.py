"""Risk, diversity and closeness follow their definitions, null included, and never give NaN."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from itertools import accumulate
from pathlib import Path

import pandas as pd
import pytest
from anonymize_strategies import ARX_9, class_sizes, complete_adult, frames
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.source import DataSource
from ops.measures import risk
from ops.measures.measure_risk import MeasureRiskOperation

_ROWS = st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 5)), max_size=40)


def test_adult_raw_gives_arx_risk() -> None:
    """Average risk and uniqueness over 9 quasi-identifiers are those of ARX's test-suite."""
    found = risk.measure_risk(complete_adult(), ARX_9)
    assert found.prosecutor_average == found.marketer == 0.6465751607983555
    assert found.uniqueness == 0.5142895033485844
    assert (found.classes, found.uniques) == (19_502, 15_512)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (ARX_9[:3], (528, 62, 0.01751, 425)),
        (ARX_9[:5], (6_072, 3_187, 0.20131, 7_528)),
    ],
)
def test_adult_raw_gives_the_reference_counts(
    columns: list[str], expected: tuple[int, int, float, int]
) -> None:
    """Classes, uniques, average risk and rows under k = 5 are the recomputed ones."""
    found = risk.measure_risk(complete_adult(), columns, threshold=5)
    average = round(found.prosecutor_average, 5)
    assert (found.classes, found.uniques, average, found.rows_below_threshold) == expected
    assert (found.k, found.prosecutor_max) == (1, 1.0)


@settings(deadline=None, max_examples=50)
@given(frame=frames())
def test_any_frame_has_the_class_sizes_of_a_plain_count(frame: pd.DataFrame) -> None:
    """The histogram of class sizes is that of classes counted row by row."""
    sizes = class_sizes(frame, ["i", "f", "t"]).values()
    found = risk.measure_risk(frame, ["i", "f", "t"], threshold=3)
    assert dict(found.class_sizes) == Counter(sizes)
    assert found.k == min(sizes)
    assert found.rows_below_threshold == sum(size for size in sizes if size < 3)


def test_average_risk_is_per_record() -> None:
    """A class of nine and one alone have the mean 2 / 10, not that of the two class risks."""
    frame = pd.DataFrame({"q": ["a"] * 9 + ["b"]})
    assert risk.measure_risk(frame, ["q"]).prosecutor_average == pytest.approx(0.2)


def test_null_quasi_identifier_is_a_value_of_its_own() -> None:
    """Rows with a null are counted, as one class where they agree otherwise."""
    frame = pd.DataFrame({"q": ["a", "a", None, None, None], "r": [1.0, 1.0, None, None, 2.0]})
    found = risk.measure_risk(frame, ["q", "r"])
    assert (found.rows, found.classes, found.uniques) == (5, 3, 1)


def test_tuples_beyond_the_range_of_integers_stay_apart() -> None:
    """Nine columns of 256 values have 2^72 tuples; rows that differ in the first stay apart."""
    frame = pd.DataFrame({f"q{n}": range(256) for n in range(9)})
    alike = frame.head(1).assign(q0=5)
    found = risk.measure_risk(pd.concat([frame, alike]), list(frame.columns))
    assert found.uniques == 257


def test_class_sizes_in_reports_are_binned() -> None:
    """Every class is in the bin of its size."""
    frame = pd.DataFrame({"q": ["a"] * 1 + ["b"] * 4 + ["c"] * 5 + ["d"] * 1500})
    bins = risk.measure_risk(frame, ["q"]).to_metrics()["class_sizes"]
    assert {name: n for name, n in bins.items() if n} == {"1": 1, "3-4": 1, "5-9": 1, "1000+": 1}


def test_counts_of_eight_one_one_are_not_recursively_1_3_diverse() -> None:
    """Counts are sorted descending: 8 is not below 1 x (the third, 1)."""
    frame = pd.DataFrame({"q": ["x"] * 10, "s": ["c", *["a"] * 8, "b"]})
    assert not risk.is_recursive_diverse(frame, ["q"], "s", c=1, l=3)
    assert risk.is_recursive_diverse(frame, ["q"], "s", c=8.5, l=3)
    assert risk.measure_diversity(frame, ["q"], "s", recursive_l=3).recursive_c == 8.0


def test_recursive_diversity_is_strict() -> None:
    """A class whose commonest value equals c times the rest is not diverse."""
    frame = pd.DataFrame({"q": ["x"] * 4, "s": ["a", "a", "b", "c"]})
    assert not risk.is_recursive_diverse(frame, ["q"], "s", c=1, l=2)
    assert risk.measure_diversity(frame, ["q"], "s", recursive_l=2).recursive_c == 1.0


def test_class_with_fewer_values_than_l_is_recursively_diverse_for_no_c() -> None:
    """With one value in a class there is nothing to hide among."""
    frame = pd.DataFrame({"q": ["x", "x", "y", "y"], "s": ["a", "b", "a", "a"]})
    assert not risk.is_recursive_diverse(frame, ["q"], "s", c=1e9, l=2)
    assert risk.measure_diversity(frame, ["q"], "s").recursive_c is None


def test_entropy_diversity_is_a_real_number() -> None:
    """Counts 3/1 have exp(H) = 1.75..., not its integer part."""
    frame = pd.DataFrame({"q": ["x"] * 4, "s": ["a", "a", "a", "b"]})
    found = risk.measure_diversity(frame, ["q"], "s")
    assert found.entropy_l == pytest.approx(4 / 3**0.75)
    assert found.distinct_l == 2


def test_closeness_compares_value_by_value() -> None:
    """Overall .9/.1 against a class with .1/.9 is 0.8, although both have the same shares."""
    frame = pd.DataFrame(
        {"q": ["x"] * 10 + ["y"] * 90, "s": ["a"] + ["b"] * 9 + ["a"] * 89 + ["b"]}
    )
    assert risk.measure_closeness(frame, ["q"], "s").t == pytest.approx(0.8)


def test_ordered_distance_of_salaries_is_that_of_the_paper() -> None:
    """{3k,4k,5k} and {6k,8k,11k} of {3k..11k} have the distances 0.375 and 0.167 of the paper."""
    salaries = [3, 4, 5, 6, 8, 11, 7, 9, 10]
    low = pd.DataFrame({"q": ["x"] * 3 + ["y"] * 6, "s": salaries})
    assert risk.measure_closeness(low, ["q"], "s").t == pytest.approx(0.375)
    spread = pd.DataFrame({"q": ["y"] * 3 + ["x"] * 3 + ["y"] * 3, "s": salaries})
    assert risk.measure_closeness(spread, ["q"], "s").t == pytest.approx(1 / 6)


def test_distance_follows_the_type_unless_asked_for() -> None:
    """Numbers are compared by order, texts value by value, and either on request."""
    frame = pd.DataFrame({"q": [1, 1, 2, 2], "n": [1, 2, 3, 4], "t": list("abcd")})
    assert risk.measure_closeness(frame, ["q"], "n").distance == "ordered"
    assert risk.measure_closeness(frame, ["q"], "t").distance == "equal"
    assert risk.measure_closeness(frame, ["q"], "n", distance="equal").t == pytest.approx(0.5)


@settings(deadline=None, max_examples=150)
@given(rows=_ROWS, rank=st.integers(1, 4))
def test_any_rows_have_the_diversity_of_a_plain_loop(
    rows: list[tuple[int, int | None]], rank: int
) -> None:
    """Distinct, entropy and recursive diversity equal the definitions, class by class."""
    found = risk.measure_diversity(_frame(rows), ["q"], "s", recursive_l=rank)
    counts = [sorted(Counter(part).values(), reverse=True) for part in _parts(rows)]
    assert found.distinct_l == min(map(len, counts), default=0)
    assert found.entropy_l == pytest.approx(min(map(_exp_entropy, counts), default=0.0))
    rests = [sum(sizes[rank - 1 :]) for sizes in counts]
    ratios = [sizes[0] / rest for sizes, rest in zip(counts, rests, strict=True) if rest]
    expected = max(ratios) if rests and all(rests) else None
    assert found.recursive_c == (None if expected is None else pytest.approx(expected))


@settings(deadline=None, max_examples=150)
@given(rows=_ROWS)
def test_any_rows_have_the_closeness_of_a_dense_matrix(rows: list[tuple[int, int | None]]) -> None:
    """Both distances equal those over all values of all classes, null first."""
    values = sorted({value for _, value in rows}, key=lambda v: (v is not None, v or 0))
    overall = _shares([value for _, value in rows], values)
    equal = ordered = 0.0
    for part in _parts(rows):
        gaps = [p - q for p, q in zip(_shares(part, values), overall, strict=True)]
        equal = max(equal, sum(map(abs, gaps)) / 2)
        ordered = max(ordered, sum(map(abs, accumulate(gaps))) / max(len(values) - 1, 1))
    frame = _frame(rows)
    assert risk.measure_closeness(frame, ["q"], "s", distance="equal").t == pytest.approx(equal)
    assert risk.measure_closeness(frame, ["q"], "s", distance="ordered").t == pytest.approx(ordered)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"q": [], "s": []}),
        pd.DataFrame({"q": ["x"], "s": [1]}),
        pd.DataFrame({"q": [None, None], "s": [None, None]}),
        pd.DataFrame({"q": [1, 2], "s": [float("inf"), float("-inf")]}),
    ],
)
def test_degenerate_frames_give_finite_metrics(frame: pd.DataFrame) -> None:
    """No rows, one row, only nulls or infinite values give numbers, never NaN."""
    found = risk.measure_privacy(frame, ["q"], ["s"]).to_metrics()
    assert json.dumps(found, allow_nan=False)


def test_frame_that_is_not_k_anonymous_is_refused() -> None:
    """The refusal counts the rows in small classes and shows none of them."""
    frame = pd.DataFrame({"q": ["secret", "b", "b"]})
    risk.verify_k_anonymous(frame, ["q"], k=1)
    with pytest.raises(AnonymizationError, match="k = 2: 1 of 3 rows") as refused:
        risk.verify_k_anonymous(frame, ["q"], k=2)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("quasi_identifiers", "sensitive"), [(["nope"], "s"), (["q", "q"], "s"), (["q"], "nope")]
)
def test_column_that_does_not_fit_is_refused(quasi_identifiers: list[str], sensitive: str) -> None:
    """A missing or repeated column is an error in each measure."""
    frame = pd.DataFrame({"q": [1], "s": [1]})
    for measure in (risk.measure_diversity, risk.measure_closeness):
        with pytest.raises(AnonymizationError, match="column list"):
            measure(frame, quasi_identifiers, sensitive)


def test_recursive_diversity_from_rank_zero_is_refused() -> None:
    """Ranks start at 1."""
    with pytest.raises(
        AnonymizationError, match="l of recursive diversity: found 0, expected at least 1"
    ):
        risk.measure_diversity(pd.DataFrame({"q": [1], "s": [1]}), ["q"], "s", recursive_l=0)


def test_operation_writes_its_metrics_alike_each_time(tmp_path: Path) -> None:
    """MeasureRiskOperation writes what it returns; equal data give equal bytes."""
    source = DataSource()
    source.add_dataframe("people", pd.DataFrame({"q": [1, 1, 2], "s": list("aba"), "x": [1, 2, 3]}))
    operation = MeasureRiskOperation(
        dataset_name="people", quasi_identifiers=("q",), sensitive_attributes=("s",), threshold=2
    )
    results = [operation.execute(source, tmp_path / name) for name in ("first", "second")]
    written = results[0].artifacts[0]
    assert written.path == tmp_path / "first/people_risk.json"
    assert json.loads(written.path.read_text())["metrics"] == results[0].metrics
    assert results[0].metrics["risk"]["rows_below_threshold"] == 1
    assert written.sha256 == results[1].artifacts[0].sha256


@pytest.mark.parametrize("threshold", ["5", 0, True])
def test_operation_with_a_threshold_that_means_nothing_is_refused(threshold: object) -> None:
    """A threshold is a whole number of at least 1."""
    with pytest.raises(ConfigurationError, match="threshold of MeasureRiskOperation"):
        MeasureRiskOperation(dataset_name="people", quasi_identifiers=("q",), threshold=threshold)


def test_operation_measures_the_population_and_weights_on_request(tmp_path: Path) -> None:
    """Both are among the metrics and in the document, which names where they are from."""
    people = pd.DataFrame({"q": [1, 1, 1, 2, 2], "s": list("ababa"), "w": [3, 3, 3, 1, 1]})
    source = DataSource()
    source.add_dataframe("sample", people.iloc[[0, 3]])
    source.add_dataframe("people", people)
    operation = MeasureRiskOperation(
        dataset_name="sample", quasi_identifiers=("q",), population_name="people", weight="w"
    )
    result = operation.execute(source, tmp_path)
    document = json.loads(result.artifacts[0].path.read_text())
    assert result.metrics["population"]["k_map"] == 2
    assert result.metrics["individual"]["individual_max"] == 1.0
    assert (document["population"], document["weight"]) == ("people", "w")
    assert operation.data_use().reads == {"sample", "people"}


def _frame(rows: list[tuple[int, int | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["q", "s"])
    return frame.astype({"s": "Int64"})


def _parts(rows: list[tuple[int, int | None]]) -> list[list[int | None]]:
    parts = defaultdict(list)
    for group, value in rows:
        parts[group].append(value)
    return list(parts.values())


def _shares(part: list[int | None], values: list[int | None]) -> list[float]:
    return [part.count(value) / len(part) for value in values]


def _exp_entropy(sizes: list[int]) -> float:
    total = sum(sizes)
    return math.exp(-sum(size / total * math.log(size / total) for size in sizes))
