"""Check whether a checkpoint was made under the task's present version and configuration."""

from __future__ import annotations

from lineage.kernel.errors import CheckpointMismatchError
from lineage.recording.recorder import RunRecorder
from lineage.tasks.checkpoints.history import KeptCheckpoint
from lineage.tasks.config.recorded import changed_keys, find_configuration


def check(recorder: RunRecorder, kept: KeptCheckpoint) -> None:
    """Refuse a checkpoint that was made under other conditions.

    Raises:
        CheckpointMismatchError: They differ; the message says how.
    """
    found = differences(recorder, kept)
    if found:
        raise CheckpointMismatchError(
            f"checkpoint {kept.label!r} of task {recorder.task_id!r}",
            problem="; ".join(found),
            remedy="undo the change, or restore it with despite_changes=True",
        )


def differences(recorder: RunRecorder, kept: KeptCheckpoint) -> list[str]:
    """Return how a checkpoint's conditions differ from the present ones, one phrase each.

    The present ones are those of the open run; where there is none, those under which the task
    was last registered and configured. A task that nobody registered has none, and everything fits.
    Keys of the configuration that do not shape results may differ, as for a run that is resumed.
    """
    now = _present(recorder)
    if now is None:
        return []
    found = []
    version, config_sha256 = now
    if kept.event.task_version != version:
        found.append(f"task version was {kept.event.task_version!r}, now {version!r}")
    if kept.event.config_sha256 != config_sha256:
        found += _changes(recorder, kept.event.config_sha256, config_sha256)
    return found


def _present(recorder: RunRecorder) -> tuple[str | None, str | None] | None:
    """Return the task's version and the digest of its configuration; None if it has none."""
    started = recorder.state.started
    if started is not None:
        return started.task_version, started.config_sha256
    task = recorder.project.task_session(recorder.task_id).state
    if task.registered is None:
        return None
    return task.registered.version, task.config_sha256


def _changes(recorder: RunRecorder, then: str | None, now: str | None) -> list[str]:
    about = (recorder.project, recorder.task_id)
    before, present = find_configuration(*about, then), find_configuration(*about, now)
    if before is None or present is None:
        return [f"configuration was {_short(then)}, now {_short(now)}"]
    keys = changed_keys(before, present)
    return [f"configuration changed: {', '.join(map(repr, keys))}"] if keys else []


def _short(sha256: str | None) -> str:
    return "none" if sha256 is None else sha256[:12]
