"""AttackRiskOperation reports what each attack finds, and writes the same bytes each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lineage.kernel.errors import ConfigurationError
from ops import DataSource, OperationResult
from ops.attacks.attack_release import AttackRiskOperation

COLUMNS: dict[str, Any] = {
    "quasi_identifiers": ["age", "wage"],
    "sensitive_attributes": ["illness"],
}


def people(seed: int) -> pd.DataFrame:
    """Make people whose illness does not follow from the rest."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.integers(18, 90, 200),
            "wage": random.integers(1000, 9000, 200),
            "illness": random.choice(["flu", "gout"], 200),
        }
    )


def attack(folder: Path, release: pd.DataFrame, **given: Any) -> OperationResult:
    """Attack a release of the people of seed 1."""
    source = DataSource()
    for name, frame in {"people": people(1), "release": release, "control": people(2)}.items():
        source.add_dataframe(name, frame)
    return AttackRiskOperation(
        dataset_name="release",
        original_name="people",
        control_name="control",
        **{"attacks": 60, **COLUMNS, **given},
    ).execute(source, folder)


def test_each_attack_on_published_originals_is_a_warning(tmp_path: Path) -> None:
    """Five attacks are reported, each with its interval, and each is said to succeed."""
    result = attack(tmp_path, people(1))
    metrics: dict[str, Any] = result.metrics
    found = [metrics[name] for name in metrics if name != "inference"]
    assert len(found) == 4
    assert all(each["risk_low"] > 0 for each in [*found, metrics["inference"]["illness"]])
    assert len(result.warnings) == 5
    assert "more often on the original than on control rows" in result.warnings[0].message


def test_release_of_others_gives_no_warning_of_a_risk(tmp_path: Path) -> None:
    """What attacks find of the original they find of the control rows as well."""
    result = attack(tmp_path, people(3))
    assert not [w for w in result.warnings if "more often" in w.message]


def test_document_follows_data_and_seed(tmp_path: Path) -> None:
    """Equal data and seed give equal bytes, another seed gives others."""
    one, same, other = (
        attack(tmp_path / str(at), people(3), seed=seed).artifacts[0]
        for at, seed in enumerate((1, 1, 2))
    )
    assert one.sha256 == same.sha256 != other.sha256
    assert json.loads(one.path.read_text())["metrics"]["membership"]["attacks"] == 60


def test_one_quasi_identifier_cannot_be_linked(tmp_path: Path) -> None:
    """There are no two parts of it, so linking is left out of the metrics."""
    found = attack(tmp_path, people(3), quasi_identifiers=["age"]).metrics
    assert "linkability" not in found
    assert "membership" in found


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"attacks": 0}, "attacks of AttackRiskOperation"),
        ({"seed": -1}, "seed of AttackRiskOperation"),
        ({"quasi_identifiers": ()}, "quasi_identifiers of AttackRiskOperation"),
        ({"linked": ["illness"]}, "linked of AttackRiskOperation"),
        ({"linked": ["age", "wage"]}, "linked of AttackRiskOperation"),
    ],
)
def test_parameters_that_tell_nothing_are_refused(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    """The message names the parameter."""
    with pytest.raises(ConfigurationError, match=message):
        attack(tmp_path, people(3), **given)
