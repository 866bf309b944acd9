"""The usage examples of the process summary's specification run as they stand.

Only the import names `lineage.tasks`, and the example of a pipeline command gets the values
that the specification leaves open.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from lineage.exports import export_summaries
from lineage.project import Project

USAGE = """
from lineage.tasks import create_process_summary, save_process_summary

# Create or load process summary
summary = await create_process_summary("harvard_2024", "collect")

# Track operations
summary.increment_items(processed=10, successful=9, failed=1)
summary.add_progress_update("Processing batch 1", batch_size=10)
summary.checkpoint()

# Handle errors
try:
    # Some operation
    pass
except Exception as e:
    summary.add_error("NetworkError", str(e))

# Set custom metrics
summary.set_custom_metric("storage_type", "minio")
summary.set_custom_metric("bucket_name", "grin-raw")

# Save progress (call periodically)
await save_process_summary(summary)

# End process
summary.end_process()
await save_process_summary(summary)

# Get final summary
final_summary = summary.get_summary_dict()
"""

INTEGRATION = """
from lineage.tasks import create_process_summary, save_process_summary

async def collect_command(run_name: str):
    # Create process summary
    summary = await create_process_summary(run_name, "collect")

    try:
        # Your existing collect logic here
        for barcode in barcodes:
            try:
                # Process barcode
                result = await process_barcode(barcode)
                summary.increment_items(processed=1, successful=1)
            except Exception as e:
                summary.add_error(type(e).__name__, str(e))
                summary.increment_items(processed=1, failed=1)

            # Periodic checkpoint and save
            if barcode_count % 100 == 0:
                summary.checkpoint()
                await save_process_summary(summary)
                summary.add_progress_update(f"Processed {barcode_count} books")

    finally:
        # Always end process and save final summary
        summary.end_process()
        await save_process_summary(summary)

await collect_command("harvard_2024")
"""
SUMMARY_FILE = "runs/harvard_2024/process_summary_collect.json"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where no project is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEAGE_PROJECT", raising=False)


def run(example: str, **values: object) -> dict[str, Any]:
    """Run an example that awaits at its top level, and return its variables."""
    code = compile(example, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    variables: dict[str, Any] = {**values}
    asyncio.run(_execute(code, variables))
    return variables


async def _execute(code: CodeType, variables: dict[str, Any]) -> None:
    result = eval(code, variables)  # noqa: S307  # the example above
    if inspect.isawaitable(result):
        await result


def exported() -> dict[str, Any]:
    """The exported summary."""
    document: dict[str, Any] = json.loads(Path(SUMMARY_FILE).read_text())
    return document


def test_usage_example_runs() -> None:
    """The final summary says what the example counted, and so does the exported file."""
    final = run(USAGE)["final_summary"]

    assert final == exported()
    assert (final["items_processed"], final["success_rate_percent"]) == (10, 90)
    assert final["is_completed"] is True
    assert final["progress_updates"][0]["batch_size"] == 10
    assert final["custom_metrics"] == {"storage_type": "minio", "bucket_name": "grin-raw"}


def test_usage_example_runs_again() -> None:
    """A second run of the pipeline goes on where the first one ended."""
    first, second = run(USAGE)["final_summary"], run(USAGE)["final_summary"]

    assert second["items_processed"] == 20
    assert second["session_id"] == first["session_id"]
    assert second["interruption_count"] == 0


def test_integration_example_runs() -> None:
    """A pipeline command counts its items and the errors of those that failed."""

    async def process_barcode(barcode: int) -> None:
        if barcode % 10 == 0:
            raise TimeoutError("no answer")

    run(
        INTEGRATION,
        barcodes=range(1, 31),
        barcode_count=100,
        process_barcode=process_barcode,
    )
    document = exported()

    assert (document["items_processed"], document["items_failed"]) == (30, 3)
    assert document["error_types"] == {"TimeoutError": 3}
    assert document["last_error_message"] == "no answer"
    assert document["progress_updates_count"] == 30
    assert document["is_completed"] is True


def test_exported_summary_comes_back_byte_for_byte() -> None:
    """What the examples export can be deleted and rebuilt from the ledger."""
    run(USAGE)
    content = Path(SUMMARY_FILE).read_bytes()
    Path(SUMMARY_FILE).unlink()
    with Project(Path.cwd()) as project:
        export_summaries(project)

    assert Path(SUMMARY_FILE).read_bytes() == content
