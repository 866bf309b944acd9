"""Attacks find what a release leaks, nothing where it leaks nothing, and the same each time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lineage.kernel.errors import AnonymizationError
from ops.attacks.attack_risk import AttackRisk
from ops.attacks.inference import measure_inference
from ops.attacks.linkability import measure_linkability
from ops.attacks.membership import measure_membership
from ops.attacks.singling_out import measure_singling_out

COLUMNS = ["age", "wage", "town", "illness"]
TOWN, ILLNESS = COLUMNS[2:]
ATTACKS: dict[str, Callable[..., AttackRisk]] = {
    "linkability": partial(measure_linkability, left=["age", "town"], right=["wage"]),
    "inference": partial(measure_inference, known=["age", "wage", "town"], secret=ILLNESS),
    "membership": partial(measure_membership, columns=COLUMNS),
    "multivariate": partial(measure_singling_out, columns=COLUMNS),
    "univariate": partial(measure_singling_out, columns=COLUMNS, predicates="univariate"),
}


def people(seed: int, rows: int = 400) -> pd.DataFrame:
    """Make people with independent attributes, some of them missing."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": random.integers(18, 90, rows),
            "wage": random.normal(3000, 900, rows),
            "town": random.choice(["Ulm", "Bonn", "Kiel", None], rows),
            "illness": random.choice(["flu", "gout", "none"], rows),
        }
    )
    return frame.mask(random.random((rows, 4)) < 0.02)


ORIGINAL, CONTROL, OTHERS = people(1), people(2), people(3)


@pytest.mark.parametrize("name", ATTACKS)
def test_release_of_the_original_itself_is_at_risk(name: str) -> None:
    """Of rows that are published as they are, each attack finds much more than of the control."""
    found = ATTACKS[name](ORIGINAL, ORIGINAL, CONTROL, attacks=150, seed=7)
    assert found.risk_low > 0.2
    assert found.rate > found.baseline_rate
    assert found.is_informative


@pytest.mark.parametrize("name", ATTACKS)
def test_release_of_other_people_is_no_risk(name: str) -> None:
    """Rows of nobody in the original tell of it no more than of the control."""
    found = ATTACKS[name](ORIGINAL, OTHERS, CONTROL, attacks=150, seed=7)
    assert found.risk_low < 0.02
    assert abs(found.rate - found.control_rate) < 0.15


@pytest.mark.parametrize("name", ATTACKS)
def test_equal_seeds_give_equal_results(name: str) -> None:
    """An attack is a function of frames and seed, whether these are pandas or Arrow."""
    frames = (ORIGINAL, ORIGINAL.head(300), CONTROL)
    tables = [pa.Table.from_pandas(frame) for frame in frames]
    found = ATTACKS[name](*frames, attacks=40, seed=3)
    assert found == ATTACKS[name](*tables, attacks=40, seed=3)
    assert found != ATTACKS[name](*frames, attacks=41, seed=4)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize(
    "frame",
    [
        ORIGINAL.head(1),
        pd.DataFrame({column: [None, None] for column in COLUMNS}),
        pd.DataFrame({"age": [5] * 9, "wage": 1.0, "town": "Ulm", "illness": "flu"}),
    ],
)
def test_degenerate_rows_give_rates_between_zero_and_one(name: str, frame: pd.DataFrame) -> None:
    """One row, only nulls or equal rows are attacked as well."""
    found = ATTACKS[name](frame, frame, frame, attacks=10, seed=1)
    for share in (found.rate, found.low, found.high, found.risk, found.risk_low, found.risk_high):
        assert 0 <= share <= 1
    assert found.low <= found.rate <= found.high
    assert found.risk_low <= found.risk <= found.risk_high


@pytest.mark.parametrize("name", ATTACKS)
def test_column_that_is_text_in_the_release_is_refused(name: str) -> None:
    """Ranges cannot be compared with numbers; the refusal quotes none."""
    ranges = ORIGINAL.assign(age="18-90")
    with pytest.raises(AnonymizationError, match="column 'age': its types differ") as refused:
        ATTACKS[name](ORIGINAL, ranges, CONTROL, attacks=10, seed=1)
    assert "18-90" not in str(refused.value)


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize(
    ("original", "attacks", "message"),
    [
        (ORIGINAL.head(0), 5, "original frame: no rows"),
        (ORIGINAL.drop(columns="wage"), 5, "columns of the original frame: found .'wage'."),
        (ORIGINAL, 0, "number of attacks: found 0"),
    ],
)
def test_what_cannot_be_attacked_is_refused(
    name: str, original: pd.DataFrame, attacks: int, message: str
) -> None:
    """No rows, no such column and no attacks are errors."""
    with pytest.raises(AnonymizationError, match=message):
        ATTACKS[name](original, ORIGINAL, CONTROL, attacks=attacks, seed=1)


def test_dates_and_categories_are_compared_like_other_values() -> None:
    """A date is a number of days, a category its value, whatever its type is elsewhere."""
    days = pd.to_datetime("2020-01-01") + pd.to_timedelta(ORIGINAL.index, unit="D")
    frame = ORIGINAL.assign(born=days, town=ORIGINAL["town"].astype("category"))
    other = frame.assign(town=ORIGINAL["town"].astype("object"))
    found = measure_inference(
        frame,
        other,
        frame.tail(50),
        known=["born"],
        secret=TOWN,
        attacks=50,
        seed=2,
    )
    assert found.rate == 1.0


def test_secret_that_is_known_is_refused() -> None:
    """There is nothing to infer."""
    with pytest.raises(AnonymizationError, match="secret of the attack"):
        measure_inference(
            ORIGINAL,
            ORIGINAL,
            CONTROL,
            known=["age"],
            secret=COLUMNS[0],
            attacks=1,
            seed=1,
        )


def test_halves_with_a_common_column_are_refused() -> None:
    """What both sources know links people by itself."""
    with pytest.raises(AnonymizationError, match="columns to link"):
        measure_linkability(
            ORIGINAL, ORIGINAL, CONTROL, left=["age"], right=["age"], attacks=1, seed=1
        )
