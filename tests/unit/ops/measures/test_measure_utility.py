"""MeasureUtilityOperation measures two datasets, and writes the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lineage.kernel.errors import AnonymizationError, ConfigurationError
from ops import DataSource, OperationResult
from ops.deidentify.generalize import GeneralizeOperation
from ops.measures.measure_utility import MeasureUtilityOperation

ORIGINAL = pd.DataFrame({"town": ["Ulm", "Bonn", "Lyon", "Ulm"], "wage": [1, 2, 3, 4]})
PUBLISHED = ORIGINAL.assign(town=["D", "D", "F", "D"])
LEVELS = "Ulm;D\nBonn;D\nLyon;F\nNice;F\n"


def measure(folder: Path, published: pd.DataFrame = PUBLISHED, **given: Any) -> OperationResult:
    """Measure a published dataset beside the original."""
    folder.mkdir(exist_ok=True)
    (folder / "towns.csv").write_text(LEVELS, encoding="utf-8")
    source = DataSource()
    source.add_dataframe("people", ORIGINAL)
    source.add_dataframe("published", published)
    source.add_file("towns", folder / "towns.csv", separator=";", header=False)
    operation = MeasureUtilityOperation(
        dataset_name="published", original_name="people", quasi_identifiers=["town"], **given
    )
    return operation.execute(source, folder)


def test_utility_has_all_measures_of_quasi_identifiers(tmp_path: Path) -> None:
    """Penalty, classes, bits and what was lost along a hierarchy stand side by side."""
    found: dict[str, Any] = measure(tmp_path, hierarchies={"town": "towns"}, k=2).metrics["utility"]
    assert found["gcp"] == pytest.approx(3 / 8)
    assert (found["classes"], found["suppressed_rows"]) == (1, 1)
    assert found["loss_by_attribute"]["town"] == pytest.approx(1 / 3)
    assert found["precision"] == 0.0
    assert found["entropy_loss"] == pytest.approx(found["entropy_loss_by_attribute"]["town"])


@pytest.mark.parametrize(
    "form",
    [
        {"dataset": "towns"},
        {"Ulm": "D", "Bonn": "D", "Lyon": "F", "Nice": "F"},
        {"values": {"Ulm": ["D"], "Bonn": ["D"], "Lyon": ["F"], "Nice": ["F"]}},
    ],
)
def test_hierarchy_may_have_any_form(tmp_path: Path, form: Any) -> None:
    """A dataset, a mapping and its long form are the same hierarchy."""
    named, other = (
        measure(tmp_path, hierarchies={"town": each}).metrics for each in ("towns", form)
    )
    assert named == other


def test_loss_of_a_generalized_column_is_that_of_its_rule(tmp_path: Path) -> None:
    """What GeneralizeOperation publishes lies on the hierarchy of the same form."""
    levels = {"hierarchy": {"prefixes": [1], "keep_length": True}, "level": 1}
    source = DataSource()
    source.add_dataframe("people", ORIGINAL)
    generalize = GeneralizeOperation(dataset_name="people", rules={"town": levels})
    published = pd.read_parquet(generalize.execute(source, tmp_path).artifacts[0].path)
    found: Any = measure(tmp_path, published, hierarchies={"town": levels["hierarchy"]}).metrics
    assert found["utility"]["precision"] == 0.5


def test_distances_are_of_the_columns_that_both_have(tmp_path: Path) -> None:
    """A column that was dropped or added is not compared."""
    published = PUBLISHED.assign(extra=1).drop(columns="town")
    source = DataSource()
    source.add_dataframe("people", ORIGINAL)
    source.add_dataframe("published", published)
    operation = MeasureUtilityOperation(dataset_name="published", original_name="people")
    found: dict[str, Any] = operation.execute(source, tmp_path).metrics
    assert found.keys() == {"distances"}
    assert found["distances"]["columns"]["wage"]["ks"] == 0.0
    assert found["distances"]["columns"].keys() == {"wage"}


def test_document_is_alike_each_time(tmp_path: Path) -> None:
    """Equal data give equal bytes, which hold the metrics."""
    results = [measure(tmp_path / name) for name in ("first", "second")]
    written = results[0].artifacts[0]
    assert json.loads(written.path.read_text())["metrics"] == results[0].metrics
    assert written.sha256 == results[1].artifacts[0].sha256


def test_rows_that_do_not_correspond_are_measured_on_request_only(tmp_path: Path) -> None:
    """Synthetic rows have classes and distributions; anything else is refused."""
    with pytest.raises(AnonymizationError, match="published rows: found 2"):
        measure(tmp_path, PUBLISHED.head(2))
    found: dict[str, Any] = measure(tmp_path, PUBLISHED.head(2), is_row_by_row=False).metrics
    assert found["utility"]["average_class_size"] == 2.0
    assert "gcp" not in found["utility"]


@pytest.mark.parametrize(
    "given",
    [
        {"hierarchies": {"wage": "towns"}},
        {"hierarchies": {"town": "towns"}, "is_row_by_row": False},
    ],
)
def test_hierarchy_that_nothing_was_put_along_is_refused(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    """It would be left out without a word."""
    with pytest.raises(ConfigurationError, match="hierarchies of MeasureUtilityOperation"):
        measure(tmp_path, **given)


def test_form_that_is_none_is_refused_before_data_are_read(tmp_path: Path) -> None:
    """The error names the column."""
    with pytest.raises(ConfigurationError, match="hierarchy of 'town'"):
        measure(tmp_path, hierarchies={"town": {"interval": [5]}})
