"""Carry out the plan of an erasure, step by step and on record, and sign a receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from lineage.domain.erasure import (
    ERASURE,
    CompleteErasure,
    EndStep,
    ErasureCommand,
    ErasureState,
    PlanErasure,
)
from lineage.erasure import subjects
from lineage.erasure.receipts import BACKUPS, receipt_text
from lineage.erasure.search import holding_at
from lineage.erasure.subjects import Subject
from lineage.events import (
    ErasureCompleted,
    ErasurePlanned,
    ErasureStep,
    ErasureStepEnded,
    streams,
)
from lineage.kernel import files, paths
from lineage.kernel.digest import sha256_file
from lineage.kernel.errors import ConfigurationError, LineageError, safe_message
from lineage.kernel.secrets import secret_files
from lineage.kernel.values import JsonValue
from lineage.ledger import Session
from lineage.project import Project
from lineage.releases import door
from lineage.seals import sealing, signers
from ops.data.removal import remove_rows
from projections.privacy.release_list import build_release_list

RECEIPT_FOLDER: Final = "receipts"
"""Where receipts are, below the folder of the data."""

_KEY_FOLDER: Final = "erasures"

Kind = Literal["run", "dataset", "subject"]
Outcome = Literal["done", "kept", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An erasure that is completed, or as far as it came.

    Attributes:
        erasure_id: Its id.
        steps: Each step with how it ended; None if it has not.
        receipt: The file with the signed receipt; None if steps failed.
    """

    erasure_id: str
    steps: tuple[tuple[ErasureStep, Outcome | None], ...]
    receipt: Path | None


def begin(
    project: Project,
    kind: Kind,
    target: str,
    *,
    reason: str,
    steps: Sequence[ErasureStep],
    subject: Subject | None = None,
) -> str:
    """Record a plan, which can only be finished from then on, and return its id.

    Args:
        project: Where the data is.
        kind: What is erased.
        target: The run or dataset; of a person anything, since a keyed digest takes its place.
        reason: Why; it must not name a person.
        steps: What is done.
        subject: The person.

    Raises:
        CommandRejectedError: The plan has no steps.
        ConfigurationError: There is no reason, or it names the person.
        LedgerError: The history cannot be written.
    """
    if not reason.strip() or (subject is not None and subject.value in reason):
        raise ConfigurationError(
            "reason of the erasure",
            problem="it names the person" if reason.strip() else "missing",
            expected="why, in words that name nobody",
        )
    erasure_id = project.ids.new()
    named = target
    if subject is not None:
        named = subjects.token(subjects.new_key(_key_file(project, erasure_id)), subject)
    planned = ErasurePlanned(kind=kind, target=named, reason=reason, steps=tuple(steps))
    _session(project, erasure_id).handle(PlanErasure(planned=planned))
    return erasure_id


def carry_out(
    project: Project,
    erasure_id: str,
    *,
    subject: Subject | None = None,
    on_step: Callable[[int, ErasureStep, Outcome], None] | None = None,
) -> Erasure:
    """Carry out the steps that have not ended, and sign a receipt if all have.

    Killed and called again, it goes on where it was.

    Args:
        project: Where the data is.
        erasure_id: Its id.
        subject: The person, if it is about one: the history does not know the name.
        on_step: Called after each step with its number, what it was and how it ended.

    Raises:
        ConfigurationError: There is no such erasure, or it is about another person.
        LedgerError: The history cannot be read or written.
        DataWriteError: The receipt cannot be written.
    """
    session = _session(project, erasure_id)
    planned = session.state.planned
    if planned is None:
        raise ConfigurationError(f"erasure {erasure_id!r}", problem="there is none of that id")
    if planned.kind == "subject" and not session.state.is_completed:
        _check_subject(project, erasure_id, planned, subject)
    is_complete = True
    for number in session.state.open_steps:
        step = planned.steps[number - 1]
        if step.action == "forget_vault_entry" and not is_complete:
            outcome, detail = _too_early()
        else:
            outcome, detail = _tried(project, step, subject)
        is_complete = is_complete and not (step.action == "rewrite_file" and outcome == "failed")
        ended = ErasureStepEnded(step=number, outcome=outcome, detail=detail)
        session.handle(EndStep(ended=ended))
        if on_step is not None:
            on_step(number, step, outcome)
    receipt = None if session.state.open_steps else _complete(project, erasure_id, session)
    return Erasure(
        erasure_id=erasure_id, steps=_outcomes(project, erasure_id, planned), receipt=receipt
    )


def _tried(
    project: Project, step: ErasureStep, subject: Subject | None
) -> tuple[Outcome, dict[str, JsonValue]]:
    try:
        return _ACTIONS[step.action](project, step, subject)
    except (LineageError, OSError) as error:
        return "failed", {"error": safe_message(error)}


def _too_early() -> tuple[Outcome, dict[str, JsonValue]]:
    """Leave the entry of a vault, by which the rows under its token are found."""
    return "failed", {"error": "a file was not rewritten, and its rows may be found by this entry"}


def _keep(
    project: Project, step: ErasureStep, subject: Subject | None
) -> tuple[Outcome, dict[str, JsonValue]]:
    del project, subject
    return "kept", {"because": step.reason}


def _delete(
    project: Project, step: ErasureStep, subject: Subject | None
) -> tuple[Outcome, dict[str, JsonValue]]:
    del subject
    if step.subject == "release":
        return _withdraw(project, step)
    path = project.safe_path(project.root / step.uri)
    if not path.exists():
        return "done", {"was_gone": True}
    found = sha256_file(path)
    if step.sha256 is not None and found != step.sha256:
        return "kept", {"because": "its content is another one by now", "sha256": found}
    secret_files.wipe(path)
    with suppress(OSError):  # there are other files in it
        for folder in (above for above in path.parents if "=" in above.name):
            folder.rmdir()  # its name has a value
    return "done", {"sha256": found}


def _withdraw(project: Project, step: ErasureStep) -> tuple[Outcome, dict[str, JsonValue]]:
    with project.catalog() as catalog:
        ids = [
            release["release_id"]
            for release in build_release_list(catalog)
            if release["release_uri"] == step.uri
        ]
    for release_id in ids:
        door.withdraw(project, release_id, "erased at somebody's request")
    return "done", {"withdrawn": list(ids)}


def _destroy_key(
    project: Project, step: ErasureStep, subject: Subject | None
) -> tuple[Outcome, dict[str, JsonValue]]:
    del subject
    return "done", {"had_key": project.ledger.destroy_stream_key(step.uri)}


def _rewrite(
    project: Project, step: ErasureStep, subject: Subject | None
) -> tuple[Outcome, dict[str, JsonValue]]:
    assert subject is not None  # noqa: S101  # checked before the first step
    path = project.safe_path(project.root / step.uri)
    if not path.exists():
        return "done", {"was_gone": True}
    with project.catalog() as catalog:
        holding = holding_at(project, catalog, subject, step.uri)
    removed = remove_rows(path, holding.sought)
    return "done", {"rows_removed": removed, "sha256": sha256_file(path)}


def _forget(
    project: Project, step: ErasureStep, subject: Subject | None
) -> tuple[Outcome, dict[str, JsonValue]]:
    assert subject is not None  # noqa: S101  # checked before the first step
    return "done", {"entries": subjects.forget(project, step.uri, subject)}


_Action = Callable[[Project, ErasureStep, Subject | None], tuple[Outcome, dict[str, JsonValue]]]
_ACTIONS: Final[dict[str, _Action]] = {
    "delete_file": _delete,
    "destroy_key": _destroy_key,
    "forget_vault_entry": _forget,
    "keep": _keep,
    "recompute": _keep,
    "rewrite_file": _rewrite,
}


def _complete(
    project: Project, erasure_id: str, session: Session[ErasureState, ErasureCommand]
) -> Path:
    """Forget what was cached, sign the receipt, record it, and destroy the key of the person."""
    project.forget_caches()
    planned = session.state.planned
    assert planned is not None  # noqa: S101  # all its steps have ended
    outcomes = _outcomes(project, erasure_id, planned)
    remaining = [f"{step.uri}: {step.reason}" for step, outcome in outcomes if outcome == "kept"]
    target = project.data_folder / RECEIPT_FOLDER / f"{erasure_id}.txt"
    if not session.state.is_completed:
        text = receipt_text(project, erasure_id, planned, _ended(project, erasure_id))
        signed = signers.sign_text(project, text)
        files.write_text(target, signed)
        completed = ErasureCompleted(receipt=signed, remaining=(*remaining, BACKUPS))
        session.handle(CompleteErasure(completed=completed))
        if sealing.is_sealed_after_runs(project):
            sealing.seal(project)
    with suppress(FileNotFoundError):
        secret_files.wipe(_key_file(project, erasure_id))
    return target


def _outcomes(
    project: Project, erasure_id: str, planned: ErasurePlanned
) -> tuple[tuple[ErasureStep, Outcome | None], ...]:
    ended = _ended(project, erasure_id)
    return tuple(
        (step, ended[number].outcome if number in ended else None)
        for number, step in enumerate(planned.steps, 1)
    )


def _ended(project: Project, erasure_id: str) -> dict[int, ErasureStepEnded]:
    """Return how each step ended last, by number."""
    events = (one.event for one in project.ledger.iter_stream(streams.erasure(erasure_id)))
    return {event.step: event for event in events if isinstance(event, ErasureStepEnded)}


def _check_subject(
    project: Project, erasure_id: str, planned: ErasurePlanned, subject: Subject | None
) -> None:
    if subject is None:
        raise ConfigurationError(
            f"erasure {erasure_id!r}",
            problem="it is about a person, whose name is not on record",
            remedy="give the same ID and --column again",
        )
    key = subjects.read_key(_key_file(project, erasure_id))
    if subjects.token(key, subject) != planned.target:
        raise ConfigurationError(f"erasure {erasure_id!r}", problem="it is about another person")


def _session(project: Project, erasure_id: str) -> Session[ErasureState, ErasureCommand]:
    name = paths.check_name(erasure_id, "erasure id")
    return Session(project.ledger, ERASURE, streams.erasure(name))


def _key_file(project: Project, erasure_id: str) -> Path:
    return project.state_folder / _KEY_FOLDER / f"{erasure_id}.key"
