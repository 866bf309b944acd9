"""The operation releases only what is k-anonymous, and tells what it did to which column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anonymize_strategies import class_sizes

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops import registry
from ops.anonymize import mondrian
from ops.anonymize.generalization import Generalization
from ops.anonymize.k_anonymity import KAnonymizeOperation
from ops.data.source import DataSource
from ops.measures.measure_risk import MeasureRiskOperation
from ops.result import OperationResult, OperationStatus

QUASI_IDENTIFIERS = ("age", "city")
PEOPLE = pd.DataFrame(
    {
        "name": [f"Person {n}" for n in range(12)],
        "age": [20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, None],
        "city": ["Rome", "Oslo", None] * 4,
        "illness": list("abcabcabcabc"),
    }
)


class Steps:
    """A tracker that remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def update(self, steps: int = 1, postfix: dict[str, object] | None = None) -> None:
        """Remember the step."""
        if steps:
            self.shown.append(str((postfix or {}).get("step")))

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    """Give a source with the file people.csv."""
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    return DataSource.from_files({"people": tmp_path / "people.csv"})


def anonymize(source: DataSource, folder: Path, **parameters: object) -> OperationResult:
    """Run the operation on people."""
    return operation(**parameters).execute(source, folder / "task")


def operation(**parameters: object) -> KAnonymizeOperation:
    """Return the operation for people with k = 3."""
    given = {
        "dataset_name": "people",
        "quasi_identifiers": QUASI_IDENTIFIERS,
        "sensitive_attributes": ("illness",),
        "direct_identifiers": ("name",),
        "k": 3,
    }
    return KAnonymizeOperation(**(given | parameters))


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_release_has_neither_the_index_nor_people_who_are_no_longer_in_it(
    tmp_path: Path, file_format: str
) -> None:
    """Roles apply to an index with a name, and no category of a removed row is published."""
    people = PEOPLE.assign(illness=["Zoster", *"bcabcabcabc"]).astype({"illness": "category"})
    source = DataSource()
    source.add_dataframe("people", people.set_index("name").iloc[1:])
    result = anonymize(source, tmp_path, output_format=file_format)
    assert result.artifacts[0].columns == ("age", "city", "illness")
    assert b"Zoster" not in result.artifacts[0].path.read_bytes()


def test_released_file_is_k_anonymous_by_a_plain_count(source: DataSource, tmp_path: Path) -> None:
    """Counting the file's rows finds no class under k; rows and sensitive values are kept."""
    result = anonymize(source, tmp_path)
    released = pd.read_parquet(result.artifacts[0].path)
    assert min(class_sizes(released, list(QUASI_IDENTIFIERS)).values()) >= 3
    assert released["illness"].tolist() == PEOPLE["illness"].tolist()
    assert list(released.columns) == ["age", "city", "illness"]
    assert result.artifacts[0].rows == 12


def test_released_csv_reads_like_the_released_parquet(source: DataSource, tmp_path: Path) -> None:
    """Both formats hold the same labels and the same nulls."""
    paths = [
        anonymize(source, tmp_path, output_format=kind, output_name="safe").artifacts[0].path
        for kind in ("csv", "parquet")
    ]
    assert [path.name for path in paths] == ["safe.csv", "safe.parquet"]
    read = [pd.read_csv(paths[0], dtype="str"), pd.read_parquet(paths[1]).astype("str")]
    pd.testing.assert_frame_equal(*read)


def test_metrics_hold_risk_and_utility_before_and_after(source: DataSource, tmp_path: Path) -> None:
    """Risk falls to at most 1/k, utility is measured, and everything is JSON without NaN."""
    metrics = anonymize(source, tmp_path).metrics
    before, after = metrics["before"], metrics["after"]
    assert json.dumps(metrics, allow_nan=False)
    assert (before["risk"]["k"], before["risk"]["uniques"]) == (1, 12)
    assert after["risk"]["k"] >= 3
    assert after["risk"]["prosecutor_max"] <= 1 / 3
    assert before["diversity"]["illness"]["distinct_l"] == 1
    assert after["closeness"].keys() == {"illness"}
    assert (before["utility"]["gcp"], before["utility"]["discernibility"]) == (0.0, 12)
    assert 0 < after["utility"]["gcp"] < 1
    assert after["utility"]["suppression_rate"] == 0.0


def test_lineage_of_columns_tells_effect_and_influence(source: DataSource, tmp_path: Path) -> None:
    """Quasi-identifiers derive from themselves, and indirectly from each other."""
    result = anonymize(source, tmp_path)
    edges = {(e.column, e.source_column, e.effect, e.is_direct) for e in result.column_edges}
    assert edges == {
        ("age", "age", "generalization", True),
        ("age", "city", "generalization", False),
        ("city", "city", "generalization", True),
        ("city", "age", "generalization", False),
        ("illness", "illness", "identity", True),
    }
    assert {e.source for e in result.column_edges} == {"people"}


def test_roles_are_told_and_dropped_columns_named(source: DataSource, tmp_path: Path) -> None:
    """The details say which column was generalized, dropped or left as it was."""
    result = anonymize(source, tmp_path)
    assert result.status is OperationStatus.SUCCESS
    assert result.details["columns"] == {
        "generalized": ["age", "city"],
        "dropped": ["name"],
        "sensitive": ["illness"],
        "insensitive": [],
        "undeclared": [],
    }


def test_column_without_a_role_is_published_with_a_warning(
    source: DataSource, tmp_path: Path
) -> None:
    """A column nobody decided on is named; one declared insensitive is not."""
    result = anonymize(source, tmp_path, direct_identifiers=())
    quiet = anonymize(source, tmp_path, direct_identifiers=(), insensitive_attributes=("name",))
    assert result.status is OperationStatus.WARNING
    assert result.warnings[0].details == {"columns": ["name"]}
    assert quiet.warnings == []


def test_release_says_which_columns_are_as_they_were(source: DataSource, tmp_path: Path) -> None:
    """The file is 5-anonymous in some columns; the others are counted and named."""
    result = anonymize(source, tmp_path, direct_identifiers=())
    alone = anonymize(source, tmp_path, left_out=("illness",), sensitive_attributes=())
    assert result.artifacts[0].description == (
        "3-anonymous in age, city; 2 columns unchanged: name, illness"
    )
    assert alone.artifacts[0].description == "3-anonymous in age, city"


def test_long_list_of_columns_is_cut_in_the_description_only(tmp_path: Path) -> None:
    """The description has a width, the warning has every name."""
    names = [f"measurement {n}" for n in range(50)]
    wide = PEOPLE[["age"]].assign(**dict.fromkeys(names, 1))
    held = DataSource()
    held.add_dataframe("people", wide)
    result = KAnonymizeOperation(dataset_name="people", quasi_identifiers=("age",), k=3).execute(
        held, tmp_path
    )
    description = result.artifacts[0].description
    assert description.startswith("3-anonymous in age; 50 columns unchanged: measurement 0, ")
    assert description.endswith(" +37")
    assert len(description) < 280
    assert all(f"{name}," in f"{result.warnings[0].message}," for name in names[:-1])
    assert names[-1] in result.warnings[0].message


def test_class_of_one_sensitive_value_is_a_warning_in_words(tmp_path: Path) -> None:
    """Where everybody in a class has the same illness, nobody's row need be found to learn it."""
    held = DataSource()
    frame = pd.DataFrame({"age": [20] * 6 + [50] * 6, "illness": ["flu"] * 6 + list("ababab")})
    held.add_dataframe("people", frame)
    result = operation(quasi_identifiers=("age",), direct_identifiers=()).execute(held, tmp_path)
    messages = [warning.message for warning in result.warnings]
    assert result.status is OperationStatus.WARNING
    assert len(messages) == 1
    assert (
        "in 1 of 2 groups of people with equal quasi-identifiers, with 6 of 12 people"
        in messages[0]
    )
    assert "learns their illness" in messages[0]
    assert "flu" not in messages[0]


def test_class_unlike_all_people_is_a_warning_in_words(tmp_path: Path) -> None:
    """A class of rare values tells much of its people even if their values differ."""
    frame = pd.DataFrame(
        {"age": [20] * 30 + [50] * 3, "illness": ["flu", "cold"] * 15 + ["x", "y", "x"]}
    )
    held = DataSource()
    held.add_dataframe("people", frame)
    result = operation(quasi_identifiers=("age",), direct_identifiers=()).execute(held, tmp_path)
    assert [warning.details["column"] for warning in result.warnings] == ["illness"]
    assert "illness (t = 0.91, 1 is the worst): in a group of people" in result.warnings[0].message


@pytest.mark.parametrize("name", ["0", 0])
def test_numbers_as_column_names_are_texts(tmp_path: Path, name: Any) -> None:
    """The column 0 of a frame is called "0"; a number where a name belongs is refused."""
    held = DataSource()
    held.add_dataframe("people", pd.DataFrame({0: range(10), 1: range(10)}))
    for make in (KAnonymizeOperation, MeasureRiskOperation):
        if isinstance(name, int):
            with pytest.raises(ConfigurationError, match="expected a list of texts"):
                make(dataset_name="people", quasi_identifiers=[name])
        else:
            result = make(dataset_name="people", quasi_identifiers=[name]).execute(held, tmp_path)
            assert len(result.artifacts) == 1


def test_same_data_give_the_same_bytes(source: DataSource, tmp_path: Path) -> None:
    """Running again writes a file of the same digest."""
    results = [anonymize(source, tmp_path / name) for name in ("first", "second")]
    assert results[0].artifacts[0].sha256 == results[1].artifacts[0].sha256


def test_progress_is_shown_step_by_step(source: DataSource, tmp_path: Path) -> None:
    """The tracker sees each step once, in order."""
    steps = Steps()
    operation().execute(source, tmp_path, steps)
    assert steps.shown == ["read", "generalize", "measure", "write"]


def test_outcome_that_is_not_k_anonymous_writes_nothing(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An algorithm that fails its promise is caught before anything is written."""

    # A fault put in on purpose: the right algorithm cannot produce this.
    def identity(frame: pd.DataFrame, *_: object, **__: object) -> Generalization:
        return Generalization(frame=frame, is_kept=np.ones(len(frame), dtype=np.bool_))

    monkeypatch.setattr(mondrian, "generalize", identity)
    with pytest.raises(AnonymizationError, match="k = 3: 12 of 12 rows in smaller"):
        anonymize(source, tmp_path)
    assert not (tmp_path / "task").exists()


def test_k_above_the_number_of_rows_fails_and_writes_nothing(
    source: DataSource, tmp_path: Path
) -> None:
    """An anonymization that fails is an error, not an empty file."""
    with pytest.raises(AnonymizationError, match="k = 13: 12 rows, expected at least k"):
        anonymize(source, tmp_path, k=13)
    assert not (tmp_path / "task").exists()


def test_empty_dataset_gives_an_empty_release(tmp_path: Path) -> None:
    """No rows are k-anonymous, and their metrics are finite."""
    source = DataSource()
    source.add_dataframe("people", PEOPLE.head(0))
    result = anonymize(source, tmp_path)
    assert result.artifacts[0].rows == 0
    assert json.dumps(result.metrics, allow_nan=False)


@pytest.mark.parametrize("role", ["quasi_identifiers", "direct_identifiers"])
def test_column_that_the_dataset_lacks_is_refused(
    source: DataSource, tmp_path: Path, role: str
) -> None:
    """A misspelt identifier must not be released because nothing of that name was found."""
    with pytest.raises(AnonymizationError, match=r"columns of dataset 'people'.*nmae"):
        anonymize(source, tmp_path, **{role: ("nmae",)})


@pytest.mark.parametrize("k", [1, 0, True, "5", 2.5])
def test_k_that_hides_nobody_is_refused(k: object) -> None:
    """K is a whole number of at least 2."""
    with pytest.raises(ConfigurationError, match="k of KAnonymizeOperation"):
        operation(k=k)


@pytest.mark.parametrize(
    ("roles", "found"),
    [
        ({"quasi_identifiers": ()}, "no quasi-identifier"),
        ({"sensitive_attributes": ("age",)}, "more than one role for"),
    ],
)
def test_roles_that_contradict_are_refused(roles: dict[str, object], found: str) -> None:
    """Each column has one role, and one of them is a quasi-identifier."""
    with pytest.raises(ConfigurationError, match=found):
        operation(**roles)


def test_operation_is_found_by_name() -> None:
    """Configurations name the operation by its class."""
    assert registry.resolve("KAnonymizeOperation") is KAnonymizeOperation
