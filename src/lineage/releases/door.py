"""Release a file or a set: judge it, record the decision, and only then let a copy appear."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lineage.domain.release import (
    RELEASE,
    JudgeRelease,
    PublishRelease,
    ReleaseCommand,
    ReleaseState,
    WithdrawRelease,
)
from lineage.events import (
    PolicyEvaluated,
    ReleaseApproved,
    ReleasePublished,
    ReleaseWithdrawn,
    streams,
)
from lineage.kernel import paths
from lineage.kernel.errors import ConfigurationError, DataReadError, DataWriteError
from lineage.kernel.secrets.file_encryption import FileEncryption
from lineage.kernel.storage import sets
from lineage.ledger import Session
from lineage.policies.evaluation import evaluate
from lineage.project import Project
from lineage.releases import content
from lineage.seals import sealing
from projections.privacy.called import called
from projections.privacy.release_list import build_release_list

RELEASE_FOLDER: Final = "releases"
"""Where releases are, below the folder of the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What somebody wants to release, and why.

    Attributes:
        path: The file, or the folder of a set of files.
        purpose: What the recipient may use it for.
        recipient: Who gets it.
        approver: Who decides.
        run_id: The run that asks; None if a person does.
        task_id: The task of that run.
        encryption: What opens the file if it is encrypted.
    """

    path: Path
    purpose: str
    recipient: str
    approver: str
    run_id: str | None = None
    task_id: str | None = None
    encryption: FileEncryption | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOutcome:
    """What came of asking for a release.

    Attributes:
        release_id: Its id.
        path: The released file or set; None if it was refused.
        sha256: Digest of its content.
        evaluated: One evaluation of each policy.
        blocking: The evaluations that keep it back; empty if it was released.
        warnings: Policies that do not hold and do not block.
    """

    release_id: str
    path: Path | None
    sha256: str
    evaluated: tuple[PolicyEvaluated, ...]
    blocking: tuple[PolicyEvaluated, ...]
    warnings: tuple[str, ...]

    @property
    def is_released(self) -> bool:
        """Whether the file appeared among the releases."""
        return self.path is not None


def release(project: Project, request: ReleaseRequest) -> ReleaseOutcome:
    """Judge a file by the project's policies, and release it if none blocks that.

    A set of files is judged as the one table that it is, and released whole. The copy appears as
    `releases/<id>/<name>` below the folder of the data, after the decision is on record. If the
    process dies in between, the release is unfinished, and `finish` publishes it. A decision
    outside of a run is sealed, unless the project seals on demand.

    Args:
        project: Where the file belongs.
        request: The file, its purpose, recipient and approver.

    Raises:
        ConfigurationError: Purpose, recipient or approver is missing, or the policies have
            mistakes.
        PathRefusedError: The file lies outside the folders that the project may use.
        DataReadError: It is not there, or changed while it was judged.
        DataWriteError: The copy cannot be written.
        LedgerError: The history cannot be read or written.
        ProjectionError: Its catalog cannot be built.
    """
    _check(request)
    path, sha256 = version_of(project, request.path)
    evaluation = evaluate(
        project, path, sha256, recipient=request.recipient, encryption=request.encryption
    )
    release_id = project.ids.new()
    target = project.data_folder / RELEASE_FOLDER / release_id / path.name
    wanted = ReleaseApproved(
        source_uri=project.display(path),
        sha256=sha256,
        release_uri=project.display(target),
        purpose=request.purpose,
        recipient=request.recipient,
        approver=request.approver,
        warnings=(),
    )
    session = _session(project, release_id, request.run_id, request.task_id)
    names = frozenset(evaluation.policies.by_name)
    session.handle(JudgeRelease(policies=names, facts=evaluation.facts, wanted=wanted))
    approved = session.state.approved
    if approved is not None:
        _publish(project, session, approved)
    if request.run_id is None and sealing.is_sealed_after_runs(project):
        sealing.seal(project)  # a run seals at its end
    return ReleaseOutcome(
        release_id=release_id,
        path=None if approved is None else target,
        sha256=sha256,
        evaluated=evaluation.evaluated,
        blocking=evaluation.blocking,
        warnings=() if approved is None else approved.warnings,
    )


def version_of(project: Project, path: Path) -> tuple[Path, str]:
    """Return a file or a set that may be judged, links followed, and the digest of its content.

    Raises:
        PathRefusedError: It lies outside the folders that the project may use.
        DataReadError: It is not there, cannot be read, or is a folder that has other files than
            those of a set.
    """
    real = project.safe_path(path)
    try:
        sha256 = content.sha256_of(real)
    except OSError as error:
        raise DataReadError(f"file {str(path)!r}", problem=error.strerror) from error
    if sha256 is not None and sets.files_of(real):
        return real, sha256
    if real.is_dir():
        raise DataReadError(
            f"folder {str(path)!r}",
            problem="it is no set of files, which is released whole",
            expected="a file, or a folder of nothing but parts (part-00000.csv)",
            remedy="release a file of it, or write it as a set",
        )
    raise DataReadError(f"file {str(path)!r}", problem="no such file")


def finish(project: Project, release_id: str) -> Path:
    """Publish an approved release whose file is missing because the process died, and return it.

    Raises:
        ConfigurationError: There is no such release, or it was refused or withdrawn.
        DataReadError: The file that was judged is not there any more, or has changed.
        DataWriteError: The copy cannot be written.
        LedgerError: The history cannot be read or written.
    """
    session = _session(project, release_called(project, release_id))
    approved = session.state.approved
    if approved is None or session.state.is_withdrawn:
        raise ConfigurationError(
            f"release {release_id!r}",
            problem="it is not approved",
            remedy="`lineage releases` lists them",
        )
    _publish(project, session, approved)
    return project.root / approved.release_uri


def withdraw(project: Project, release_id: str, reason: str) -> None:
    """Record that a release must not be used any more, and remove its file.

    Doing it again changes nothing, and removes the file if that was left undone.

    Raises:
        CommandRejectedError: Nothing was released under this id.
        ConfigurationError: There is no reason.
        DataWriteError: The file cannot be removed.
        LedgerError: The history cannot be read or written.
    """
    _require("reason", reason)
    session = _session(project, release_called(project, release_id))
    approved = session.state.approved
    withdrawn = ReleaseWithdrawn(reason=reason, is_removed=True)
    session.handle(WithdrawRelease(withdrawn=withdrawn))
    if approved is not None:
        _remove(project.root / approved.release_uri)


def release_called(project: Project, name: str) -> str:
    """Return the id of a release by at least 4 characters of it.

    Raises:
        ConfigurationError: There is none, or there are several.
        LedgerError: The history cannot be read.
    """
    with project.catalog() as catalog:
        ids = [one["release_id"] for one in build_release_list(catalog)]
    return called(name, ids, "release", all_by="lineage releases")


def _session(
    project: Project, release_id: str, run_id: str | None = None, task_id: str | None = None
) -> Session[ReleaseState, ReleaseCommand]:
    name = paths.check_name(release_id, "release id")
    return Session(project.ledger, RELEASE, streams.release(name), run=run_id, task=task_id)


def _publish(
    project: Project,
    session: Session[ReleaseState, ReleaseCommand],
    approved: ReleaseApproved,
) -> None:
    source = project.safe_path(project.root / approved.source_uri)
    target = project.root / approved.release_uri
    if content.sha256_of(target) != approved.sha256:
        _copy(source, target, approved.sha256)
    published = ReleasePublished(
        release_uri=approved.release_uri,
        sha256=approved.sha256,
        size_bytes=content.size_bytes_of(target),
    )
    session.handle(PublishRelease(published=published))


def _copy(source: Path, target: Path, sha256: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        content.copy(source, target, sha256)
    except OSError as error:
        raise DataWriteError(
            f"release {str(target)!r}",
            problem=error.strerror,
            remedy="check the folder's owner, permissions and free space; `lineage release "
            "--finish ID` publishes what was approved",
        ) from error
    finally:
        if not target.exists():
            with suppress(OSError):
                target.parent.rmdir()


def _remove(target: Path) -> None:
    try:
        content.remove(target)
    except OSError as error:
        raise DataWriteError(
            f"release {str(target)!r}",
            problem=f"it was withdrawn, and cannot be removed: {error.strerror}",
            remedy="remove it",
        ) from error


def _check(request: ReleaseRequest) -> None:
    for name in ("purpose", "recipient", "approver"):
        _require(name, getattr(request, name))


def _require(name: str, text: str) -> None:
    if not text.strip() or not text.isprintable():
        raise ConfigurationError(
            f"{name} of the release", found=text or "nothing", expected="words on one line"
        )
