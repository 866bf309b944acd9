"""Measures of generalized census rows are those of ARX's own test-suite, or recomputed ones."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from anonymize_strategies import ARX_8, ARX_9, complete_adult

from ops.measures import information_loss, risk, utility
from ops.measures.hierarchies import Hierarchy, read_hierarchy

FOLDER = next(
    (f for f in (up / "shared/data/adult_arx" for up in Path(__file__).parents) if f.exists()),
    Path("absent"),
)
"""Beside the folder of the project, or further up."""
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.exists(), reason="reference data absent"),
]


@cache
def hierarchy(column: str) -> pd.DataFrame:
    """Return ARX's hierarchy of a column: one row a leaf, one column a level."""
    file = FOLDER / f"adult_hierarchy_{column}.csv"
    return pd.read_csv(file, sep=";", header=None, dtype=str)


def hierarchies(columns: list[str]) -> dict[str, Hierarchy]:
    """Return the hierarchies of columns."""
    return {name: read_hierarchy(FOLDER / f"adult_hierarchy_{name}.csv") for name in columns}


def at(columns: list[str], node: list[int], *, k: int = 1) -> pd.DataFrame:
    """Return the census rows generalized to levels, rows of classes under k suppressed."""
    rows = complete_adult()[columns].astype(str)
    levels = zip(columns, node, strict=True)
    labels = {n: rows[n].map(hierarchy(n).set_index(0, drop=False)[level]) for n, level in levels}
    generalized = pd.DataFrame(labels)
    sizes = generalized.groupby(columns)[columns[0]].transform("size")
    return generalized.where(sizes >= k)


def test_bundled_rows_are_those_of_arx() -> None:
    """The complete train rows of the bundled census file are ARX's 30,162 rows, in order."""
    expected = pd.read_csv(FOLDER / "adult.csv", sep=";", dtype=str)[ARX_9]
    found = complete_adult()[ARX_9].astype(str).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize(
    ("node", "aecs", "k"),
    [([0] * 8, 29.113899613899616, 5), ([0, 4, 1, 0, 1, 0, 0, 1], 97.6116504854369, 5)],
)
def test_average_class_size_is_that_of_arx(node: list[int], aecs: float, k: int) -> None:
    """AECS counts the suppressed rows as one class, and is not divided by k."""
    found = utility.measure_class_utility(at(ARX_8, node), ARX_8, k=k)
    assert found.average_class_size == pytest.approx(aecs, rel=1e-15)


@pytest.mark.parametrize(
    ("node", "dm", "dm_star"),
    [
        ([0] * 8, 463_536_157, 485_542),
        ([1, 4, 1, 0, 0, 1, 2, 0], 51_345_939, None),
        ([1, 4, 1, 1, 2, 2, 0, 0], None, 96_950_278),
    ],
)
def test_discernibility_is_that_of_arx(
    node: list[int], dm: int | None, dm_star: int | None
) -> None:
    """DM adds N for each suppressed row; DM* sums squares before suppression."""
    found = utility.measure_class_utility(at(ARX_8, node), ARX_8, k=5)
    assert dm in {None, found.discernibility}
    assert dm_star in {None, found.discernibility_unsuppressed}


@pytest.mark.parametrize(
    ("node", "lost"),
    [([0] * 8, 0.5090179696306611), ([0, 0, 0, 2, 1, 2, 0, 0], 0.45063186570298164)],
)
def test_precision_is_that_of_arx(node: list[int], lost: float) -> None:
    """The mean level, suppressed cells at the top, is what ARX gives as a loss of precision."""
    found = information_loss.measure_hierarchy_loss(
        complete_adult(), at(ARX_8, node, k=5), hierarchies(ARX_8)
    )
    assert 1 - found.precision == pytest.approx(lost, rel=1e-14)


def test_loss_is_that_of_arx() -> None:
    """Leaves that no row has count, and the attributes are put together geometrically."""
    published = at(ARX_9, [0, 3, 0, 1, 1, 1, 1, 2, 0], k=5)
    found = information_loss.measure_hierarchy_loss(complete_adult(), published, hierarchies(ARX_9))
    assert found.loss == pytest.approx(0.26611081915757495, rel=1e-9)


@pytest.mark.parametrize(
    ("columns", "node", "bits"),
    [
        (ARX_9, [1, 0, 1, 1, 3, 2, 2, 0, 1], 255559.85455731067),
        (ARX_8, [1, 1, 1, 1, 3, 2, 2, 1], 324620.5269918692),
    ],
)
def test_entropy_loss_is_that_of_arx(columns: list[str], node: list[int], bits: float) -> None:
    """Non-uniform entropy sums -log2(freq(original) / freq(generalized)) over all cells."""
    found = information_loss.measure_entropy_loss(complete_adult(), at(columns, node), columns)
    assert sum(found.values()) == pytest.approx(bits, rel=1e-13)


def test_diversity_and_closeness_at_the_optimum_are_the_recomputed_ones() -> None:
    """At the 5-diverse optimum min exp(H) is 5.655, of 30 classes, k 16, l 7 and t 0.43166."""
    published = at(ARX_8, [1, 1, 1, 1, 3, 2, 2, 1]).assign(
        occupation=complete_adult()["occupation"]
    )
    found = risk.measure_privacy(published, ARX_8, ["occupation"])
    varied, close = found.diversity["occupation"], found.closeness["occupation"]
    assert (found.risk.classes, found.risk.k, varied.distinct_l) == (30, 16, 7)
    assert round(varied.entropy_l, 3) == 5.655
    assert round(close.t, 5) == 0.43166


def test_discernibility_at_the_close_optimum_is_that_of_arx() -> None:
    """DM* at [1,4,1,0,3,2,2,1], where t is within 0.2 after 4 % suppression at most."""
    found = utility.measure_class_utility(at(ARX_8, [1, 4, 1, 0, 3, 2, 2, 1]), ARX_8, k=5)
    assert found.discernibility_unsuppressed == 311_880_088
    assert found.suppression_rate <= 0.04
