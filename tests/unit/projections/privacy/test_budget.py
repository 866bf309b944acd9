"""Spendings on the same rows add up; those on different parts of a split do not meet."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from projection_scenarios import append, digest, done, of_run, operation, read, started, wrote

from lineage.events import BudgetSpent
from lineage.ledger import Ledger
from projections import Projector
from projections.privacy.budget import Loss, build_privacy_budget, composed

SPLIT = "ops.tables.split.SplitOperation"


def spent(uri: str, epsilon: float, **said: Any) -> BudgetSpent:
    """A use of the budget for the people in a file."""
    values: dict[str, Any] = {
        "operation": 1,
        "source_uri": uri,
        "source_sha256": digest(uri),
        "mechanism": "laplace",
        "epsilon": epsilon,
        "delta": 0.0,
        "unit": "one row",
        "partition": None,
    }
    return BudgetSpent(**{**values, **said})


def budget(*steps: Any) -> dict[str, tuple[float, float]]:
    """Each source with what was spent on it."""
    with Ledger("memory://", actor="tester@host") as ledger:
        append(ledger, *steps)
        with Projector(ledger, Path("absent")).as_of() as catalog:
            found = build_privacy_budget(catalog)
    return {one["uri"]: (one["epsilon"], one["delta"]) for one in found["sources"]}


def noisy(run: str, uri: str, epsilon: float, **said: Any) -> Any:
    """A run that adds noise to a file."""
    return of_run(
        started(),
        operation(name="NoiseOperation"),
        read(uri, uri),
        wrote(f"{run}.csv", f"{run}.csv"),
        spent(uri, epsilon, **said),
        done(),
        run=run,
    )


def split(run: str, uri: str, *parts: str, **parameters: Any) -> Any:
    """A run that splits a file into disjoint parts."""
    return of_run(
        started(),
        operation(name="SplitOperation", class_name=SPLIT, parameters=parameters),
        read(uri, uri),
        *(wrote(part, part) for part in parts),
        done(),
        run=run,
    )


def test_nothing_spent_is_no_source() -> None:
    """A history without noise has no budget."""
    assert budget(split("s", "raw.csv", "a.csv")) == {}


def test_spendings_on_one_source_add_up() -> None:
    """Epsilon and delta, whichever run spent them."""
    found = budget(noisy("r1", "raw.csv", 0.5), noisy("r2", "raw.csv", 1.0, delta=1e-6))

    assert found == {"raw.csv": (1.5, 1e-6)}


def test_spending_on_a_derived_file_counts_for_its_sources() -> None:
    """The people are those of the raw file."""
    found = budget(noisy("r1", "raw.csv", 0.5), noisy("r2", "r1.csv", 0.25))

    assert found == {"raw.csv": (0.75, 0.0)}


def test_spendings_on_parts_of_a_split_do_not_add_up() -> None:
    """Nobody is in two parts, so the greatest loss counts."""
    parts = split("s", "raw.csv", "a.csv", "b.csv")

    assert budget(parts, noisy("r1", "a.csv", 0.5), noisy("r2", "b.csv", 2.0)) == {
        "raw.csv": (2.0, 0.0)
    }
    assert budget(parts, noisy("r1", "a.csv", 0.5), noisy("r2", "a.csv", 2.0)) == {
        "raw.csv": (2.5, 0.0)
    }


@pytest.mark.parametrize(
    ("parameters", "unit", "epsilon"),
    [
        ({}, "one row", 2.0),
        ({}, "a person with 3 rows", 2.5),
        ({"keep_together": None}, "a person with 3 rows", 2.5),
        ({"keep_together": "person"}, "a person with 3 rows", 2.0),
        ({"stratify_by": ["age"]}, "one row", 2.5),
        ({"stratify_by": []}, "one row", 2.0),
    ],
)
def test_parts_in_which_a_person_may_be_twice_add_up(
    parameters: dict[str, Any], unit: str, epsilon: float
) -> None:
    """Rows of one person lie in several parts, or move to others with the values of a row."""
    parts = split("s", "raw.csv", "a.csv", "b.csv", **parameters)

    found = budget(
        parts, noisy("r1", "a.csv", 0.5, unit=unit), noisy("r2", "b.csv", 2.0, unit=unit)
    )

    assert found == {"raw.csv": (epsilon, 0.0)}


def test_spending_on_the_whole_adds_to_every_part() -> None:
    """Who is in a part is in the whole, too."""
    found = budget(
        split("s", "raw.csv", "a.csv", "b.csv"),
        noisy("r0", "raw.csv", 1.0),
        noisy("r1", "a.csv", 0.5),
        noisy("r2", "b.csv", 2.0),
    )

    assert found == {"raw.csv": (3.0, 0.0)}


def test_parts_that_an_operation_names_do_not_add_up() -> None:
    """Disjoint rows by the operation's own word."""
    found = budget(
        noisy("r1", "raw.csv", 1.0, partition="north"),
        noisy("r2", "raw.csv", 2.0, partition="south"),
    )

    assert found == {"raw.csv": (2.0, 0.0)}


@forall(
    spendings=st.lists(
        st.tuples(
            st.integers(1, 9),
            st.dictionaries(
                st.integers(1, 2),
                st.frozensets(st.sampled_from("ab"), min_size=1),
                max_size=2,
            ),
        ),
        max_size=6,
    )
)
@settings(max_examples=40)
def test_loss_is_never_less_than_what_one_person_loses(
    spendings: list[tuple[int, dict[int, frozenset[str]]]],
) -> None:
    """Whoever is in some part of each split loses at most what is stated; all together more."""
    stated = composed([(Loss(float(e), 0.0), parts) for e, parts in spendings]).epsilon
    worst = max(
        sum(
            epsilon
            for epsilon, parts in spendings
            if all({1: one, 2: two}[split] in names for split, names in parts.items())
        )
        for one in "ab"
        for two in "ab"
    )

    assert worst <= stated <= sum(epsilon for epsilon, _ in spendings)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_more_spendings_never_lower_the_loss(count: int) -> None:
    """The budget only runs out."""
    losses = [composed([(Loss(1.0, 0.0), {})] * n).epsilon for n in range(count + 1)]

    assert all(one < other for one, other in pairwise(losses))
