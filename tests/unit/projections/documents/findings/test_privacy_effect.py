"""What a run did to risk and utility, in words."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from projection_scenarios import done, folded, metric, of_run, operation, started, succeeded

from ops.measures import risk, utility
from projections.documents.findings.privacy_effect import build_privacy_effect
from projections.documents.findings.privacy_measures import listed, percent

PEOPLE = pd.DataFrame(
    {
        "age": [20, 20, 31, 45, 45],
        "city": ["Ulm", "Ulm", "Ulm", "Bonn", "Bonn"],
        "illness": ["flu", "cold", "flu", "flu", "flu"],
    }
)
PUBLISHED = PEOPLE.iloc[[0, 1, 3, 4]]
COLUMNS = ["age", "city"]


def _measured(frame: pd.DataFrame) -> dict[str, Any]:
    metrics = risk.measure_privacy(frame, COLUMNS, ["illness"], threshold=2).to_metrics()
    return metrics | {"utility": utility.measure_class_utility(frame, COLUMNS, k=2).to_metrics()}


def _effects(*metrics: tuple[str, object], **parameters: object) -> list[dict[str, Any]]:
    events = [started(), operation(1, "anonymize", parameters=parameters)]
    events += [metric(name, value, by=1) for name, value in metrics]
    with folded(of_run(*events, done(1), succeeded())) as history:
        return build_privacy_effect(history.catalog, "r1")


def _rows(*metrics: tuple[str, object], **parameters: object) -> dict[str, dict[str, Any]]:
    (effect,) = _effects(*metrics, **parameters)
    return {row["metric"]: row for row in effect["measures"]}


@pytest.fixture(scope="module")
def compared() -> dict[str, dict[str, Any]]:
    """Five people of whom one was left out."""
    return _rows(
        ("before", _measured(PEOPLE)),
        ("after", _measured(PUBLISHED)),
        quasi_identifiers=COLUMNS,
        dataset_name="people",
    )


@pytest.mark.parametrize(
    ("name", "before", "after", "meaning"),
    [
        (
            "risk.prosecutor_max",
            "100%",
            "50%",
            (
                "At worst, somebody who knows that a person is in the data and knows their age and "
                "city finds their row with a chance of 1 in 2; before, for certain."
            ),
        ),
        ("risk.prosecutor_average", "60%", "50%", "Averaged over all people, that chance is 50%."),
        ("risk.k", "1", "2", "Everybody shares these values with at least 1 other person."),
        ("risk.uniques", "1", "0", "Nobody is the only one with their values."),
        ("risk.rows_below_threshold", "1", "0", "Nobody is in a group smaller than 2."),
        (
            "diversity.illness.distinct_l",
            "1",
            "1",
            (
                "In at least one group everybody has the same illness: to know somebody's group is "
                "to know their illness, without finding their row."
            ),
        ),
        ("risk.rows", "5", "4", "1 of 5 rows (20%) were left out."),
        ("risk.classes", "3", "2", "The data tells 2 groups of people apart."),
    ],
)
def test_measure_is_told_before_and_after_with_what_it_means(
    compared: dict[str, dict[str, Any]], name: str, before: str, after: str, meaning: str
) -> None:
    """Each sentence has the numbers and columns of the run."""
    row = compared[name]
    assert (row["before_text"], row["after_text"], row["meaning"]) == (before, after, meaning)


def test_people_alone_are_counted_with_their_share() -> None:
    """A release that singles people out says how many."""
    rows = _rows(("after", _measured(PEOPLE)), quasi_identifiers=COLUMNS)
    assert rows["risk.uniques"]["meaning"] == (
        "1 of 5 people (20%) is the only one with their values. Not measured before."
    )


def test_measure_that_was_not_taken_before_is_said_to_be_unknown() -> None:
    """What is not on record is not made up."""
    before = {"risk": {"k": 1}}
    row = _rows(("before", before), ("after", _measured(PUBLISHED)))["risk.uniques"]
    assert (row["before"], row["before_text"]) == (None, "not measured")
    assert row["meaning"].endswith("Not measured before.")


def test_measure_that_was_not_taken_afterwards_speaks_of_before() -> None:
    """A result that nobody measured is not said to be safe."""
    row = _rows(("before", _measured(PEOPLE)), ("after", {"risk": {}}))["risk.k"]
    assert row["after_text"] == "not measured"
    assert row["meaning"].startswith("Before: At least one person")
    assert row["meaning"].endswith("Not measured afterwards.")


def test_measurement_of_one_dataset_compares_nothing() -> None:
    """An operation that changes nothing has no before."""
    metrics = risk.measure_privacy(PEOPLE, COLUMNS).to_metrics()
    (effect,) = _effects(*metrics.items(), dataset_name="people", quasi_identifiers=COLUMNS)
    assert not effect["is_comparison"]
    assert effect["dataset"] == "people"
    assert effect["measures"][0]["after"] == 1.0
    assert "before" not in effect["measures"][0]["meaning"]


def test_columns_that_are_not_on_record_are_not_named() -> None:
    """Without the parameters nobody knows what an attacker was taken to know."""
    row = _rows(("after", _measured(PEOPLE)))["risk.prosecutor_max"]
    assert "quasi-identifiers (not recorded which)" in row["meaning"]


@pytest.mark.parametrize(
    "value", [None, True, "5", -1, 1.5, float("1e300"), {}, [], {"k": 1}], ids=repr
)
def test_impossible_value_is_no_measure(value: object) -> None:
    """What cannot be a size of a group is not put in words."""
    assert _effects(("after", {"risk": {"k": value}})) == []


def test_other_metrics_are_no_measures() -> None:
    """A metric called k may mean anything."""
    assert _effects(("k", 5), ("before", 1), ("after", {"rows": 3})) == []


@given(st.floats(0, 1))
def test_percentage_is_whole_or_nothing_only_if_the_share_is(share: float) -> None:
    """No risk is rounded away, and none is made certain."""
    assert (percent(share) == "0%") == (share == 0)
    assert (percent(share) == "100%") == (share == 1)


def test_many_columns_are_counted() -> None:
    """A sentence stays a sentence."""
    assert listed([f"c{n}" for n in range(2000)]).endswith("c6 and 1,993 more")
