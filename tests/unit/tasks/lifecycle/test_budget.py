"""A run that would spend more of a privacy budget than the project allows executes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from in_process import InProcess

from lineage.kernel.errors import BudgetExceededError
from lineage.project import Project
from lineage.tasks import BaseTask
from projections.privacy.budget import build_privacy_budget

PEOPLE = "age,income\n" + "".join(f"{20 + n % 50},{1000 + n}\n" for n in range(100))


class Noisy(BaseTask):
    """Adds noise to the ages."""

    def __init__(self, project: Project, *, dataset: str = "people", **parameters: Any) -> None:
        super().__init__("t_noise", "anonymization", "noise", project=project)
        self._dataset = dataset
        self._parameters = {"bounds": {"age": [0, 100]}, "epsilon": 0.5, **parameters}

    def configure_operations(self) -> None:
        """Add it."""
        self.add_operation("NoiseOperation", dataset_name=self._dataset, **self._parameters)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project whose people may lose 1."""
    (tmp_path / "configs").mkdir()
    (tmp_path / "DATA/raw").mkdir(parents=True)
    (tmp_path / "DATA/raw/people.csv").write_text(PEOPLE)
    noisy = "DATA/processed/t_noise/output/people_noisy.parquet"
    said = {
        "privacy_budget": {"epsilon": 1.0},
        "datasets": {"people": {"path": "DATA/raw/people.csv"}, "noisy": {"path": noisy}},
    }
    (tmp_path / "configs/prj_config.json").write_text(json.dumps(said))
    with Project(tmp_path) as opened:
        yield opened


def spent(project: Project) -> dict[str, float]:
    """Each source with what was spent on it."""
    with project.catalog() as catalog:
        return {s["uri"]: s["epsilon"] for s in build_privacy_budget(catalog)["sources"]}


def test_budget_can_be_spent_to_the_end_and_no_further(project: Project) -> None:
    """The third run is refused before it draws anything."""
    assert Noisy(project).run()
    assert Noisy(project, epsilon=0.5).run()
    refused = Noisy(project, epsilon=0.01)

    assert not refused.run()
    assert isinstance(refused.error, BudgetExceededError)
    assert "epsilon 1 and delta 0 are spent, and this run would add 0.01" in str(refused.error)
    assert spent(project) == {"DATA/raw/people.csv": pytest.approx(1.0)}


def test_file_made_from_a_source_spends_its_budget(project: Project) -> None:
    """Noise on a derived file is a loss of the same people."""
    assert Noisy(project).run()
    refused = Noisy(project, dataset="noisy", epsilon=0.6)

    assert not refused.run()
    assert "'DATA/raw/people.csv'" in str(refused.error)


@pytest.mark.parametrize(
    "parameters",
    [
        {"epsilon": 0.6, "bounds": {"age": [0, 100], "income": [0, 2000]}},
        {"epsilon": None, "scale": 10.0},
        {"mechanism": "gaussian", "delta": 1e-6},
    ],
    ids=str,
)
def test_plan_counts_all_columns_and_delta(project: Project, parameters: dict[str, Any]) -> None:
    """Two columns, a scale that costs much, and a delta that is not allowed."""
    refused = Noisy(project, **parameters)

    assert not refused.run()
    assert isinstance(refused.error, BudgetExceededError)
    assert spent(project) == {}


def test_command_shows_what_was_spent(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Source, loss and bound; it fails once a source is over a bound that was lowered."""
    assert Noisy(project).run()
    lineage = InProcess(project.root, monkeypatch, capsys)

    [source] = lineage.json("privacy", "budget")["sources"]
    assert source["epsilon"] == pytest.approx(0.5)
    assert "people.csv" in lineage("privacy", "budget").out

    file = project.root / "configs/prj_config.json"
    said = json.loads(file.read_text()) | {"privacy_budget": {"epsilon": 0.1}}
    file.write_text(json.dumps(said))
    assert lineage.json("privacy", "budget", code=1)["allowed"]["epsilon"] == 0.1
