"""What the views over policies, keys, seals and processes mean."""

from __future__ import annotations

from projection_scenarios import at, digest, given, of

from lineage.events import (
    KeyCreated,
    KeyDestroyed,
    KeyRotated,
    PolicyEvaluated,
    ProcessCounted,
    ProcessEnded,
    ProcessErrorRecorded,
    ProcessInterrupted,
    ProcessStarted,
    SealSigned,
    streams,
)

KEYS = "select key_id, state, key_version, created_at, destroyed_at from keys order by key_id"


def created(key_id: str = "k1") -> KeyCreated:
    """A key that comes into being."""
    return KeyCreated(key_id=key_id, purpose="payloads", algorithm="AES-256-GCM")


def counted(processed: int, failed: int = 0) -> ProcessCounted:
    """Items that are counted."""
    return ProcessCounted(
        processed=processed,
        successful=processed - failed,
        failed=failed,
        retried=1,
        bytes_processed=2**40,
        worked_us=2_000_000,
    )


def session_started(second: int) -> ProcessStarted:
    """A session of a process that begins."""
    return ProcessStarted(
        run_name="r", process_name="collect", session_id=7, occurred_at=at(second)
    )


def test_evaluated_rule_is_a_policy_row() -> None:
    """An evaluated rule stands with the version it was applied to, and its values."""
    rule = PolicyEvaluated(
        policy="few",
        kind="k_at_least",
        severity="block",
        uri="out.csv",
        sha256=digest("o"),
        outcome="violated",
        required={"k": 5},
        measured={"k": 3},
        reason="k is 3",
        waiver=None,
    )
    given(of("release:x", rule)).shows(
        "select * exclude (actor) from policies",
        {
            "position": 1,
            "recorded_at": at(1),
            "run_id": None,
            "task_id": None,
            "release_id": "x",
            **rule.model_dump(),
        },
    )


def test_created_key_is_active() -> None:
    """A key is active from its first event."""
    given(of("key:k1", created())).shows(
        "select key_id, purpose, algorithm, state from keys",
        {"key_id": "k1", "purpose": "payloads", "algorithm": "AES-256-GCM", "state": "active"},
    )


def test_rotated_key_has_another_version() -> None:
    """A key that was rotated is in use, in its newest version."""
    given(
        of(
            "key:k1",
            created(),
            KeyRotated(key_id="k1", key_version=2, data_keys=5, old_forgotten=False),
        )
    ).shows(
        KEYS,
        {
            "key_id": "k1",
            "state": "active",
            "key_version": 2,
            "created_at": at(1),
            "destroyed_at": None,
        },
    )


def test_destroyed_key_says_when() -> None:
    """A destroyed key stays in the view, with the time of its end."""
    events = (created(), KeyRotated(key_id="k1", key_version=2, data_keys=5, old_forgotten=False))
    given(of("key:k1", *events, KeyDestroyed(key_id="k1", reason="erasure"))).shows(
        KEYS,
        {
            "key_id": "k1",
            "state": "destroyed",
            "key_version": 2,
            "created_at": at(1),
            "destroyed_at": at(3),
        },
    )


def test_signed_head_is_a_seal() -> None:
    """A seal shows the signed tree head and its signature."""
    signed = SealSigned(
        tree_size=9, root_sha256=digest("r"), frontier=(), verifier_key="n+00+AQ", note="n\n9\n"
    )
    given(of(streams.SEALS, signed)).shows(
        "select tree_size, root_sha256, verifier_key, note from seals",
        {
            "tree_size": 9,
            "root_sha256": digest("r"),
            "verifier_key": "n+00+AQ",
            "note": "n\n9\n",
        },
    )


def test_process_sums_its_counts_over_all_sessions() -> None:
    """Counts and time add up over an interruption."""
    history = (
        session_started(1),
        counted(4, failed=1),
        ProcessErrorRecorded(error_type="IOError", count=1, message="m", occurred_at=at(2)),
        ProcessInterrupted(silent_s=400, occurred_at=at(3)),
        session_started(4),
        counted(6),
        counted(0),
        ProcessEnded(occurred_at=at(9)),
    )
    given(of("process:r:collect", *history)).shows(
        "select process_name, items_processed, items_failed, error_count, bytes_processed,"
        " interruption_count, session_count, duration_s, is_completed, ended_at"
        " from process_stages",
        {
            "process_name": "collect",
            "items_processed": 10,
            "items_failed": 1,
            "error_count": 1,
            "bytes_processed": 3 * 2**40,
            "interruption_count": 1,
            "session_count": 2,
            "duration_s": 6.0,
            "is_completed": True,
            "ended_at": at(9),
        },
    )


def test_process_started_again_is_no_longer_completed() -> None:
    """An end counts until the next session begins."""
    history = (session_started(1), ProcessEnded(occurred_at=at(2)), session_started(3))
    given(of("process:r:collect", *history)).shows(
        "select is_completed, ended_at, started_at from process_stages",
        {"is_completed": False, "ended_at": None, "started_at": at(1)},
    )
