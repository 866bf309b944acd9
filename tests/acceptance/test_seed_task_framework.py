"""The examples of the documentation of the task framework, as written there; imports differ."""

from __future__ import annotations

import contextlib
import io
import json
import random
import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lineage import settings
from lineage.project import Project

MY_TASK = """
from lineage.tasks import BaseTask

class MyTask(BaseTask):
    def __init__(self):
        super().__init__(
            task_id="t_my_task",
            task_type="analysis",
            description="My custom analysis task",
            input_datasets={"customers": "path/to/customers.csv"}
        )

    def configure_operations(self):
        # Add operations to execute
        self.add_operation(
            "ProfileOperation",
            dataset_name="customers",
            output_prefix="profile_results"
        )

        self.add_operation(
            "AnonymizeOperation",
            input_dataset="customers",
            method="k-anonymity",
            k=5,
            quasi_identifiers=["age", "zipcode", "gender"]
        )

# Usage
task = MyTask()
success = task.run()
"""

CUSTOM_TASK = """
from lineage.tasks import BaseTask

class CustomAnalysisTask(BaseTask):
    def __init__(self):
        super().__init__(
            task_id="t_custom_analysis",
            task_type="analysis",
            description="Custom analysis task for customer data",
            input_datasets={
                "customers": "DATA/raw/customers.csv",
                "transactions": "DATA/raw/transactions.csv"
            }
        )

    def configure_operations(self):
        # Add data profiling operation
        self.add_operation(
            "ProfileOperation",
            dataset_name="customers",
            output_prefix="customer_profile"
        )

        # Add data correlation operation
        self.add_operation(
            "CorrelationOperation",
            primary_dataset="customers",
            secondary_dataset="transactions",
            join_key="customer_id",
            output_prefix="customer_correlations"
        )

        # Add anonymization operation
        self.add_operation(
            "AnonymizeOperation",
            input_dataset="customers",
            method="k-anonymity",
            k=5,
            quasi_identifiers=["age", "zipcode", "gender"],
            sensitive_attributes=["income", "credit_score"]
        )

    def initialize(self, args=None):
        # Call parent initialization first
        if not super().initialize(args):
            return False

        # Add custom initialization logic
        self.logger.info("Performing custom initialization")

        # Example: Additional validation
        if not self.data_source.has_dataset("customers"):
            self.logger.error("Required dataset 'customers' not found")
            return False

        return True

    def finalize(self, success):
        # Add custom finalization logic before parent finalization
        if success:
            self.logger.info("Task completed successfully, performing custom cleanup")

            # Example: Copy results to a specific location
            if hasattr(self, 'anonymized_output') and self.anonymized_output:
                import shutil
                target_dir = self.project_root / "exports"
                target_dir.mkdir(exist_ok=True)
                shutil.copy(self.anonymized_output, target_dir)

        # Call parent finalization
        return super().finalize(success)

# Usage
if __name__ == "__main__":
    task = CustomAnalysisTask()
    success = task.run()
    print(f"Task execution {'succeeded' if success else 'failed'}")
"""

CONFIGURATION = {
    "task_id": "t_custom_analysis",
    "task_type": "analysis",
    "description": "Custom analysis task for customer data",
    "dependencies": ["t_data_ingest"],
    "continue_on_error": True,
    "use_encryption": False,
    "use_vectorization": True,
    "parallel_processes": 4,
    "scope": {
        "fields": ["customer_id", "age", "gender", "zipcode", "income"],
        "datasets": ["customers", "transactions"],
    },
    "custom_parameter": "custom value",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with 200 customers and 300 transactions; it is the current folder."""
    settings.make_project(tmp_path)
    choose = random.Random(7)  # noqa: S311  # made-up customers
    customers = pd.DataFrame(
        {
            "customer_id": range(200),
            "age": [choose.randint(18, 90) for _ in range(200)],
            "zipcode": [f"{choose.randint(1000, 1050):05d}" for _ in range(200)],
            "gender": [choose.choice("mf") for _ in range(200)],
            "income": [choose.randint(10, 90) * 1000 for _ in range(200)],
            "credit_score": [choose.randint(300, 850) for _ in range(200)],
        }
    )
    transactions = pd.DataFrame(
        {
            "customer_id": [choose.randrange(200) for _ in range(300)],
            "amount": [round(choose.random() * 100, 2) for _ in range(300)],
        }
    )
    (tmp_path / "path/to").mkdir(parents=True)
    customers.to_csv(tmp_path / "path/to/customers.csv", index=False)
    customers.to_csv(tmp_path / "DATA/raw/customers.csv", index=False)
    transactions.to_csv(tmp_path / "DATA/raw/transactions.csv", index=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(root: Path, example: str) -> tuple[dict[str, Any], str]:
    """Run an example as a script, and return its names and what it printed."""
    script = root / "script.py"
    script.write_text(example)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        names = runpy.run_path(str(script), run_name="__main__")
    return names, printed.getvalue()


def saved(root: Path, task_id: str) -> dict[str, Any]:
    """Return the saved report of a task."""
    path = root / f"DATA/reports/{task_id}_report.json"
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return report


def smallest_class(frame: pd.DataFrame) -> int:
    """Count the rows of each combination of quasi-identifiers, and return the least."""
    quasi_identifiers = ["age", "zipcode", "gender"]
    return int(frame.groupby(quasi_identifiers, dropna=False, observed=True).size().min())


def test_short_task_profiles_and_anonymizes(root: Path) -> None:
    """The example of section 4.1 succeeds and leaves its files where the framework puts them."""
    names, _ = run(root, MY_TASK)

    assert names["success"] is True, names["task"].error
    task_dir = root / "DATA/processed/t_my_task"
    assert (task_dir / "dictionaries/profile_results.json").exists()
    assert (task_dir / "output/customers_anonymized.parquet").exists()
    operations = saved(root, "t_my_task")["operations"]
    assert [o["operation"] for o in operations] == ["ProfileOperation", "AnonymizeOperation"]


def test_short_task_is_5_anonymous_by_an_independent_count(root: Path) -> None:
    """In what section 4.1 releases no combination of age, zipcode and gender is under 5 people."""
    run(root, MY_TASK)

    path = root / "DATA/processed/t_my_task/output/customers_anonymized.parquet"
    released = pd.read_parquet(path)
    original = pd.read_csv(root / "path/to/customers.csv")
    assert len(released) == len(original) == 200
    assert smallest_class(original) < 5 <= smallest_class(released)


def test_custom_task_prints_that_it_succeeded(root: Path) -> None:
    """The example of section 5.1 runs as a script and says how it ended."""
    names, printed = run(root, CUSTOM_TASK)

    assert printed == "Task execution succeeded\n", names["task"].error


def test_custom_task_records_three_operations_with_their_files(root: Path) -> None:
    """Section 5.1 profiles, correlates two datasets and anonymizes; the report has all files."""
    run(root, CUSTOM_TASK)

    report = saved(root, "t_custom_analysis")
    assert report["status"] in {"completed", "completed_with_errors"}
    assert [o["operation"] for o in report["operations"]] == [
        "ProfileOperation",
        "CorrelationOperation",
        "AnonymizeOperation",
    ]
    assert "error" not in {o["status"] for o in report["operations"]}
    names = {artifact["filename"] for artifact in report["artifacts"]}
    assert {"customer_profile.json", "customers_anonymized.parquet"} <= names
    assert any(name.startswith("customer_correlations") for name in names)
    assert all((root / artifact["path"]).is_file() for artifact in report["artifacts"])


def test_custom_task_logs_what_its_own_phases_say(root: Path) -> None:
    """Lines of the overridden phases are in the task's log file."""
    run(root, CUSTOM_TASK)

    text = (root / "logs/t_custom_analysis.log").read_text()
    assert "Performing custom initialization" in text
    assert "Task completed successfully, performing custom cleanup" in text


def test_custom_finalization_can_copy_results(root: Path) -> None:
    """The copying of section 5.1 works once the task says which file it is about."""
    script = CUSTOM_TASK.replace(
        "        if success:\n",
        "        if success:\n"
        "            self.anonymized_output = self.results[-1].artifacts[0].path\n",
    )

    run(root, script)

    copied = root / "exports/customers_anonymized.parquet"
    assert smallest_class(pd.read_parquet(copied)) >= 5


def test_custom_task_without_its_dataset_says_that_it_failed(root: Path) -> None:
    """The custom check of section 5.1 fails the run when the dataset is missing."""
    script = CUSTOM_TASK.replace('"customers": "DATA/raw/customers.csv",', "")

    names, printed = run(root, script)

    assert printed == "Task execution failed\n"
    assert "initialize returned False" in str(names["task"].error)
    assert saved(root, "t_custom_analysis")["status"] == "failed"


def test_documented_folders_are_there_after_a_run(root: Path) -> None:
    """Section 5.2: configuration, data, reports and logs lie where the documentation shows."""
    run(root, CUSTOM_TASK)

    expected = (
        "configs/prj_config.json",
        "configs/execution_log.json",
        "DATA/raw",
        "DATA/processed/t_custom_analysis/output",
        "DATA/processed/t_custom_analysis/dictionaries",
        "DATA/reports/t_custom_analysis_report.json",
        "logs/t_custom_analysis.log",
    )
    assert [name for name in expected if not (root / name).exists()] == []


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_documented_configuration_is_taken(root: Path, suffix: str) -> None:
    """Section 5.3: the documented configuration file, as JSON or YAML, is what the task sees."""
    (root / f"configs/t_custom_analysis.{suffix}").write_text(json.dumps(CONFIGURATION))

    names, printed = run(root, CUSTOM_TASK)

    config = names["task"].config
    assert printed == "Task execution succeeded\n", names["task"].error
    assert config.dependencies == ("t_data_ingest",)
    assert (config.continue_on_error, config.parallel_processes) == (True, 4)
    assert config.scope.datasets == ("customers", "transactions")
    assert config.custom_parameter == "custom value"
    warnings = saved(root, "t_custom_analysis")["warnings"]
    assert any("t_data_ingest" in warning["message"] for warning in warnings)


def test_dependency_without_continue_on_error_refuses(root: Path) -> None:
    """A declared dependency that never ran refuses the documented task."""
    configuration = CONFIGURATION | {"continue_on_error": False}
    (root / "configs/t_custom_analysis.json").write_text(json.dumps(configuration))

    names, printed = run(root, CUSTOM_TASK)

    assert printed == "Task execution failed\n"
    assert "t_data_ingest" in str(names["task"].error)
    with Project(root) as project:
        run_id = names["task"].run_id
        assert project.run_status(run_id, "t_custom_analysis").value == "refused"
