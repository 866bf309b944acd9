"""The examples of the description of the data writer, as they stand there but for imports."""

from __future__ import annotations

import json
from pathlib import Path

import dask.dataframe as dd
import matplotlib.pyplot as plt
import pandas as pd
import pyarrow.parquet as pq
import pytest

from lineage.kernel.errors import DataWriteError
from ops import DataWriter, HierarchicalProgressTracker, OperationResult
from ops.data.encryption import encryption_for, open_plain


def test_basic_dataframe_writing(tmp_path: Path) -> None:
    """A frame as CSV, and encrypted as Parquet under a name with the time."""
    df = pd.DataFrame(
        {
            "id": range(1, 101),
            "name": [f"User_{i}" for i in range(1, 101)],
            "value": [i * 10 for i in range(1, 101)],
        }
    )
    writer = DataWriter(task_dir=tmp_path / "task_001")
    result = writer.write_dataframe(df=df, name="users", format="csv", timestamp_in_name=False)
    encrypted_result = writer.write_dataframe(
        df=df,
        name="users_encrypted",
        format="parquet",
        encryption_key="secure_encryption_key_123",
        timestamp_in_name=True,
    )

    assert result.path == tmp_path / "task_001" / "output" / "users.csv"
    assert result.size_bytes == result.path.stat().st_size
    pd.testing.assert_frame_equal(pd.read_csv(result.path), df)
    assert encrypted_result.path.name.startswith("users_encrypted_")
    assert b"User_" not in encrypted_result.path.read_bytes()
    with open_plain(encrypted_result.path, encryption_for("secure_encryption_key_123")) as plain:
        assert pq.read_table(plain).num_rows == 100


def test_writing_metrics_and_visualizations(tmp_path: Path) -> None:
    """A figure in the task's folder, and metrics with the time and where they are from."""
    writer = DataWriter(task_dir=tmp_path / "task_002")
    plt.figure(figsize=(10, 6))
    plt.bar(["A", "B", "C", "D"], [10, 25, 15, 30])
    plt.title("Sample Metrics")
    plt.ylabel("Values")
    plt.tight_layout()
    viz_result = writer.write_visualization(figure=plt.gcf(), name="metric_chart", format="png")
    plt.close("all")
    metrics = {
        "counts": {"A": 10, "B": 25, "C": 15, "D": 30},
        "statistics": {"mean": 20, "median": 17.5, "std_dev": 8.66},
        "quality_score": 0.85,
    }
    metrics_result = writer.write_metrics(metrics=metrics, name="operation_metrics")

    assert viz_result.path == tmp_path / "task_002" / "metric_chart.png"
    assert metrics_result.path.name.startswith("operation_metrics_2")
    document = json.loads(metrics_result.path.read_text())
    assert document["metrics"] == metrics
    assert document["metadata"]["task"] == "task_002"


def test_working_with_dictionaries_and_json(tmp_path: Path) -> None:
    """A dictionary, a list that grows and an object that is merged."""
    writer = DataWriter(task_dir=tmp_path / "task_003")
    frequency_dict = {"apple": 523, "banana": 378, "cherry": 412, "date": 89, "elderberry": 42}
    dict_result = writer.write_dictionary(
        data=frequency_dict, name="frequency_counts", format="json"
    )
    log_entry = {
        "timestamp": "2025-05-03T14:32:15",
        "operation": "text_anonymization",
        "fields_processed": 12,
        "records_affected": 156,
    }
    writer.append_to_json_array(item=log_entry, name="operation_log", create_if_missing=True)
    config_updates = {"anonymization": {"level": "high", "fields": ["name", "address", "phone"]}}
    writer.merge_json_objects(
        data=config_updates, name="configuration", create_if_missing=True, recursive_merge=True
    )

    folder = tmp_path / "task_003"
    assert dict_result.path == folder / "dictionaries" / "frequency_counts.json"
    assert json.loads(dict_result.path.read_text()) == frequency_dict
    assert json.loads((folder / "operation_log.json").read_text()) == [log_entry]
    assert json.loads((folder / "configuration.json").read_text()) == config_updates


def test_integration_with_progress_tracking(tmp_path: Path) -> None:
    """The writer's write is a subtask of the tracker, and goes to its end."""
    progress = HierarchicalProgressTracker(
        total=100, description="Processing Dataset", unit="steps"
    )
    writer = DataWriter(task_dir=tmp_path / "task_004", progress_tracker=progress)
    df = pd.DataFrame(
        {
            "id": range(1, 100001),
            "data": [f"Data_{i}" for i in range(1, 100001)],
            "value": [i * 0.1 for i in range(1, 100001)],
        }
    )
    result = writer.write_dataframe(
        df=df, name="large_dataset", format="parquet", timestamp_in_name=True
    )
    progress.update(100, {"status": "complete"})
    progress.close()

    assert result.rows == 100_000
    (subtask,) = progress.subtasks
    assert (subtask.description, subtask.total, subtask.done) == (
        "Write large_dataset",
        100_000,
        100_000,
    )
    assert subtask.is_closed
    assert progress.postfix == {"file": result.path.name, "status": "complete"}


def test_handling_dask_dataframes(tmp_path: Path) -> None:
    """A small frame is one file, a large one a folder with a file for each partition."""
    progress = HierarchicalProgressTracker(total=None)
    writer = DataWriter(tmp_path / "task_005", None, progress)
    pdf = pd.DataFrame({"id": range(1, 1000001), "value": [i * 0.5 for i in range(1, 1000001)]})
    ddf = dd.from_pandas(pdf, npartitions=10)
    small_result = writer.write_dataframe(
        df=ddf.head(10000, compute=False), name="small_dask_data", format="csv"
    )
    large_result = writer.write_dataframe(df=ddf, name="large_dask_data", format="parquet")

    assert small_result.path == tmp_path / "task_005" / "output" / "small_dask_data.csv"
    assert small_result.rows == 10_000
    assert large_result.path.is_dir()
    assert large_result.parts == tuple(f"part-{at:05}.parquet" for at in range(10))
    pd.testing.assert_frame_equal(pd.read_parquet(large_result.path), pdf)
    assert (progress.subtasks[1].total, progress.subtasks[1].unit) == (10, "partitions")
    assert progress.subtasks[1].done == 10


def test_operation_integration_and_error_handling(tmp_path: Path) -> None:
    """Results are registered with an operation's result; errors are of one class."""
    writer = DataWriter(tmp_path / "task_006")
    output_result = writer.write_dataframe(pd.DataFrame({"a": [1]}), "transformed_data")
    metrics_result = writer.write_metrics({"rows": 1}, "operation_metrics")
    operation_result = OperationResult()
    operation_result.register_artifact(output_result.path, "output_data")
    operation_result.register_artifact(metrics_result.path, "metrics")

    assert [artifact.artifact_type for artifact in operation_result.artifacts] == [
        "output_data",
        "metrics",
    ]
    with pytest.raises(DataWriteError, match="no columns"):
        writer.write_dataframe(pd.DataFrame(), "data")
