"""Operations take hierarchies in one form, and refuse what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineage.kernel.errors import ConfigurationError
from ops.data.source import DataSource
from ops.measures import hierarchy_forms

MAPPING = {"Rome": ["Italy", "Europe"], "Oslo": ["Norway", "Europe"]}


@pytest.mark.parametrize(
    "form",
    [
        {"intervals": [10, 5]},
        {"intervals": [0]},
        {"intervals": [5], "origin": "0"},
        {"prefixes": [1, 3]},
        {"prefixes": ["a"]},
        {"prefixes": [1], "keep_length": 1},
        {"date_parts": ["year", "month"]},
        {"date_parts": ["week", "year"]},
        {"magic": [1]},
        {"intervals": "5"},
        {"intervals": [5], "prefixes": [1]},
        {"intervals": [5], "keep_length": True},
        {"values": ["a"]},
        {"dataset": 5},
        {"values": {"a": ["x"], "b": ["x", "y"]}},
        {"values": {"a": ["x", "y"], "b": ["x", "z"]}},
        {},
        [5],
        None,
    ],
)
def test_form_that_is_none_is_refused(form: object) -> None:
    """Steps become coarser, there is one kind with its own options, and levels are a tree."""
    with pytest.raises(ConfigurationError, match="hierarchy of 'q'"):
        hierarchy_forms.require({"q": form})


@pytest.mark.parametrize("form", ["towns", {"dataset": "towns"}, MAPPING, {"values": MAPPING}])
def test_dataset_mapping_and_long_form_are_the_same(tmp_path: Path, form: object) -> None:
    """The dataset is read as an input of the operation, and known before."""
    path = tmp_path / "towns.csv"
    path.write_text("\n".join(";".join([town, *above]) for town, above in MAPPING.items()))
    source = DataSource()
    source.add_file("towns", path, separator=";", header=False)
    hierarchy_forms.require({"town": form})
    found = hierarchy_forms.read({"town": form}, source)["town"]
    assert [found.labels(found.leaves, level).to_pylist() for level in (1, 2)] == [
        ["Italy", "Norway"],
        ["Europe", "Europe"],
    ]
    assert {read.name for read in source.drain_reads()} == hierarchy_forms.dataset_names([form])


def test_dataset_without_levels_is_refused(tmp_path: Path) -> None:
    """The error names the column."""
    (tmp_path / "towns.csv").write_text("Rome\n")
    source = DataSource()
    source.add_file("towns", tmp_path / "towns.csv", header=False)
    with pytest.raises(ConfigurationError, match="hierarchy of 'town': no level"):
        hierarchy_forms.read({"town": "towns"}, source)
