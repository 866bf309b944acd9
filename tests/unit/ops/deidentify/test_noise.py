"""Noise has the distribution that its budget promises, and the report says what that is."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops.data.source import DataSource
from ops.deidentify import private_noise
from ops.deidentify.noise import NoiseOperation
from ops.deidentify.private_noise import PrivateNoise
from ops.result import OperationResult

PAY = pa.table({"pay": [1200, 90_000, None, -5], "age": [30.5, 41.0, 52.0, None]})
# The supremum of n draws exceeds c / sqrt(n) with probability 2 exp(-2 c^2) at most (Massart).
KS_LIMIT = math.sqrt(math.log(2 / 1e-7) / 2)


def run(folder: Path, table: pa.Table = PAY, **parameters: Any) -> OperationResult:
    """Add noise to a table."""
    source = DataSource()
    source.add_dataframe("people", table)
    return NoiseOperation(dataset_name="people", **parameters).execute(source, folder)


def distance_from(draws: Any, cumulative: Any) -> float:
    """Return the Kolmogorov-Smirnov distance of draws from a distribution."""
    ordered = np.sort(np.asarray(draws))
    expected = np.array([cumulative(x) for x in ordered])
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max((expected - steps[:-1]).max(), (steps[1:] - expected).max()))


def laplace(scale: float) -> Any:
    """Return the cumulative distribution of Laplace noise."""
    return lambda x: 0.5 * math.exp(x / scale) if x < 0 else 1 - 0.5 * math.exp(-x / scale)


def test_budgets_are_those_of_the_literature() -> None:
    """Scale 2 costs 0.5; sigma 1 costs rho 0.5, which is 5.22 at delta 1e-6."""
    assert PrivateNoise("laplace", 2.0, cells=9).budget(1.0).epsilon == pytest.approx(
        0.5, rel=1e-15
    )
    gaussian = PrivateNoise("gaussian", 1.0, cells=9).budget(1.0, 1e-6)
    assert (gaussian.rho, gaussian.delta) == (pytest.approx(0.5, rel=1e-15), 1e-6)
    assert gaussian.epsilon == pytest.approx(5.22153444453017, rel=1e-12)


def test_scale_is_the_least_that_keeps_the_budget() -> None:
    """From epsilon to the scale and back is the same."""
    assert private_noise.scale_for("laplace", 1.0, 0.5, cells=9) == pytest.approx(2.0)
    gaussian = private_noise.scale_for("gaussian", 1.0, 5.2215344446, 1e-6, cells=9)
    assert gaussian == pytest.approx(1.0)


@pytest.mark.parametrize("mechanism", ["laplace", "gaussian"])
@pytest.mark.parametrize("scale", [1e-300, 1e-3, 3.0, 1e12])
def test_grid_costs_nothing_that_shows(mechanism: Any, scale: float) -> None:
    """A hundred million cells on the grid of the noise cost what one does, never less."""
    one, many = (PrivateNoise(mechanism, scale, cells=n).budget(scale, 1e-6) for n in (1, 10**8))
    assert one.epsilon <= many.epsilon <= one.epsilon * (1 + 1e-12)


numbers = st.floats(-1e12, 1e12, allow_subnormal=False)
bounds = st.tuples(numbers, numbers).filter(lambda ends: ends[1] - ends[0] > 1e-200)


@settings(max_examples=20)
@given(ends=bounds, scale_of_distance=st.floats(0.1, 1e6))
@pytest.mark.parametrize("mechanism", ["laplace", "gaussian"])
@pytest.mark.parametrize("rows", [1, 3])
def test_stated_loss_is_never_below_the_exact_one(
    mechanism: Any, rows: int, ends: tuple[float, float], scale_of_distance: float
) -> None:
    """Rounding goes up from the bounds to the budget, and by the last digits only."""
    delta = 1e-6 if mechanism == "gaussian" else None
    scale = scale_of_distance * (ends[1] - ends[0])
    operation = NoiseOperation(
        dataset_name="people",
        bounds={"pay": ends},
        mechanism=mechanism,
        scale=scale,
        delta=delta,
        rows_per_person=rows,
    )
    distance = Fraction(ends[1]) - Fraction(ends[0])
    if mechanism == "laplace":
        exact = distance * rows / Fraction(scale)
        stated = operation.planned_spending().epsilon
    else:
        exact = distance**2 * rows / (2 * Fraction(scale) ** 2)
        apart = private_noise.distance_of(mechanism, private_noise.at_least(distance), rows)
        stated = PrivateNoise(mechanism, scale, cells=rows).budget(apart, delta).rho or 0.0
    grid = Fraction(1, 10**18)  # what it costs, whatever the values are
    assert exact <= Fraction(stated) <= exact * (1 + Fraction(1, 10**12)) + grid


@settings(max_examples=100)
@given(st.lists(st.floats(0, 1e6), max_size=9))
def test_sum_of_losses_is_never_below_the_exact_one(losses: list[float]) -> None:
    """A budget is not stretched by adding many small losses."""
    exact = sum(map(Fraction, losses), Fraction())
    stated = Fraction(private_noise.sum_of(losses))
    assert exact <= stated <= exact * (1 + Fraction(1, 2**52))


@pytest.mark.parametrize(
    ("mechanism", "cumulative"),
    [("laplace", laplace(2.0)), ("gaussian", NormalDist(0, 2).cdf)],
)
def test_noise_has_its_distribution(mechanism: Any, cumulative: Any) -> None:
    """1e4 draws are as close to the exact distribution as all but 1 in 1e7 samples are."""
    draws = PrivateNoise(mechanism, 2.0, cells=10_000).add([0.0] * 10_000)
    assert distance_from(draws, cumulative) < KS_LIMIT / math.sqrt(len(draws))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mechanism", "cumulative"),
    [("laplace", laplace(2.0)), ("gaussian", NormalDist(0, 2).cdf)],
)
def test_noise_has_its_distribution_in_many_releases(mechanism: Any, cumulative: Any) -> None:
    """The same of 1e5 draws; noise of another scale would be found."""
    draws = PrivateNoise(mechanism, 2.0, cells=100_000).add([0.0] * 100_000)
    limit = KS_LIMIT / math.sqrt(len(draws))
    assert distance_from(draws, cumulative) < limit
    assert distance_from(np.asarray(draws) * 1.05, cumulative) > limit


def test_values_are_clipped_before_the_noise(tmp_path: Path) -> None:
    """With little noise the bounds show; nulls stay null, whole numbers become floats."""
    result = run(tmp_path, bounds={"pay": [0, 50_000]}, epsilon=1e9)
    found = pd.read_parquet(result.artifacts[0].path)["pay"]
    assert found.round(2).tolist()[:2] == [1200.0, 50_000.0]
    assert pd.isna(found[2])
    assert abs(found[3]) < 0.01


def test_budget_is_on_record(tmp_path: Path) -> None:
    """Sensitivity follows from the bounds, rows of a person add up, and so do columns."""
    result = run(
        tmp_path,
        bounds={"pay": [0, 100]},
        sensitivity={"age": 50},
        epsilon=0.5,
        rows_per_person=2,
    )
    metrics = result.metrics
    assert metrics["sensitivity"] == {"pay": 100.0, "age": 50}
    assert metrics["scale"] == pytest.approx({"pay": 400.0, "age": 200.0})
    assert metrics["epsilon"] == pytest.approx({"pay": 0.5, "age": 0.5})
    assert (metrics["total_epsilon"], metrics["delta"]) == (pytest.approx(1.0), 0.0)
    assert result.details["privacy_unit"] == "a person with 2 rows"
    assert result.details["sensitivity_not_enforced"] == ["age"]
    assert {(e.column, e.effect) for e in result.column_edges} == {
        ("pay", "noise"),
        ("age", "noise"),
    }


def test_gaussian_losses_are_added_as_rho(tmp_path: Path) -> None:
    """Two columns of rho 0.5 cost less than twice the epsilon of one."""
    result = run(
        tmp_path,
        sensitivity={"pay": 1, "age": 1},
        mechanism="gaussian",
        scale=1.0,
        delta=1e-6,
    )
    assert result.metrics["rho"] == pytest.approx({"pay": 0.5, "age": 0.5}, rel=1e-15)
    assert result.metrics["total_epsilon"] == pytest.approx(private_noise.epsilon_of(1.0, 1e-6))
    assert 5.3 < float(str(result.metrics["total_epsilon"])) < 10.4


def test_noise_in_several_parts_stays_with_its_row(tmp_path: Path) -> None:
    """More rows than one part has come out in their order, nulls in their places."""
    pay = pa.array(np.arange(70_000), mask=np.arange(70_000) % 7 == 0)
    result = run(tmp_path, pa.table({"pay": pay}), sensitivity={"pay": 1}, scale=1e-3)
    found = pd.read_parquet(result.artifacts[0].path)["pay"].round()
    pd.testing.assert_series_equal(found, pay.to_pandas(), check_names=False)


def test_equal_runs_differ(tmp_path: Path) -> None:
    """The source of noise has no seed."""
    first, second = (run(tmp_path, bounds={"age": [0, 99]}, epsilon=1.0) for _ in range(2))
    assert first.artifacts[0].sha256 != second.artifacts[0].sha256


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]])
def test_column_without_values_stays_without(tmp_path: Path, values: list[Any]) -> None:
    """Rows stay and are null."""
    table = pa.table({"pay": pa.array(values, pa.float64())})
    result = run(tmp_path, table, bounds={"pay": [0, 1]}, epsilon=1.0)
    found = pa.parquet.read_table(result.artifacts[0].path).column("pay")
    assert (len(found), found.null_count) == (len(values), len(values))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epsilon": None}, "not one of epsilon and scale"),
        ({"scale": 1.0}, "not one of epsilon and scale"),
        ({"epsilon": 0.0}, "epsilon of NoiseOperation.*a positive number"),
        ({"epsilon": float("inf")}, "epsilon of NoiseOperation.*a positive number"),
        ({"mechanism": "gaussian"}, "delta of NoiseOperation: missing"),
        ({"delta": 1e-6}, "Laplace has none"),
        ({"mechanism": "gaussian", "delta": 1.0}, "between 0 and 1"),
        ({"bounds": {}}, "columns of NoiseOperation: none"),
        ({"bounds": {"pay": [5, 5]}}, r"bounds of column 'pay'.*\[least, greatest\]"),
        ({"bounds": {"pay": [0, float("inf")]}}, "bounds of column 'pay'"),
        ({"bounds": {"pay": [0, 10**400]}}, "bounds of column 'pay'"),
        ({"bounds": {"pay": [-1.7e308, 1.7e308]}}, "bounds of column 'pay'"),
        ({"sensitivity": {"pay": 1}}, "some with bounds and sensitivity"),
        ({"sensitivity": {"age": -1}}, "sensitivity of column 'age'"),
        ({"rows_per_person": 0}, "rows_per_person of NoiseOperation"),
        ({"mechanism": "uniform"}, "one of 'laplace', 'gaussian'"),
    ],
)
def test_noise_that_promises_nothing_is_refused(wrong: Any, message: str) -> None:
    """The message names the parameter and what was expected."""
    given: dict[str, Any] = {"dataset_name": "people", "bounds": {"pay": [0, 1]}, "epsilon": 1.0}
    with pytest.raises(ConfigurationError, match=message):
        NoiseOperation(**(given | wrong))


def test_scale_that_hides_nothing_is_refused(tmp_path: Path) -> None:
    """A loss that no float can hold is none to put on record."""
    with pytest.raises(ConfigurationError, match="scale of noise: too small"):
        run(tmp_path, bounds={"age": [0, 99]}, mechanism="gaussian", scale=1e-3, delta=1e-6)


def test_infinite_number_without_bounds_is_refused(tmp_path: Path) -> None:
    """It would stay what it is; a text is no number."""
    table = pa.table({"pay": [1.0, float("inf")], "name": ["Zoster", "b"]})
    with pytest.raises(AnonymizationError, match=r"column 'pay'.*infinite numbers"):
        run(tmp_path, table, sensitivity={"pay": 1}, scale=1.0)
    with pytest.raises(AnonymizationError, match=r"column 'name'.*expected numbers") as caught:
        run(tmp_path, table, sensitivity={"name": 1}, scale=1.0)
    assert "Zoster" not in str(caught.value)


def test_without_opendp_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no weaker noise in its place."""
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(ConfigurationError, match=r'pip install "privacy-lineage\[dp\]"'):
        run(tmp_path, bounds={"pay": [0, 1]}, epsilon=1.0)
