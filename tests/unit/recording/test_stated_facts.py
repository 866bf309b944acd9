"""A run records what its data is, what it is for, and what its operations found out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineage.kernel.errors import ConfigurationError
from lineage.project import Project
from lineage.tasks import BaseTask

PEOPLE = "mail,age,income\n" + "".join(
    f"p{n}@example.org,{20 + n % 3},{1000 + n % 7}\n" for n in range(60)
)


class Task(BaseTask):
    """Executes one operation on the people."""

    def __init__(self, project: Project, operation: str, **parameters: Any) -> None:
        super().__init__("t_one", "profiling", "one operation", project=project)
        self._asked = operation, parameters

    def configure_operations(self) -> None:
        """Add it."""
        operation, parameters = self._asked
        self.add_operation(operation, dataset_name="people", **parameters)


def configure(root: Path, **said: Any) -> None:
    """Write the project's file and its data."""
    (root / "configs").mkdir(exist_ok=True)
    (root / "DATA/raw").mkdir(parents=True, exist_ok=True)
    columns = {"age": "quasi_identifier", "income": "sensitive"}
    people = {"path": "DATA/raw/people.csv", "columns": columns}
    settings = {"datasets": {"people": people}, **said}
    (root / "configs/prj_config.json").write_text(json.dumps(settings))
    (root / "DATA/raw/people.csv").write_text(PEOPLE)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with people."""
    configure(tmp_path)
    with Project(tmp_path) as opened:
        yield opened


def rows(project: Project, sql: str) -> list[dict[str, Any]]:
    """What the catalog answers."""
    with project.catalog() as catalog:
        return catalog.rows(sql)


def run(project: Project, operation: str, **parameters: Any) -> None:
    """Run a task that executes an operation."""
    task = Task(project, operation, **parameters)
    assert task.run(), task.error


def test_dictionary_is_recorded_when_it_changed(project: Project) -> None:
    """One version for any number of runs; another one when the project says something else."""
    run(project, "MeasureRiskOperation")
    run(project, "MeasureRiskOperation")
    configure(project.root, datasets={"people": {"path": "DATA/raw/people.csv", "owner": "sales"}})
    with Project(project.root) as changed:
        run(changed, "ProfileOperation")

    found = rows(project, "select datasets from dictionary_versions order by position")
    assert [row["datasets"]["people"].get("owner") for row in found] == [None, "sales"]


def test_measured_risk_belongs_to_the_version(project: Project) -> None:
    """With the columns that were taken for known and for secret."""
    run(project, "MeasureRiskOperation")

    [found] = rows(project, "select * from risk_measures join inputs using (uri, sha256)")
    assert (found["quasi_identifiers"], found["sensitive"]) == (["age"], ["income"])
    assert found["measures"]["k"] == 20
    assert found["measures"]["l"] == {"income": 7}


def test_anonymized_file_carries_the_risk_that_remains(project: Project) -> None:
    """The measurement is of the output, not of the input."""
    run(project, "KAnonymizeOperation", k=5, left_out=["mail"])

    [found] = rows(project, "select uri, measures from risk_measures")
    assert "people_anonymized" in found["uri"]
    assert found["measures"]["k"] >= 5


def test_column_that_looks_personal_is_proposed(project: Project) -> None:
    """The evidence is counts; no address is in the history."""
    run(project, "ProfileOperation")

    found = rows(
        project, "select column_name, role, category, evidence from classification_proposals"
    )
    [mail] = [row for row in found if row["column_name"] == "mail"]
    assert mail["role"] == "direct_identifier"
    assert mail["evidence"]["rows_matching"] == 60
    assert "p1@example.org" not in str(rows(project, "select payload from events"))


def test_noise_spends_the_budget_of_its_dataset(project: Project) -> None:
    """Epsilon of all columns together, for the file whose people they are."""
    bounds = {"age": [0, 100], "income": [0, 5000]}
    run(project, "NoiseOperation", bounds=bounds, epsilon=0.5)

    [found] = rows(project, "select source_uri, epsilon, delta, mechanism from budget_spendings")
    assert found == {
        "source_uri": "DATA/raw/people.csv",
        "epsilon": pytest.approx(1.0),
        "delta": 0.0,
        "mechanism": "laplace",
    }


def test_purpose_of_a_run_is_on_record(project: Project) -> None:
    """It is no part of the configuration, so that another purpose is no other result."""
    task = Task(project, "MeasureRiskOperation")
    assert task.run({"purpose": "yearly statistics"})

    assert rows(project, "select run_id, purpose from purposes") == [
        {"run_id": task.run_id, "purpose": "yearly statistics"}
    ]
    assert "yearly" not in str(rows(project, "select payload from events where type like 'task%'"))


@pytest.mark.parametrize("required", ["actor", "purpose"])
def test_run_that_does_not_state_what_is_required_does_not_begin(
    tmp_path: Path, required: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is recorded in nobody's name."""
    monkeypatch.delenv("LINEAGE_ACTOR", raising=False)
    configure(tmp_path, require={required: True})
    with Project(tmp_path) as project:
        task = Task(project, "MeasureRiskOperation")

        assert not task.run()
        assert isinstance(task.error, ConfigurationError)
        assert required in str(task.error)
        assert rows(project, "select * from runs") == []

    monkeypatch.setenv("LINEAGE_ACTOR", "Ada")
    with Project(tmp_path) as project:
        assert Task(project, "MeasureRiskOperation").run({"purpose": "research"})
        actors = rows(project, "select distinct actor from events where type = 'run.started'")
        assert actors[0]["actor"].startswith("Ada (")
