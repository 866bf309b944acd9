"""The operation releases what was asked, by either method, or refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from anonymize_strategies import class_sizes, holds

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops import registry
from ops.anonymize.anonymize_operation import AnonymizeOperation
from ops.anonymize.constraints import Demand
from ops.data.source import DataSource
from ops.result import OperationResult

PEOPLE = pd.DataFrame({"age": [30, 31, 50, 51], "sex": list("MMFF"), "income": [1, 2, 3, 4]})


def _source() -> DataSource:
    source = DataSource()
    source.add_dataframe("customers", PEOPLE)
    return source


def test_k_anonymity_by_name_gives_classes_of_k(tmp_path: Path) -> None:
    """The method "k-anonymity" releases a file whose classes have at least k rows."""
    operation = registry.resolve("AnonymizeOperation")(
        input_dataset="customers",
        method="k-anonymity",
        k=2,
        quasi_identifiers=["age", "sex"],
        sensitive_attributes=["income"],
    )

    result = operation.execute(_source(), tmp_path)

    released = pd.read_parquet(result.artifacts[0].path)
    assert released.groupby(["age", "sex"], observed=True).size().min() >= 2


METHODS = ["mondrian", "full_domain"]


def _released(folder: Path, people: pd.DataFrame, **parameters: object) -> OperationResult:
    source = DataSource()
    source.add_dataframe("people", people)
    given = {"quasi_identifiers": ["age", "town"], "k": 2, "left_out": ["who"]}
    operation = AnonymizeOperation(
        **({"input_dataset": "people", "sensitive_attributes": ["ill"]} | given | parameters)
    )
    return operation.execute(source, folder)


def _people(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "who": range(rows),
            "age": rng.integers(20, 60, rows),
            "town": rng.choice(["Rome", "Ulm", "Oslo"], rows),
            "ill": rng.choice(["flu", "gout", "cold", "none"], rows),
        }
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "asked",
    [
        {"l": 3},
        {"l": {"ill": 2.5}, "l_kind": "entropy"},
        {"l": 2, "l_kind": "recursive", "c": 2},
        {"t": 0.35, "t_distance": "equal"},
        {"l": 2, "t": 0.3, "t_distance": "ordered", "suppression_limit": 0.1},
    ],
)
def test_release_is_as_asked_counted_one_by_one(
    tmp_path: Path, method: str, asked: dict[str, Any]
) -> None:
    """Each class of the file satisfies the definitions of what was asked."""
    people = _people()
    hierarchies = {"age": {"intervals": [10, 20]}, "town": {"prefixes": [1]}}
    result = _released(tmp_path, people, method=method, hierarchies=hierarchies, **asked)
    released = pd.read_parquet(result.artifacts[0].path)
    assert min(class_sizes(released, ["age", "town"]).values()) >= 2
    least = asked.get("l", 1)
    demand = Demand(
        column="ill",
        l=least["ill"] if isinstance(least, dict) else least,
        **{name: asked[name] for name in ("l_kind", "c", "t", "t_distance") if name in asked},
    )
    ranks = {value: rank for rank, value in enumerate(people["ill"].unique())}
    everybody = people["ill"].map(ranks).tolist()
    for _, rows in released.groupby(["age", "town"], dropna=False, observed=True):
        assert holds(demand, rows["ill"].map(ranks).tolist(), everybody)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "asked", [{"k": 41}, {"l": 5}, {"l": 4, "l_kind": "entropy"}], ids=["k", "l", "entropy"]
)
def test_what_cannot_be_reached_is_refused_and_nothing_written(
    tmp_path: Path, method: str, asked: dict[str, Any]
) -> None:
    """A failed anonymization is an error that names what was asked, not an empty file."""
    with pytest.raises(AnonymizationError, match=r"k = 41|l-diversity of 'ill' with l = [45]"):
        _released(tmp_path / "task", _people(), method=method, **asked)
    assert not (tmp_path / "task").exists()


def test_columns_and_their_lineage_are_those_of_the_data(tmp_path: Path) -> None:
    """At level 0 a column is as it was; what chose classes and rows is an indirect source."""
    people = _people().assign(age=[20] * 20 + [30] * 20, town="Rome")
    people.loc[0, "town"] = "Ulm"
    result = _released(tmp_path, people, method="full_domain", l=2, suppression_limit=0.1)
    edges = {(e.column, e.source_column, e.effect) for e in result.column_edges if e.is_direct}
    chosen = {(e.column, e.source_column, e.effect) for e in result.column_edges if not e.is_direct}
    assert edges == {(name, name, "identity") for name in ("age", "town", "ill")}
    assert chosen == {
        *(("age", name, "generalization") for name in ("town", "ill")),
        *(("town", name, "generalization") for name in ("age", "ill")),
        *(("ill", name, "suppression") for name in ("age", "town")),
    }
    assert result.details["covered"] == []
    assert result.details["unchanged"] == ["age", "town", "ill"]
    released = pd.read_parquet(result.artifacts[0].path)
    pd.testing.assert_frame_equal(
        released, people[["age", "town", "ill"]].iloc[1:].reset_index(drop=True), check_dtype=False
    )


def test_suppressed_rows_are_counted_as_lost(tmp_path: Path) -> None:
    """Each is as wide as the column, adds N to DM, and is told in a warning."""
    people = _people(10).assign(age=[20] * 9 + [60], town="Rome")
    result = _released(tmp_path, people, method="full_domain", suppression_limit=0.1)
    utility = result.metrics["after"]["utility"]
    assert utility["gcp_by_attribute"] == {"age": 0.1, "town": 0.1}
    assert (utility["suppressed_rows"], utility["suppression_rate"]) == (1, 0.1)
    assert (utility["discernibility"], utility["discernibility_unsuppressed"]) == (91, 82)
    assert utility["average_class_size"] == 5
    assert result.artifacts[0].rows == 9
    assert any("1 of 10 rows are not published" in w.message for w in result.warnings)


UNUSUAL = {
    "nulls": [None] * 12,
    "categorical": pd.Categorical(list("aabbcc") * 2),
    "zoned": pd.date_range("2020", periods=12, tz="UTC"),
    "nullable": pd.array([1, 2, None] * 4, dtype="Int64"),
    "decimal": [Decimal("1.50"), Decimal(2), None] * 4,
    "large text": pd.array(["x", "y", None] * 4, dtype="string[pyarrow]"),
    "mixed": [True, False, None] * 4,
    "duration": pd.to_timedelta(range(12), unit="D"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", UNUSUAL)
@pytest.mark.parametrize(
    "asked", [{}, {"l": 2, "t": 0.9, "suppression_limit": 0.2}], ids=["k", "l"]
)
def test_columns_of_any_type_are_released_in_classes_of_k(
    tmp_path: Path, method: str, kind: str, asked: dict[str, Any]
) -> None:
    """Nulls and types that numpy lacks are values like others; no class is under k."""
    people = _people(12).assign(age=UNUSUAL[kind])
    result = _released(tmp_path, people, method=method, k=3, output_format="csv", **asked)
    released = pd.read_csv(result.artifacts[0].path, dtype="str")
    assert min(class_sizes(released, ["age", "town"]).values()) >= 3


@pytest.mark.parametrize("method", METHODS)
def test_no_rows_are_released_as_no_rows(tmp_path: Path, method: str) -> None:
    """What has no row misses no demand."""
    asked = {"l": 2, "t": 0.2, "suppression_limit": 0.1}
    result = _released(tmp_path, _people().head(0), method=method, **asked)
    assert result.artifacts[0].rows == 0
    assert json.dumps(result.metrics, allow_nan=False)


@pytest.mark.parametrize("method", METHODS)
def test_no_value_of_a_suppressed_row_is_in_the_file(tmp_path: Path, method: str) -> None:
    """Neither as a category of its column nor as a label."""
    people = _people(20).assign(age=[20] * 10 + [30] * 8 + [87, 88], town="Rome")
    people = people.assign(ill=["flu"] * 18 + ["Zoster"] * 2).astype({"ill": "category"})
    result = _released(
        tmp_path, people, method=method, k=2 + (method != "mondrian"), suppression_limit=0.1
    )
    content = result.artifacts[0].path.read_bytes()
    assert result.artifacts[0].rows == 18
    assert b"Zoster" not in content
    assert b"87" not in content


def test_hierarchy_may_be_a_dataset(tmp_path: Path) -> None:
    """A file without header, one row a value, is read as declared, and its version noted."""
    (tmp_path / "towns.csv").write_text("Rome;South;*\nUlm;North;*\nOslo;North;*\n")
    people = _people().assign(town=["Rome"] * 20 + ["Ulm"] * 17 + ["Oslo"] * 3)
    people.to_csv(tmp_path / "people.csv", index=False)
    source = DataSource.from_files({"people": tmp_path / "people.csv"})
    source.add_file("towns", tmp_path / "towns.csv", separator=";", header=False)
    operation = AnonymizeOperation(
        input_dataset="people",
        method="full_domain",
        quasi_identifiers=["town"],
        left_out=["age", "who", "ill"],
        hierarchies={"town": {"dataset": "towns"}},
        k=5,
    )
    result = operation.execute(source, tmp_path / "task")
    assert set(pd.read_parquet(result.artifacts[0].path)["town"]) == {"North", "South"}
    assert {read.name for read in source.drain_reads()} == {"people", "towns"}
    assert operation.data_use().reads == {"people", "towns"}


@pytest.mark.parametrize("method", METHODS)
def test_equal_data_give_equal_bytes(tmp_path: Path, method: str) -> None:
    """Nothing in a release depends on chance or on the run."""
    digests = {
        _released(tmp_path / str(n), _people(), method=method, t=0.4).artifacts[0].sha256
        for n in range(2)
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"suppression_limit": 1}, "suppression_limit of .*below 1"),
        ({"suppression_limit": float("nan")}, "suppression_limit of"),
        ({"l": 0.5}, "l of AnonymizeOperation: found 0.5, expected a number of at least 1"),
        ({"l": float("inf")}, "l of"),
        ({"l": {"age": 2}}, r"l of .*\['age'\] are not sensitive"),
        ({"l": 2, "sensitive_attributes": []}, "l of .*no sensitive attribute"),
        ({"t": 1.5}, "t of .*below 1"),
        ({"l": 2.5, "l_kind": "recursive", "c": 1.0}, "l of .*whole numbers"),
        ({"l": 2, "l_kind": "recursive"}, "c of .*expected a positive number"),
        ({"l": 2, "c": 1.0}, "c of .*else null"),
        ({"l": 2, "l_kind": "recursive", "c": 0.0}, "c of .*found 0.0"),
        ({"cut": "mean"}, "cut of .*'median', 'around_median', 'midpoint'"),
        ({"cost": "price"}, "cost of .*'loss'"),
        ({"hierarchies": ["x"]}, "hierarchies of .*a mapping"),
    ],
)
def test_demand_without_meaning_is_refused(parameters: dict[str, Any], refusal: str) -> None:
    """The error names the parameter, what was found and what is expected."""
    given = {"quasi_identifiers": ["age"], "sensitive_attributes": ["ill"]} | parameters
    with pytest.raises(ConfigurationError, match=refusal):
        AnonymizeOperation(input_dataset="people", **given)


def test_unknown_method_is_refused(tmp_path: Path) -> None:
    """A method that is not there is refused by name, and nothing is written."""
    operation = registry.resolve("AnonymizeOperation")(
        input_dataset="customers", method="magic", quasi_identifiers=["age"]
    )

    with pytest.raises(ConfigurationError, match="magic"):
        operation.execute(_source(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_left_out_columns_are_not_published(tmp_path: Path) -> None:
    """Columns that are left out do not appear in the release, and no warning names them."""
    operation = registry.resolve("KAnonymizeOperation")(
        dataset_name="customers", quasi_identifiers=["age"], left_out=["sex", "income"], k=2
    )

    result = operation.execute(_source(), tmp_path)

    assert list(pd.read_parquet(result.artifacts[0].path).columns) == ["age"]
    assert result.warnings == []
