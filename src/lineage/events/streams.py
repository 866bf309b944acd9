"""Names of streams: the kind of aggregate, a colon, and its id."""

from __future__ import annotations


def run(run_id: str) -> str:
    """Return the stream of a run."""
    return f"run:{run_id}"


def task(task_id: str) -> str:
    """Return the stream of a task."""
    return f"task:{task_id}"


def process(run_name: str, process_name: str) -> str:
    """Return the stream of a counted process."""
    return f"process:{run_name}/{process_name}"


def log_import(import_id: str) -> str:
    """Return the stream of one import of an execution log."""
    return f"import:{import_id}"


def key(key_id: str) -> str:
    """Return the stream of a key."""
    return f"key:{key_id}"


def comparison(comparison_id: str) -> str:
    """Return the stream of one comparison of a run with its rerun."""
    return f"comparison:{comparison_id}"


def release(release_id: str) -> str:
    """Return the stream of a release."""
    return f"release:{release_id}"


def erasure(erasure_id: str) -> str:
    """Return the stream of an erasure."""
    return f"erasure:{erasure_id}"


def classifications(dataset: str) -> str:
    """Return the stream of what people decided about a dataset's columns."""
    return f"dataset:{dataset}"


def claims(sha256: str) -> str:
    """Return the stream of what was measured of the protection that a file claims."""
    return f"claims:{sha256}"


def disclosure(disclosure_id: str) -> str:
    """Return the stream of one showing of what pages withhold."""
    return f"disclosure:{disclosure_id}"


def query(query_id: str) -> str:
    """Return the stream of one question in SQL."""
    return f"query:{query_id}"


SEALS = "ledger:seals"
"""The stream of the seals, and of who signs them."""

ENCRYPTION = "ledger:encryption"
"""The stream of what was done to encrypt the ledger."""

DICTIONARY = "project:dictionary"
"""The stream of the data dictionary's versions."""

POLICIES = "project:policies"
"""The stream of the policies' versions and the waivers."""
